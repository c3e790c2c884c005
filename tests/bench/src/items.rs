//! The cost of an item of a guarded stream, beside the same stream without a breaker, in nanoseconds.
//! Fails above 3.

use std::hint::black_box;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use breaker_bench::Trouble;
use breaker_runtime::circuit_breaker;
use futures_core::Stream;

type Item = Result<u64, Trouble>;

const ITEMS: u64 = 10_000_000;
const ROUNDS: u32 = 15;
/// Nanoseconds for one item.
const LIMIT: f64 = 3.0;

/// Counts down; never waits.
struct Numbers(u64);

impl Stream for Numbers {
    type Item = Item;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Item>> {
        self.0 = black_box(self.0) - 1;
        Poll::Ready((self.0 > 0).then_some(Ok(self.0)))
    }
}

fn bare(count: u64) -> impl Stream<Item = Item> {
    Numbers(count)
}

#[circuit_breaker]
fn guarded(count: u64) -> impl Stream<Item = Item> {
    Numbers(count)
}

#[circuit_breaker(failure_if = |item: &Item| item.is_err(), max_concurrent = 64)]
fn judged(count: u64) -> impl Stream<Item = Item> {
    Numbers(count)
}

#[circuit_breaker(first_item = "5s", idle = "20s", slow_call = "2s")]
fn timed(count: u64) -> impl Stream<Item = Item> {
    Numbers(count)
}

#[inline(never)]
fn read(stream: impl Stream<Item = Item>) -> Duration {
    let mut stream = pin!(stream);
    let mut context = Context::from_waker(Waker::noop());
    let start = Instant::now();
    while let Poll::Ready(Some(item)) = stream.as_mut().poll_next(&mut context) {
        let _ = black_box(item);
    }
    start.elapsed()
}

fn main() {
    let cases: [(&str, fn() -> Duration); 4] = [
        ("bare", || read(bare(ITEMS))),
        ("guarded", || read(guarded(ITEMS))),
        ("failure_if, max_concurrent", || read(judged(ITEMS))),
        ("first_item, idle, slow_call", || read(timed(ITEMS))),
    ];
    // In turns, and the best of each: what else the machine does costs all of them the same.
    let mut best = [Duration::MAX; 4];
    for _ in 0..ROUNDS {
        for (best, (_, run)) in best.iter_mut().zip(&cases) {
            *best = run().min(*best);
        }
    }
    let nanos = best.map(|time| time.as_secs_f64() * 1e9 / ITEMS as f64);
    for ((name, _), nanos_of_one) in cases.iter().zip(nanos) {
        println!(
            "{name:30} {nanos_of_one:6.2} ns an item, {:5.2} more than bare",
            nanos_of_one - nanos[0]
        );
    }
    let most = nanos.into_iter().fold(0.0, f64::max) - nanos[0];
    assert!(
        most <= LIMIT,
        "an item costs {most:.2} ns more than the bare one, and at most {LIMIT} are allowed"
    );
}
