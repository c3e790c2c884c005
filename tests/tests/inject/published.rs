//! Documented faults of Toxiproxy, of Envoy's fault filter and of Simmy, the chaos strategies of Polly,
//! as rows: what they do to calls, in the words of our settings. What is not expressed here is in the
//! table of `guide::game_days`.
//!
//! - Toxiproxy: `README.md` of github.com/Shopify/toxiproxy, "Toxics" and "Toxic fields".
//! - Envoy: <https://envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/fault_filter>.
//! - Polly: pollydocs.org/chaos, with a page for each strategy.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use breaker_runtime::{BreakerError, CallError, CircuitBreaker, testing};
use tokio::time::{Instant, sleep};

use crate::begin;

/// One row: five calls in a row, of which each takes 100 ms if it runs, with a deadline of 3 s. The
/// breaker opens after three failures.
struct Row {
    source: &'static str,
    theirs: &'static str,
    ours: &'static [(&'static str, f64)],
    /// The random numbers that are drawn, in a circle.
    draws: &'static [f64],
    /// The end of each call, and after how many milliseconds.
    seen: &'static str,
}

const ROWS: &[Row] = &[
    Row {
        source: "Toxiproxy, latency: adds a delay to all data",
        theirs: "latency=1000 toxicity=1",
        ours: &[("latency", 1.0)],
        draws: &[],
        seen: "ok 1100, ok 1100, ok 1100, ok 1100, ok 1100",
    },
    Row {
        source: "Toxiproxy, toxicity: the probability of the toxic being applied",
        theirs: "latency=1000 toxicity=0.5",
        ours: &[("latency", 1.0), ("share", 0.5)],
        draws: &[0.49, 0.5, 0.2, 0.9],
        seen: "ok 1100, ok 100, ok 1100, ok 100, ok 1100",
    },
    Row {
        source: "Toxiproxy, timeout: with 0 the connection stays, and data is dropped until the toxic is removed",
        theirs: "timeout=0",
        ours: &[("hang", 1.0)],
        draws: &[],
        seen: "TimedOut 3000, TimedOut 3000, TimedOut 3000, Open 0, Open 0",
    },
    Row {
        source: "Toxiproxy, down and reset_peer: the connection is refused, or reset at once",
        theirs: "enabled=false; timeout=0",
        ours: &[("fail", 1.0)],
        draws: &[],
        seen: "Injected 0, Injected 0, Injected 0, Open 0, Open 0",
    },
    Row {
        source: "Envoy, HTTP fault injection, abort: percentage of requests that are aborted",
        theirs: "abort: { http_status: 503, percentage: 10 }",
        ours: &[("fail", 0.1)],
        draws: &[0.09, 0.1, 0.5, 0.01],
        seen: "Injected 0, ok 100, ok 100, Injected 0, Injected 0",
    },
    Row {
        source: "Envoy, HTTP fault injection, delay: fixed_delay before the request is passed on",
        theirs: "delay: { fixed_delay: 5s, percentage: 100 }",
        ours: &[("latency", 5.0)],
        draws: &[],
        seen: "TimedOut 3000, TimedOut 3000, TimedOut 3000, Open 0, Open 0",
    },
    Row {
        source: "Envoy, HTTP fault injection, delay and abort with percentages of their own. There an \
                 aborted request is delayed first if both apply, and here it fails at once",
        theirs: "delay: { fixed_delay: 1s, percentage: 50 }, abort: { http_status: 503, percentage: 50 }",
        ours: &[("fail", 0.5), ("latency", 1.0), ("share", 0.5)],
        // A call that `fail` spares draws a second number.
        draws: &[0.4, 0.6, 0.4, 0.6, 0.6],
        seen: "Injected 0, ok 1100, ok 100, Injected 0, ok 1100",
    },
    Row {
        source: "Polly, chaos fault: InjectionRate of the executions end in the fault and run no callback",
        theirs: "InjectionRate=0.25",
        ours: &[("fail", 0.25)],
        draws: &[0.3, 0.2],
        seen: "ok 100, Injected 0, ok 100, Injected 0, ok 100",
    },
    Row {
        source: "Polly, chaos latency: the delay is injected before the callback",
        theirs: "InjectionRate=1 Latency=2s",
        ours: &[("latency", 2.0)],
        draws: &[],
        seen: "ok 2100, ok 2100, ok 2100, ok 2100, ok 2100",
    },
    Row {
        source: "Polly, InjectionRate 0: nothing is injected",
        theirs: "InjectionRate=0",
        ours: &[("fail", 0.0), ("latency", 1.0), ("share", 0.0)],
        draws: &[],
        seen: "ok 100, ok 100, ok 100, ok 100, ok 100",
    },
];

/// The name is the row's own: the thread that waits for the end of a game day holds each breaker of its
/// test for a moment, which may be longer than the row.
async fn five_calls(name: &str, row: &Row) -> String {
    let _fresh = testing::isolate();
    let (draws, next) = (row.draws, AtomicUsize::new(0));
    let draw = move || draws[next.fetch_add(1, Ordering::Relaxed) % draws.len()];
    let builder = CircuitBreaker::builder(name.to_owned()).failure_threshold(3).random(draw);
    let breaker = builder.call_timeout(Duration::from_secs(3)).build().expect("in range");
    begin(name, row.ours);
    let mut seen = Vec::new();
    for _ in 0..5 {
        let began = Instant::now();
        let call = breaker.call_async(async || {
            sleep(Duration::from_millis(100)).await;
            Ok::<_, ()>(())
        });
        let end = match call.await {
            Ok(()) => "ok".to_owned(),
            Err(CallError::Inner(())) => unreachable!("the body succeeds"),
            Err(error) => error
                .rejection()
                .map(BreakerError::kind)
                .map_or_else(String::new, |kind| format!("{kind:?}")),
        };
        seen.push(format!("{end} {}", began.elapsed().as_millis()));
    }
    seen.join(", ")
}

#[tokio::test(start_paused = true)]
async fn documented_faults_of_other_tools_hold() {
    let mut wrong = Vec::new();
    for (index, row) in ROWS.iter().enumerate() {
        let seen = five_calls(&format!("published {index}"), row).await;
        if seen != row.seen {
            wrong.push(format!("{} ({}): {seen}", row.source, row.theirs));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Envoy, HTTP fault injection, `headers` and `downstream_nodes`: only the requests that match meet it.
#[tokio::test]
async fn fault_is_limited_to_the_requests_that_match() {
    let _fresh = testing::isolate();
    let hosts = CircuitBreaker::builder("matched").keyed().build().expect("in range");
    let settings = breaker_runtime::Settings::new()
        .set("matched", "inject.fail", 1.0)
        .set("matched", "inject.keys", "canary")
        .set("matched", "inject.until", breaker_runtime::inject::end_in(crate::HOUR));
    breaker_runtime::inject::allow();
    let _ = breaker_runtime::configure(settings).expect("sound settings");
    for (host, works) in [("canary", false), ("stable", true), ("canary", false)] {
        let answer = hosts.get(host).call_async(async || Ok::<_, ()>(())).await;
        assert_eq!(answer.is_ok(), works, "{host}");
    }
}
