//! Allocations of a call, and the heap that a breaker takes, by an allocator that counts.

use std::hint::black_box;
use std::time::Duration;

use allocation_counter::measure;
use breaker_bench::{Answer, Answering, body, ready};
use breaker_runtime::{CircuitBreaker, KeyedBreakers, breaker_of, circuit_breaker};

use crate::sync::LONG;

pub(crate) fn print() {
    println!("\nallocations per call, and bytes of the heap");
    allocations();
    breakers();
    peers();
}

/// Prints a row with its goal.
fn row(name: &str, measured: f64, goal: f64) {
    let verdict = if measured <= goal { "met" } else { "not met" };
    println!("{name:40} {measured:9.2}  <= {goal}: {verdict}");
}

macro_rules! annotated {
    ($input:ident; $($name:ident: ($($options:tt)*);)*) => {$(
        #[circuit_breaker($($options)*)]
        #[inline(never)]
        fn $name($input: u64) -> Answer {
            body($input)
        }
    )*};
}
annotated! {
    input;
    plain: ();
    open: (timeout = "1h");
    open_with_fallback: (timeout = "1h", fallback = Ok(0));
    of_calls: (failure_rate = 0.5, window = 100);
    of_seconds: (failure_rate = 0.5, window = "10s");
    slow_call: (slow_call = "100ms");
    max_concurrent: (max_concurrent = 64);
    retried: (retry(attempts = 3, backoff = "10ms"));
    last_good: (last_good(key = input));
    keyed: (key = input);
}

#[circuit_breaker]
async fn plain_async(input: u64) -> Answer {
    Answering(input).await
}

#[circuit_breaker(call_timeout = "2s")]
async fn call_timeout(input: u64) -> Answer {
    Answering(input).await
}

fn allocations() {
    breaker_of(open).trip();
    breaker_of(open_with_fallback).trip();
    per_call("closed, success", 1, plain);
    per_call("closed, 1 failure in 10", 0, plain);
    per_call("open, rejected", 1, open);
    per_call("open, fallback", 1, open_with_fallback);
    per_call("window of 100, 1 in 10", 0, of_calls);
    per_call("window of 10 s, 1 in 10", 0, of_seconds);
    per_call("slow_call of 100 ms", 1, slow_call);
    per_call("max_concurrent", 1, max_concurrent);
    per_call("retry, success", 1, retried);
    per_call("last_good, success", 1, last_good);
    per_call("key by number", 1, keyed);
    per_call("async, ready at once", 1, |input| ready(plain_async(input)));
    per_call("call_timeout, ready at once", 1, |input| ready(call_timeout(input)));
}

/// Prints how often a call allocates, beyond the first calls. Ten inputs from `first` take turns; zero
/// fails.
fn per_call(name: &str, first: u64, call: impl Fn(u64) -> Answer) {
    let calls = |tens| {
        for input in (0..tens).flat_map(|_| first..first + 10) {
            let _ = black_box(call(black_box(input)));
        }
    };
    calls(100);
    let counted = measure(|| calls(100)).count_total;
    row(&format!("allocations: {name}"), per(counted, 1_000), 0.0);
}

fn per(total: u64, many: u32) -> f64 {
    f64::from(u32::try_from(total).expect("it is small")) / f64::from(many)
}

/// Returns the bytes that one of many takes.
fn bytes<T>(many: u32, make: impl Fn(u32) -> T) -> f64 {
    let mut all = Vec::with_capacity(many as usize);
    let taken = measure(|| all.extend((0..many).map(make))).bytes_current;
    drop(all);
    per(u64::try_from(taken).unwrap_or(0), many)
}

fn build(number: u32) -> CircuitBreaker {
    CircuitBreaker::builder(&format!("memory {number:5}")).build().expect("in range")
}

fn succeed(breaker: &CircuitBreaker) {
    let _ = black_box(breaker.call(|| Ok::<_, &str>(black_box(1))));
}

fn breakers() {
    let called = |number| {
        let breaker = build(number);
        succeed(&breaker);
        breaker
    };
    // With its entry in the registry. The table of that grows meanwhile.
    row("bytes: a breaker, built and called", bytes(10_000, called), 320.0);
    let keys: KeyedBreakers =
        CircuitBreaker::builder("memory: keys").keyed().max_keys(1_000_000).build().expect("in range");
    row("bytes: a key, idle", bytes(10_000, |key| succeed(&keys.get(&u64::from(key)))), 192.0);
    row("bytes: a key, in use", bytes(10_000, |key| keys.get(&u64::from(10_000 + key))), 192.0);
}

/// Prints the bytes of other breakers, with those that stand outside of the heap.
fn peers() {
    let peer = |name: &str, heap: f64, own: usize| {
        let own = per(own as u64, 1);
        println!("{:40} {:9.2}", format!("bytes: {name}, with {own} of its own"), heap + own);
    };
    let ferryman = |_| ferryman_core::Breaker::new(ferryman_core::BreakerConfig::default()).ok();
    peer("ferryman-core", bytes(10_000, ferryman), size_of::<ferryman_core::Breaker>());
    let mx = |_| mx_core::resilience::AtomicCircuitBreaker::with_defaults();
    peer("mx-core", bytes(10_000, mx), size_of::<mx_core::resilience::AtomicCircuitBreaker>());
    let failsafe = || {
        let backoff = failsafe::backoff::constant(LONG);
        let policy = failsafe::failure_policy::consecutive_failures(5, backoff);
        failsafe::Config::new().failure_policy(policy).build()
    };
    peer("failsafe", bytes(10_000, |_| failsafe()), size_of_val(&failsafe()));
    let recloser = |_| recloser::Recloser::custom().error_rate(0.5).closed_len(100).build();
    peer("recloser, window 100", bytes(10_000, recloser), size_of::<recloser::Recloser>());
    let arcly = |_| arcly_http::resilience::CircuitBreaker::new(5, Duration::from_secs(30));
    peer("arcly-http", bytes(10_000, arcly), size_of::<arcly_http::resilience::CircuitBreaker>());
}
