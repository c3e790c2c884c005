//! At most `max_concurrent` calls run at the same time; others are rejected, or wait on their threads.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use breaker_runtime::{
    BreakerError, BulkheadCounts, CallError, CircuitBreaker, CircuitBreakerBuilder, ConfigUpdate,
    ErrorKind, ManualClock, Outcome, State,
};

use crate::wait::wait_until;

const LONG: Duration = Duration::from_secs(60);
const SECOND: Duration = Duration::from_secs(1);

fn limited(calls: u32) -> CircuitBreakerBuilder {
    CircuitBreaker::builder("bulkhead").max_concurrent(calls)
}

fn counts(breaker: &CircuitBreaker) -> (u32, u32) {
    let BulkheadCounts { running, pending, .. } = breaker.snapshot().bulkhead.expect("it has a limit");
    (running, pending)
}

fn kind<T>(result: Result<T, BreakerError>) -> Result<(), ErrorKind> {
    result.map(drop).map_err(|error| error.kind())
}

#[test]
fn call_over_limit_counts_only_as_rejected() {
    let breaker = limited(2).build().expect("in range");
    let running = [breaker.try_acquire().expect("1"), breaker.try_acquire().expect("2")];
    let rejection = breaker.try_acquire().unwrap_err();
    assert_eq!((rejection.kind(), rejection.retry_after()), (ErrorKind::Full, None));
    assert_eq!(
        rejection.to_string(),
        format!(
            "circuit breaker `{}` has reached its concurrency limit and did not run the call; try again \
             when others have ended",
            breaker.name()
        )
    );
    assert_eq!(counts(&breaker), (2, 0));
    drop(running);
    let totals = breaker.snapshot().totals;
    assert_eq!((totals.rejected, totals.failure, totals.cancelled, totals.late), (1, 0, 2, 0));
    assert_eq!(counts(&breaker), (0, 0));
}

/// The composition scenario of resilience4j: a rejection by the bulkhead is no failure of the
/// dependency.
#[test]
fn bulkhead_rejections_never_open_the_breaker() {
    let breaker =
        limited(1).failure_threshold(1).failure_rate(0.1).min_calls(1).build().expect("in range");
    let running = breaker.try_acquire().expect("closed");
    for _ in 0..1_000 {
        assert_eq!(
            breaker
                .call(|| Ok::<_, ()>(()))
                .unwrap_err()
                .rejection()
                .map(breaker_runtime::BreakerError::kind),
            Some(ErrorKind::Full)
        );
    }
    running.success();
    let snapshot = breaker.snapshot();
    assert_eq!((snapshot.state, snapshot.streak), (State::Closed, 0));
    assert_eq!(snapshot.window.map(|window| (window.calls, window.failures)), Some((1, 0)));
    assert_eq!((snapshot.totals.rejected, snapshot.totals.success), (1_000, 1));
}

#[test]
fn permit_is_released_however_the_call_ends() {
    for timed in [false, true] {
        let builder = limited(1).failure_threshold(1_000);
        let builder = if timed { builder.slow_call(LONG) } else { builder };
        let breaker = builder.honour_retry_after(true).build().expect("in range");
        for outcome in [Outcome::Success, Outcome::Failure, Outcome::Ignored] {
            breaker.try_acquire().expect("a free permit").record(outcome);
        }
        breaker.try_acquire().expect("a free permit").success();
        breaker.try_acquire().expect("a free permit").failure_retry_after(LONG);
        drop(breaker.try_acquire().expect("a free permit"));
        assert_eq!(breaker.call(|| Err::<(), _>("down")), Err(CallError::Inner("down")));
        let panicked =
            catch_unwind(AssertUnwindSafe(|| breaker.call(|| -> Result<(), ()> { panic!("planned") })));
        assert!(panicked.is_err());
        assert_eq!(breaker.call(|| Ok::<_, ()>(7)), Ok(7));
        let totals = breaker.snapshot().totals;
        assert_eq!((totals.success, totals.failure, totals.ignored, totals.cancelled), (3, 4, 1, 1));
        assert_eq!((counts(&breaker), totals.rejected), ((0, 0), 0));
    }
}

#[test]
fn late_call_releases_its_permit() {
    let breaker = limited(1).build().expect("in range");
    let late = breaker.try_acquire().expect("closed");
    breaker.reset();
    assert_eq!(kind(breaker.try_acquire()), Err(ErrorKind::Full), "it still runs");
    late.success();
    assert_eq!((breaker.snapshot().totals.late, counts(&breaker)), (1, (0, 0)));
    assert_eq!(kind(breaker.try_acquire()), Ok(()));
}

#[test]
fn open_breaker_rejects_before_the_bulkhead() {
    let breaker = limited(1).build().expect("in range");
    let _running = breaker.try_acquire().expect("closed");
    breaker.trip();
    assert_eq!(kind(breaker.try_acquire()), Err(ErrorKind::Open));
    breaker.force_open();
    assert_eq!(kind(breaker.try_acquire()), Err(ErrorKind::ForcedOpen));
}

/// Sentinel 1638: a probe that was admitted and then stopped by an inner rule kept its slot.
#[test]
fn call_without_permit_takes_no_probe_slot() {
    let clock = ManualClock::new();
    let breaker = limited(1).success_threshold(1).clock(clock.clone()).build().expect("in range");
    let hanging = breaker.try_acquire().expect("closed");
    breaker.trip();
    clock.advance(LONG);
    for _ in 0..3 {
        assert_eq!(kind(breaker.try_acquire()), Err(ErrorKind::Full));
    }
    let snapshot = breaker.snapshot();
    assert_eq!((snapshot.state, snapshot.in_flight), (State::HalfOpen, 0));
    assert_eq!((snapshot.totals.cancelled, snapshot.totals.rejected), (0, 3));
    hanging.failure();
    let probe = breaker.try_acquire().expect("a free permit, and no probe");
    assert_eq!((breaker.snapshot().in_flight, counts(&breaker)), (1, (1, 0)));
    probe.success();
    assert_eq!((breaker.state(), counts(&breaker)), (State::Closed, (0, 0)));
    assert_eq!(breaker.snapshot().totals.late, 1);
}

#[test]
fn lost_probe_holds_its_permit_until_it_ends() {
    let clock = ManualClock::new();
    let breaker = limited(1).probe_timeout(SECOND).clock(clock.clone()).build().expect("in range");
    breaker.trip();
    clock.advance(LONG);
    let lost = breaker.try_acquire().expect("a probe");
    clock.advance(SECOND);
    assert_eq!(breaker.snapshot().in_flight, 0);
    assert_eq!(kind(breaker.try_acquire()), Err(ErrorKind::Full), "it still runs");
    lost.success();
    assert_eq!(kind(breaker.try_acquire()), Ok(()));
}

#[test]
fn forced_closed_breaker_keeps_its_limit() {
    let breaker = limited(1).build().expect("in range");
    breaker.force_closed();
    let running = breaker.try_acquire().expect("forced closed");
    assert_eq!(kind(breaker.try_acquire()), Err(ErrorKind::Full));
    running.failure();
    assert_eq!(kind(breaker.try_acquire()), Ok(()));
}

#[test]
fn dry_run_rejects_no_call_and_counts_would_be_rejections() {
    let clock = ManualClock::new();
    let builder = limited(1).max_wait(LONG).success_threshold(1).failure_threshold(1);
    let breaker = builder.clock(clock.clone()).build().expect("in range");
    breaker.observe();
    let would_reject = || breaker.snapshot().totals.would_reject;
    let first = breaker.try_acquire().expect("closed");
    breaker.call(|| Ok::<_, ()>(())).expect("it does not wait");
    let second = breaker.try_acquire().expect("a dry run");
    assert_eq!((would_reject(), counts(&breaker)), (2, (1, 0)));
    second.failure();
    assert_eq!(breaker.state(), State::Closed, "it would not have run");
    first.failure();
    assert_eq!((breaker.state(), counts(&breaker)), (State::Open, (0, 0)));
    let spared = breaker.try_acquire().expect("a dry run");
    assert_eq!(
        (would_reject(), counts(&breaker)),
        (3, (0, 0)),
        "a call that would be rejected holds no permit"
    );
    spared.success();
    clock.advance(LONG);
    let probe = breaker.try_acquire().expect("a probe");
    let other = breaker.try_acquire().expect("a dry run");
    assert_eq!((would_reject(), counts(&breaker), breaker.snapshot().in_flight), (4, (1, 0), 1));
    other.failure();
    probe.success();
    assert_eq!((breaker.state(), counts(&breaker)), (State::Closed, (0, 0)));
    assert_eq!(breaker.snapshot().totals.rejected, 0);
}

#[test]
fn limit_changes_while_calls_run() {
    let breaker = limited(1).build().expect("in range");
    let first = breaker.try_acquire().expect("closed");
    breaker.reconfigure(|options| options.max_concurrent(3)).expect("in range");
    let [second, third] = [(); 2].map(|()| breaker.try_acquire().expect("three permits are free"));
    assert_eq!(kind(breaker.try_acquire()), Err(ErrorKind::Full));

    breaker.reconfigure(|options| options.max_concurrent(2)).expect("in range");
    assert_eq!(counts(&breaker), (3, 0), "running calls continue");
    first.success();
    assert_eq!(kind(breaker.try_acquire()), Err(ErrorKind::Full));
    second.success();
    let again = breaker.try_acquire().expect("one runs, and two are allowed");

    breaker.reconfigure(ConfigUpdate::without_max_concurrent).expect("in range");
    assert_eq!(breaker.snapshot().bulkhead, None);
    let unlimited = [(); 5].map(|()| breaker.try_acquire().expect("no limit"));

    breaker.reconfigure(|options| options.max_concurrent(2)).expect("in range");
    assert_eq!(counts(&breaker), (2, 0), "calls without a limit hold no permit");
    drop(unlimited);
    assert_eq!(kind(breaker.try_acquire()), Err(ErrorKind::Full));
    third.success();
    again.success();
    assert_eq!((counts(&breaker), breaker.snapshot().totals.success), ((0, 0), 4));
}

#[test]
fn limit_set_at_run_time_applies() {
    let breaker = CircuitBreaker::builder("later bulkhead").build().expect("in range");
    let early = breaker.try_acquire().expect("closed");
    assert_eq!(breaker.snapshot().bulkhead, None);
    breaker.reconfigure(|options| options.max_concurrent(1)).expect("in range");
    let first = breaker.try_acquire().expect("the early one holds no permit");
    assert_eq!(kind(breaker.try_acquire()), Err(ErrorKind::Full));
    early.success();
    assert_eq!(kind(breaker.try_acquire()), Err(ErrorKind::Full));
    first.success();
    assert_eq!(kind(breaker.try_acquire()), Ok(()));
}

/// Measured calls are timed beside their permit, slow ones trip as before, and a window counts all of
/// them.
#[test]
fn limit_combines_with_every_policy() {
    let clock = ManualClock::new();
    let builder = limited(1).slow_call(SECOND).slow_call_rate(0.5).window(4).min_calls(2);
    let breaker = builder.clock(clock.clone()).build().expect("in range");
    breaker.call(|| Ok::<_, ()>(())).expect("closed");
    breaker
        .call(|| {
            clock.advance(2 * SECOND);
            Ok::<_, ()>(())
        })
        .expect("closed");
    assert_eq!((breaker.state(), breaker.snapshot().totals.slow), (State::Open, 1));
    assert_eq!(counts(&breaker), (0, 0));
}

#[test]
fn permit_is_free_when_listeners_run() {
    let breaker = limited(1).failure_threshold(1).build().expect("in range");
    let found = Arc::new(Mutex::new(Vec::new()));
    let _subscription = breaker.on_event({
        let (breaker, found) = (breaker.clone(), Arc::clone(&found));
        move |event| {
            if event.to == State::Open {
                found.lock().expect("no panic").push(counts(&breaker));
            }
        }
    });
    breaker.try_acquire().expect("closed").failure();
    assert_eq!(*found.lock().expect("no panic"), [(0, 0)]);
}

/// A check and then an increment admitted 1600 of 1600.
#[test]
fn threads_that_run_at_the_same_time_stay_within_the_limit() {
    for limit in [1, 3] {
        let breaker = limited(limit).max_wait(LONG).build().expect("in range");
        let (running, most) = (AtomicU32::new(0), AtomicU32::new(0));
        thread::scope(|scope| {
            for _ in 0..1_600 {
                scope.spawn(|| {
                    breaker.call(|| {
                        most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        thread::yield_now();
                        running.fetch_sub(1, Ordering::SeqCst);
                        Ok::<_, ()>(())
                    })
                });
            }
        });
        let most = most.load(Ordering::SeqCst);
        assert!(most <= limit, "{most} ran at once");
        let totals = breaker.snapshot().totals;
        assert_eq!((totals.success, totals.rejected, counts(&breaker)), (1_600, 0, (0, 0)));
    }
}

#[test]
fn waiting_threads_run_in_order_without_overtaking() {
    let breaker = limited(1).max_wait(LONG).build().expect("in range");
    let running = breaker.try_acquire().expect("closed");
    let (started, order) = mpsc::channel();
    thread::scope(|scope| {
        for number in 0..5 {
            let (breaker, started) = (&breaker, started.clone());
            scope.spawn(move || breaker.call(|| started.send(number)));
            wait_until("the calls wait in the queue", || counts(breaker).1 == number + 1);
        }
        assert_eq!(kind(breaker.try_acquire()), Err(ErrorKind::Full));
        running.success();
    });
    drop(started);
    assert_eq!(order.iter().collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
}

#[test]
fn waiting_thread_is_rejected_after_max_wait() {
    let wait = Duration::from_millis(20);
    let breaker = limited(1).max_wait(wait).build().expect("in range");
    let running = breaker.try_acquire().expect("closed");
    let began = Instant::now();
    let rejected = breaker.call(|| -> Result<(), ()> { unreachable!("all permits are in use") });
    assert_eq!(
        rejected.unwrap_err().rejection().map(breaker_runtime::BreakerError::kind),
        Some(ErrorKind::Full)
    );
    assert!(began.elapsed() >= wait);
    assert_eq!((breaker.snapshot().totals.rejected, counts(&breaker)), (1, (1, 0)));
    running.success();
    assert_eq!(breaker.call(|| Ok::<_, ()>(7)), Ok(7));
}

#[test]
fn queue_beyond_max_pending_rejects() {
    let breaker = limited(1).max_wait(LONG).max_pending(1).build().expect("in range");
    let running = breaker.try_acquire().expect("closed");
    thread::scope(|scope| {
        let waiting = scope.spawn(|| breaker.call(|| Ok::<_, ()>(7)));
        wait_until("the calls wait in the queue", || counts(&breaker).1 == 1);
        let rejected = breaker.call(|| -> Result<(), ()> { unreachable!("the line is full") });
        assert_eq!(
            rejected.unwrap_err().rejection().map(breaker_runtime::BreakerError::kind),
            Some(ErrorKind::Full)
        );
        running.success();
        assert_eq!(waiting.join().expect("no panic"), Ok(7));
    });
    assert_eq!(breaker.snapshot().totals.rejected, 1);
}

#[test]
fn waiting_thread_is_rejected_if_the_breaker_opened_meanwhile() {
    let breaker = limited(1).max_wait(LONG).failure_threshold(1).build().expect("in range");
    let running = breaker.try_acquire().expect("closed");
    thread::scope(|scope| {
        let waiting = [(); 2].map(|()| {
            scope.spawn(|| breaker.call(|| -> Result<(), ()> { unreachable!("it is open by then") }))
        });
        wait_until("the calls wait in the queue", || counts(&breaker).1 == 2);
        running.failure();
        for waiting in waiting {
            let rejection = waiting.join().expect("no panic").unwrap_err();
            assert_eq!(rejection.rejection().map(BreakerError::kind), Some(ErrorKind::Open));
        }
    });
    assert_eq!((breaker.snapshot().totals.rejected, counts(&breaker)), (2, (0, 0)));
}

#[test]
fn raised_limit_wakes_waiting_threads() {
    let breaker = limited(1).max_wait(LONG).build().expect("in range");
    let running = breaker.try_acquire().expect("closed");
    thread::scope(|scope| {
        let waiting = [(); 3].map(|()| scope.spawn(|| breaker.call(|| Ok::<_, ()>(7))));
        wait_until("the calls wait in the queue", || counts(&breaker).1 == 3);
        breaker.reconfigure(|options| options.max_concurrent(2)).expect("in range");
        assert_eq!(waiting.map(|waiting| waiting.join().expect("no panic")), [const { Ok(7) }; 3]);
        let waiting = {
            let _second = breaker.try_acquire().expect("two permits are free");
            let waiting = [(); 3].map(|()| scope.spawn(|| breaker.call(|| Ok::<_, ()>(7))));
            wait_until("the calls wait in the queue", || counts(&breaker).1 == 3);
            breaker.reconfigure(ConfigUpdate::without_max_concurrent).expect("in range");
            waiting.map(|waiting| waiting.join().expect("no panic"))
        };
        assert_eq!(waiting, [const { Ok(7) }; 3]);
    });
    running.success();
}

#[test]
fn bulkhead_option_without_effect_or_out_of_range_is_refused() {
    let refused = |change: fn(CircuitBreakerBuilder) -> CircuitBreakerBuilder| {
        let builder = CircuitBreaker::builder("refused bulkhead");
        change(builder).build().map(drop).unwrap_err().to_string()
    };
    let message = |what: &str| format!("circuit breaker `refused bulkhead` cannot be built: {what}");
    assert_eq!(
        refused(|builder| builder.max_concurrent(0)),
        message("max_concurrent is 0 and must be from 1 to 1000000 calls")
    );
    assert_eq!(
        refused(|builder| builder.max_concurrent(1).max_wait(Duration::ZERO)),
        message("max_wait is 0 s and must be longer than zero")
    );
    assert_eq!(
        refused(|builder| builder.max_concurrent(1).max_wait(SECOND).max_pending(1_000_001)),
        message("max_pending is 1000001 and must be from 1 to 1000000 calls")
    );
    assert_eq!(
        refused(|builder| builder.max_wait(SECOND)),
        message("max_wait is 1 s and must be given together with max_concurrent")
    );
    assert_eq!(
        refused(|builder| builder.max_concurrent(1).max_pending(1)),
        message("max_pending is 1 and must be given together with max_concurrent and max_wait")
    );
    let all =
        limited(1_000_000).max_wait(Duration::MAX).max_pending(1_000_000).build().expect("in range");
    let config = all.config();
    assert_eq!(config.max_concurrent(), Some(1_000_000));
    assert_eq!((config.max_wait(), config.max_pending()), (Some(Duration::MAX), Some(1_000_000)));
    all.reconfigure(ConfigUpdate::without_max_concurrent).expect("the others stay without effect");
    assert!(all.reconfigure(|options| options.max_wait(SECOND)).is_err(), "that would have none");
    all.reconfigure(|options| options.max_concurrent(1).without_max_wait().without_max_pending())
        .expect("in range");
    assert_eq!((all.config().max_wait(), all.config().max_pending()), (None, None));
}
