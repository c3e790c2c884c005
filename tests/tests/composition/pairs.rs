//! Each pair of layers, the outer one first. What is said of "the other way round" is what the same calls would see
//! if the two layers were swapped.

use breaker_runtime::{breaker_of, circuit_breaker};
use breaker_tests::scripted::Step::{Fails, Hangs, Works};
use breaker_tests::scripted::{Answer, Scene, Service};
use futures::join;

/// Two options around the same body.
macro_rules! layers {
    ($($options:tt)*) => {
        #[circuit_breaker($($options)*)]
        async fn call(service: &Service) -> Answer {
            service.run().await
        }
    };
}

/// The other way round the fallback would answer the third call as well, and memory never.
#[tokio::test(start_paused = true)]
async fn fallback_around_last_good() {
    layers!(fallback = Service::fall_back, last_good(key = ()));
    let scene = Scene::new(breaker_of(call), [Fails(0), Works(0), Fails(0)]);
    for _ in 0..3 {
        scene.gets(call(scene.service())).await;
    }
    assert_eq!(
        scene.seen(),
        "fallback @0, run 2 @0, run 2 @0 | 3 runs | success 1, failure 2, last_good 1, fallback 1"
    );
}

/// The other way round the first failure would be the fallback's already: `fallback @0, fallback @0`, one run each.
#[tokio::test(start_paused = true)]
async fn fallback_around_retry() {
    layers!(fallback = Service::fall_back, retry(attempts = 3, backoff = "100ms", jitter = false));
    let scene =
        Scene::new(breaker_of(call), [Fails(0), Fails(0), Works(0), Fails(0), Fails(0), Fails(0)]);
    scene.gets(call(scene.service())).await;
    scene.gets(call(scene.service())).await;
    assert_eq!(
        scene.seen(),
        "run 3 @300, fallback @600 | 6 runs | success 1, failure 5, retried 4, fallback 1"
    );
}

/// The other way round the fallback's answers would be successes, and nothing would open: three runs.
#[tokio::test(start_paused = true)]
async fn fallback_around_breaker() {
    layers!(fallback = Service::fall_back, failure_threshold = 2);
    let scene = Scene::new(breaker_of(call), [Fails(0), Fails(0), Fails(0)]);
    for _ in 0..3 {
        scene.gets(call(scene.service())).await;
    }
    assert_eq!(
        scene.seen(),
        "fallback @0, fallback @0, fallback @0 | 2 runs | failure 2, rejected 1, fallback 3"
    );
}

/// The other way round the first call would hold its place until its fallback has ended, so that the call at 100 ms
/// would be rejected; and the rejection of that at 300 ms would reach the caller.
#[tokio::test(start_paused = true)]
async fn fallback_around_bulkhead() {
    layers!(fallback = Service::fall_back, max_concurrent = 1);
    let scene = Scene::new(breaker_of(call), [Fails(0), Works(500)]).with_fallback_that_takes(1_000);
    join!(
        scene.gets(call(scene.service())),
        scene.gets_at(100, call(scene.service())),
        scene.gets_at(300, call(scene.service())),
    );
    assert_eq!(
        scene.seen(),
        "run 2 @600, fallback @1000, fallback @1300 | 2 runs | success 1, failure 1, rejected 1, fallback 2"
    );
}

/// The other way round the fallback would have no time left: `TimedOut @2000`.
#[tokio::test(start_paused = true)]
async fn fallback_around_call_timeout() {
    layers!(fallback = Service::fall_back, call_timeout = "2s");
    let scene = Scene::new(breaker_of(call), [Hangs]).with_fallback_that_takes(5_000);
    scene.gets(call(scene.service())).await;
    assert_eq!(scene.seen(), "fallback @7000 | 1 runs | failure 1, timed_out 1, fallback 1");
}

/// The other way round memory would answer the second call after its first attempt: `run 1 @0`.
#[tokio::test(start_paused = true)]
async fn last_good_around_retry() {
    layers!(last_good(key = ()), retry(attempts = 2, backoff = "100ms", jitter = false));
    let scene = Scene::new(breaker_of(call), [Works(0), Fails(0), Works(0), Fails(0), Fails(0)]);
    for _ in 0..3 {
        scene.gets(call(scene.service())).await;
    }
    assert_eq!(
        scene.seen(),
        "run 1 @0, run 3 @100, run 3 @200 | 5 runs | success 2, failure 3, retried 2, last_good 1"
    );
}

/// The other way round the answers from memory would be successes, and nothing would open: four runs.
#[tokio::test(start_paused = true)]
async fn last_good_around_breaker() {
    layers!(last_good(key = ()), failure_threshold = 2);
    let scene = Scene::new(breaker_of(call), [Works(0), Fails(0), Fails(0), Fails(0)]);
    for _ in 0..4 {
        scene.gets(call(scene.service())).await;
    }
    assert_eq!(
        scene.seen(),
        "run 1 @0, run 1 @0, run 1 @0, run 1 @0 | 3 runs | success 1, failure 2, rejected 1, last_good 3"
    );
}

/// The other way round who finds no place would not reach the memory: `Saturated @0`.
#[tokio::test(start_paused = true)]
async fn last_good_around_bulkhead() {
    layers!(last_good(key = ()), max_concurrent = 1);
    let scene = Scene::new(breaker_of(call), [Works(0), Works(500)]);
    scene.gets(call(scene.service())).await;
    join!(scene.gets(call(scene.service())), scene.gets(call(scene.service())));
    assert_eq!(
        scene.seen(),
        "run 1 @0, run 1 @0, run 2 @500 | 2 runs | success 2, rejected 1, last_good 1"
    );
}

/// The other way round the deadline would be that of the memory as well: `TimedOut @2000`.
#[tokio::test(start_paused = true)]
async fn last_good_around_call_timeout() {
    layers!(last_good(key = ()), call_timeout = "2s");
    let scene = Scene::new(breaker_of(call), [Works(1_000), Hangs]);
    scene.gets(call(scene.service())).await;
    scene.gets(call(scene.service())).await;
    assert_eq!(
        scene.seen(),
        "run 1 @1000, run 1 @3000 | 2 runs | success 1, failure 1, timed_out 1, last_good 1"
    );
}

/// The other way round the three attempts of a call would count as one, and all three would run.
#[tokio::test(start_paused = true)]
async fn retry_around_breaker() {
    layers!(retry(attempts = 3, backoff = "100ms", jitter = false), failure_threshold = 2);
    let scene = Scene::new(breaker_of(call), [Fails(0), Works(0), Fails(0), Fails(0), Fails(0)]);
    for _ in 0..3 {
        scene.gets(call(scene.service())).await;
    }
    assert_eq!(
        scene.seen(),
        "run 2 @100, down 4 @200, Open @200 | 4 runs | success 1, failure 3, rejected 1, retried 2"
    );
}

/// The other way round the first call would keep its place in its pause: `Saturated @100`, and then `run 2 @1000`.
#[tokio::test(start_paused = true)]
async fn retry_around_bulkhead() {
    layers!(retry(attempts = 2, backoff = "1s", jitter = false), max_concurrent = 1);
    let scene = Scene::new(breaker_of(call), [Fails(0), Works(500), Works(0)]);
    join!(scene.gets(call(scene.service())), scene.gets_at(100, call(scene.service())));
    assert_eq!(scene.seen(), "run 2 @600, run 3 @1000 | 3 runs | success 2, failure 1, retried 1");
}

/// The other way round there would be one deadline for all attempts: `TimedOut @2000`, after one run.
#[tokio::test(start_paused = true)]
async fn retry_around_call_timeout() {
    layers!(retry(attempts = 3, backoff = "100ms", jitter = false), call_timeout = "2s");
    let scene = Scene::new(breaker_of(call), [Hangs, Hangs, Works(1_000)]);
    scene.gets(call(scene.service())).await;
    assert_eq!(scene.seen(), "run 3 @5300 | 3 runs | success 1, failure 2, timed_out 2, retried 2");
}

/// The other way round the call at 100 ms would stand in line before it is told that the breaker is open:
/// `Open @500`. That at 50 ms was in line before, and finds it open when its turn comes.
#[tokio::test(start_paused = true)]
async fn breaker_around_bulkhead() {
    layers!(failure_threshold = 1, max_concurrent = 2, max_wait = "10s");
    let scene = Scene::new(breaker_of(call), [Works(500), Fails(70), Works(0)]);
    join!(
        scene.gets(call(scene.service())),
        scene.gets(call(scene.service())),
        scene.gets_at(50, call(scene.service())),
        scene.gets_at(100, call(scene.service())),
    );
    assert_eq!(
        scene.seen(),
        "down 2 @70, Open @70, Open @100, run 1 @500 | 2 runs | failure 1, late 1, rejected 2"
    );
}

/// The other way round the breaker would see a call that was dropped: `cancelled 2`, and a third run.
#[tokio::test(start_paused = true)]
async fn breaker_around_call_timeout() {
    layers!(failure_threshold = 2, call_timeout = "2s");
    let scene = Scene::new(breaker_of(call), [Hangs, Hangs, Hangs]);
    for _ in 0..3 {
        scene.gets(call(scene.service())).await;
    }
    assert_eq!(
        scene.seen(),
        "TimedOut @2000, TimedOut @4000, Open @4000 | 2 runs | failure 2, rejected 1, timed_out 2"
    );
}

/// The other way round the time in line would count as well: `TimedOut @2000` for the second call.
#[tokio::test(start_paused = true)]
async fn bulkhead_around_call_timeout() {
    layers!(max_concurrent = 1, max_wait = "10s", call_timeout = "2s");
    let scene = Scene::new(breaker_of(call), [Works(1_500), Works(1_500), Hangs, Works(0)]);
    join!(
        scene.gets(call(scene.service())),
        scene.gets(call(scene.service())),
        scene.gets(call(scene.service())),
        scene.gets(call(scene.service())),
    );
    assert_eq!(
        scene.seen(),
        "run 1 @1500, run 2 @3000, TimedOut @5000, run 4 @5000 | 4 runs | success 3, failure 1, timed_out 1"
    );
}
