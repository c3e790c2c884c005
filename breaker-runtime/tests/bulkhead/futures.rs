//! Futures that wait for a permit: they run in order, wait no longer than `max_wait`, and leave nothing
//! behind when they are dropped.

#![cfg(feature = "tokio")]

use std::cell::RefCell;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use breaker_runtime::{
    BreakerError, BulkheadCounts, CallError, CircuitBreaker, CircuitBreakerBuilder, ConfigUpdate,
    ErrorKind, ManualClock, Permit, State,
};
use futures::future::pending;
use futures::poll;
use tokio::time::advance;

pub(crate) const LONG: Duration = Duration::from_secs(60);
pub(crate) const SECOND: Duration = Duration::from_secs(1);
const TICK: Duration = Duration::from_millis(1);

pub(crate) type Call = Pin<Box<dyn Future<Output = Result<u32, CallError<()>>> + Send>>;

pub(crate) fn limited_to(calls: u32) -> CircuitBreakerBuilder {
    CircuitBreaker::builder("waiting").max_concurrent(calls).max_wait(LONG)
}

pub(crate) fn counts(breaker: &CircuitBreaker) -> (u32, u32) {
    let BulkheadCounts { running, pending, .. } = breaker.snapshot().bulkhead.expect("it has a limit");
    (running, pending)
}

pub(crate) fn call(breaker: &CircuitBreaker, number: u32) -> Call {
    let breaker = breaker.clone();
    Box::pin(async move { breaker.call_async(|| async move { Ok(number) }).await })
}

/// Makes a call that waits in the queue.
async fn queued(breaker: &CircuitBreaker, number: u32) -> Call {
    let mut call = call(breaker, number);
    assert!(poll!(&mut call).is_pending(), "all permits are in use");
    call
}

pub(crate) fn kind<T>(ended: Result<T, CallError<()>>) -> Option<ErrorKind> {
    ended.err()?.rejection().map(BreakerError::kind)
}

pub(crate) fn one_running(breaker: &CircuitBreaker) -> Permit<'_> {
    breaker.try_acquire().expect("a free permit")
}

#[tokio::test(start_paused = true)]
async fn waiting_futures_run_in_order_without_overtaking() {
    let breaker = limited_to(1).build().expect("in range");
    let running = one_running(&breaker);
    let order = RefCell::new(Vec::new());
    let calls = (0..5).map(|number| {
        let (breaker, order) = (&breaker, &order);
        async move {
            breaker
                .call_async(|| async {
                    order.borrow_mut().push(number);
                    tokio::time::sleep(TICK).await;
                    Ok::<_, ()>(())
                })
                .await
        }
    });
    let newcomer = async {
        tokio::task::yield_now().await;
        assert_eq!(counts(&breaker), (1, 5));
        running.success();
        assert!(breaker.try_acquire().is_err(), "the permit is the first one's");
    };
    let (ended, ()) = tokio::join!(futures::future::join_all(calls), newcomer);
    assert_eq!(ended, [const { Ok(()) }; 5]);
    assert_eq!(*order.borrow(), [0, 1, 2, 3, 4]);
    assert_eq!(counts(&breaker), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn waiting_future_is_rejected_exactly_at_max_wait() {
    let breaker = limited_to(1).build().expect("in range");
    let running = one_running(&breaker);
    let mut first = queued(&breaker, 1).await;
    advance(TICK).await;
    let mut second = queued(&breaker, 2).await;
    advance(LONG.saturating_sub(2 * TICK)).await;
    assert!(poll!(&mut first).is_pending());
    advance(TICK).await;
    assert_eq!(kind(first.await), Some(ErrorKind::Full));
    assert!(poll!(&mut second).is_pending());
    assert_eq!((counts(&breaker), breaker.snapshot().totals.rejected), ((1, 1), 1));
    running.success();
    assert_eq!(second.await, Ok(2));
    let totals = breaker.snapshot().totals;
    assert_eq!((totals.success, totals.failure, totals.rejected, totals.cancelled), (2, 0, 1, 0));
}

#[tokio::test(start_paused = true)]
async fn permit_that_is_free_at_the_deadline_is_taken() {
    let breaker = limited_to(1).build().expect("in range");
    let running = one_running(&breaker);
    let call = queued(&breaker, 7).await;
    advance(LONG).await;
    running.success();
    assert_eq!(call.await, Ok(7));
}

#[tokio::test(start_paused = true)]
async fn dropped_future_leaves_the_queue() {
    let breaker = limited_to(1).build().expect("in range");
    let running = one_running(&breaker);
    let (first, second, third) =
        (queued(&breaker, 1).await, queued(&breaker, 2).await, queued(&breaker, 3).await);
    drop(second);
    assert_eq!(counts(&breaker), (1, 2));
    running.success();
    assert_eq!(counts(&breaker), (1, 1), "the first one has a permit and has not run yet");
    drop(first);
    assert_eq!(counts(&breaker), (1, 0), "and the third one gets it");
    assert_eq!(third.await, Ok(3));
    let totals = breaker.snapshot().totals;
    assert_eq!((totals.success, totals.cancelled, totals.rejected), (2, 0, 0));
    assert_eq!(counts(&breaker), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn queue_beyond_max_pending_rejects() {
    let breaker = limited_to(1).max_pending(2).build().expect("in range");
    let running = one_running(&breaker);
    let first = queued(&breaker, 1).await;
    let second = queued(&breaker, 2).await;
    assert_eq!(kind(call(&breaker, 3).await), Some(ErrorKind::Full));
    drop(first);
    let fourth = queued(&breaker, 4).await;
    running.success();
    assert_eq!((second.await, fourth.await), (Ok(2), Ok(4)));
    assert_eq!(breaker.snapshot().totals.rejected, 1);
}

#[tokio::test(start_paused = true)]
async fn waiting_future_is_rejected_if_the_breaker_opened_meanwhile() {
    let breaker = limited_to(1).failure_threshold(1).build().expect("in range");
    let running = one_running(&breaker);
    let (first, second) = (queued(&breaker, 1).await, queued(&breaker, 2).await);
    running.failure();
    assert_eq!((breaker.state(), counts(&breaker)), (State::Open, (1, 1)));
    assert_eq!(kind(first.await), Some(ErrorKind::Open));
    assert_eq!(kind(second.await), Some(ErrorKind::Open));
    assert_eq!((counts(&breaker), breaker.snapshot().totals.rejected), ((0, 0), 2));
}

/// A call that waits for a permit must not hold a probe slot meanwhile.
#[tokio::test(start_paused = true)]
async fn waiting_future_holds_no_probe_slot() {
    let clock = ManualClock::new();
    let builder = limited_to(1).success_threshold(1).max_probes(1).timeout(SECOND);
    let breaker = builder.clock(clock.clone()).build().expect("in range");
    let hanging = one_running(&breaker);
    breaker.trip();
    clock.advance(SECOND);
    let (first, second) = (queued(&breaker, 1).await, queued(&breaker, 2).await);
    assert_eq!((breaker.state(), breaker.snapshot().in_flight), (State::HalfOpen, 0));
    hanging.failure();
    assert_eq!(first.await, Ok(1), "it is the probe");
    assert_eq!(breaker.state(), State::Closed);
    assert_eq!(second.await, Ok(2));
    let totals = breaker.snapshot().totals;
    assert_eq!((totals.late, totals.success, totals.cancelled, totals.rejected), (1, 2, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn queue_wait_is_not_part_of_the_call_duration() {
    let clock = ManualClock::new();
    let builder = limited_to(1).slow_call(SECOND).clock(clock.clone());
    let breaker = builder.build().expect("in range");
    let running = one_running(&breaker);
    let call = queued(&breaker, 7).await;
    running.success();
    clock.advance(LONG);
    assert_eq!(call.await, Ok(7));
    assert_eq!(breaker.snapshot().totals.slow, 0);
}

#[tokio::test(start_paused = true)]
async fn permit_is_held_until_the_body_is_dropped() {
    let breaker = limited_to(1).build().expect("in range");
    let mut hanging = Box::pin(breaker.call_async(pending::<Result<(), ()>>));
    assert!(poll!(&mut hanging).is_pending());
    let call = queued(&breaker, 7).await;
    advance(LONG / 2).await;
    assert_eq!(counts(&breaker), (1, 1));
    drop(hanging);
    assert_eq!(call.await, Ok(7));
    assert_eq!(breaker.snapshot().totals.cancelled, 1);
}

#[tokio::test(start_paused = true)]
async fn limit_changes_while_futures_wait() {
    let breaker = limited_to(1).build().expect("in range");
    let running = one_running(&breaker);
    let mut waiting = Vec::new();
    for number in 0..6 {
        waiting.push(queued(&breaker, number).await);
    }
    breaker.reconfigure(|options| options.max_concurrent(3)).expect("in range");
    assert_eq!(counts(&breaker), (3, 4), "two have a permit");
    breaker.reconfigure(|options| options.max_concurrent(1)).expect("in range");
    let mut waiting = waiting.into_iter();
    assert_eq!(waiting.next().expect("six").await, Ok(0));
    assert_eq!(waiting.next().expect("six").await, Ok(1));
    let mut third = waiting.next().expect("six");
    assert!(poll!(&mut third).is_pending());
    assert_eq!(counts(&breaker), (1, 4));
    running.success();
    assert_eq!(third.await, Ok(2));
    breaker.reconfigure(ConfigUpdate::without_max_wait).expect("in range");
    let held = queued_behind(waiting.next().expect("six"), &breaker).await;
    breaker.reconfigure(ConfigUpdate::without_max_concurrent).expect("in range");
    assert_eq!(held, Ok(3));
    assert_eq!(futures::future::join_all(waiting).await, [Ok(4), Ok(5)]);
    assert_eq!(breaker.snapshot().totals.rejected, 1);
}

/// Makes a further call without a wait; those that waited before continue.
async fn queued_behind(waiting: Call, breaker: &CircuitBreaker) -> Result<u32, CallError<()>> {
    assert_eq!(kind(call(breaker, 99).await), Some(ErrorKind::Full));
    waiting.await
}

#[tokio::test(start_paused = true)]
async fn dry_run_begun_meanwhile_admits_waiting_futures() {
    let breaker = limited_to(1).build().expect("in range");
    let running = one_running(&breaker);
    let call = queued(&breaker, 7).await;
    breaker.observe();
    running.success();
    assert_eq!(call.await, Ok(7));
    assert_eq!((counts(&breaker), breaker.snapshot().totals.would_reject), ((0, 0), 0));
}

#[tokio::test(start_paused = true)]
async fn future_polled_after_its_end_does_nothing() {
    let breaker = limited_to(1).max_pending(1).build().expect("in range");
    let running = one_running(&breaker);
    let mut rejected = Box::pin(breaker.call_async(|| async { Ok::<_, ()>(1) }));
    let _first = queued(&breaker, 7).await;
    assert!(poll!(&mut rejected).is_ready());
    assert!(poll!(&mut rejected).is_pending());
    running.success();
    assert!(poll!(&mut rejected).is_pending());
}

struct PanicsWhenWoken;

impl Wake for PanicsWhenWoken {
    fn wake(self: Arc<Self>) {
        // Unwinds without the message that `panic!` would print.
        std::panic::resume_unwind(Box::new("the waker broke"));
    }
}

/// The change of state was published before the waker ran and recorded after it: a panic of the waker
/// ended the events and the count of trips for good, and reached the caller that released the permit.
#[test]
fn waker_panic_stops_neither_events_nor_other_calls() {
    let breaker = limited_to(1).failure_threshold(1).build().expect("in range");
    let events = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&events);
    breaker.on_event(move |event| log.lock().unwrap().push((event.sequence, event.to))).detach();
    let running = one_running(&breaker);
    let (mut panics, mut waits) = (call(&breaker, 1), call(&breaker, 2));
    let broken = Waker::from(Arc::new(PanicsWhenWoken));
    assert!(panics.as_mut().poll(&mut Context::from_waker(&broken)).is_pending());
    assert!(waits.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());

    running.failure();
    assert_eq!((breaker.snapshot().trips, &*events.lock().unwrap()), (1, &vec![(1, State::Open)]));
    breaker.reset();
    assert_eq!(*events.lock().unwrap(), [(1, State::Open), (2, State::Closed)]);

    let mut context = Context::from_waker(Waker::noop());
    assert_eq!(panics.as_mut().poll(&mut context), Poll::Ready(Ok(1)), "it has its permit all the same");
    assert_eq!(waits.as_mut().poll(&mut context), Poll::Ready(Ok(2)));
}

/// The caller that raises the limit wakes the waiting calls.
#[test]
fn waker_panic_leaves_the_other_waiters_their_permits() {
    let breaker = limited_to(1).build().expect("in range");
    let _running = one_running(&breaker);
    let (mut panics, mut waits) = (call(&breaker, 1), call(&breaker, 2));
    let broken = Waker::from(Arc::new(PanicsWhenWoken));
    let mut context = Context::from_waker(Waker::noop());
    assert!(panics.as_mut().poll(&mut Context::from_waker(&broken)).is_pending());
    assert!(waits.as_mut().poll(&mut context).is_pending());
    breaker.reconfigure(|options| options.max_concurrent(3)).expect("in range");
    assert_eq!(waits.as_mut().poll(&mut context), Poll::Ready(Ok(2)));
}
