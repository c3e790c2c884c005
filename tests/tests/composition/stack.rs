//! All layers around one body.

use std::time::Duration;

use breaker_runtime::{State, breaker_of, circuit_breaker};
use breaker_tests::scripted::Step::{Fails, Hangs, Misses, Works};
use breaker_tests::scripted::{Answer, Scene, Service, Step, is_missing};
use futures::join;
use tokio::time::advance;

/// Makes three attempts of 2 s each, with pauses of 100 and 200 ms; one call at a time, and one more
/// that waits for 1 s.
#[circuit_breaker(
    failure_threshold = 4,
    timeout = "10s",
    success_threshold = 1,
    ignore_if = is_missing,
    call_timeout = "2s",
    max_concurrent = 1,
    max_wait = "1s",
    max_pending = 1,
    retry(attempts = 3, backoff = "100ms", jitter = false),
    last_good(key = user, max_age = "10m"),
    fallback = service.fall_back().await
)]
async fn call(service: &Service, user: &str) -> Answer {
    assert!(!user.is_empty());
    service.run().await
}

fn scene(script: impl IntoIterator<Item = Step>) -> Scene {
    Scene::new(breaker_of(call), script)
}

fn ann(scene: &Scene) -> impl Future<Output = Answer> {
    call(scene.service(), "Ann")
}

fn bob(scene: &Scene) -> impl Future<Output = Answer> {
    call(scene.service(), "Bob")
}

#[tokio::test(start_paused = true)]
async fn success_passes_through() {
    let scene = scene([Works(100)]);
    scene.gets(ann(&scene)).await;
    assert_eq!(scene.seen(), "run 1 @100 | 1 runs | success 1");
}

#[tokio::test(start_paused = true)]
async fn single_failure_is_retried() {
    let scene = scene([Fails(0), Fails(50), Works(0)]);
    scene.gets(ann(&scene)).await;
    assert_eq!(scene.seen(), "run 3 @350 | 3 runs | success 1, failure 2, retried 2");
}

#[tokio::test(start_paused = true)]
async fn fallback_is_the_last_resort() {
    let scene = scene([Fails(0), Fails(0), Fails(0)]).with_fallback_that_takes(5_000);
    scene.gets(ann(&scene)).await;
    assert_eq!(scene.seen(), "fallback @5300 | 3 runs | failure 3, retried 2, fallback 1");
}

#[tokio::test(start_paused = true)]
async fn last_success_precedes_the_fallback_for_known_keys() {
    let scene = scene([Works(0), Fails(0), Fails(0), Fails(0), Fails(0)]);
    scene.gets(ann(&scene)).await;
    scene.gets(ann(&scene)).await;
    scene.gets(bob(&scene)).await;
    assert_eq!(
        scene.seen(),
        "run 1 @0, run 1 @300, fallback @300 | 5 runs | success 1, failure 4, retried 2, last_good 1, fallback 1"
    );
}

#[tokio::test(start_paused = true)]
async fn each_attempt_has_its_own_deadline() {
    let scene = scene([Hangs, Hangs, Works(1_900)]);
    scene.gets(ann(&scene)).await;
    assert_eq!(scene.seen(), "run 3 @6200 | 3 runs | success 1, failure 2, timed_out 2, retried 2");
}

/// The fourth failure opens the breaker, and is not retried; then nothing runs and nothing waits.
#[tokio::test(start_paused = true)]
async fn retries_stop_at_the_open_breaker() {
    let scene = scene([Fails(0), Fails(0), Fails(0), Fails(0)]);
    for _ in 0..3 {
        scene.gets(ann(&scene)).await;
    }
    assert_eq!(
        scene.seen(),
        "fallback @300, fallback @300, fallback @300 | 4 runs | failure 4, rejected 1, retried 2, fallback 3"
    );
    assert_eq!(scene.breaker().state(), State::Open);
}

#[tokio::test(start_paused = true)]
async fn queue_wait_does_not_consume_attempts_or_deadline() {
    let scene = scene([Works(800), Fails(0), Works(1_900)]);
    join!(scene.gets(ann(&scene)), scene.gets(bob(&scene)));
    assert_eq!(scene.seen(), "run 1 @800, run 3 @2800 | 3 runs | success 2, failure 1, retried 1");
}

/// A rejection for lack of permits is not retried either, and a call releases its permit during a pause.
#[tokio::test(start_paused = true)]
async fn bulkhead_rejection_is_no_failure() {
    let scene = scene([Works(0), Fails(0), Works(1_500)]);
    scene.gets(ann(&scene)).await;
    join!(
        scene.gets(ann(&scene)),
        scene.gets_at(50, bob(&scene)),
        scene.gets_at(200, ann(&scene)),
        scene.gets_at(300, bob(&scene)),
    );
    // At 100 ms the second attempt queues behind Bob's call, which runs until 1550 ms: its wait ends at
    // 1100 ms. The queue is then full, so that the calls at 200 and 300 ms are rejected at once.
    assert_eq!(
        scene.seen(),
        "run 1 @0, run 1 @200, fallback @300, run 1 @1100, run 3 @1550 \
         | 3 runs | success 2, failure 1, rejected 3, retried 1, last_good 2, fallback 1"
    );
}

/// The streak of three is kept, and so the next failure opens the breaker.
#[tokio::test(start_paused = true)]
async fn ignored_outcome_is_the_answer_at_once() {
    let scene = scene([Works(0), Fails(0), Fails(0), Fails(0), Misses(0), Fails(0)]);
    for _ in 0..4 {
        scene.gets(ann(&scene)).await;
    }
    assert_eq!(
        scene.seen(),
        "run 1 @0, run 1 @300, missing @300, run 1 @300 \
         | 6 runs | success 1, failure 4, ignored 1, retried 2, last_good 2"
    );
    assert_eq!(scene.breaker().state(), State::Open);
}

/// The probe has one attempt: if it fails, the breaker is open again. A call beside the probe does not
/// wait.
#[tokio::test(start_paused = true)]
async fn probe_goes_through_all_layers() {
    let scene = scene([Fails(700), Hangs, Works(700), Works(0)]);
    let open = async |at| {
        scene.at(at).await;
        assert_eq!(scene.breaker().state(), State::HalfOpen);
    };
    scene.breaker().trip();
    open(10_000).await;
    join!(scene.gets(ann(&scene)), scene.gets(bob(&scene)));
    open(20_700).await;
    scene.gets(ann(&scene)).await;
    open(32_700).await;
    join!(scene.gets(ann(&scene)), scene.gets_at(32_800, bob(&scene)));
    scene.gets(bob(&scene)).await;
    assert_eq!(
        scene.seen(),
        "fallback @10000, fallback @10700, fallback @22700, fallback @32800, run 3 @33400, run 4 @33400 \
         | 4 runs | success 2, failure 2, rejected 2, timed_out 1, fallback 4"
    );
}

/// Bob waits in the queue when the breaker opens: he is rejected when a permit is free, and does not
/// run.
#[tokio::test(start_paused = true)]
async fn breaker_that_opens_rejects_queued_calls() {
    let scene = scene([Works(0), Fails(0), Fails(0), Fails(0), Fails(500)]);
    scene.gets(ann(&scene)).await;
    scene.gets(ann(&scene)).await;
    join!(scene.gets(ann(&scene)), scene.gets_at(400, bob(&scene)));
    assert_eq!(
        scene.seen(),
        "run 1 @0, run 1 @300, run 1 @800, fallback @800 \
         | 5 runs | success 1, failure 4, rejected 1, retried 2, last_good 2, fallback 1"
    );
}

#[tokio::test(start_paused = true)]
async fn last_success_and_breaker_keep_their_own_time() {
    let scene = scene([Works(0), Fails(0), Fails(0), Fails(0), Fails(0), Works(0)]);
    for _ in 0..3 {
        scene.gets(ann(&scene)).await;
    }
    // The three calls come at the end of the open period's last millisecond, too late for the memory,
    // and as a probe.
    scene.at(10_299).await;
    scene.gets(ann(&scene)).await;
    scene.breaker().force_open();
    advance(Duration::from_mins(11)).await;
    scene.gets(ann(&scene)).await;
    scene.breaker().automatic();
    scene.gets(ann(&scene)).await;
    assert_eq!(
        scene.seen(),
        "run 1 @0, run 1 @300, run 1 @300, run 1 @10299, fallback @670299, run 6 @670299 \
         | 6 runs | success 2, failure 4, rejected 2, retried 2, last_good 3, fallback 1"
    );
}
