//! Runs one kind of call a number of times: `counted KIND CALLS`. The script `instructions` runs it
//! under callgrind, twice for each kind, so that everything but the calls cancels out.

use std::hint::black_box;

use breaker_bench::{Answer, Trouble, body, ready, work};
use breaker_runtime::{BreakerError, Cause, breaker_of, circuit_breaker};

#[circuit_breaker]
#[inline(never)]
fn annotated(input: u64) -> Answer {
    body(input)
}

/// An error that names its cause, as wide as the others.
struct Named(Trouble);

impl Cause for Named {
    fn cause(&self) -> &'static str {
        if self.0 == Trouble::Failed { "Failed" } else { "Rejected" }
    }
}

impl From<BreakerError> for Named {
    fn from(error: BreakerError) -> Self {
        Self(error.into())
    }
}

#[circuit_breaker]
#[inline(never)]
fn naming(input: u64) -> Result<u64, Named> {
    body(input).map_err(Named)
}

/// Opens at the first failure.
#[circuit_breaker(failure_threshold = 1, timeout = "1h")]
#[inline(never)]
fn open(input: u64) -> Answer {
    body(input)
}

#[cfg(feature = "fleet")]
#[circuit_breaker(shared, quorum = 2)]
#[inline(never)]
fn shared(input: u64) -> Answer {
    body(input)
}

#[circuit_breaker(failure_rate = 0.5, window = 100)]
#[inline(never)]
fn count_window(input: u64) -> Answer {
    body(input)
}

#[circuit_breaker(failure_rate = 0.5, window = "10s")]
#[inline(never)]
fn time_window(input: u64) -> Answer {
    body(input)
}

/// Never opens: the longest streak that is counted is longer than any run.
#[circuit_breaker(failure_threshold = 1_000_000_000)]
#[inline(never)]
fn streak(input: u64) -> Answer {
    body(input)
}

/// Does not open, as a success is in the window.
#[circuit_breaker(failure_rate = 1.0, window = "1h")]
#[inline(never)]
fn failing_window(input: u64) -> Answer {
    body(input)
}

#[circuit_breaker]
#[inline(never)]
fn forced_open(input: u64) -> Answer {
    body(input)
}

#[circuit_breaker(slow_call = "2s")]
#[inline(never)]
fn slow_call(input: u64) -> Answer {
    body(input)
}

/// Read by the precise clock.
#[circuit_breaker(slow_call = "100ms")]
#[inline(never)]
fn slow_call_fine(input: u64) -> Answer {
    body(input)
}

#[circuit_breaker(max_concurrent = 8)]
#[inline(never)]
fn max_concurrent(input: u64) -> Answer {
    body(input)
}

#[circuit_breaker(max_concurrent = 8)]
async fn max_concurrent_async(input: u64) -> Answer {
    work(input)
}

#[circuit_breaker(last_good(key = input))]
#[inline(never)]
fn last_good(input: u64) -> Answer {
    body(input)
}

#[circuit_breaker(key = key)]
#[inline(never)]
fn keyed(key: u64, input: u64) -> Answer {
    body(input)
}

async fn bare_async(input: u64) -> Answer {
    work(input)
}

#[circuit_breaker]
async fn annotated_async(input: u64) -> Answer {
    work(input)
}

/// Repeats a call; compiled separately for each.
#[inline(never)]
fn repeat<R>(calls: u64, call: impl Fn(u64) -> R) {
    for _ in 0..calls {
        let _ = black_box(call(black_box(1)));
    }
}

#[inline(never)]
async fn repeat_async<F: Future<Output = Answer>>(calls: u64, call: impl Fn(u64) -> F) {
    for _ in 0..calls {
        let _ = black_box(call(black_box(1)).await);
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let (kind, calls) = match arguments.as_slice() {
        [_, kind, calls] => (kind.as_str(), calls.parse().expect("a number of calls")),
        _ => panic!("usage: counted KIND CALLS"),
    };
    #[cfg(feature = "metrics")]
    assert!(breaker_runtime::metrics::render().contains("breaker_state"), "metrics are on");
    match kind {
        "bare" => repeat(calls, work),
        "annotated" => repeat(calls, annotated),
        "naming" => repeat(calls, naming),
        #[cfg(feature = "fleet")]
        "shared" => repeat(calls, shared),
        "open" => {
            let _ = open(0);
            // Within the error of the coarse clock after opening, calls read the precise clock, and
            // their number depends on the machine.
            std::thread::sleep(std::time::Duration::from_millis(200));
            repeat(calls, open);
        }
        "forced-open" => {
            breaker_of(forced_open).force_open();
            repeat(calls, forced_open);
        }
        "last-good" => {
            // Two entries take turns.
            (0..3).for_each(|_| assert!(last_good(1).is_ok()));
            repeat(calls, last_good);
        }
        "keyed" => {
            (0..1_000).for_each(|key| assert!(keyed(key, 1).is_ok()));
            repeat(calls, |input| keyed(7, input));
        }
        "slow-call" => repeat(calls, slow_call),
        "slow-call-fine" => repeat(calls, slow_call_fine),
        "max-concurrent" => repeat(calls, max_concurrent),
        "max-concurrent-async" => ready(repeat_async(calls, max_concurrent_async)),
        "count-window" => repeat(calls, count_window),
        "time-window" => repeat(calls, time_window),
        "bare-failure" => repeat(calls, |_| body(black_box(0))),
        "streak" => repeat(calls, |_| streak(black_box(0))),
        "failing-window" => {
            let _ = failing_window(1);
            repeat(calls, |_| failing_window(black_box(0)));
        }
        "bare-async" => ready(repeat_async(calls, bare_async)),
        "annotated-async" => ready(repeat_async(calls, annotated_async)),
        other => panic!("no such kind: {other}"),
    }
}
