//! Allocations of a call, and the heap that a breaker takes, by an allocator that counts.

use std::hint::black_box;
use std::time::Duration;

use allocation_counter::measure;
use breaker_bench::{Answer, Answering, body, ready, work};
use breaker_runtime::{CircuitBreaker, KeyedBreakers, breaker_of, circuit_breaker};
use layered::Service as _;
use seatbelt::breaker::BreakerId;

use crate::asynchronous::layer_of_tower_resilience;
use crate::keyed::service_of_seatbelt;
use crate::summary::Summary;
use crate::sync::{LONG, Unlimited};

pub(crate) fn print(summary: &mut Summary) {
    println!("\nallocations per call, and bytes of the heap");
    allocations(summary);
    breakers(summary);
    peers();
}

/// Prints a row with its goal.
fn row(summary: &mut Summary, name: &str, measured: f64, goal: f64) {
    println!("{name:40} {measured:9.2}  {}", summary.at_most(name, measured, goal));
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

#[circuit_breaker(
    failure_rate = 0.5,
    call_timeout = "2s",
    max_concurrent = 64,
    max_wait = "50ms",
    retry(attempts = 3, backoff = "10ms"),
    last_good(key = input),
    fallback = Ok(0)
)]
async fn all_layers(input: u64) -> Answer {
    Answering(input).await
}

fn allocations(summary: &mut Summary) {
    breaker_of(open).trip();
    breaker_of(open_with_fallback).trip();
    per_call(summary, "closed, success", 1, plain);
    per_call(summary, "closed, 1 failure in 10", 0, plain);
    per_call(summary, "open, rejected", 1, open);
    per_call(summary, "open, fallback", 1, open_with_fallback);
    per_call(summary, "window of 100, 1 in 10", 0, of_calls);
    per_call(summary, "window of 10 s, 1 in 10", 0, of_seconds);
    per_call(summary, "slow_call of 100 ms", 1, slow_call);
    per_call(summary, "max_concurrent", 1, max_concurrent);
    per_call(summary, "retry, success", 1, retried);
    per_call(summary, "last_good, success", 1, last_good);
    per_call(summary, "key by number", 1, keyed);
    per_call(summary, "async, ready at once", 1, |input| ready(plain_async(input)));
    per_call(summary, "call_timeout, ready at once", 1, |input| ready(call_timeout(input)));
    per_call(summary, "all layers, success", 1, |input| ready(all_layers(input)));
}

/// Prints how often a call allocates, beyond the first calls. Ten inputs from `first` take turns; zero
/// fails.
fn per_call(summary: &mut Summary, name: &str, first: u64, call: impl Fn(u64) -> Answer) {
    let calls = |tens| {
        for input in (0..tens).flat_map(|_| first..first + 10) {
            let _ = black_box(call(black_box(input)));
        }
    };
    calls(100);
    let counted = measure(|| calls(100)).count_total;
    row(summary, &format!("allocations: {name}"), per(counted, 1_000), 0.0);
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

fn breakers(summary: &mut Summary) {
    let called = |number| {
        let breaker = build(number);
        succeed(&breaker);
        breaker
    };
    // With its entry in the registry. The table of that grows meanwhile.
    row(summary, "bytes: a breaker, built and called", bytes(10_000, called), 320.0);
    let keys: KeyedBreakers =
        CircuitBreaker::builder("memory: keys").keyed().max_keys(1_000_000).build().expect("in range");
    row(summary, "bytes: a key, idle", bytes(10_000, |key| succeed(&keys.get(&u64::from(key)))), 192.0);
    row(summary, "bytes: a key, in use", bytes(10_000, |key| keys.get(&u64::from(10_000 + key))), 192.0);
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
    let throttle_net = || throttle_net::CircuitBreaker::builder().build(Unlimited);
    peer("throttle-net", bytes(10_000, |_| throttle_net()), size_of_val(&throttle_net()));
    let tower =
        || layer_of_tower_resilience().layer_fn(tower::service_fn(async |input: u64| work(input)));
    peer("tower-resilience, window 100", bytes(10_000, |_| tower()), size_of_val(&tower()));
    // Its breakers are in a map of the layer.
    let keys = service_of_seatbelt(|key: &u64| BreakerId::from(*key));
    let call = |key: u32| assert_eq!(ready(keys.execute(key.into())), Ok(1));
    call(0);
    peer("seatbelt, of one that has a breaker for each key", bytes(10_000, |key| call(key + 1)), 0);
}
