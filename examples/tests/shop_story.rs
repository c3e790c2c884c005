//! The shop's story, shortened, keeps its promises. Uses real time, because its servers and sockets are
//! real.

use breaker_examples::shop::{Script, play};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn story_keeps_its_promises() {
    let story = play(&Script::short()).await.expect("servers start on loopback");
    let broken = story.broken_promises();
    assert!(broken.is_empty(), "{broken:#?}\n\n{story}");

    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let [light, dark] = story.plot(&folder.path().join("plot.svg")).expect("it can be written");
    assert!(dark.ends_with("plot-dark.svg"), "{}", dark.display());
    for path in [light, dark] {
        let plot = std::fs::read_to_string(path).expect("it was written");
        for breaker in ["payments", "recommendations", "catalogue"] {
            assert!(plot.contains(&format!(">{breaker}</text>")), "no lane of {breaker}");
        }
        for class in ["success", "degraded", "failed"] {
            assert!(plot.contains(&format!("<path class=\"{class}\" d=\"M")), "no answers: {class}");
        }
        assert!(plot.contains("<rect class=\"open\"") && !plot.contains("NaN"), "states in lanes");
    }
}
