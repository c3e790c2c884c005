//! Two threads on one breaker: together they should make nearly twice as many calls as one.

use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use breaker_bench::{Answer, Answering, Trouble, body, ready, work};
use breaker_runtime::{CircuitBreaker, CircuitBreakerBuilder, breaker_of, circuit_breaker};
use mx_core::resilience::CircuitBreaker as _;
use tokio::sync::Semaphore;

use crate::case::median;
use crate::summary::Summary;
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
    with_key: (key = input / 100);
}

#[circuit_breaker(timeout = "1h")]
#[inline(never)]
fn one_in_ten(input: u64) -> Answer {
    body(input)
}

pub(crate) fn print(rounds: usize, summary: &mut Summary) {
    println!("\ntwo threads on one breaker: throughput to that of one thread; million calls a second");
    success(rounds, summary);
    failures(rounds, summary);
    layers(rounds, summary);
}

fn success(rounds: usize, summary: &mut Summary) {
    let bench = Bench { rounds, calls: 4_000_000, first: 1 };
    let ours = breaker("two threads");
    println!("closed, success");
    // The limit of the machine: its cores may be two halves of one, or busy.
    let bare = bench.row("bare call", work);
    let mut judged = Judged { bench: &bench, goal: Goal::Scales(bare), summary };
    judged.row("attribute", annotated);
    judged.row("call", |input| answer_of(ours.call(|| work(input))));
    for (name, builder) in policies() {
        let breaker = builder.timeout(LONG).build().expect("the numbers are in range");
        judged.row(name, |input| answer_of(breaker.call(|| work(input))));
    }
    peers(&bench);
}

fn failures(rounds: usize, summary: &mut Summary) {
    let bench = Bench { rounds, calls: 4_000_000, first: 0 };
    println!("closed, 1 failure in 10");
    bench.row("bare call", work);
    let [ferryman, _] = peers(&bench);
    let goal = Goal::Above("ferryman-core", ferryman);
    Judged { bench: &bench, goal, summary }.row("attribute, 1 failure in 10", one_in_ten);
}

/// Prints rows of peers, and returns what they reach.
fn peers(bench: &Bench) -> [Throughput; 2] {
    let ferryman = ferryman_core::BreakerConfig::default().with_cooldown(LONG);
    let ferryman = ferryman_core::Breaker::new(ferryman).expect("the numbers are in range");
    let mx = mx_core::resilience::AtomicCircuitBreaker::with_defaults();
    let of_ferryman = bench.row("ferryman-core", |input| {
        let admission = ferryman.try_acquire().ok_or(Trouble::Rejected)?;
        let answer = work(input);
        match answer {
            Ok(_) => ferryman.record_success(admission),
            Err(_) => ferryman.record_failure(admission),
        }
        answer
    });
    let of_mx = bench.row("mx-core", |input| {
        if !mx.allows_request() {
            return Err(Trouble::Rejected);
        }
        let answer = work(input);
        match answer {
            Ok(_) => mx.record_success(),
            Err(_) => mx.record_failure(),
        }
        answer
    });
    [of_ferryman, of_mx]
}

fn layers(rounds: usize, summary: &mut Summary) {
    let bench = Bench { rounds, calls: 500_000, first: 1 };
    println!("async, ready at once; the breaker with a fallback is open");
    let bare = bench.row("bare await", |input| ready(Answering(input)));
    let mut judged = Judged { bench: &bench, goal: Goal::Scales(bare), summary };
    breaker_of(open_with_fallback).trip();
    assert_eq!(ready(open_with_fallback(1)), Ok(0), "the fallback answers");
    judged.row("open, fallback", |input| ready(open_with_fallback(input)));
    judged.row("call_timeout", |input| ready(with_deadline(input)));
    judged.row("retry", |input| ready(with_retry(input)));
    judged.row("last_good", |input| ready(with_last_good(input)));
    judged.row("one key", |input| ready(with_key(input)));
    let permits = Semaphore::new(64);
    let tokio = bench.row("tokio's semaphore", |input| {
        ready(async {
            let _permit = permits.acquire().await.map_err(|_| Trouble::Rejected)?;
            Answering(input).await
        })
    });
    judged.goal = Goal::Above("tokio", tokio);
    judged.row("max_concurrent", |input| ready(with_bulkhead(input)));
}

fn policies() -> [(&'static str, CircuitBreakerBuilder); 4] {
    let builder = |name| CircuitBreaker::builder(name);
    let seconds = Duration::from_secs;
    [
        ("window of 100", builder("two threads, calls").failure_rate(0.5).window(100)),
        ("window of 10 s", builder("two threads, seconds").failure_rate(0.5).window(seconds(10))),
        ("slow calls", builder("two threads, slow").slow_call(seconds(2))),
        ("throttle", builder("two threads, throttle").throttle(2.0, seconds(120))),
    ]
}

/// The throughput of two threads.
struct Throughput {
    to_one: f64,
    /// In million calls a second.
    calls: f64,
}

/// The goal of a row of ours.
enum Goal {
    /// A row has nearly twice the throughput of one thread, if the bare call reaches that.
    Scales(Throughput),
    /// A row makes as many calls as a peer.
    Above(&'static str, Throughput),
}

/// Rows of ours with a goal.
struct Judged<'a> {
    bench: &'a Bench,
    goal: Goal,
    summary: &'a mut Summary,
}

impl Judged<'_> {
    fn row(&mut self, name: &str, call: impl Fn(u64) -> Answer + Sync) {
        let ours = self.bench.measure(&call);
        let title = format!("two threads: {name}");
        let verdict = match &self.goal {
            Goal::Scales(bare) if ours.to_one < GOAL && bare.to_one < GOAL => {
                let why = "not judged, the bare call does not reach it either";
                self.summary.judge(
                    &format!("{title}, to one thread"),
                    ours.to_one,
                    format!(">= {GOAL}"),
                    why,
                )
            }
            Goal::Scales(_) => {
                self.summary.at_least(&format!("{title}, to one thread"), ours.to_one, GOAL)
            }
            Goal::Above(peer, theirs) => {
                let title = format!("{title}, Mcalls/s of {peer}");
                self.summary.at_least(&title, ours.calls, theirs.calls)
            }
        };
        ours.print(&format!("ours: {name}"), &verdict);
    }
}

impl Throughput {
    fn print(&self, name: &str, verdict: &str) {
        println!("{name:24} {:8.2} {:8.1}  {verdict}", self.to_one, self.calls);
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
    /// Prints a row without a goal.
    fn row(&self, name: &str, call: impl Fn(u64) -> Answer + Sync) -> Throughput {
        let reached = self.measure(&call);
        reached.print(name, "");
        reached
    }

    fn measure(&self, call: &(impl Fn(u64) -> Answer + Sync)) -> Throughput {
        let times: Vec<_> =
            (0..self.rounds).map(|_| [1, 2].map(|threads| self.time(threads, call))).collect();
        let ratio = |[one, two]: &[Duration; 2]| 2.0 * one.as_secs_f64() / two.as_secs_f64();
        let calls = |[_, two]: &[Duration; 2]| 2e-6 * f64::from(self.calls) / two.as_secs_f64();
        Throughput {
            to_one: median(times.iter().map(ratio).collect()),
            calls: median(times.iter().map(calls).collect()),
        }
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
