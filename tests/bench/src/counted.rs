//! Runs one kind of call a number of times: `counted KIND CALLS`. The script `instructions` runs it
//! under callgrind, twice for each kind, so that everything but the calls cancels out.

use std::cell::Cell;
use std::hint::black_box;
use std::ops::Range;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use breaker_bench::{Answer, Answering, Trouble, body, poll_out_of_line, ready, work, yield_once};
use breaker_runtime::tower::CircuitBreakerLayer;
use breaker_runtime::{BreakerError, CallError, Cause, CircuitBreaker, breaker_of, circuit_breaker};
use tower_layer::Layer;
use tower_service::Service;

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

#[circuit_breaker(timeout = "1h", fallback = Ok(0))]
#[inline(never)]
fn open_with_fallback(input: u64) -> Answer {
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

#[circuit_breaker(failure_rate = 0.5, window = "1s")]
#[inline(never)]
fn short_window(input: u64) -> Answer {
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

/// Does not open, although one call in ten fails.
#[circuit_breaker]
#[inline(never)]
fn one_in_ten(input: u64) -> Answer {
    body(input)
}

#[circuit_breaker(failure_rate = 0.5, window = 100)]
#[inline(never)]
fn count_window_one_in_ten(input: u64) -> Answer {
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

#[circuit_breaker(key = key)]
#[inline(never)]
fn keyed_by_name(key: &str, input: u64) -> Answer {
    body(input)
}

#[circuit_breaker(key = key)]
async fn keyed_async(key: u64, input: u64) -> Answer {
    work(input)
}

/// Succeeds at the first attempt.
#[circuit_breaker(retry(attempts = 3))]
#[inline(never)]
fn retrying(input: u64) -> Answer {
    body(input)
}

/// Has a shadow, which the program gives it.
#[cfg(feature = "observe")]
#[circuit_breaker]
#[inline(never)]
fn shadowed(input: u64) -> Answer {
    body(input)
}

async fn bare_async(input: u64) -> Answer {
    work(input)
}

#[circuit_breaker]
async fn annotated_async(input: u64) -> Answer {
    work(input)
}

#[circuit_breaker(call_timeout = "2s")]
async fn call_timeout(input: u64) -> Answer {
    Answering(input).await
}

async fn bare_pending(input: u64) -> Answer {
    yield_once().await;
    Answering(input).await
}

#[circuit_breaker(call_timeout = "2s")]
async fn call_timeout_pending(input: u64) -> Answer {
    yield_once().await;
    Answering(input).await
}

#[circuit_breaker(
    failure_rate = 0.5,
    call_timeout = "2s",
    max_concurrent = 64,
    max_wait = "50ms",
    retry(attempts = 3, backoff = "10ms"),
    fallback = Ok(0)
)]
async fn stack(input: u64) -> Answer {
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
async fn whole_stack(input: u64) -> Answer {
    Answering(input).await
}

/// Those of one layer are polled out of line, too.
#[circuit_breaker(max_concurrent = 8)]
async fn max_concurrent_polled(input: u64) -> Answer {
    Answering(input).await
}

#[circuit_breaker(retry(attempts = 3))]
async fn retrying_polled(input: u64) -> Answer {
    Answering(input).await
}

#[circuit_breaker(fallback = Ok(0))]
async fn fallback_polled(input: u64) -> Answer {
    Answering(input).await
}

#[circuit_breaker(last_good(key = input))]
async fn last_good_polled(input: u64) -> Answer {
    Answering(input).await
}

#[circuit_breaker(timeout = "1h")]
async fn open_polled(input: u64) -> Answer {
    Answering(input).await
}

/// The service behind the layer of `tower`.
#[derive(Clone)]
struct Works;

impl Service<u64> for Works {
    type Response = u64;
    type Error = Trouble;
    type Future = Answering;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Trouble>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, input: u64) -> Self::Future {
        Answering(input)
    }
}

async fn bare_polled(input: u64) -> Answer {
    Answering(input).await
}

#[circuit_breaker]
async fn annotated_polled(input: u64) -> Answer {
    Answering(input).await
}

/// Repeats a call; compiled separately for each.
#[inline(never)]
fn repeat<R>(calls: u64, call: impl Fn(u64) -> R) {
    for _ in 0..calls {
        let _ = black_box(call(black_box(1)));
    }
}

/// Repeats a call, of which one in ten fails.
#[inline(never)]
fn repeat_failing<R>(calls: u64, call: impl Fn(u64) -> R) {
    for number in 0..calls {
        let _ = black_box(call(black_box(number % 10)));
    }
}

#[inline(never)]
async fn repeat_async<F: Future<Output = Answer>>(calls: u64, call: impl Fn(u64) -> F) {
    for _ in 0..calls {
        let _ = black_box(call(black_box(1)).await);
    }
}

/// Repeats a call, and polls its future out of line until it is ready.
#[inline(never)]
fn repeat_polled<F: Future>(calls: u64, mut call: impl FnMut(u64) -> F) {
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..calls {
        let mut future = pin!(call(black_box(1)));
        while black_box(poll_out_of_line(future.as_mut(), &mut context)).is_pending() {}
    }
}

/// The keys of the breakers, of which the number is a power of two.
const KEYS: Range<u64> = 0..1_024;

/// Returns the next key.
#[inline(always)]
fn next_key(next: &Cell<u64>) -> u64 {
    let key = next.get();
    next.set((key + 1) & (KEYS.end - 1));
    key
}

/// Runs calls in a runtime, which tokio's timers need.
fn in_runtime(calls: impl FnOnce()) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let runtime = runtime.expect("a runtime of one thread");
    let _entered = runtime.enter();
    calls();
}

fn built() -> CircuitBreaker {
    CircuitBreaker::builder("counted").build().expect("in range")
}

/// Makes the error of a call that of its caller.
fn own_error(result: Result<u64, CallError<Trouble>>) -> Answer {
    result.map_err(|error| match error {
        CallError::Inner(error) => error,
        CallError::Breaker(error) => error.into(),
    })
}

/// Changes the state of a breaker repeatedly.
fn change_repeatedly(breaker: &CircuitBreaker, changes: u64) {
    for number in 0..changes {
        if number % 2 == 0 { breaker.force_open() } else { breaker.force_closed() }
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
        "open-fallback" => {
            breaker_of(open_with_fallback).trip();
            std::thread::sleep(Duration::from_millis(200));
            repeat(calls, open_with_fallback);
        }
        "open-polled" => {
            breaker_of(open_polled).trip();
            std::thread::sleep(Duration::from_millis(200));
            repeat_polled(calls, open_polled);
        }
        "call" => {
            let breaker = built();
            repeat(calls, |input| breaker.call(|| work(input)));
        }
        "call-own-error" => {
            let breaker = built();
            repeat(calls, |input| own_error(breaker.call(|| work(input))));
        }
        "forced-open" => {
            breaker_of(forced_open).force_open();
            repeat(calls, forced_open);
        }
        "last-good" => {
            // The first call makes the slot.
            assert!(last_good(1).is_ok());
            repeat(calls, last_good);
        }
        // All keys in turn: how many instructions one of them takes depends on the seed of the hash.
        "keyed" => {
            KEYS.for_each(|key| assert!(keyed(key, 1).is_ok()));
            let next = Cell::new(0);
            repeat(calls, |input| keyed(next_key(&next), input));
        }
        "keyed-by-name" => {
            let names: Vec<_> = KEYS.map(|key| format!("shard-{key}.example.com")).collect();
            names.iter().for_each(|name| assert!(keyed_by_name(name, 1).is_ok()));
            let next = Cell::new(0);
            repeat(calls, |input| keyed_by_name(&names[next_key(&next) as usize], input));
        }
        "get" => {
            let breakers = CircuitBreaker::builder("counted").keyed().build().expect("in range");
            KEYS.for_each(|key| assert!(breakers.get(&key).call(|| work(1)).is_ok()));
            let next = Cell::new(0);
            repeat(calls, |input| breakers.get(&next_key(&next)).call(|| work(input)));
        }
        "build" => repeat(calls, |_| built()),
        "change" => change_repeatedly(&built(), calls),
        "change-listened" => {
            let breaker = built();
            let _subscription = breaker.on_event(|event| {
                black_box(event);
            });
            change_repeatedly(&breaker, calls);
        }
        "slow-call" => repeat(calls, slow_call),
        "slow-call-fine" => repeat(calls, slow_call_fine),
        "max-concurrent" => repeat(calls, max_concurrent),
        "max-concurrent-async" => ready(repeat_async(calls, max_concurrent_async)),
        "keyed-async" => {
            KEYS.for_each(|key| assert!(ready(keyed_async(key, 1)).is_ok()));
            let next = Cell::new(0);
            ready(repeat_async(calls, |input| keyed_async(next_key(&next), input)));
        }
        "retrying" => repeat(calls, retrying),
        #[cfg(feature = "observe")]
        "shadowed" => {
            let shadow = breaker_runtime::ShadowOptions::new().failure_rate(0.3);
            let changed = breaker_of(shadowed).reconfigure(|options| options.shadow(shadow.clone()));
            changed.expect("in range");
            repeat(calls, shadowed);
        }
        "count-window" => repeat(calls, count_window),
        "time-window" => repeat(calls, time_window),
        "short-window" => repeat(calls, short_window),
        "bare-failure" => repeat(calls, |_| body(black_box(0))),
        "streak" => repeat(calls, |_| streak(black_box(0))),
        "bare-one-in-ten" => repeat_failing(calls, work),
        "one-in-ten" => repeat_failing(calls, one_in_ten),
        "count-window-one-in-ten" => repeat_failing(calls, count_window_one_in_ten),
        "failing-window" => {
            let _ = failing_window(1);
            repeat(calls, |_| failing_window(black_box(0)));
        }
        "bare-async" => ready(repeat_async(calls, bare_async)),
        "annotated-async" => ready(repeat_async(calls, annotated_async)),
        "bare-async-polled" => repeat_polled(calls, bare_polled),
        "annotated-async-polled" => repeat_polled(calls, annotated_polled),
        "call-async" => {
            let breaker = built();
            repeat_polled(calls, |input| breaker.call_async(move || bare_polled(input)));
        }
        "call-timeout" => repeat_polled(calls, call_timeout),
        "bare-pending" => repeat_polled(calls, bare_pending),
        "call-timeout-pending" => in_runtime(|| repeat_polled(calls, call_timeout_pending)),
        "tokio-timeout-pending" => in_runtime(|| {
            let length = Duration::from_secs(2);
            repeat_polled(calls, |input| tokio::time::timeout(length, bare_pending(input)));
        }),
        "bare-service" => repeat_polled(calls, |input| Works.call(input)),
        "tower" => {
            let mut service = CircuitBreakerLayer::new(built()).layer(Works);
            repeat_polled(calls, |input| service.call(input));
        }
        "stack" => repeat_polled(calls, stack),
        "whole-stack" => {
            assert!(ready(whole_stack(1)).is_ok());
            repeat_polled(calls, whole_stack);
        }
        "last-good-polled" => {
            assert!(ready(last_good_polled(1)).is_ok());
            repeat_polled(calls, last_good_polled);
        }
        "max-concurrent-polled" => repeat_polled(calls, max_concurrent_polled),
        "retrying-polled" => repeat_polled(calls, retrying_polled),
        "fallback-polled" => repeat_polled(calls, fallback_polled),
        other => panic!("no such kind: {other}"),
    }
}
