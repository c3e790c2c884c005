//! Each option of `retry`, with twins.

use breaker_tests::scripted::Step::{Fails, Misses, Works};
use breaker_tests::scripted::{Scene, Trouble};
use breaker_tests::{assert_scenes, scripted_twins};

#[tokio::test(start_paused = true)]
async fn retry_makes_a_failed_attempt_again() {
    assert_scenes!(
        scripted_twins!({retry(jitter = false)} or {}),
        [Fails(0), Fails(0), Works(0)],
        [1],
        "run 3 @300 | 3 runs | success 1, failure 2, retried 2",
        "down 1 @0 | 1 runs | failure 1",
    );
}

#[tokio::test(start_paused = true)]
async fn retry_attempts_limits_the_attempts() {
    assert_scenes!(
        scripted_twins!({retry(attempts = 2, jitter = false)} or {retry(jitter = false)}),
        [Fails(0), Fails(0), Works(0)],
        [1],
        "down 2 @100 | 2 runs | failure 2, retried 1",
        "run 3 @300 | 3 runs | success 1, failure 2, retried 2",
    );
}

#[tokio::test(start_paused = true)]
async fn retry_backoff_is_the_first_pause() {
    assert_scenes!(
        scripted_twins!({retry(backoff = "1s", jitter = false)} or {retry(jitter = false)}),
        [Fails(0), Fails(0), Works(0)],
        [1],
        "run 3 @3000 | 3 runs | success 1, failure 2, retried 2",
        "run 3 @300 | 3 runs | success 1, failure 2, retried 2",
    );
}

#[tokio::test(start_paused = true)]
async fn retry_max_backoff_caps_the_pauses() {
    assert_scenes!(
        scripted_twins!({retry(max_backoff = "150ms", attempts = 4, jitter = false)} or {retry(attempts = 4, jitter = false)}),
        [Fails(0), Fails(0), Fails(0), Works(0)],
        [1],
        "run 4 @400 | 4 runs | success 1, failure 3, retried 3",
        "run 4 @700 | 4 runs | success 1, failure 3, retried 3",
    );
}

#[tokio::test(start_paused = true)]
async fn retry_factor_lengthens_the_pauses() {
    assert_scenes!(
        scripted_twins!({retry(factor = 3.0, jitter = false)} or {retry(jitter = false)}),
        [Fails(0), Fails(0), Works(0)],
        [1],
        "run 3 @400 | 3 runs | success 1, failure 2, retried 2",
        "run 3 @300 | 3 runs | success 1, failure 2, retried 2",
    );
}

/// Each pause is random and shorter than the whole one; ten that are all as long as it happen once in
/// 10^30 times.
#[tokio::test(start_paused = true)]
async fn retry_jitter_shortens_the_pauses() {
    let twins = scripted_twins!(
        {retry(attempts = 2, backoff = "1s", jitter = false), failure_threshold = 100}
        or {retry(attempts = 2, backoff = "1s"), failure_threshold = 100}
    );
    for ((breaker, call), whole) in twins.into_iter().zip([true, false]) {
        let scene = Scene::new(breaker, [Fails(0); 20]);
        let began = tokio::time::Instant::now();
        for _ in 0..10 {
            assert_eq!(call(scene.service(), 1).await, Err(Trouble::Down(scene.service().runs())));
        }
        let (paused, most) = (began.elapsed().as_millis(), 10 * 1_000);
        assert_eq!(scene.breaker().snapshot().totals.retried, 10);
        assert!(if whole { paused == most } else { paused < most }, "{paused}");
    }
}

/// The budget is ten, and a share of the calls.
#[tokio::test(start_paused = true)]
async fn retry_budget_limits_the_retries() {
    let twins = scripted_twins!(
        {retry(attempts = 2, backoff = "1ms", budget = 0.0), failure_threshold = 1_000}
        or {retry(attempts = 2, backoff = "1ms"), failure_threshold = 1_000}
    );
    for ((breaker, call), retried) in twins.into_iter().zip([10, 30]) {
        let scene = Scene::new(breaker, [Fails(0); 200]);
        for _ in 0..100 {
            assert!(call(scene.service(), 1).await.is_err());
        }
        assert_eq!(scene.breaker().snapshot().totals.retried, retried);
    }
}

#[tokio::test(start_paused = true)]
async fn retry_if_selects_the_failures() {
    assert_scenes!(
        scripted_twins!(
            {retry(if = |answer| *answer != Err(Trouble::Missing), jitter = false)}
            or {retry(jitter = false)}
        ),
        [Fails(0), Misses(0), Works(0)],
        [1],
        "missing @100 | 2 runs | failure 2, retried 1",
        "run 3 @300 | 3 runs | success 1, failure 2, retried 2",
    );
}
