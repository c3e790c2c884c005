//! Several layers around a call with an injected fault, in each order that there is.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use breaker_runtime::tower::CircuitBreakerLayer;
use breaker_runtime::{
    BreakerError, CircuitBreaker, ErrorKind, State, breaker_of, circuit_breaker, testing,
};
use breaker_tests::scripted::Step::{Fails, Works};
use breaker_tests::scripted::{Answer, Scene, Service};
use futures::future::join_all;
use tokio::time::{Instant, sleep, timeout};
use tower::{Layer, ServiceExt, service_fn};

use crate::begin;

/// Makes three attempts of 2 s each, with pauses of 100 and 200 ms, one call at a time.
#[circuit_breaker(
    name = "composed::all",
    failure_threshold = 9,
    slow_call = "1s",
    call_timeout = "2s",
    max_concurrent = 1,
    max_wait = "1m",
    retry(attempts = 3, backoff = "100ms", jitter = false, budget = 1.0),
    last_good(key = user),
    fallback = service.fall_back().await
)]
async fn all(service: &Service, user: &str) -> Answer {
    assert!(!user.is_empty());
    service.run().await
}

#[tokio::test(start_paused = true)]
async fn each_attempt_meets_a_fault_of_its_own_inside_of_all_layers() {
    for (part, value, seen) in [
        // No attempt runs, and each is a failure.
        (
            "fail",
            1.0,
            "run 1 @0, run 1 @300, fallback @600 | 1 runs | success 1, failure 6, retried 4, \
                       last_good 1, fallback 1",
        ),
        // Each attempt ends at its deadline, and the next call waits for the permit until then.
        (
            "hang",
            1.0,
            "run 1 @0, run 1 @6300, fallback @12600 | 1 runs | success 1, failure 6, slow 6, \
                       timed_out 6, retried 4, last_good 1, fallback 1",
        ),
        ("latency", 1.5, "run 1 @0, run 2 @1500, run 3 @3000 | 3 runs | success 3, slow 2"),
    ] {
        let scene = Scene::new(breaker_of(all), []);
        scene.gets(all(scene.service(), "Ann")).await;
        begin("composed::all", &[(part, value)]);
        scene.gets(all(scene.service(), "Ann")).await;
        scene.gets(all(scene.service(), "Bob")).await;
        assert_eq!(scene.seen(), seen, "{part}");
    }
}

#[tokio::test(start_paused = true)]
async fn faults_and_failures_of_the_body_are_one_streak() {
    let scene = Scene::new(breaker_of(all), [Fails(0), Fails(0), Fails(0), Works(0)]);
    scene.gets(all(scene.service(), "Ann")).await;
    begin("composed::all", &[("fail", 1.0)]);
    scene.gets(all(scene.service(), "Ann")).await;
    scene.gets(all(scene.service(), "Ann")).await;
    assert_eq!(
        scene.seen(),
        "fallback @300, fallback @600, fallback @900 | 3 runs | failure 9, retried 6, fallback 3"
    );
    assert_eq!(scene.breaker().state(), State::Open);
}

/// Makes three attempts of 300 ms with pauses of 100 and 200 ms, all within 650 ms.
#[circuit_breaker(
    name = "composed::total",
    failure_threshold = 100,
    total_timeout = "650ms",
    call_timeout = "300ms",
    retry(attempts = 3, backoff = "100ms", jitter = false, budget = 1.0)
)]
async fn total(service: &Service) -> Answer {
    service.run().await
}

#[tokio::test(start_paused = true)]
async fn deadline_of_the_whole_call_holds_for_injected_faults() {
    for (part, value, seen) in [
        ("fail", 1.0, "Injected @300 | 0 runs | failure 3, retried 2"),
        ("hang", 1.0, "TimedOut @650 | 0 runs | failure 1, cancelled 1, timed_out 2, retried 1"),
        ("latency", 0.2, "run 1 @200 | 1 runs | success 1"),
    ] {
        let scene = Scene::new(breaker_of(total), []);
        begin("composed::total", &[(part, value)]);
        scene.gets(total(scene.service())).await;
        assert_eq!(scene.seen(), seen, "{part}");
    }
}

#[circuit_breaker(name = "composed::inner", failure_threshold = 100)]
async fn inner() -> Result<u32, BreakerError> {
    Ok(7)
}

#[circuit_breaker(name = "composed::outer", failure_threshold = 100)]
async fn outer() -> Result<u32, BreakerError> {
    inner().await
}

#[tokio::test]
async fn fault_of_an_inner_breaker_is_a_failure_of_the_outer_one_and_the_other_way_none() {
    let failures = || [breaker_of(outer), breaker_of(inner)].map(|one| one.snapshot().totals.failure);
    let _fresh = testing::isolate();
    begin("composed::inner", &[("fail", 1.0)]);
    let error = outer().await.expect_err("injected");
    assert_eq!((error.kind(), error.breaker()), (ErrorKind::Injected, "composed::inner"));
    assert_eq!(failures(), [1, 1]);
    begin("composed::outer", &[("fail", 1.0)]);
    let error = outer().await.expect_err("injected");
    assert_eq!((error.kind(), error.breaker()), (ErrorKind::Injected, "composed::outer"));
    assert_eq!(failures(), [2, 1], "the inner one is not called");
}

/// A dry run rejects nothing, and shows when it would have opened.
#[tokio::test]
async fn dry_run_meets_every_fault_and_rejects_none() {
    let _fresh = testing::isolate();
    let breaker = CircuitBreaker::builder("composed::dry").failure_threshold(2).build();
    let breaker = breaker.expect("in range");
    breaker.observe();
    begin("composed::dry", &[("fail", 1.0)]);
    for _ in 0..5 {
        let error = breaker.call(|| Ok::<_, BreakerError>(7)).expect_err("injected");
        assert_eq!(error.rejection().map(BreakerError::kind), Some(ErrorKind::Injected));
    }
    let snapshot = breaker.snapshot();
    assert_eq!((snapshot.state, snapshot.trips), (State::Open, 1));
    assert_eq!((snapshot.totals.rejected, snapshot.totals.failure + snapshot.totals.late), (0, 5));
}

#[circuit_breaker(name = "composed::hedged", failure_threshold = 2)]
async fn hedged() -> Result<u32, BreakerError> {
    tokio::task::yield_now().await;
    Ok(7)
}

/// The first call of a hedge wins after its wait, and the second one is dropped.
#[tokio::test(start_paused = true)]
async fn loser_of_a_hedge_gives_its_wait_up() {
    let _fresh = testing::isolate();
    begin("composed::hedged", &[("latency", 2.0)]);
    let began = Instant::now();
    for _ in 0..3 {
        let second = async {
            sleep(Duration::from_millis(100)).await;
            hedged().await
        };
        let answer = tokio::select! {
            answer = hedged() => answer,
            answer = second => answer,
        };
        assert_eq!(answer, Ok(7));
    }
    assert_eq!(began.elapsed().as_secs(), 6);
    let snapshot = breaker_of(hedged).snapshot();
    assert_eq!((snapshot.totals.success, snapshot.totals.cancelled), (3, 3));
    assert_eq!(snapshot.state, State::Closed);
}

#[tokio::test(start_paused = true)]
async fn deadline_inside_of_a_tower_layer_does_not_see_the_wait_and_one_outside_does() {
    let _fresh = testing::isolate();
    let builder = CircuitBreaker::builder("composed::tower").abandoned_threshold(1);
    let breaker = builder.build().expect("in range");
    begin("composed::tower", &[("latency", 2.0)]);
    let layer = CircuitBreakerLayer::new(breaker.clone());
    let limited = service_fn(async |number: u32| {
        let answer = async { Ok::<_, BreakerError>(number) };
        timeout(Duration::from_secs(1), answer).await.expect("nothing inside takes long")
    });
    let began = Instant::now();
    assert!(layer.layer(limited).oneshot(7).await.is_ok(), "the deadline inside begins after the wait");
    assert_eq!(began.elapsed().as_secs(), 2);
    for _ in 0..2 {
        let plain = service_fn(async |number: u32| Ok::<_, BreakerError>(number));
        let call = layer.layer(plain).oneshot(7);
        assert!(timeout(Duration::from_secs(1), call).await.is_err());
    }
    let totals = breaker.snapshot().totals;
    assert_eq!((totals.success, totals.cancelled, totals.failure), (1, 1, 1), "{totals}");
}

/// Calls beside each other, of which each draws for itself.
#[tokio::test(start_paused = true)]
async fn keys_beside_each_other_wait_at_the_same_time() {
    let _fresh = testing::isolate();
    let builder = CircuitBreaker::builder("composed::keys").max_concurrent(1);
    let keys = builder.keyed().build().expect("in range");
    begin("composed::keys", &[("latency", 2.0)]);
    let began = Instant::now();
    let calls = ["eu", "us", "asia"].map(|key| {
        let breaker = keys.get(key);
        async move { breaker.call_async(async || Ok::<_, BreakerError>(7)).await.is_ok() }
    });
    assert_eq!(join_all(calls).await, [true; 3]);
    assert_eq!(began.elapsed().as_secs(), 2);
    assert_eq!(keys.template().snapshot().totals.success, 3);
}

static PINGS: AtomicU32 = AtomicU32::new(0);

async fn ping() -> bool {
    PINGS.fetch_add(1, Ordering::Relaxed);
    true
}

#[circuit_breaker(
    name = "composed::pinged",
    failure_threshold = 2,
    timeout = "10s",
    success_threshold = 1,
    probe_timeout = "30s",
    probe = ping
)]
async fn pinged() -> Result<u32, BreakerError> {
    Ok(7)
}

/// Otherwise the ping of a service that is well would close the breaker again and again.
#[tokio::test(start_paused = true)]
async fn pings_meet_the_faults_of_the_calls_that_they_stand_for() {
    for (part, failed) in [("fail", 6), ("hang", 1)] {
        let _fresh = testing::isolate();
        PINGS.store(0, Ordering::Relaxed);
        begin("composed::pinged", &[("fail", 1.0)]);
        while breaker_of(pinged).state() == State::Closed {
            assert!(pinged().await.is_err());
        }
        begin("composed::pinged", &[(part, 1.0)]);
        sleep(Duration::from_secs(65)).await;
        let totals = breaker_of(pinged).snapshot().totals;
        assert_eq!((totals.failed_pings, PINGS.load(Ordering::Relaxed)), (failed, 0), "{part}");
        crate::end();
        sleep(Duration::from_mins(1)).await;
        assert_eq!(breaker_of(pinged).state(), State::Closed, "{part}");
        assert_eq!(pinged().await, Ok(7));
    }
}
