//! The shop's story, shortened, keeps its promises. In real time, as its servers and sockets are real.

use breaker_examples::shop::{Script, tell};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_story_holds() {
    let story = tell(&Script::short()).await.expect("servers start on loopback");
    let broken = story.broken_promises();
    assert!(broken.is_empty(), "{broken:#?}\n\n{story}");
}
