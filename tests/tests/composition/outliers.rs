//! `outlier` beside each other layer.

use std::time::Duration;

use breaker_runtime::{
    CircuitBreaker, KeyedBreakers, State, TripCondition, breaker_of, circuit_breaker, keyed_breakers_of,
};
use breaker_tests::scripted::{Answer, Scene, Source, Trouble, is_missing};
use futures::future::LocalBoxFuture;
use futures::{FutureExt, StreamExt};
use tokio::time::advance;

/// A function that fails or works as its caller says, with a breaker for each host.
struct Hosts {
    template: &'static CircuitBreaker,
    call: fn(u32, bool) -> LocalBoxFuture<'static, Answer>,
    all: fn() -> KeyedBreakers,
}

fn answer(host: u32, works: bool) -> Answer {
    if works { Ok(Source::Run(host)) } else { Err(Trouble::Down(host)) }
}

fn fall_back(_: u32, _: bool) -> impl Future<Output = Answer> {
    std::future::ready(Ok(Source::Fallback))
}

fn ping() -> impl Future<Output = bool> + Send {
    std::future::ready(true)
}

macro_rules! hosts {
    (async $host:ident $name:ident: $($options:tt)*) => {{
        #[circuit_breaker($($options)*)]
        async fn $name($host: u32, works: bool) -> Answer {
            answer($host, works)
        }
        Hosts {
            template: breaker_of($name),
            call: |host, works| $name(host, works).boxed_local(),
            all: || keyed_breakers_of($name).clone(),
        }
    }};
    (stream $host:ident $name:ident: $($options:tt)*) => {{
        #[circuit_breaker($($options)*)]
        fn $name($host: u32, works: bool) -> impl futures::Stream<Item = Answer> {
            futures::stream::iter([answer($host, works)])
        }
        Hosts {
            template: breaker_of($name),
            call: |host, works| {
                async move {
                    let items: Vec<_> = $name(host, works).collect().await;
                    items[0]
                }
                .boxed_local()
            },
            all: || keyed_breakers_of($name).clone(),
        }
    }};
}

macro_rules! first {
    ($shape:ident $host:ident $name:ident [$($layer:tt)*]) => {
        hosts!($shape $host $name: key = $host, failure_threshold = 100, timeout = "30s",
            outlier(min_keys = 5, min_calls = 10, window = "10s"), $($layer)*)
    };
}

macro_rules! last {
    ($shape:ident $host:ident $name:ident [$($layer:tt)*]) => {{
        mod swapped {
            use super::*;

            pub(super) fn hosts() -> Hosts {
                hosts!($shape $host $name: $($layer)* outlier(window = "10s", min_calls = 10, min_keys = 5),
                    timeout = "30s", failure_threshold = 100, key = $host)
            }
        }
        swapped::hosts()
    }};
}

macro_rules! rows {
    ($make:ident) => {
        vec![
            $make!(async host slow [slow_call = "1m",]),
            $make!(async host attempt [call_timeout = "1m",]),
            $make!(async host whole [total_timeout = "1m",]),
            $make!(async host bulkhead [max_concurrent = 1,]),
            $make!(async host queue [max_concurrent = 1, max_wait = "1s",]),
            $make!(async host retry [retry(attempts = 2, backoff = "1ms", jitter = false, budget = 1.0),]),
            $make!(async host fallback [fallback = fall_back,]),
            $make!(async host rejection [fallback = fall_back, fallback_on = "rejection",]),
            $make!(async host memory [last_good(key = host, max_age = "10m"),]),
            $make!(async host ignore [ignore_if = is_missing,]),
            $make!(async host fail [failure_if = Result::is_err,]),
            $make!(async host exclude [exclude = Trouble::Missing,]),
            $make!(async host classify [classify,]),
            $make!(async host rate [failure_rate = 0.9, min_calls = 50,]),
            $make!(async host rate_of_time [failure_rate = 0.9, min_calls = 50, window = "10s",]),
            $make!(async host ramp [ramp = "1s",]),
            $make!(async host throttle [throttle,]),
            $make!(async host fleet [shared,]),
            $make!(async host dropped [abandoned_threshold = 1,]),
            $make!(async host failed_probes [probe_failure_threshold = 2, max_probes = 4,]),
            $make!(async host pinged [probe = ping,]),
            $make!(async host limited [max_open_keys = 0.5,]),
            $make!(async host dry_run []),
            $make!(stream host stream []),
        ]
    };
}

/// Four hosts work and one fails each second call, which is Envoy's worked example in small. No layer
/// changes who is an outlier.
#[tokio::test(start_paused = true)]
async fn outlier_opens_beside_each_other_layer() {
    let mut all: Vec<Hosts> = rows!(first);
    all.extend(rows!(last));
    for hosts in all {
        let name = hosts.template.name();
        let layer = name.rsplit("::").next().expect("a name has a last part");
        let _scene = Scene::new(hosts.template, []);
        if layer == "dry_run" {
            hosts.template.observe();
        }
        let fails = || (hosts.call)(9, false);
        let _ = fails().await;
        for works in [true, false].repeat(5) {
            for host in 1..=4 {
                assert_eq!((hosts.call)(host, true).await, Ok(Source::Run(host)), "{name}");
            }
            let _ = (hosts.call)(5, works).await;
        }
        let group = (hosts.all)();
        let open = || -> Vec<_> {
            let open = group.iter().filter(|breaker| breaker.state() == State::Open);
            open.map(|breaker| breaker.key().expect("a key").to_string()).collect()
        };
        assert_eq!(open(), [""; 0], "{name}: the interval has not ended");
        advance(Duration::from_secs(10)).await;
        let _ = fails().await;
        assert_eq!(open(), ["5"], "{name}");

        let breaker = group.get(&5_u32);
        let trip = breaker.last_trip().expect("a trip");
        let TripCondition::Outlier { rate, mean, keys, .. } = trip.condition else { panic!("{trip}") };
        // The second attempts are calls as well.
        let failures: u32 = if layer == "retry" { 10 } else { 5 };
        let expected = 5.0 / f64::from(5 + failures);
        assert!(
            (rate - expected).abs() + (mean - (4.0 + expected) / 5.0).abs() < 1e-9,
            "{name}: {trip}"
        );
        assert_eq!(keys, 5, "{name}");
        let ran = u64::from(layer == "dry_run");
        let expected = match layer {
            "fallback" | "rejection" => "Ok(Fallback)",
            "memory" | "dry_run" => "Ok(Run(5))",
            _ => "Err(Breaker(Open))",
        };
        assert_eq!(format!("{:?}", (hosts.call)(5, true).await), expected, "{name}");
        let totals = breaker.snapshot().totals;
        assert_eq!((totals.success, totals.failure), (5 + ran, u64::from(failures)), "{name}");
        assert_eq!((totals.rejected, totals.would_reject), (1 - ran, ran), "{name}");
        assert_eq!((hosts.call)(1, true).await, Ok(Source::Run(1)), "{name}");

        advance(Duration::from_secs(30)).await;
        // Pings close it without a call.
        for _ in 0..200 {
            if layer != "pinged" {
                break;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        for _ in 0..2 {
            assert_eq!((hosts.call)(5, true).await, Ok(Source::Run(5)), "{name}");
        }
        assert_eq!(breaker.state(), State::Closed, "{name}");
        assert_eq!(breaker.snapshot().trips, 1, "{name}");
    }
}
