//! A protected call allocates nothing, whichever way it ends.

mod counting;

use std::future::Future;
use std::pin::{pin, Pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures::{stream, Stream};
use resilience::{
    breaker_of, circuit_breaker, BreakerError, CallError, CircuitBreaker, ManualClock, State,
};

use counting::allocates_nothing;

fn ready<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("nothing in here waits"),
    }
}

type Answer = Result<u32, CallError<&'static str>>;

fn breaker(name: &str) -> (CircuitBreaker, ManualClock) {
    let clock = ManualClock::new();
    let breaker = CircuitBreaker::builder(name)
        .timeout(Duration::from_secs(30))
        .success_threshold(100)
        .max_probes(1)
        .clock(clock.clone())
        .build();
    (breaker.expect("the numbers are in range"), clock)
}

#[derive(Debug, PartialEq)]
enum Trouble {
    Failed,
    NotTried(BreakerError),
}

impl From<BreakerError> for Trouble {
    fn from(error: BreakerError) -> Self {
        Trouble::NotTried(error)
    }
}

#[test]
fn success_while_closed_allocates_nothing() {
    let (breaker, _) = breaker("allocations: success");
    allocates_nothing(|| assert_eq!(breaker.call(|| Ok::<_, &str>(7)), Ok(7)));
    allocates_nothing(|| breaker.try_acquire().expect("closed").success());
    allocates_nothing(|| {
        let answer: Answer = ready(breaker.call_async(|| async { Ok(7) }));
        assert_eq!(answer, Ok(7));
    });
}

#[test]
fn failure_below_the_threshold_allocates_nothing() {
    let (breaker, _) = breaker("allocations: failure");
    let failed = || Err::<u32, _>("no answer");
    let recover = || breaker.try_acquire().expect("closed").success();
    // The first failure allocates the record of results.
    breaker.try_acquire().expect("closed").failure();
    recover();
    allocates_nothing(|| {
        assert_eq!(breaker.call(failed), Err(CallError::Inner("no answer")));
        recover();
    });
    allocates_nothing(|| {
        let answer = ready(breaker.call_async(|| async { failed() }));
        assert_eq!(answer, Err(CallError::Inner("no answer")));
        recover();
    });
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn rejection_allocates_nothing() {
    let (breaker, _) = breaker("allocations: rejection");
    breaker.trip();
    let not_run = || -> Result<u32, &'static str> { unreachable!("the breaker is open") };
    allocates_nothing(|| assert!(matches!(breaker.call(not_run), Err(CallError::Breaker(_)))));
    allocates_nothing(|| {
        let answer = ready(breaker.call_async(|| async { not_run() }));
        assert!(matches!(answer, Err(CallError::Breaker(_))));
    });
    allocates_nothing(|| {
        let rejected = breaker.try_acquire().expect_err("open");
        assert_eq!(rejected.breaker(), breaker.name());
    });
}

/// The key is shared, and not copied.
#[test]
fn a_rejection_with_its_key() {
    let builder = CircuitBreaker::builder("allocations: rejected key").keyed();
    let breaker = builder.build().expect("in range").get("a key of more than twenty-two bytes");
    breaker.trip();
    allocates_nothing(|| {
        let rejected = breaker.try_acquire().expect_err("open");
        assert_eq!(rejected.clone().key(), breaker.key());
    });
}

#[test]
fn probe_allocates_nothing() {
    let (breaker, clock) = breaker("allocations: probe");
    breaker.trip();
    clock.advance(Duration::from_secs(30));
    // The change to half-open may allocate, because its history is recorded; the probes after it may
    // not.
    breaker.try_acquire().expect("the first probe").success();
    assert_eq!(breaker.state(), State::HalfOpen);
    allocates_nothing(|| breaker.try_acquire().expect("a probe").success());
    allocates_nothing(|| breaker.try_acquire().expect("a probe").ignore());
    allocates_nothing(|| drop(breaker.try_acquire().expect("a probe")));
    allocates_nothing(|| assert_eq!(ready(breaker.call_async(|| async { Ok::<_, &str>(7) })), Ok(7)));
    assert_eq!(breaker.state(), State::HalfOpen);
}

#[circuit_breaker(crate = resilience, failure_threshold = 2)]
fn annotated(works: bool) -> Result<u32, Trouble> {
    if works {
        Ok(7)
    } else {
        Err(Trouble::Failed)
    }
}

#[circuit_breaker(crate = resilience, failure_threshold = 2)]
async fn annotated_async(works: bool) -> Result<u32, Trouble> {
    if works {
        Ok(7)
    } else {
        Err(Trouble::Failed)
    }
}

#[circuit_breaker(crate = resilience, last_good(key = key))]
fn remembered(key: u32, answer: u32) -> Result<u32, Trouble> {
    if answer > 0 {
        Ok(answer)
    } else {
        Err(Trouble::Failed)
    }
}

/// An answer goes into the memory of the one before it, and is read by way of memory of the thread.
#[test]
fn answer_that_replaces_one_allocates_nothing() {
    for key in [1, 2] {
        (1..4).for_each(|answer| assert_eq!(remembered(key, answer), Ok(answer)));
    }
    allocates_nothing(|| {
        assert_eq!(remembered(1, 7), Ok(7));
        assert_eq!(remembered(2, 8), Ok(8));
        assert_eq!(remembered(2, 8), Ok(8));
    });
    breaker_of(remembered).force_open();
    assert_eq!(remembered(1, 9), Ok(7));
    allocates_nothing(|| assert_eq!((remembered(1, 9), remembered(2, 9)), (Ok(7), Ok(8))));
}

#[test]
fn annotated_function_allocates_nothing() {
    // The first failure allocates the record of results.
    assert_eq!((annotated(false), annotated(true)), (Err(Trouble::Failed), Ok(7)));
    allocates_nothing(|| {
        assert_eq!(annotated(true), Ok(7));
        assert_eq!(annotated(false), Err(Trouble::Failed));
    });
    // The name of an undeclared function is built once, from all the others; a rejection carries it.
    let breaker = breaker_of(annotated);
    breaker.trip();
    breaker.name();
    allocates_nothing(|| assert!(matches!(annotated(true), Err(Trouble::NotTried(_)))));
}

#[test]
fn annotated_async_function_allocates_nothing() {
    // The first failure allocates the record of results.
    assert_eq!(ready(annotated_async(false)), Err(Trouble::Failed));
    assert_eq!(ready(annotated_async(true)), Ok(7));
    allocates_nothing(|| {
        assert_eq!(ready(annotated_async(true)), Ok(7));
        assert_eq!(ready(annotated_async(false)), Err(Trouble::Failed));
    });
    let breaker = breaker_of(annotated_async);
    breaker.trip();
    breaker.name();
    allocates_nothing(|| assert!(matches!(ready(annotated_async(true)), Err(Trouble::NotTried(_)))));
}

/// A stream that has an item at every third poll only, and wakes its reader at once.
struct Halting(u32);

impl Stream for Halting {
    type Item = Result<u32, Trouble>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0 += 1;
        if self.0.is_multiple_of(3) {
            return Poll::Ready(Some(Ok(self.0)));
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

#[circuit_breaker(crate = resilience)]
fn flowing() -> impl Stream<Item = Result<u32, Trouble>> {
    stream::repeat_with(|| Ok(7))
}

#[circuit_breaker(crate = resilience, first_item = "5s", idle = "20s", slow_call = "2s")]
fn halting() -> impl Stream<Item = Result<u32, Trouble>> {
    Halting(0)
}

fn poll<S: Stream>(stream: Pin<&mut S>) -> Poll<Option<S::Item>> {
    stream.poll_next(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn item_of_a_stream_allocates_nothing() {
    let mut stream = pin!(flowing());
    allocates_nothing(|| assert_eq!(poll(stream.as_mut()), Poll::Ready(Some(Ok(7)))));
}

#[test]
fn item_of_a_stream_with_limits_allocates_nothing_after_the_first_wait() {
    let mut stream = pin!(halting());
    // A clone, as a task passes it at each poll: `noop` itself and its clones are not known to wake the
    // same task.
    let waker = Waker::noop().clone();
    let mut poll = || stream.as_mut().poll_next(&mut Context::from_waker(&waker));
    // The clock and the alarm of the stream are created when it first waits.
    while poll().is_pending() {}
    let mut waits = 0;
    allocates_nothing(|| {
        while poll().is_pending() {
            waits += 1;
        }
    });
    assert!(waits > 0);
}
