//! The shop's game day, shortened, holds what is expected of it. Uses real time, because its servers and
//! sockets are real.

use breaker_examples::shop::{Script, play_game_day};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn game_day_opens_payments_alone_and_loses_no_order() {
    let game_day = play_game_day(&Script::short()).await.expect("servers start on loopback");
    let broken = game_day.broken_promises();
    assert!(broken.is_empty(), "{broken:#?}\n\n{game_day}");
}
