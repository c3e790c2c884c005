//! Futures that wait for a permit: they run in order, wait no longer than `max_wait`, and leave nothing
//! behind when they are dropped.

#![cfg(feature = "tokio")]

use std::cell::RefCell;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

use breaker_runtime::{
    BulkheadCounts, CallError, CircuitBreaker, CircuitBreakerBuilder, ConfigUpdate, ErrorKind,
    ManualClock, Permit, State,
};
use futures::executor::block_on;
use futures::future::pending;
use futures::poll;
use tokio::time::{advance, timeout};

use crate::wait::wait_until;

const LONG: Duration = Duration::from_secs(60);
const SECOND: Duration = Duration::from_secs(1);
const TICK: Duration = Duration::from_millis(1);

type Call = Pin<Box<dyn Future<Output = Result<u32, CallError<()>>> + Send>>;

fn waiting_room(calls: u32) -> CircuitBreakerBuilder {
    CircuitBreaker::builder("waiting").max_concurrent(calls).max_wait(LONG)
}

fn counts(breaker: &CircuitBreaker) -> (u32, u32) {
    let BulkheadCounts { running, pending, .. } = breaker.snapshot().bulkhead.expect("it has a limit");
    (running, pending)
}

fn call(breaker: &CircuitBreaker, number: u32) -> Call {
    let breaker = breaker.clone();
    Box::pin(async move { breaker.call_async(|| async move { Ok(number) }).await })
}

/// Makes a call that waits in the queue.
async fn in_line(breaker: &CircuitBreaker, number: u32) -> Call {
    let mut call = call(breaker, number);
    assert!(poll!(&mut call).is_pending(), "all permits are in use");
    call
}

fn kind<T>(ended: Result<T, CallError<()>>) -> Option<ErrorKind> {
    ended.err().and_then(|error| error.rejection()).map(|error| error.kind())
}

fn one_running(breaker: &CircuitBreaker) -> Permit<'_> {
    breaker.try_acquire().expect("a free permit")
}

#[tokio::test(start_paused = true)]
async fn waiting_futures_run_in_order_without_overtaking() {
    let breaker = waiting_room(1).build().expect("in range");
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
    assert_eq!(ended, [Ok(()); 5]);
    assert_eq!(*order.borrow(), [0, 1, 2, 3, 4]);
    assert_eq!(counts(&breaker), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn waiting_future_is_rejected_exactly_at_max_wait() {
    let breaker = waiting_room(1).build().expect("in range");
    let running = one_running(&breaker);
    let mut first = in_line(&breaker, 1).await;
    advance(TICK).await;
    let mut second = in_line(&breaker, 2).await;
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
    let breaker = waiting_room(1).build().expect("in range");
    let running = one_running(&breaker);
    let call = in_line(&breaker, 7).await;
    advance(LONG).await;
    running.success();
    assert_eq!(call.await, Ok(7));
}

#[tokio::test(start_paused = true)]
async fn dropped_future_leaves_the_queue() {
    let breaker = waiting_room(1).build().expect("in range");
    let running = one_running(&breaker);
    let (first, second, third) =
        (in_line(&breaker, 1).await, in_line(&breaker, 2).await, in_line(&breaker, 3).await);
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
    let breaker = waiting_room(1).max_pending(2).build().expect("in range");
    let running = one_running(&breaker);
    let first = in_line(&breaker, 1).await;
    let second = in_line(&breaker, 2).await;
    assert_eq!(kind(call(&breaker, 3).await), Some(ErrorKind::Full));
    drop(first);
    let fourth = in_line(&breaker, 4).await;
    running.success();
    assert_eq!((second.await, fourth.await), (Ok(2), Ok(4)));
    assert_eq!(breaker.snapshot().totals.rejected, 1);
}

#[tokio::test(start_paused = true)]
async fn waiting_future_is_rejected_if_the_breaker_opened_meanwhile() {
    let breaker = waiting_room(1).failure_threshold(1).build().expect("in range");
    let running = one_running(&breaker);
    let (first, second) = (in_line(&breaker, 1).await, in_line(&breaker, 2).await);
    running.failure();
    assert_eq!((breaker.state(), counts(&breaker)), (State::Open, (1, 1)));
    assert_eq!(kind(first.await), Some(ErrorKind::Open));
    assert_eq!(kind(second.await), Some(ErrorKind::Open));
    assert_eq!((counts(&breaker), breaker.snapshot().totals.rejected), ((0, 0), 2));
}

/// Pitfall 4: a call that waits for a permit must not hold a probe slot meanwhile.
#[tokio::test(start_paused = true)]
async fn waiting_future_holds_no_probe_slot() {
    let clock = ManualClock::new();
    let builder = waiting_room(1).success_threshold(1).max_probes(1).timeout(SECOND);
    let breaker = builder.clock(clock.clone()).build().expect("in range");
    let hanging = one_running(&breaker);
    breaker.trip();
    clock.advance(SECOND);
    let (first, second) = (in_line(&breaker, 1).await, in_line(&breaker, 2).await);
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
    let builder = waiting_room(1).slow_call(SECOND).clock(clock.clone());
    let breaker = builder.build().expect("in range");
    let running = one_running(&breaker);
    let call = in_line(&breaker, 7).await;
    running.success();
    clock.advance(LONG);
    assert_eq!(call.await, Ok(7));
    assert_eq!(breaker.snapshot().totals.slow, 0);
}

#[tokio::test(start_paused = true)]
async fn permit_is_held_until_the_body_is_dropped() {
    let breaker = waiting_room(1).build().expect("in range");
    let mut hanging = Box::pin(breaker.call_async(pending::<Result<(), ()>>));
    assert!(poll!(&mut hanging).is_pending());
    let call = in_line(&breaker, 7).await;
    advance(LONG / 2).await;
    assert_eq!(counts(&breaker), (1, 1));
    drop(hanging);
    assert_eq!(call.await, Ok(7));
    assert_eq!(breaker.snapshot().totals.cancelled, 1);
}

#[tokio::test(start_paused = true)]
async fn limit_changes_while_futures_wait() {
    let breaker = waiting_room(1).build().expect("in range");
    let running = one_running(&breaker);
    let mut waiting = Vec::new();
    for number in 0..6 {
        waiting.push(in_line(&breaker, number).await);
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
    let held = in_line_behind(waiting.next().expect("six"), &breaker).await;
    breaker.reconfigure(ConfigUpdate::without_max_concurrent).expect("in range");
    assert_eq!(held, Ok(3));
    assert_eq!(futures::future::join_all(waiting).await, [Ok(4), Ok(5)]);
    assert_eq!(breaker.snapshot().totals.rejected, 1);
}

/// Makes a further call without a wait; those that waited before continue.
async fn in_line_behind(waiting: Call, breaker: &CircuitBreaker) -> Result<u32, CallError<()>> {
    assert_eq!(kind(call(breaker, 99).await), Some(ErrorKind::Full));
    waiting.await
}

#[tokio::test(start_paused = true)]
async fn dry_run_begun_meanwhile_admits_waiting_futures() {
    let breaker = waiting_room(1).build().expect("in range");
    let running = one_running(&breaker);
    let call = in_line(&breaker, 7).await;
    breaker.observe();
    running.success();
    assert_eq!(call.await, Ok(7));
    assert_eq!((counts(&breaker), breaker.snapshot().totals.would_reject), ((0, 0), 0));
}

#[tokio::test(start_paused = true)]
async fn future_polled_after_its_end_does_nothing() {
    let breaker = waiting_room(1).max_pending(1).build().expect("in range");
    let running = one_running(&breaker);
    let mut rejected = Box::pin(breaker.call_async(|| async { Ok::<_, ()>(1) }));
    let _first = in_line(&breaker, 7).await;
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
    let breaker = waiting_room(1).failure_threshold(1).build().expect("in range");
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
    let breaker = waiting_room(1).build().expect("in range");
    let _running = one_running(&breaker);
    let (mut panics, mut waits) = (call(&breaker, 1), call(&breaker, 2));
    let broken = Waker::from(Arc::new(PanicsWhenWoken));
    let mut context = Context::from_waker(Waker::noop());
    assert!(panics.as_mut().poll(&mut Context::from_waker(&broken)).is_pending());
    assert!(waits.as_mut().poll(&mut context).is_pending());
    breaker.reconfigure(|options| options.max_concurrent(3)).expect("in range");
    assert_eq!(waits.as_mut().poll(&mut context), Poll::Ready(Ok(2)));
}

#[test]
fn futures_wait_on_any_executor() {
    let breaker = waiting_room(1).max_wait(Duration::from_millis(20)).build().expect("in range");
    let running = breaker.try_acquire().expect("closed");
    let began = Instant::now();
    assert_eq!(kind(block_on(call(&breaker, 7))), Some(ErrorKind::Full));
    assert!(began.elapsed() >= Duration::from_millis(20));
    breaker.reconfigure(|options| options.max_wait(LONG)).expect("in range");
    thread::scope(|scope| {
        let waiting = scope.spawn(|| block_on(call(&breaker, 7)));
        wait_until("the future waits in the queue", || counts(&breaker).1 > 0);
        running.success();
        assert_eq!(waiting.join().expect("no panic"), Ok(7));
    });
}

#[test]
fn threads_and_futures_share_one_queue() {
    let breaker = waiting_room(1).build().expect("in range");
    let running = breaker.try_acquire().expect("closed");
    let order = std::sync::Mutex::new(Vec::new());
    let enter = |number| {
        order.lock().expect("no panic").push(number);
        Ok::<_, ()>(())
    };
    thread::scope(|scope| {
        for number in 0..6 {
            let (breaker, enter) = (&breaker, &enter);
            scope.spawn(move || {
                if number % 2 == 0 {
                    breaker.call(|| enter(number))
                } else {
                    block_on(breaker.call_async(|| async { enter(number) }))
                }
            });
            wait_until("the call waits in the queue", || counts(breaker).1 > number);
        }
        running.success();
    });
    assert_eq!(*order.lock().expect("no panic"), [0, 1, 2, 3, 4, 5]);
}

/// Pitfall 7: a check and then an increment admitted 1600 of 1600.
#[tokio::test(flavor = "current_thread")]
async fn tasks_that_run_at_the_same_time_stay_within_the_limit() {
    for limit in [1, 3] {
        let breaker = waiting_room(limit).build().expect("in range");
        let running = Arc::new(AtomicU32::new(0));
        let tasks = (0..1_600).map(|_| {
            let (breaker, running) = (breaker.clone(), Arc::clone(&running));
            tokio::spawn(async move {
                breaker
                    .call_async(|| async {
                        assert!(running.fetch_add(1, Ordering::SeqCst) < limit);
                        tokio::task::yield_now().await;
                        running.fetch_sub(1, Ordering::SeqCst);
                        Ok::<_, ()>(())
                    })
                    .await
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            assert_eq!(task.await.expect("no panic"), Ok(()));
        }
        assert_eq!(counts(&breaker), (0, 0));
    }
}

/// Each thread has its own executor, and its calls run, wait, are dropped and panic at random, while the
/// limit changes.
#[test]
fn permits_and_waiters_survive_stress() {
    const THREADS: u64 = 8;
    let breaker = waiting_room(2).max_wait(Duration::from_micros(200)).build().expect("in range");
    let (running, most_allowed, rounds) = (AtomicU32::new(0), 4, AtomicU64::new(0));
    let end = Instant::now() + 2 * SECOND;
    thread::scope(|scope| {
        for seed in 1..=THREADS {
            let (breaker, running, rounds) = (&breaker, &running, &rounds);
            scope.spawn(move || {
                let mut random = seed;
                let body = async |turns: u64| {
                    let inside = Inside::new(running, most_allowed);
                    for _ in 0..turns {
                        tokio::task::yield_now().await;
                    }
                    drop(inside);
                    Ok::<_, ()>(())
                };
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_time()
                    .build()
                    .expect("a runtime");
                while Instant::now() < end {
                    random = random
                        .wrapping_mul(6_364_136_223_846_793_005)
                        .wrapping_add(1_442_695_040_888_963_407);
                    let choice = random >> 33;
                    match choice % 8 {
                        0 => drop(breaker.call(|| block_on(body(0)))),
                        1 => drop(breaker.try_acquire()),
                        2 => {
                            let give_up = Duration::from_micros(choice % 150);
                            let call = breaker.call_async(|| body(3));
                            drop(runtime.block_on(async { timeout(give_up, call).await }));
                        }
                        3 if choice % 5 == 0 => {
                            let limit = 1 + (choice / 64) as u32 % most_allowed;
                            breaker
                                .reconfigure(|options| options.max_concurrent(limit))
                                .expect("in range");
                        }
                        4 => block_on(async {
                            let mut call = Box::pin(breaker.call_async(|| body(1)));
                            for _ in 0..choice % 3 {
                                if poll!(&mut call).is_ready() {
                                    break;
                                }
                            }
                        }),
                        _ => drop(block_on(breaker.call_async(|| body(choice % 3)))),
                    }
                    rounds.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!((counts(&breaker), running.load(Ordering::SeqCst)), ((0, 0), 0));
    assert!(rounds.load(Ordering::Relaxed) > 1_000);
    let limit = breaker.config().max_concurrent().expect("it has one");
    let all = [(); 5].map(|()| breaker.try_acquire());
    assert_eq!(all.iter().filter(|permit| permit.is_ok()).count(), limit as usize);
}

struct Inside<'c>(&'c AtomicU32);

impl<'c> Inside<'c> {
    fn new(running: &'c AtomicU32, most: u32) -> Self {
        assert!(running.fetch_add(1, Ordering::SeqCst) < most);
        Self(running)
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
