//! Options for drops, pings, probes and deadlines beside each other layer: what each counts, and what
//! callers get, in any order of the options.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use breaker_runtime::{CircuitBreaker, State, breaker_of, circuit_breaker};
use breaker_tests::scripted::Step::{Fails, Hangs, Works};
use breaker_tests::scripted::{Answer, Scene, Service, is_missing};
use tokio::time::{sleep, timeout};

use crate::layers::{Layered, assert_same_in_any_order};

const OPEN_PERIOD: Duration = Duration::from_secs(30);

async fn fall_back(service: &Service) -> Answer {
    service.fall_back().await
}

mod abandoned {
    use super::*;

    /// No layer answers a call that its caller has dropped, or keeps its permit.
    #[tokio::test(start_paused = true)]
    async fn dropped_calls_open_beside_each_other_layer() {
        for layered in with_each_layer!(
            [abandoned_threshold = 2, success_threshold = 2]
            function whole [total_timeout = "1m",]
            function failed_probes [probe_failure_threshold = 2, max_probes = 4,]
            stream stream []
            one_of_two one_of_two []
        ) {
            let (breaker, name) = (layered.breaker, layered.breaker.name());
            let scene = layered.scene([Works(0), Hangs, Hangs, Hangs]);
            assert_eq!(layered.answer(&scene).await, "run 1", "{name}");
            for _ in 0..3 {
                assert_eq!(layered.state(), State::Closed, "{name}");
                let call = (layered.call)(scene.service());
                assert!(timeout(Duration::from_millis(100), call).await.is_err(), "{name}");
            }
            assert_eq!(layered.state(), State::Open, "{name}");
            layered.assert_rejected(&layered.answer(&scene).await, 1);
            let totals = breaker.snapshot().totals;
            let ran = u64::from(layered.is_dry_run());
            assert_eq!((totals.success, totals.cancelled, totals.failure), (1 + ran, 2, 1), "{name}");
            assert_eq!((totals.rejected, totals.would_reject), (1 - ran, ran), "{name}");
            assert_eq!((totals.retried, totals.timed_out), (0, 0), "{name}");
            assert_eq!(
                (layered.admits)().snapshot().bulkhead.map_or(0, |calls| calls.running),
                0,
                "{name}"
            );
            sleep(OPEN_PERIOD).await;
            for _ in 0..2 {
                assert!(layered.answer(&scene).await.starts_with("run "), "{name}");
            }
            assert_eq!(layered.state(), State::Closed, "{name}");
            assert_eq!(breaker.snapshot().totals.success, 3 + ran, "{name}");
            assert_eq!(u64::from(scene.service().runs()), 6 + ran, "{name}");
            assert_same_in_any_order(&layered, &scene);
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
        for layered in with_each_layer!(
            [probe = ping, success_threshold = 2]
            function whole [total_timeout = "1m",]
            function dropped [abandoned_threshold = 1,]
            stream stream []
            one_of_two one_of_two []
        ) {
            let (breaker, name) = (layered.breaker, layered.breaker.name());
            DOWN.store(true, Ordering::Relaxed);
            let scene = layered.scene([Works(0), Fails(0)]);
            layered.answer(&scene).await;
            layered.answer(&scene).await;
            assert_eq!(layered.state(), State::Open, "{name}");
            let mut calls = 0;
            while layered.state() != State::Closed {
                sleep(Duration::from_millis(500)).await;
                if calls == 100 {
                    DOWN.store(false, Ordering::Relaxed);
                }
                if layered.state() == State::Closed {
                    break;
                }
                layered.assert_rejected(&layered.answer(&scene).await, 1);
                calls += 1;
                assert!(calls < 200, "{name}: {}", breaker.snapshot());
            }
            let ran = if layered.is_dry_run() { calls } else { 0 };
            assert_eq!(u64::from(scene.service().runs()), 2 + ran, "{name}");
            let totals = breaker.snapshot().totals;
            assert_eq!((totals.success, totals.failure), (1 + ran, 1), "{name}");
            assert_eq!((totals.rejected, totals.would_reject), (calls - ran, ran), "{name}");
            assert_eq!((totals.pings, totals.failed_pings, totals.ignored_pings), (2, 1, 0), "{name}");
            assert_eq!(totals.retried, 0, "{name}");
            sleep(Duration::from_secs(2)).await;
            assert_eq!(layered.answer(&scene).await, format!("run {}", 3 + ran), "{name}");
            assert_same_in_any_order(&layered, &scene);
        }
    }
}

mod failed_probes {
    use super::*;

    /// The first failed probe leaves it half-open, and the second opens it. The second attempt of a
    /// retry is a probe of its own.
    #[tokio::test(start_paused = true)]
    async fn so_many_failed_probes_open_beside_each_other_layer() {
        for layered in with_each_layer!(
            [probe_failure_threshold = 2, success_threshold = 2]
            function whole [total_timeout = "1m",]
            function dropped [abandoned_threshold = 1,]
            stream stream []
            one_of_two one_of_two []
        ) {
            let (breaker, name) = (layered.breaker, layered.breaker.name());
            let scene = layered.scene([Works(0), Fails(0), Fails(0), Works(0), Fails(0)]);
            layered.answer(&scene).await;
            layered.answer(&scene).await;
            assert_eq!(layered.state(), State::Open, "{name}");
            sleep(OPEN_PERIOD).await;
            let probes = [State::HalfOpen, State::HalfOpen, State::Open];
            let retried = usize::from(layered.layer() == "retry");
            for state in probes.into_iter().skip(retried) {
                layered.answer(&scene).await;
                assert_eq!(layered.state(), state, "{name}: {}", scene.answers());
            }
            layered.assert_rejected(&layered.answer(&scene).await, 4);
            sleep(OPEN_PERIOD).await;
            for _ in 0..2 {
                assert!(layered.answer(&scene).await.starts_with("run "), "{name}");
            }
            assert_eq!(layered.state(), State::Closed, "{name}");
            let totals = breaker.snapshot().totals;
            let ran = u64::from(layered.is_dry_run());
            assert_eq!((totals.success, totals.failure), (4 + ran, 3), "{name}");
            assert_eq!((totals.rejected, totals.would_reject), (1 - ran, ran), "{name}");
            assert_eq!((totals.retried, totals.cancelled), (retried as u64, 0), "{name}");
            assert_eq!(u64::from(scene.service().runs()), 7 + ran, "{name}");
            assert_same_in_any_order(&layered, &scene);
        }
    }
}

mod total {
    use super::*;

    /// The call that hangs ends after 2 min, and opens. No layer adds an attempt or time.
    #[tokio::test(start_paused = true)]
    async fn whole_deadline_opens_beside_each_other_layer() {
        for layered in with_each_layer!(
            [total_timeout = "2m", success_threshold = 2]
            function dropped [abandoned_threshold = 1,]
            function failed_probes [probe_failure_threshold = 2, max_probes = 4,]
        ) {
            let (breaker, name) = (layered.breaker, layered.breaker.name());
            let scene = layered.scene([Works(0), Hangs]);
            assert_eq!(layered.answer(&scene).await, "run 1", "{name}");
            let (answer, ends_after) = match layered.layer() {
                "attempt" => ("TimedOut", 60),
                "fallback" => ("fallback", 120),
                "memory" => ("run 1", 120),
                _ => ("TimedOut", 120),
            };
            assert_eq!(layered.answer(&scene).await, answer, "{name}");
            assert!(scene.answers().contains(&format!("{answer} @{ends_after}000 ")), "{name}");
            assert_eq!(layered.state(), State::Open, "{name}");
            layered.assert_rejected(&layered.answer(&scene).await, 1);
            let ran = u64::from(layered.is_dry_run());
            let totals = breaker.snapshot().totals;
            assert_eq!((totals.success, totals.failure, totals.timed_out), (1 + ran, 1, 1), "{name}");
            assert_eq!((totals.rejected, totals.would_reject), (1 - ran, ran), "{name}");
            assert_eq!((totals.retried, totals.cancelled, totals.late), (0, 0, 0), "{name}");
            assert_eq!(totals.slow, u64::from(layered.layer() == "slow"), "{name}");
            assert_eq!(
                (layered.admits)().snapshot().bulkhead.map_or(0, |calls| calls.running),
                0,
                "{name}"
            );
            sleep(OPEN_PERIOD).await;
            for _ in 0..2 {
                assert!(layered.answer(&scene).await.starts_with("run "), "{name}");
            }
            assert_eq!(layered.state(), State::Closed, "{name}");
            assert_eq!(breaker.snapshot().totals.success, 3 + ran, "{name}");
            assert_eq!(u64::from(scene.service().runs()), 4 + ran, "{name}");
            assert_same_in_any_order(&layered, &scene);
        }
    }

    breaker_runtime::declare! { static DB: failure_threshold = 3, max_concurrent = 1 }

    #[circuit_breaker(breaker = DB, total_timeout = "1s")]
    async fn load(service: &Service) -> Answer {
        service.run().await
    }

    #[circuit_breaker(total_timeout = "2s", breaker = DB)]
    async fn save(service: &Service) -> Answer {
        service.run().await
    }

    #[tokio::test(start_paused = true)]
    async fn functions_with_one_breaker_have_deadlines_of_their_own_and_one_streak() {
        let scene = Scene::new(&DB, [Hangs, Hangs, Works(1_500), Hangs, Hangs, Hangs]);
        scene.gets(load(scene.service())).await;
        scene.gets(save(scene.service())).await;
        scene.gets(save(scene.service())).await;
        assert_eq!(DB.snapshot().streak, 0);
        for _ in 0..2 {
            scene.gets(load(scene.service())).await;
        }
        scene.gets(save(scene.service())).await;
        scene.gets(load(scene.service())).await;
        assert_eq!(
            scene.seen(),
            "TimedOut @1000, TimedOut @3000, run 3 @4500, TimedOut @5500, TimedOut @6500, TimedOut @8500, Open @8500 \
             | 6 runs | success 1, failure 5, rejected 1, timed_out 5"
        );
    }
}

mod commanded {
    use super::*;

    static PINGS: AtomicU32 = AtomicU32::new(0);

    async fn ping() -> bool {
        PINGS.fetch_add(1, Ordering::Relaxed);
        false
    }

    #[circuit_breaker(
        failure_threshold = 2,
        abandoned_threshold = 2,
        probe_failure_threshold = 2,
        total_timeout = "1s",
        probe = ping,
        timeout = "30s"
    )]
    async fn call(service: &Service) -> Answer {
        service.run().await
    }

    async fn dropped(scene: &Scene) {
        assert!(timeout(Duration::from_millis(10), call(scene.service())).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn reset_and_change_of_mode_begin_the_row_of_dropped_calls_anew() {
        let scene = Scene::new(breaker_of(call), [Hangs; 9]);
        let breaker = scene.breaker();
        let commands: [fn(&CircuitBreaker); 3] = [
            CircuitBreaker::reset,
            |breaker| {
                breaker.observe();
                breaker.automatic();
            },
            |breaker| {
                breaker.trip();
                breaker.reset();
            },
        ];
        for command in commands {
            for _ in 0..2 {
                dropped(&scene).await;
            }
            command(breaker);
        }
        assert_eq!(scene.seen(), " | 6 runs | cancelled 6");
        for _ in 0..3 {
            dropped(&scene).await;
        }
        assert_eq!(scene.seen(), " | 9 runs | failure 1, cancelled 8");
    }

    /// Forced closed it hides nothing from callers, and forced open it needs no ping.
    #[tokio::test(start_paused = true)]
    async fn forced_breaker_keeps_the_deadline_and_is_not_pinged() {
        let scene = Scene::new(breaker_of(call), [Hangs, Hangs, Hangs, Hangs, Works(0)]);
        let breaker = scene.breaker();
        PINGS.store(0, Ordering::Relaxed);
        breaker.force_closed();
        for _ in 0..4 {
            scene.gets(call(scene.service())).await;
        }
        breaker.force_open();
        scene.gets(call(scene.service())).await;
        sleep(Duration::from_mins(10)).await;
        assert_eq!(PINGS.load(Ordering::Relaxed), 0);
        breaker.automatic();
        scene.gets(call(scene.service())).await;
        assert_eq!(
            scene.seen(),
            "TimedOut @1000, TimedOut @2000, TimedOut @3000, TimedOut @4000, ForcedOpen @4000, run 5 @604000 \
             | 5 runs | success 1, failure 4, rejected 1, timed_out 4"
        );
        breaker.trip();
        sleep(Duration::from_mins(2)).await;
        let totals = breaker.snapshot().totals;
        assert!(totals.failed_pings >= 2, "{totals}");
        assert_eq!(totals.failed_pings, u64::from(PINGS.load(Ordering::Relaxed)));
        breaker.reset();
        sleep(Duration::from_mins(2)).await;
        assert_eq!(breaker.snapshot().totals.failed_pings, totals.failed_pings, "it is closed");
        assert_eq!(breaker.state(), State::Closed);
    }
}
