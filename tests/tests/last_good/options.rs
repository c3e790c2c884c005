//! Each option of `last_good`, with twins.

use breaker_tests::scripted::Step::{Fails, Works};
use breaker_tests::{assert_scenes, scripted_twins};

#[tokio::test(start_paused = true)]
async fn last_good_answers_rejections_and_failures() {
    assert_scenes!(
        scripted_twins!({last_good(key = ())} or {}),
        [Works(0), Fails(0)],
        [1, 1],
        "run 1 @0, run 1 @0 | 2 runs | success 1, failure 1, last_good 1",
        "run 1 @0, down 2 @0 | 2 runs | success 1, failure 1",
    );
}

#[tokio::test(start_paused = true)]
async fn last_good_key_separates_the_answers() {
    assert_scenes!(
        scripted_twins!(|user| {last_good(key = user)} or {last_good(key = ())}),
        [Works(0), Fails(0), Fails(0)],
        [1, 2, 1],
        "run 1 @0, down 2 @0, run 1 @0 | 3 runs | success 1, failure 2, last_good 1",
        "run 1 @0, run 1 @0, run 1 @0 | 3 runs | success 1, failure 2, last_good 2",
    );
}

/// The first answer has exactly the maximum age, and the second is older.
#[tokio::test(start_paused = true)]
async fn last_good_max_age_ends_an_answer() {
    assert_scenes!(
        scripted_twins!({last_good(key = (), max_age = "1s")} or {last_good(key = ())}),
        [Works(0), Fails(1_000), Fails(1)],
        [1, 1, 1],
        "run 1 @0, run 1 @1000, down 3 @1001 | 3 runs | success 1, failure 2, last_good 1",
        "run 1 @0, run 1 @1000, run 1 @1001 | 3 runs | success 1, failure 2, last_good 2",
    );
}

#[tokio::test(start_paused = true)]
async fn last_good_capacity_limits_the_answers_that_are_kept() {
    assert_scenes!(
        scripted_twins!(|user| {last_good(key = user, capacity = 1)} or {last_good(key = user)}),
        [Works(0), Works(0), Fails(0), Fails(0)],
        [1, 2, 2, 1],
        "run 1 @0, run 2 @0, run 2 @0, down 4 @0 | 4 runs | success 2, failure 2, last_good 1",
        "run 1 @0, run 2 @0, run 2 @0, run 1 @0 | 4 runs | success 2, failure 2, last_good 2",
    );
}
