//! Two threads on one breaker: together they should make nearly twice as many calls as one.

use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use breaker_bench::{Answer, Trouble, body, work};
use breaker_runtime::{CircuitBreaker, CircuitBreakerBuilder, circuit_breaker};
use mx_core::resilience::CircuitBreaker as _;

use crate::case::median;
use crate::sync::{LONG, answer_of, breaker};

/// Milliseconds: a thread that starts late should not matter.
const CALLS: u32 = 4_000_000;
const GOAL: f64 = 1.9;

#[circuit_breaker]
#[inline(never)]
fn annotated(input: u64) -> Answer {
    body(input)
}

pub(crate) fn print(rounds: usize) {
    let ours = breaker("two threads");
    let ferryman = ferryman_core::BreakerConfig::default().with_cooldown(LONG);
    let ferryman = ferryman_core::Breaker::new(ferryman).expect("the numbers are in range");
    let mx = mx_core::resilience::AtomicCircuitBreaker::with_defaults();
    println!("\ntwo threads on one breaker, closed, success: throughput to that of one thread");
    // The limit of the machine: its cores may be two halves of one, or busy.
    let possible = row("bare call", None, rounds, work);
    row("ours: attribute", Some(possible), rounds, annotated);
    row("ours: call", Some(possible), rounds, |input| answer_of(ours.call(|| work(input))));
    for (name, builder) in policies() {
        let breaker = builder.timeout(LONG).build().expect("the numbers are in range");
        row(name, Some(possible), rounds, |input| answer_of(breaker.call(|| work(input))));
    }
    row("ferryman-core", None, rounds, |input| {
        let admission = ferryman.try_acquire().ok_or(Trouble::Rejected)?;
        let answer = work(input);
        ferryman.record_success(admission);
        answer
    });
    row("mx-core", None, rounds, |input| {
        if !mx.allows_request() {
            return Err(Trouble::Rejected);
        }
        let answer = work(input);
        mx.record_success();
        answer
    });
}

fn policies() -> [(&'static str, CircuitBreakerBuilder); 4] {
    let builder = |name| CircuitBreaker::builder(name);
    let seconds = Duration::from_secs;
    [
        ("ours: window of 100", builder("calls").failure_rate(0.5).window(100)),
        ("ours: window of 10 s", builder("seconds").failure_rate(0.5).window(seconds(10))),
        ("ours: slow calls", builder("slow").slow_call(seconds(2))),
        ("ours: throttle", builder("throttle").throttle(2.0, seconds(120))),
    ]
}

/// Prints a row. The goal is judged where `possible` is given, the ratio that the bare call reaches.
fn row(name: &str, possible: Option<f64>, rounds: usize, call: impl Fn(u64) -> Answer + Sync) -> f64 {
    let ratios = (0..rounds).map(|_| {
        let alone = time(1, &call);
        2.0 * alone.as_secs_f64() / time(2, &call).as_secs_f64()
    });
    let ratio = median(ratios.collect());
    let verdict = match possible {
        None => String::new(),
        Some(_) if ratio >= GOAL => format!(">= {GOAL}: met"),
        Some(possible) if possible >= GOAL => format!(">= {GOAL}: not met"),
        Some(_) => format!(">= {GOAL}: not judged, the bare call does not reach it either"),
    };
    println!("{name:24} {ratio:8.2}  {verdict}");
    ratio
}

/// Measures from the start of the first thread to the end of the last one.
fn time(threads: usize, call: &(impl Fn(u64) -> Answer + Sync)) -> Duration {
    // A barrier that sleeps would not do: a thread that wakes may find its core taken by the one that
    // woke it.
    let missing = AtomicUsize::new(threads);
    let run = || {
        missing.fetch_sub(1, Ordering::Relaxed);
        while missing.load(Ordering::Relaxed) > 0 {
            std::hint::spin_loop();
        }
        let start = Instant::now();
        for _ in 0..CALLS {
            let _ = black_box(call(black_box(1)));
        }
        (start, Instant::now())
    };
    let spans: Vec<_> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(run)).collect();
        running.into_iter().map(|thread| thread.join().expect("no call panics")).collect()
    });
    let start = spans.iter().map(|span| span.0).min().expect("at least one thread");
    let end = spans.iter().map(|span| span.1).max().expect("at least one thread");
    end - start
}
