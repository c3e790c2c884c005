//! What stands around the breaker and within it: deadlines, retries, and the last good answer.

use breaker_runtime::{breaker_of, circuit_breaker};
use breaker_tests::scripted::Step::{Fails, Misses, Works};
use breaker_tests::scripted::{Answer, Scene, Service, Trouble};
use futures::future::LocalBoxFuture;

/// A function, called for a user.
type Call = for<'s> fn(&'s Service, u32) -> LocalBoxFuture<'s, Answer>;

/// An async function with an option, and the same with another one or without:
/// `twins!({retry(attempts = 2)} or {retry})`. The user is named where the option asks for it.
macro_rules! twins {
    (|$user:ident| {$($with:tt)*} or {$($without:tt)*}) => {{
        #[circuit_breaker($($with)*)]
        async fn with(service: &Service, $user: u32) -> Answer {
            let _: u32 = $user;
            service.run().await
        }
        #[circuit_breaker($($without)*)]
        async fn without(service: &Service, $user: u32) -> Answer {
            let _: u32 = $user;
            service.run().await
        }
        let with: (_, Call) = (breaker_of(with), |service, user| Box::pin(with(service, user)));
        let without: (_, Call) = (breaker_of(without), |service, user| Box::pin(without(service, user)));
        [with, without]
    }};
    ($with:tt or $without:tt) => { twins!(|user| $with or $without) };
}

/// Calls of the users one after the other, and what is seen of them with the option and without.
macro_rules! assert_seen {
    ($twins:expr, $script:expr, $users:expr, $with:expr, $without:expr $(,)?) => {
        assert_ne!($with, $without, "the option has no effect");
        for ((breaker, call), expected) in $twins.into_iter().zip([$with, $without]) {
            let scene = Scene::new(breaker, $script);
            for user in $users {
                scene.gets(call(scene.service(), user)).await;
            }
            assert_eq!(scene.seen(), expected);
        }
    };
}

#[tokio::test(start_paused = true)]
async fn call_timeout() {
    assert_seen!(
        twins!({call_timeout = "2s"} or {}),
        [Works(1_999), Works(2_001)],
        [1, 1],
        "run 1 @1999, TimedOut @3999 | 2 runs | success 1, failure 1, timed_out 1",
        "run 1 @1999, run 2 @4000 | 2 runs | success 2",
    );
}

#[tokio::test(start_paused = true)]
async fn retry() {
    assert_seen!(
        twins!({retry(jitter = false)} or {}),
        [Fails(0), Fails(0), Works(0)],
        [1],
        "run 3 @300 | 3 runs | success 1, failure 2, retried 2",
        "down 1 @0 | 1 runs | failure 1",
    );
}

#[tokio::test(start_paused = true)]
async fn retry_attempts() {
    assert_seen!(
        twins!({retry(attempts = 2, jitter = false)} or {retry(jitter = false)}),
        [Fails(0), Fails(0), Works(0)],
        [1],
        "down 2 @100 | 2 runs | failure 2, retried 1",
        "run 3 @300 | 3 runs | success 1, failure 2, retried 2",
    );
}

#[tokio::test(start_paused = true)]
async fn retry_backoff() {
    assert_seen!(
        twins!({retry(backoff = "1s", jitter = false)} or {retry(jitter = false)}),
        [Fails(0), Fails(0), Works(0)],
        [1],
        "run 3 @3000 | 3 runs | success 1, failure 2, retried 2",
        "run 3 @300 | 3 runs | success 1, failure 2, retried 2",
    );
}

#[tokio::test(start_paused = true)]
async fn retry_max_backoff() {
    assert_seen!(
        twins!({retry(max_backoff = "150ms", attempts = 4, jitter = false)} or {retry(attempts = 4, jitter = false)}),
        [Fails(0), Fails(0), Fails(0), Works(0)],
        [1],
        "run 4 @400 | 4 runs | success 1, failure 3, retried 3",
        "run 4 @700 | 4 runs | success 1, failure 3, retried 3",
    );
}

#[tokio::test(start_paused = true)]
async fn retry_factor() {
    assert_seen!(
        twins!({retry(factor = 3.0, jitter = false)} or {retry(jitter = false)}),
        [Fails(0), Fails(0), Works(0)],
        [1],
        "run 3 @400 | 3 runs | success 1, failure 2, retried 2",
        "run 3 @300 | 3 runs | success 1, failure 2, retried 2",
    );
}

/// By chance, each pause is shorter than the whole one; that all of ten are as long happens once in 10^30 times.
#[tokio::test(start_paused = true)]
async fn retry_jitter() {
    let twins = twins!(
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

/// Ten, and a share of the calls.
#[tokio::test(start_paused = true)]
async fn retry_budget() {
    let twins = twins!(
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
async fn retry_if() {
    assert_seen!(
        twins!(
            {retry(if = |answer| *answer != Err(Trouble::Missing), jitter = false)}
            or {retry(jitter = false)}
        ),
        [Fails(0), Misses(0), Works(0)],
        [1],
        "missing @100 | 2 runs | failure 2, retried 1",
        "run 3 @300 | 3 runs | success 1, failure 2, retried 2",
    );
}

#[tokio::test(start_paused = true)]
async fn last_good() {
    assert_seen!(
        twins!({last_good(key = ())} or {}),
        [Works(0), Fails(0)],
        [1, 1],
        "run 1 @0, run 1 @0 | 2 runs | success 1, failure 1, last_good 1",
        "run 1 @0, down 2 @0 | 2 runs | success 1, failure 1",
    );
}

#[tokio::test(start_paused = true)]
async fn last_good_key() {
    assert_seen!(
        twins!(|user| {last_good(key = user)} or {last_good(key = ())}),
        [Works(0), Fails(0), Fails(0)],
        [1, 2, 1],
        "run 1 @0, down 2 @0, run 1 @0 | 3 runs | success 1, failure 2, last_good 1",
        "run 1 @0, run 1 @0, run 1 @0 | 3 runs | success 1, failure 2, last_good 2",
    );
}

/// The answer is as old as it may be, and older.
#[tokio::test(start_paused = true)]
async fn last_good_max_age() {
    assert_seen!(
        twins!({last_good(key = (), max_age = "1s")} or {last_good(key = ())}),
        [Works(0), Fails(1_000), Fails(1)],
        [1, 1, 1],
        "run 1 @0, run 1 @1000, down 3 @1001 | 3 runs | success 1, failure 2, last_good 1",
        "run 1 @0, run 1 @1000, run 1 @1001 | 3 runs | success 1, failure 2, last_good 2",
    );
}

#[tokio::test(start_paused = true)]
async fn last_good_capacity() {
    assert_seen!(
        twins!(|user| {last_good(key = user, capacity = 1)} or {last_good(key = user)}),
        [Works(0), Works(0), Fails(0), Fails(0)],
        [1, 2, 2, 1],
        "run 1 @0, run 2 @0, run 2 @0, down 4 @0 | 4 runs | success 2, failure 2, last_good 1",
        "run 1 @0, run 2 @0, run 2 @0, run 1 @0 | 4 runs | success 2, failure 2, last_good 2",
    );
}
