//! The effect of the option, with twins.

use breaker_tests::scripted::Step::Works;
use breaker_tests::{assert_scenes, scripted_twins};

#[tokio::test(start_paused = true)]
async fn call_timeout_ends_a_call_that_hangs() {
    assert_scenes!(
        scripted_twins!({call_timeout = "2s"} or {}),
        [Works(1_999), Works(2_001)],
        [1, 1],
        "run 1 @1999, TimedOut @3999 | 2 runs | success 1, failure 1, timed_out 1",
        "run 1 @1999, run 2 @4000 | 2 runs | success 2",
    );
}
