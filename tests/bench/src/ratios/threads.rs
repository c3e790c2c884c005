//! Two threads on one breaker: together they should make nearly twice as many calls as one.

use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use breaker_bench::{Answer, Answering, Trouble, body, ready, work};
use breaker_runtime::{CircuitBreaker, CircuitBreakerBuilder, breaker_of, circuit_breaker};
use mx_core::resilience::CircuitBreaker as _;
use tokio::sync::Semaphore;

use crate::case::median;
use crate::sync::{LONG, answer_of, breaker};

const GOAL: f64 = 1.9;

#[circuit_breaker]
#[inline(never)]
fn annotated(input: u64) -> Answer {
    body(input)
}

/// The layers that keep their own counts, each around a breaker that all threads share.
macro_rules! annotated {
    ($input:ident; $($name:ident: ($($options:tt)*);)*) => {$(
        #[circuit_breaker($($options)*)]
        async fn $name($input: u64) -> Answer {
            Answering($input).await
        }
    )*};
}
annotated! {
    input;
    open_with_fallback: (timeout = "1h", fallback = Ok(0));
    with_deadline: (call_timeout = "2s");
    with_retry: (retry(attempts = 3, backoff = "10ms"));
    with_last_good: (last_good(key = input));
    with_bulkhead: (max_concurrent = 64);
}

#[circuit_breaker(timeout = "1h")]
#[inline(never)]
fn one_in_ten(input: u64) -> Answer {
    body(input)
}

pub(crate) fn print(rounds: usize) {
    println!("\ntwo threads on one breaker: throughput to that of one thread; million calls a second");
    success(rounds);
    failures(rounds);
    layers(rounds);
}

fn success(rounds: usize) {
    let bench = Bench { rounds, calls: 4_000_000, first: 1 };
    let ours = breaker("two threads");
    println!("closed, success");
    // The limit of the machine: its cores may be two halves of one, or busy.
    let bare = bench.row("bare call", work, |_| None);
    let scales = |ours: &Throughput| Some(ours.scales_as(&bare));
    bench.row("ours: attribute", annotated, scales);
    bench.row("ours: call", |input| answer_of(ours.call(|| work(input))), scales);
    for (name, builder) in policies() {
        let breaker = builder.timeout(LONG).build().expect("the numbers are in range");
        bench.row(name, |input| answer_of(breaker.call(|| work(input))), scales);
    }
    peers(&bench);
}

fn failures(rounds: usize) {
    let bench = Bench { rounds, calls: 4_000_000, first: 0 };
    println!("closed, 1 failure in 10");
    bench.row("bare call", work, |_| None);
    let [ferryman, _] = peers(&bench);
    bench.row("ours: attribute", one_in_ten, |ours| Some(ours.is_above("ferryman-core", &ferryman)));
}

/// Prints rows of peers, and returns what they reach.
fn peers(bench: &Bench) -> [Throughput; 2] {
    let ferryman = ferryman_core::BreakerConfig::default().with_cooldown(LONG);
    let ferryman = ferryman_core::Breaker::new(ferryman).expect("the numbers are in range");
    let mx = mx_core::resilience::AtomicCircuitBreaker::with_defaults();
    let of_ferryman = bench.row(
        "ferryman-core",
        |input| {
            let admission = ferryman.try_acquire().ok_or(Trouble::Rejected)?;
            let answer = work(input);
            match answer {
                Ok(_) => ferryman.record_success(admission),
                Err(_) => ferryman.record_failure(admission),
            }
            answer
        },
        |_| None,
    );
    let of_mx = bench.row(
        "mx-core",
        |input| {
            if !mx.allows_request() {
                return Err(Trouble::Rejected);
            }
            let answer = work(input);
            match answer {
                Ok(_) => mx.record_success(),
                Err(_) => mx.record_failure(),
            }
            answer
        },
        |_| None,
    );
    [of_ferryman, of_mx]
}

fn layers(rounds: usize) {
    let bench = Bench { rounds, calls: 500_000, first: 1 };
    println!("async, ready at once; the breaker with a fallback is open");
    let bare = bench.row("bare await", |input| ready(Answering(input)), |_| None);
    let scales = |ours: &Throughput| Some(ours.scales_as(&bare));
    breaker_of(open_with_fallback).trip();
    assert_eq!(ready(open_with_fallback(1)), Ok(0), "the fallback answers");
    bench.row("ours: open, fallback", |input| ready(open_with_fallback(input)), scales);
    bench.row("ours: call_timeout", |input| ready(with_deadline(input)), scales);
    bench.row("ours: retry", |input| ready(with_retry(input)), scales);
    bench.row("ours: last_good", |input| ready(with_last_good(input)), scales);
    let permits = Semaphore::new(64);
    let tokio = bench.row(
        "tokio's semaphore",
        |input| {
            ready(async {
                let _permit = permits.acquire().await.map_err(|_| Trouble::Rejected)?;
                Answering(input).await
            })
        },
        |_| None,
    );
    let above_tokio = |ours: &Throughput| Some(ours.is_above("tokio", &tokio));
    bench.row("ours: max_concurrent", |input| ready(with_bulkhead(input)), above_tokio);
}

fn policies() -> [(&'static str, CircuitBreakerBuilder); 4] {
    let builder = |name| CircuitBreaker::builder(name);
    let seconds = Duration::from_secs;
    [
        ("ours: window of 100", builder("two threads, calls").failure_rate(0.5).window(100)),
        ("ours: window of 10 s", builder("two threads, seconds").failure_rate(0.5).window(seconds(10))),
        ("ours: slow calls", builder("two threads, slow").slow_call(seconds(2))),
        ("ours: throttle", builder("two threads, throttle").throttle(2.0, seconds(120))),
    ]
}

/// The throughput of two threads.
struct Throughput {
    to_one: f64,
    /// In million calls a second.
    calls: f64,
}

impl Throughput {
    /// Returns whether two threads make nearly twice as many calls as one. `possible` is the bare call.
    fn scales_as(&self, possible: &Self) -> String {
        let verdict = if self.to_one >= GOAL {
            "met"
        } else if possible.to_one >= GOAL {
            "not met"
        } else {
            "not judged, the bare call does not reach it either"
        };
        format!(">= {GOAL}: {verdict}")
    }

    fn is_above(&self, name: &str, peer: &Self) -> String {
        let verdict = if self.calls >= peer.calls { "met" } else { "not met" };
        format!("calls >= {:.0} of {name}: {verdict}", peer.calls)
    }
}

struct Bench {
    rounds: usize,
    /// The calls of each thread. They take milliseconds: a thread that starts late should not matter.
    calls: u32,
    /// The first of ten inputs. With zero, one call in ten fails.
    first: u64,
}

impl Bench {
    /// Prints a row, with the verdict on its goal if it has one.
    fn row(
        &self,
        name: &str,
        call: impl Fn(u64) -> Answer + Sync,
        verdict: impl Fn(&Throughput) -> Option<String>,
    ) -> Throughput {
        let times: Vec<_> =
            (0..self.rounds).map(|_| [1, 2].map(|threads| self.time(threads, &call))).collect();
        let ratio = |[one, two]: &[Duration; 2]| 2.0 * one.as_secs_f64() / two.as_secs_f64();
        let calls = |[_, two]: &[Duration; 2]| 2e-6 * f64::from(self.calls) / two.as_secs_f64();
        let reached = Throughput {
            to_one: median(times.iter().map(ratio).collect()),
            calls: median(times.iter().map(calls).collect()),
        };
        let verdict = verdict(&reached).unwrap_or_default();
        println!("{name:24} {:8.2} {:8.1}  {verdict}", reached.to_one, reached.calls);
        reached
    }

    /// Measures from the start of the first thread to the end of the last one.
    fn time(&self, threads: usize, call: &(impl Fn(u64) -> Answer + Sync)) -> Duration {
        // A barrier that sleeps would not do: a thread that wakes may find its core taken by the one
        // that woke it.
        let missing = AtomicUsize::new(threads);
        let run = || {
            missing.fetch_sub(1, Ordering::Relaxed);
            while missing.load(Ordering::Relaxed) > 0 {
                std::hint::spin_loop();
            }
            let start = Instant::now();
            for _ in 0..self.calls / 10 {
                for input in self.first..self.first + 10 {
                    let _ = black_box(call(black_box(input)));
                }
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
}
