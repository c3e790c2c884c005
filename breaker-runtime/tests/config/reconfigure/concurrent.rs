//! Changes in parallel with each other, with calls and with listeners.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use breaker_runtime::{CircuitBreaker, Clock, ManualClock, State};

use super::{SECOND, breaker, fail, succeed};
use crate::wait::TimeLimit;

#[test]
fn concurrent_change_starts_from_the_result_of_the_other() {
    let (breaker, _) = breaker(|builder| builder);
    let other = breaker.clone();
    let first = AtomicBool::new(true);
    breaker
        .reconfigure(|options| {
            if first.swap(false, Ordering::Relaxed) {
                other.reconfigure(|options| options.success_threshold(7)).expect("in range");
            }
            options.timeout(SECOND)
        })
        .expect("in range");
    let config = breaker.config();
    assert_eq!((config.success_threshold(), config.timeout()), (7, SECOND));
}

#[test]
fn closure_that_panics_changes_nothing() {
    let (breaker, _) = breaker(|builder| builder);
    let before = breaker.config();
    let result = catch_unwind(AssertUnwindSafe(|| {
        breaker.reconfigure(|options| {
            let _half_way = options.timeout(SECOND);
            panic!("expected")
        })
    }));
    assert!(result.is_err());
    assert_eq!(breaker.config(), before);
    breaker.reconfigure(|options| options.timeout(SECOND)).expect("in range");
}

#[test]
fn options_can_be_changed_from_calls_and_listeners() {
    let (breaker, clock) = breaker(|builder| builder.failure_threshold(1).timeout(SECOND));
    let inside = breaker.clone();
    let subscription = breaker.on_event(move |event| {
        if event.to == State::Open {
            let timeout = inside.config().timeout();
            inside.reconfigure(|options| options.timeout(timeout * 2)).expect("in range");
        }
    });
    let failed = breaker.call(|| {
        breaker.reconfigure(|options| options.timeout(SECOND * 3)).expect("in range");
        Err::<(), _>("down")
    });
    assert!(failed.is_err());
    assert_eq!(breaker.snapshot().retry_after, Some(SECOND * 3));
    assert_eq!(breaker.config().timeout(), SECOND * 6);
    clock.advance(SECOND * 3);
    fail(&breaker);
    assert_eq!(breaker.snapshot().retry_after, Some(SECOND * 6));
    drop(subscription);
}

type Surprise = Box<dyn FnOnce() + Send>;

/// A clock that runs some code at its next reading.
#[derive(Clone, Default)]
struct Ambush {
    clock: ManualClock,
    next: Arc<Mutex<Option<Surprise>>>,
}

impl Clock for Ambush {
    fn now(&self) -> Duration {
        let next = self.next.lock().expect("no panic").take();
        if let Some(next) = next {
            next();
        }
        self.clock.now()
    }
}

/// The first call after a ramp clears the slow admission, which the new options have just set.
#[test]
fn call_admitted_under_old_options_does_not_undo_the_new() {
    let ambush = Ambush::default();
    let breaker = CircuitBreaker::builder("ambushed")
        .success_threshold(1)
        .timeout(SECOND)
        .ramp(SECOND)
        .clock(ambush.clone())
        .build()
        .expect("in range");
    breaker.trip();
    ambush.clock.advance(SECOND);
    succeed(&breaker);
    assert_eq!(breaker.state(), State::Closed);
    ambush.clock.advance(SECOND);

    let inside = breaker.clone();
    *ambush.next.lock().expect("no panic") = Some(Box::new(move || {
        inside.reconfigure(|options| options.slow_call(SECOND)).expect("in range");
    }));
    succeed(&breaker);
    let slow = breaker.try_acquire().expect("it runs");
    ambush.clock.advance(SECOND * 2);
    slow.success();
    assert_eq!(breaker.snapshot().totals.slow, 1);
}

/// No call is lost or counted twice, whatever policy is added or removed while it runs.
#[test]
fn calls_count_once_while_options_change() {
    let (breaker, clock) = breaker(|builder| builder.timeout(Duration::from_micros(1)));
    let (ran, rejected) = (AtomicU64::new(0), AtomicU64::new(0));
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let mut calls = 0_u32;
                let limit = TimeLimit::start();
                while !done.load(Ordering::Relaxed) {
                    limit.check("all changes are made");
                    calls += 1;
                    match breaker.try_acquire() {
                        Ok(permit) if calls % 5 == 0 => permit.failure(),
                        Ok(permit) => permit.success(),
                        Err(_) => {
                            rejected.fetch_add(1, Ordering::Relaxed);
                            clock.advance(Duration::from_micros(1));
                            continue;
                        }
                    }
                    ran.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        for round in 0..3_000 {
            change(&breaker, round);
        }
        done.store(true, Ordering::Relaxed);
    });
    let totals = breaker.snapshot().totals;
    let ended = totals.success + totals.failure + totals.ignored + totals.cancelled + totals.late;
    assert_eq!((ended, totals.rejected), (ran.into_inner(), rejected.into_inner()));
}

fn change(breaker: &CircuitBreaker, round: u32) {
    let changed = breaker.reconfigure(|options| match round % 6 {
        0 => options.failure_rate(0.3).window(10).min_calls(5),
        1 => options.window(SECOND).slow_call(Duration::from_millis(1)),
        2 => options.throttle(1.1, SECOND).ramp(Duration::from_micros(10)),
        3 => options.without_throttle().timeout_factor(1.5).timeout_jitter(0.5),
        4 => options.without_slow_call().window(100),
        _ => options.without_failure_rate().without_ramp().timeout_factor(1.0),
    });
    changed.expect("in range");
}
