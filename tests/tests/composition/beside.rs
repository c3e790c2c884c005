//! `abandoned_threshold` and `probe` beside each other layer: what each counts, and what callers get.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use breaker_runtime::{CircuitBreaker, State, breaker_of, circuit_breaker};
use breaker_tests::scripted::Step::{Fails, Hangs, Works};
use breaker_tests::scripted::{Answer, Scene, Service, is_missing};
use futures::future::LocalBoxFuture;
use tokio::time::{sleep, timeout};

type Function = (&'static CircuitBreaker, for<'s> fn(&'s Service) -> LocalBoxFuture<'s, Answer>);

macro_rules! function {
    ([$($own:tt)*] $name:ident: $($layer:tt)*) => {{
        #[circuit_breaker(failure_threshold = 1, timeout = "30s", $($own)*, $($layer)*)]
        async fn $name(service: &Service) -> Answer {
            service.run().await
        }
        let function: Function = (breaker_of($name), |service| Box::pin($name(service)));
        function
    }};
}

/// Makes a function with the options in brackets and one other layer, for each layer.
macro_rules! with_each_layer {
    ($own:tt) => {
        vec![
            function!($own slow: slow_call = "1m"),
            function!($own attempt: call_timeout = "1m"),
            function!($own whole: total_timeout = "1m"),
            function!($own bulkhead: max_concurrent = 1),
            function!($own queue: max_concurrent = 1, max_wait = "1s"),
            function!($own retry: retry(attempts = 3, backoff = "1s", jitter = false, budget = 1.0)),
            function!($own fallback: fallback = fall_back),
            function!($own rejection: fallback = fall_back, fallback_on = "rejection"),
            function!($own memory: last_good(key = (), max_age = "10m")),
            function!($own ignore: ignore_if = is_missing),
            function!($own fail: failure_if = Result::is_err),
            function!($own rate: failure_rate = 0.9),
            function!($own rate_of_time: failure_rate = 0.9, window = "10s"),
            function!($own ramp: ramp = "1s"),
            function!($own throttle: throttle),
            function!($own failed_probes: probe_failure_threshold = 2, max_probes = 4),
        ]
    };
}

async fn fall_back(service: &Service) -> Answer {
    service.fall_back().await
}

/// Returns the beginning of the answer to a call that the breaker rejects.
fn rejected(breaker: &CircuitBreaker) -> &'static str {
    match breaker.name().rsplit("::").next() {
        Some("fallback" | "rejection") => "fallback @",
        Some("memory") => "run 1 @",
        _ => "Open @",
    }
}

fn last(scene: &Scene) -> String {
    scene.answers().rsplit(", ").next().unwrap_or_default().to_owned()
}

mod abandoned {
    use super::*;

    /// No layer answers a call that its caller has dropped, or keeps its permit.
    #[tokio::test(start_paused = true)]
    async fn dropped_calls_open_beside_each_other_layer() {
        for (breaker, call) in with_each_layer!([abandoned_threshold = 2, success_threshold = 2]) {
            let name = breaker.name();
            let scene = Scene::new(breaker, [Works(0), Hangs, Hangs, Hangs]);
            scene.gets(call(scene.service())).await;
            for _ in 0..3 {
                assert_eq!(breaker.state(), State::Closed, "{name}");
                let dropped = timeout(Duration::from_millis(100), call(scene.service())).await;
                assert!(dropped.is_err(), "{name}");
            }
            assert_eq!(breaker.state(), State::Open, "{name}");
            scene.gets(call(scene.service())).await;
            assert!(last(&scene).starts_with(rejected(breaker)), "{name}: {}", scene.answers());
            let snapshot = breaker.snapshot();
            let totals = snapshot.totals;
            assert_eq!((totals.success, totals.cancelled, totals.failure), (1, 2, 1), "{name}");
            assert_eq!((totals.rejected, totals.retried, totals.timed_out), (1, 0, 0), "{name}");
            assert_eq!(snapshot.bulkhead.map_or(0, |calls| calls.running), 0, "{name}");
            sleep(Duration::from_secs(30)).await;
            for _ in 0..2 {
                scene.gets(call(scene.service())).await;
            }
            assert_eq!(
                (breaker.state(), breaker.snapshot().totals.success),
                (State::Closed, 3),
                "{name}"
            );
            assert_eq!(scene.service().runs(), 6, "{name}");
        }
    }
}

mod pinged {
    use super::*;

    static DOWN: AtomicBool = AtomicBool::new(true);

    async fn ping() -> bool {
        !DOWN.load(Ordering::Relaxed)
    }

    /// At 30 s a ping fails, and those at 60 and 90 s succeed. No layer lets a call through until then.
    #[tokio::test(start_paused = true)]
    async fn no_call_probes_beside_each_other_layer() {
        for (breaker, call) in with_each_layer!([probe = ping, success_threshold = 2]) {
            let name = breaker.name();
            DOWN.store(true, Ordering::Relaxed);
            let scene = Scene::new(breaker, [Works(0), Fails(0)]);
            scene.gets(call(scene.service())).await;
            scene.gets(call(scene.service())).await;
            assert_eq!(breaker.state(), State::Open, "{name}");
            let mut calls = 0;
            while breaker.state() != State::Closed {
                sleep(Duration::from_millis(500)).await;
                if calls == 100 {
                    DOWN.store(false, Ordering::Relaxed);
                }
                if breaker.state() == State::Closed {
                    break;
                }
                scene.gets(call(scene.service())).await;
                calls += 1;
                assert!(calls < 200, "{name}: {}", breaker.snapshot());
            }
            assert_eq!(scene.service().runs(), 2, "{name}");
            let totals = breaker.snapshot().totals;
            assert_eq!((totals.success, totals.failure, totals.rejected), (1, 1, calls), "{name}");
            assert_eq!((totals.pings, totals.failed_pings, totals.ignored_pings), (2, 1, 0), "{name}");
            assert_eq!(totals.retried, 0, "{name}");
            sleep(Duration::from_secs(2)).await;
            scene.gets(call(scene.service())).await;
            assert!(last(&scene).starts_with("run 3 @"), "{name}: {}", last(&scene));
        }
    }
}
