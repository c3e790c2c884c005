//! The published order of such layers in other libraries, and the differences of this one.

use breaker_runtime::{State, breaker_of, circuit_breaker};
use breaker_tests::scripted::Step::{Fails, Hangs, Works};
use breaker_tests::scripted::{Answer, Scene, Service};
use futures::future::join_all;
use futures::join;

/// resilience4j, "Getting started with resilience4j-spring-boot2", aspect order: `Retry ( CircuitBreaker
/// ( RateLimiter ( TimeLimiter ( Bulkhead ( Function ) ) ) ) )`. There the exceptions decide whether a
/// retry asks an open breaker again. Here it never does: 7 attempts over a threshold of 3 run the body 3
/// times, without the pauses that would follow.
#[tokio::test(start_paused = true)]
async fn retries_stop_at_an_open_breaker() {
    #[circuit_breaker(failure_threshold = 3, retry(attempts = 7, backoff = "100ms", jitter = false))]
    async fn call(service: &Service) -> Answer {
        service.run().await
    }
    let scene = Scene::new(breaker_of(call), [Fails(0); 7]);
    scene.gets(call(scene.service())).await;
    scene.gets(call(scene.service())).await;
    assert_eq!(scene.seen(), "down 3 @300, Open @300 | 3 runs | failure 3, rejected 1, retried 2");
    assert_eq!(scene.breaker().state(), State::Open);
}

/// The same order, its two inner layers: there the bulkhead is within the time limit. Here the wait for
/// a permit uses none of the time of the call, and `max_wait` limits it: the other calls are slow, not
/// the dependency.
#[tokio::test(start_paused = true)]
async fn queue_wait_is_not_the_time_of_the_call() {
    #[circuit_breaker(failure_threshold = 1, call_timeout = "1s", max_concurrent = 1, max_wait = "5s")]
    async fn call(service: &Service) -> Answer {
        service.run().await
    }
    let scene = Scene::new(breaker_of(call), [Works(900), Works(900), Works(900)]);
    join!(
        scene.gets(call(scene.service())),
        scene.gets(call(scene.service())),
        scene.gets(call(scene.service())),
    );
    assert_eq!(scene.seen(), "run 1 @900, run 2 @1800, run 3 @2700 | 3 runs | success 3");
}

/// Polly, "Resilience pipelines", the diagrams of retry and timeout: with the retry outside, the first
/// attempt takes too long and the second is fast enough. With the timeout outside, which is a
/// `tokio::time::timeout` around the call here, the third attempt is cut off.
#[tokio::test(start_paused = true)]
async fn timeout_under_retry_limits_one_attempt_and_around_it_all() {
    #[circuit_breaker(call_timeout = "1s", retry(attempts = 3, backoff = "2s", jitter = false))]
    async fn call(service: &Service) -> Answer {
        service.run().await
    }
    let scene = Scene::new(breaker_of(call), [Hangs, Works(500), Fails(0), Hangs, Hangs]);
    scene.gets(call(scene.service())).await;
    assert_eq!(scene.seen(), "run 2 @3500 | 2 runs | success 1, failure 1, timed_out 1, retried 1");
    let overall = std::time::Duration::from_millis(7_500);
    assert!(tokio::time::timeout(overall, call(scene.service())).await.is_err());
    assert_eq!(
        scene.seen(),
        "run 2 @3500 | 5 runs | success 1, failure 3, cancelled 1, timed_out 2, retried 3"
    );
}

/// Polly, wiki, on `PolicyWrap`, the walk through `Wrap(fallback, waitAndRetry, breaker)`: the breaker
/// updates its statistics for each outcome, the retry fails when it has used up its attempts, the
/// fallback substitutes.
#[tokio::test(start_paused = true)]
async fn fallback_around_retry_around_breaker_counts_each_attempt() {
    #[circuit_breaker(
        failure_threshold = 5,
        retry(attempts = 3, backoff = "100ms", jitter = false),
        fallback = service.fall_back().await
    )]
    async fn call(service: &Service) -> Answer {
        service.run().await
    }
    let scene = Scene::new(breaker_of(call), [Fails(0); 9]);
    for _ in 0..3 {
        scene.gets(call(scene.service())).await;
    }
    assert_eq!(
        scene.seen(),
        "fallback @300, fallback @400, fallback @400 | 5 runs | failure 5, rejected 1, retried 3, fallback 3"
    );
}

/// failsafe-go, "Policies", "Policy Composition": `Fallback(RetryPolicy(CircuitBreaker(Timeout(fn))))`.
/// A result is handled from the inside out: a time-out is a failure for the breaker, a reason for the
/// retry, a cause for the fallback.
#[tokio::test(start_paused = true)]
async fn time_out_is_handled_from_the_inside_out() {
    #[circuit_breaker(
        failure_threshold = 2,
        call_timeout = "1s",
        retry(attempts = 5, backoff = "100ms", jitter = false),
        fallback = service.fall_back().await
    )]
    async fn call(service: &Service) -> Answer {
        service.run().await
    }
    let scene = Scene::new(breaker_of(call), [Hangs; 5]);
    scene.gets(call(scene.service())).await;
    assert_eq!(scene.seen(), "fallback @2100 | 2 runs | failure 2, timed_out 2, retried 1, fallback 1");
    assert_eq!(scene.breaker().state(), State::Open);
}

/// Hystrix, "How it Works", the flow chart: the fallback runs for an open circuit, a full semaphore, a
/// failure, and a time-out.
#[tokio::test(start_paused = true)]
async fn each_of_four_causes_runs_the_fallback() {
    #[circuit_breaker(
        failure_threshold = 2,
        call_timeout = "1s",
        max_concurrent = 1,
        fallback = service.fall_back().await
    )]
    async fn call(service: &Service) -> Answer {
        service.run().await
    }
    let scene = Scene::new(breaker_of(call), [Hangs, Fails(0)]);
    join!(scene.gets(call(scene.service())), scene.gets(call(scene.service())));
    scene.gets(call(scene.service())).await;
    scene.gets(call(scene.service())).await;
    assert_eq!(
        scene.seen(),
        "fallback @0, fallback @1000, fallback @1000, fallback @1000 \
         | 2 runs | failure 2, rejected 2, timed_out 1, fallback 4"
    );
}

/// Hystrix, `HystrixCommandMetrics.HealthCounts`, adds semaphore rejections to the errors, and
/// resilience4j (issues 989 and 1656) counts its `BulkheadFullException` unless it is configured to
/// ignore it: a crowd of callers opens the breaker of a healthy dependency. Here a rejection for lack of
/// permits never counts against the dependency.
#[tokio::test(start_paused = true)]
async fn bulkhead_rejections_never_open() {
    #[circuit_breaker(
        failure_threshold = 1,
        failure_rate = 0.01,
        min_calls = 1,
        max_concurrent = 1,
        max_wait = "50ms",
        max_pending = 3
    )]
    async fn call(service: &Service) -> Answer {
        service.run().await
    }
    let scene = Scene::new(breaker_of(call), [Works(100)]);
    join_all((0..100).map(|_| scene.gets(call(scene.service())))).await;
    scene.gets(call(scene.service())).await;
    assert!(
        scene.seen().ends_with("Full @50, run 1 @100, run 2 @100 | 2 runs | success 2, rejected 99")
    );
    assert_eq!((scene.breaker().state(), scene.breaker().snapshot().trips), (State::Closed, 0));
}
