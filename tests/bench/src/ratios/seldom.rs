//! Builds, look-ups by name, events, memory, and breakers of up to a million keys: each beside its goal.

use std::hint::black_box;
use std::sync::Barrier;
use std::time::Instant;

use breaker_runtime::{CircuitBreaker, KeyedBreakers, breaker};

use crate::summary::Summary;

/// Prints the shortest time of a batch: other work on the machine makes it longer, never shorter.
pub(crate) fn print(rounds: usize, summary: &mut Summary) {
    println!("\nseldom things and memory (ns and bytes, shortest of {rounds} batches)");
    builds(rounds, summary);
    look_ups_by_name(rounds, summary);
    events(rounds, summary);
    memory(summary);
    keys(rounds, summary);
    handles_on_two_threads(rounds, summary);
}

/// Prints a row.
fn row(summary: &mut Summary, name: &str, measured: f64, goal: f64) {
    println!("{name:40} {measured:9.1}  {}", summary.at_most(name, measured, goal));
}

/// Returns the nanoseconds of one call.
fn nanos(rounds: usize, calls: u32, mut call: impl FnMut(u32)) -> f64 {
    let mut time = || {
        let start = Instant::now();
        (0..calls).for_each(&mut call);
        start.elapsed().as_secs_f64() * 1e9 / f64::from(calls)
    };
    (0..rounds).map(|_| time()).fold(f64::MAX, f64::min)
}

fn build(name: &str) -> CircuitBreaker {
    CircuitBreaker::builder(name).failure_threshold(7).build().expect("in range")
}

fn builds(rounds: usize, summary: &mut Summary) {
    let ns = nanos(rounds, 10_000, |_| drop(black_box(build("bench: built"))));
    row(summary, "build and drop a breaker", ns, 200.0);
}

fn look_ups_by_name(rounds: usize, summary: &mut Summary) {
    let names: Vec<_> = (0..10_000).map(|number| format!("bench: named {number}")).collect();
    let _all: Vec<_> = names.iter().map(|name| build(name)).collect();
    let ns = nanos(rounds, 1_000, |at| {
        drop(black_box(breaker(&names[at as usize * 7 % names.len()]).expect("it is there")));
    });
    row(summary, "breaker(name) among 10,000", ns, 200.0);
    let hosts = keyed("bench: named keys", 10_000);
    let names: Vec<_> = (0..10_000).map(|key| format!("bench: named keys[{key}]")).collect();
    let ns = nanos(rounds, 1_000, |at| {
        drop(black_box(breaker(&names[at as usize * 7 % names.len()]).expect("it is there")));
    });
    row(summary, "breaker(\"group[key]\") among 10,000", ns, 300.0);
    drop(hosts);
}

/// Measures a change of state with a listener, less the same without one.
fn events(rounds: usize, summary: &mut Summary) {
    let change =
        |breaker: &CircuitBreaker| {
            nanos(rounds, 10_000, |at| {
                if at % 2 == 0 { breaker.force_open() } else { breaker.force_closed() }
            })
        };
    let breaker = build("bench: events");
    let alone = change(&breaker);
    let subscription = breaker.on_event(|event| {
        black_box(event);
    });
    row(summary, "one event to one listener", change(&breaker) - alone, 60.0);
    drop(subscription);
}

fn keyed(name: &str, keys: u64) -> KeyedBreakers {
    let builder = CircuitBreaker::builder(name).keyed().max_keys(1_000_000);
    let breakers = builder.build().expect("in range");
    (0..keys).for_each(|key| succeed(&breakers.get(&key)));
    breakers
}

fn succeed(breaker: &CircuitBreaker) {
    let _ = black_box(breaker.call(|| Ok::<_, &str>(black_box(1))));
}

/// Prints by what the memory of the process grows for each, with the bytes of the allocator.
fn memory(summary: &mut Summary) {
    const MANY: usize = 100_000;
    let names: Vec<_> = (0..MANY).map(|number| format!("bench: weighed {number}")).collect();
    let named = resident();
    let all: Vec<_> = names.iter().map(|name| build(name)).collect();
    let built = resident() - named;
    row(summary, "resident bytes of a breaker with a name", built / 1e5, 448.0);
    let with_all = resident();
    let hosts = keyed("bench: weighed keys", MANY as u64);
    row(summary, "resident bytes of a key", (resident() - with_all) / 1e5, 288.0);
    drop((all, hosts));
}

/// Returns the resident bytes of the process.
fn resident() -> f64 {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("Linux");
    let pages = statm.split(' ').nth(1).and_then(|pages| pages.parse::<f64>().ok());
    pages.expect("a number") * 4_096.0
}

fn keys(rounds: usize, summary: &mut Summary) {
    for (keys, goal) in [(1_000_u32, 8.0), (100_000, 25.0), (1_000_000, 60.0)] {
        let breakers = keyed(&format!("bench: {keys} keys"), u64::from(keys));
        let template = nanos(rounds, 100_000, |_| succeed(breakers.template()));
        // Each key once, in another order than they were made.
        let ns = nanos(rounds.min(9), keys.max(100_000), |at| {
            let key = u64::from(at) * 48_271 % u64::from(keys);
            succeed(&breakers.get(&key));
        });
        row(summary, &format!("`get` and call, {keys} keys by number, added"), ns - template, goal);
    }
}

/// Prints the throughput of two threads to that of one.
fn handles_on_two_threads(rounds: usize, summary: &mut Summary) {
    let breakers = keyed("bench: two threads", 1);
    let get = || {
        for _ in 0..500_000 {
            drop(black_box(breakers.get(&0_u64)));
        }
    };
    let time = |threads: usize| {
        let barrier = Barrier::new(threads);
        let run = || {
            barrier.wait();
            let start = Instant::now();
            get();
            start.elapsed().as_secs_f64()
        };
        std::thread::scope(|scope| {
            let running: Vec<_> = (0..threads).map(|_| scope.spawn(run)).collect();
            running.into_iter().map(|thread| thread.join().expect("no panic")).fold(0.0, f64::max)
        })
    };
    let shortest = |threads| (0..rounds).map(|_| time(threads)).fold(f64::MAX, f64::min);
    let ratio = 2.0 * shortest(1) / shortest(2);
    let name = "`get` of one key, two threads to one";
    println!("{name:40} {ratio:9.2}  {}", summary.at_least(name, ratio, 1.8));
}
