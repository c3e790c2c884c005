//! A failure with a `retry_after`, through the API without the attribute.

use std::time::Duration;

use breaker_runtime::{CircuitBreaker, CircuitBreakerBuilder, Clock, ManualClock, State};

const TIMEOUT: Duration = Duration::from_secs(30);
const WAIT: Duration = Duration::from_secs(120);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const TICK: Duration = Duration::from_micros(1);

fn builder(clock: impl Clock + 'static) -> CircuitBreakerBuilder {
    CircuitBreaker::builder("retry after")
        .failure_threshold(2)
        .success_threshold(1)
        .timeout(TIMEOUT)
        .honour_retry_after(true)
        .clock(clock)
}

fn breaker() -> (CircuitBreaker, ManualClock) {
    let clock = ManualClock::new();
    (builder(clock.clone()).build().expect("in range"), clock)
}

fn fail(breaker: &CircuitBreaker, wait: Duration) {
    breaker.try_acquire().expect("admitted").failure_retry_after(wait);
}

fn fail_silently(breaker: &CircuitBreaker) {
    breaker.try_acquire().expect("admitted").failure();
}

/// Checks that the breaker is open for exactly `period`.
fn assert_open_for(breaker: &CircuitBreaker, clock: &ManualClock, period: Duration) {
    let left = breaker.try_acquire().expect_err("open").retry_after();
    assert_eq!((left, breaker.snapshot().retry_after), (Some(period), Some(period)));
    clock.advance(period.saturating_sub(TICK));
    assert_eq!(breaker.state(), State::Open);
    assert!(breaker.try_acquire().is_err());
    clock.advance(TICK);
    assert_eq!(breaker.state(), State::HalfOpen);
}

#[test]
fn wait_of_the_failure_that_opens_sets_the_period() {
    let (breaker, clock) = breaker();
    fail_silently(&breaker);
    fail(&breaker, WAIT);
    assert_open_for(&breaker, &clock, WAIT);
}

#[test]
fn wait_of_a_failure_that_does_not_open_has_no_effect() {
    let (breaker, clock) = breaker();
    fail(&breaker, WAIT);
    assert_eq!((breaker.state(), breaker.snapshot().streak), (State::Closed, 1));
    fail_silently(&breaker);
    assert_open_for(&breaker, &clock, TIMEOUT);
    assert_eq!(breaker.snapshot().totals.failure, 2);
}

#[test]
fn wait_of_a_failed_probe_sets_the_period() {
    let (breaker, clock) = breaker();
    breaker.trip();
    assert_open_for(&breaker, &clock, TIMEOUT);
    fail(&breaker, WAIT);
    assert_open_for(&breaker, &clock, WAIT);
    fail_silently(&breaker);
    assert_open_for(&breaker, &clock, TIMEOUT);
}

#[test]
fn wait_never_shortens_the_period() {
    for wait in [Duration::ZERO, TICK, TIMEOUT.saturating_sub(TICK)] {
        let (breaker, clock) = breaker();
        fail_silently(&breaker);
        fail(&breaker, wait);
        assert_open_for(&breaker, &clock, TIMEOUT);
    }
}

#[test]
fn wait_is_at_most_a_day() {
    for wait in [DAY, DAY + TICK, Duration::from_secs(u64::MAX), Duration::MAX] {
        let (breaker, clock) = breaker();
        fail_silently(&breaker);
        fail(&breaker, wait);
        assert_open_for(&breaker, &clock, DAY);
    }
}

#[test]
fn wait_is_at_most_max_timeout() {
    let clock = ManualClock::new();
    let breaker = builder(clock.clone()).max_timeout(2 * TIMEOUT).build().expect("in range");
    fail_silently(&breaker);
    fail(&breaker, WAIT);
    assert_open_for(&breaker, &clock, 2 * TIMEOUT);
}

#[test]
fn wait_that_is_not_honoured_is_a_plain_failure() {
    let clock = ManualClock::new();
    let breaker = builder(clock.clone()).honour_retry_after(false).build().expect("in range");
    fail(&breaker, WAIT);
    fail(&breaker, WAIT);
    assert_open_for(&breaker, &clock, TIMEOUT);
    assert_eq!(breaker.snapshot().totals.failure, 2);
}

#[test]
fn timeout_of_more_than_a_day_stays() {
    let clock = ManualClock::new();
    let breaker = builder(clock.clone()).timeout(3 * DAY).build().expect("in range");
    fail_silently(&breaker);
    fail(&breaker, Duration::MAX);
    assert_open_for(&breaker, &clock, 3 * DAY);
}

/// A result of an earlier state changes nothing, whatever its `retry_after`.
#[test]
fn late_failure_does_not_extend_an_open_period() {
    let (breaker, clock) = breaker();
    let late = breaker.try_acquire().expect("closed");
    fail_silently(&breaker);
    fail_silently(&breaker);
    late.failure_retry_after(WAIT);
    assert_open_for(&breaker, &clock, TIMEOUT);
    assert_eq!(breaker.snapshot().totals.late, 1);
}

#[test]
fn manual_trip_forgets_the_wait() {
    let (breaker, clock) = breaker();
    fail_silently(&breaker);
    fail(&breaker, WAIT);
    breaker.reset();
    breaker.trip();
    assert_open_for(&breaker, &clock, TIMEOUT);
}

#[test]
fn dry_run_reports_the_wait_and_rejects_no_call() {
    let (breaker, clock) = breaker();
    breaker.observe();
    fail_silently(&breaker);
    fail(&breaker, WAIT);
    assert_eq!(breaker.snapshot().retry_after, Some(WAIT));
    clock.advance(WAIT.saturating_sub(TICK));
    breaker.try_acquire().expect("nothing is rejected").success();
    assert_eq!((breaker.state(), breaker.snapshot().totals.would_reject), (State::Open, 1));
}

/// A clock that can be set back.
#[derive(Clone, Default)]
struct Wayward(std::sync::Arc<std::sync::Mutex<Duration>>);

impl Wayward {
    fn set(&self, now: Duration) {
        *self.0.lock().expect("no panic") = now;
    }
}

impl Clock for Wayward {
    fn now(&self) -> Duration {
        *self.0.lock().expect("no panic")
    }
}

/// A period that is longer than any that was asked for reveals the step.
#[test]
fn clock_that_steps_back_makes_no_wait_longer() {
    let clock = Wayward::default();
    clock.set(DAY);
    let breaker = builder(clock.clone()).build().expect("in range");
    fail_silently(&breaker);
    fail(&breaker, WAIT);
    clock.set(DAY / 2);
    assert_eq!(breaker.try_acquire().expect_err("open").retry_after(), Some(WAIT));
    clock.set(DAY / 2 + WAIT);
    assert_eq!(breaker.state(), State::HalfOpen);
}
