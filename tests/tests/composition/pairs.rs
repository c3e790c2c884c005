//! Each pair of layers, the outer one first: the results of a function that has both, and the results of
//! the same calls with the order swapped, where a function with the inner layer is inside a function
//! with the outer one.

use breaker_runtime::{CircuitBreaker, breaker_of, circuit_breaker};
use breaker_tests::scripted::Step::{Fails, Hangs, Works};
use breaker_tests::scripted::{Answer, Scene, Service, Step};
use futures::future::LocalBoxFuture;
use futures::join;

type Function = (&'static CircuitBreaker, for<'s> fn(&'s Service) -> LocalBoxFuture<'s, Answer>);

struct Pair {
    function: Function,
    swapped: Function,
    fallback_takes: u64,
}

macro_rules! pair {
    ({$($outer:tt)*} around {$($inner:tt)*}) => {{
        #[circuit_breaker($($outer)*, $($inner)*)]
        async fn function(service: &Service) -> Answer {
            service.run().await
        }
        #[circuit_breaker($($inner)*)]
        async fn swapped(service: &Service) -> Answer {
            #[circuit_breaker($($outer)*)]
            async fn within(service: &Service) -> Answer {
                service.run().await
            }
            within(service).await
        }
        Pair {
            function: (breaker_of(function), |service| Box::pin(function(service))),
            swapped: (breaker_of(swapped), |service| Box::pin(swapped(service))),
            fallback_takes: 0,
        }
    }};
}

/// The calls of one of the two functions.
struct Calls {
    scene: Scene,
    function: Function,
}

impl Calls {
    async fn one(&self) {
        self.scene.gets((self.function.1)(self.scene.service())).await;
    }

    async fn some(&self, calls: u32) {
        for _ in 0..calls {
            self.one().await;
        }
    }

    /// Makes one call at `at` milliseconds.
    async fn one_at(&self, at: u64) {
        self.scene.at(at).await;
        self.one().await;
    }
}

impl Pair {
    fn with_fallback_that_takes(self, fallback_takes: u64) -> Self {
        Self { fallback_takes, ..self }
    }

    async fn assert(self, script: &[Step], calls: impl AsyncFn(&Calls), seen: &str, if_swapped: &str) {
        let play = async |function: Function| {
            let scene = Scene::new(function.0, script.iter().copied());
            let scene = scene.with_fallback_that_takes(self.fallback_takes);
            let played = Calls { scene, function };
            calls(&played).await;
            played.scene
        };
        assert_eq!(play(self.function).await.seen(), seen);
        let swapped = play(self.swapped).await.answers();
        assert_eq!(swapped, if_swapped, "swapped");
        assert!(!seen.starts_with(&swapped), "the order makes no difference");
    }
}

/// The memory is asked first, and does not store the answer of the fallback.
#[tokio::test(start_paused = true)]
async fn fallback_around_last_good_is_asked_second() {
    let pair = pair!({fallback = Service::fall_back} around {last_good(key = ())});
    pair.assert(
        &[Fails(0), Works(0), Fails(0)],
        async |calls| calls.some(3).await,
        "fallback @0, run 2 @0, run 2 @0 | 3 runs | success 1, failure 2, last_good 1, fallback 1",
        "fallback @0, run 2 @0, fallback @0 | 3 runs",
    )
    .await;
}

/// The fallback answers after the last attempt.
#[tokio::test(start_paused = true)]
async fn fallback_around_retry_answers_the_last_attempt() {
    let pair = pair!(
        {fallback = Service::fall_back}
        around {retry(attempts = 3, backoff = "100ms", jitter = false)}
    );
    pair.assert(
        &[Fails(0), Fails(0), Works(0), Fails(0), Fails(0), Fails(0)],
        async |calls| {
            calls.one().await;
            calls.one().await;
        },
        "run 3 @300, fallback @600 | 6 runs | success 1, failure 5, retried 4, fallback 1",
        "fallback @0, fallback @0 | 2 runs",
    )
    .await;
}

/// The answers of a fallback are no successes of the dependency: they do not keep the breaker closed.
#[tokio::test(start_paused = true)]
async fn fallback_around_breaker_answers_rejections() {
    let pair = pair!({fallback = Service::fall_back} around {failure_threshold = 2});
    pair.assert(
        &[Fails(0), Fails(0), Fails(0)],
        async |calls| calls.some(3).await,
        "fallback @0, fallback @0, fallback @0 | 2 runs | failure 2, rejected 1, fallback 3",
        "fallback @0, fallback @0, fallback @0 | 3 runs",
    )
    .await;
}

/// A fallback needs no permit, and answers calls that get none.
#[tokio::test(start_paused = true)]
async fn fallback_around_bulkhead_needs_no_permit() {
    let pair = pair!({fallback = Service::fall_back} around {max_concurrent = 1})
        .with_fallback_that_takes(1_000);
    pair.assert(
        &[Fails(0), Works(500)],
        async |calls| {
            join!(calls.one(), calls.one_at(100), calls.one_at(300));
        },
        "run 2 @600, fallback @1000, fallback @1300 | 2 runs | success 1, failure 1, rejected 1, fallback 2",
        "Full @100, Full @300, fallback @1000 | 1 runs",
    )
    .await;
}

/// The fallback has no deadline, although the body missed its own.
#[tokio::test(start_paused = true)]
async fn fallback_around_call_timeout_has_no_deadline() {
    let pair = pair!({fallback = Service::fall_back} around {call_timeout = "2s"})
        .with_fallback_that_takes(5_000);
    pair.assert(
        &[Hangs],
        async |calls| calls.one().await,
        "fallback @7000 | 1 runs | failure 1, timed_out 1, fallback 1",
        "TimedOut @2000 | 1 runs",
    )
    .await;
}

/// The memory answers after the last attempt.
#[tokio::test(start_paused = true)]
async fn last_good_around_retry_answers_the_last_attempt() {
    let pair =
        pair!({last_good(key = ())} around {retry(attempts = 2, backoff = "100ms", jitter = false)});
    pair.assert(
        &[Works(0), Fails(0), Works(0), Fails(0), Fails(0)],
        async |calls| calls.some(3).await,
        "run 1 @0, run 3 @100, run 3 @200 | 5 runs | success 2, failure 3, retried 2, last_good 1",
        "run 1 @0, run 1 @0, run 3 @0 | 3 runs",
    )
    .await;
}

/// Answers from memory are no successes of the dependency: they do not keep the breaker closed.
#[tokio::test(start_paused = true)]
async fn last_good_around_breaker_answers_rejections() {
    let pair = pair!({last_good(key = ())} around {failure_threshold = 2});
    pair.assert(
        &[Works(0), Fails(0), Fails(0), Fails(0)],
        async |calls| calls.some(4).await,
        "run 1 @0, run 1 @0, run 1 @0, run 1 @0 | 3 runs | success 1, failure 2, rejected 1, last_good 3",
        "run 1 @0, run 1 @0, run 1 @0, run 1 @0 | 4 runs",
    )
    .await;
}

/// The memory answers calls that get no permit.
#[tokio::test(start_paused = true)]
async fn last_good_around_bulkhead_answers_full_calls() {
    let pair = pair!({last_good(key = ())} around {max_concurrent = 1});
    pair.assert(
        &[Works(0), Works(500)],
        async |calls| {
            calls.one().await;
            join!(calls.one(), calls.one());
        },
        "run 1 @0, run 1 @0, run 2 @500 | 2 runs | success 2, rejected 1, last_good 1",
        "run 1 @0, Full @0, run 2 @500 | 2 runs",
    )
    .await;
}

/// The memory answers after the deadline.
#[tokio::test(start_paused = true)]
async fn last_good_around_call_timeout_answers_after_the_deadline() {
    let pair = pair!({last_good(key = ())} around {call_timeout = "2s"});
    pair.assert(
        &[Works(1_000), Hangs],
        async |calls| {
            calls.one().await;
            calls.one().await;
        },
        "run 1 @1000, run 1 @3000 | 2 runs | success 1, failure 1, timed_out 1, last_good 1",
        "run 1 @1000, TimedOut @3000 | 2 runs",
    )
    .await;
}

/// Each attempt counts, and none follows the one that opens the breaker.
#[tokio::test(start_paused = true)]
async fn retry_around_breaker_counts_each_attempt() {
    let pair =
        pair!({retry(attempts = 3, backoff = "100ms", jitter = false)} around {failure_threshold = 2});
    pair.assert(
        &[Fails(0), Works(0), Fails(0), Fails(0), Fails(0)],
        async |calls| calls.some(3).await,
        "run 2 @100, down 4 @200, Open @200 | 4 runs | success 1, failure 3, rejected 1, retried 2",
        "run 2 @100, down 5 @400, run 6 @400 | 6 runs",
    )
    .await;
}

/// A call holds no permit while it pauses between two attempts.
#[tokio::test(start_paused = true)]
async fn retry_around_bulkhead_pauses_without_a_permit() {
    let pair = pair!({retry(attempts = 2, backoff = "1s", jitter = false)} around {max_concurrent = 1});
    pair.assert(
        &[Fails(0), Works(500), Works(0)],
        async |calls| {
            join!(calls.one(), calls.one_at(100));
        },
        "run 2 @600, run 3 @1000 | 3 runs | success 2, failure 1, retried 1",
        "Full @100, run 2 @1500 | 2 runs",
    )
    .await;
}

/// Each attempt has its own deadline.
#[tokio::test(start_paused = true)]
async fn retry_around_call_timeout_gives_each_attempt_a_deadline() {
    let pair =
        pair!({retry(attempts = 3, backoff = "100ms", jitter = false)} around {call_timeout = "2s"});
    pair.assert(
        &[Hangs, Hangs, Works(1_000)],
        async |calls| calls.one().await,
        "run 3 @5300 | 3 runs | success 1, failure 2, timed_out 2, retried 2",
        "TimedOut @2000 | 1 runs",
    )
    .await;
}

/// A call that the breaker rejects does not wait in the queue first, here behind a probe.
#[tokio::test(start_paused = true)]
async fn breaker_around_bulkhead_rejects_before_the_queue() {
    let pair = pair!(
        {failure_threshold = 1, success_threshold = 1, timeout = "1s"}
        around {max_concurrent = 1, max_wait = "10s"}
    );
    pair.assert(
        &[Fails(0), Works(500), Works(0)],
        async |calls| {
            calls.one().await;
            join!(calls.one_at(1_000), calls.one_at(1_100));
        },
        "down 1 @0, HalfOpen @1100, run 2 @1500 | 2 runs | success 1, failure 1, rejected 1",
        "down 1 @0, run 2 @1500, run 3 @1500 | 3 runs",
    )
    .await;
}

/// The breaker counts a time-out, not a call that was dropped.
#[tokio::test(start_paused = true)]
async fn breaker_around_call_timeout_counts_the_time_out() {
    let pair = pair!({failure_threshold = 2} around {call_timeout = "2s"});
    pair.assert(
        &[Hangs, Hangs, Hangs],
        async |calls| calls.some(3).await,
        "TimedOut @2000, TimedOut @4000, Open @4000 | 2 runs | failure 2, rejected 1, timed_out 2",
        "TimedOut @2000, TimedOut @4000, TimedOut @6000 | 3 runs",
    )
    .await;
}

/// The wait in the queue is not part of the deadline, and the permit is released when the deadline
/// passes.
#[tokio::test(start_paused = true)]
async fn bulkhead_around_call_timeout_waits_outside_the_deadline() {
    let pair = pair!({max_concurrent = 1, max_wait = "10s"} around {call_timeout = "2s"});
    pair.assert(
        &[Works(1_500), Works(1_500), Hangs, Works(0)],
        async |calls| {
            join!(calls.one(), calls.one(), calls.one(), calls.one());
        },
        "run 1 @1500, run 2 @3000, TimedOut @5000, run 4 @5000 | 4 runs | success 3, failure 1, timed_out 1",
        "run 1 @1500, TimedOut @2000, TimedOut @2000, run 4 @2000 | 4 runs",
    )
    .await;
}
