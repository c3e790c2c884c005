//! The shop's story, shortened, keeps its promises. Uses real time, because its servers and sockets are
//! real.

use breaker_examples::shop::{Script, play};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn story_keeps_its_promises() {
    let story = play(&Script::short()).await.expect("servers start on loopback");
    let broken = story.broken_promises();
    assert!(broken.is_empty(), "{broken:#?}\n\n{story}");
}
