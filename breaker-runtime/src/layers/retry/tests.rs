//! The retry decision of a failed call, with a manual clock and a scripted random source.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::config::retry::{Retry, RetryChange, RetryParts};
use crate::layers::retry::RetryState;
use crate::{CircuitBreaker, Clock, ManualClock, State};

const PLAIN: Retry = Retry::new().with_attempts(5).with_jitter(false);

#[expect(clippy::unnecessary_wraps, reason = "the type of a pause")]
fn millis(millis: u64) -> Option<Duration> {
    Some(Duration::from_millis(millis))
}

fn breaker(clock: &ManualClock) -> CircuitBreaker {
    let builder = CircuitBreaker::builder("retry tests").failure_threshold(4);
    builder.clock(clock.clone()).build().expect("options in range")
}

fn fail(breaker: &CircuitBreaker) {
    breaker.try_acquire().expect("closed").failure();
}

#[test]
fn call_has_as_many_attempts_as_configured() {
    let breaker = breaker(&ManualClock::new());
    let mut tries = RetryState::new(breaker.inner(), &PLAIN);
    let pauses = [(); 6].map(|()| tries.pause(None));
    assert_eq!(pauses, [millis(100), millis(200), millis(400), millis(800), None, None]);
    assert_eq!(breaker.snapshot().totals.retried, 4);
    let defaults = Retry::new();
    let mut tries = RetryState::new(breaker.inner(), &defaults);
    assert_eq!([(); 4].map(|()| tries.pause(None).is_some()), [true, true, false, false]);
    assert_eq!(breaker.snapshot().totals.retried, 6);
}

#[test]
fn settings_replace_the_options_that_they_give() {
    let nothing = RetryChange::NOTHING;
    assert_eq!(nothing.of(&PLAIN), Some(PLAIN));
    assert_eq!(RetryChange { off: true, ..nothing }.of(&PLAIN), None);
    let of = |parts| RetryChange { parts, ..nothing }.of(&PLAIN);
    let none = RetryParts::NOTHING;
    let parts = RetryParts { attempts: Some(7), factor: Some(3.0), jitter: Some(true), ..none };
    assert_eq!(of(parts), Some(Retry { attempts: 7, factor: 3.0, jitter: true, ..PLAIN }));
    let [shorter, longer] = [1, 9].map(Duration::from_secs);
    let parts = RetryParts { backoff: Some(longer), budget: Some(0.0), ..none };
    let expected = Retry { backoff: longer, max_backoff: longer, budget: 0.0, ..PLAIN };
    assert_eq!(of(parts), Some(expected), "the longest pause is not below the first");
    let parts = RetryParts { max_backoff: Some(shorter), ..none };
    assert_eq!(of(parts), Some(Retry { max_backoff: shorter, ..PLAIN }));
}

#[test]
fn jitter_comes_from_the_random_source_of_the_breaker() {
    let quarters = AtomicU32::new(0);
    let breaker = CircuitBreaker::builder("retry jitter")
        .random(move || f64::from(quarters.fetch_add(1, Ordering::Relaxed)) / 4.0)
        .build()
        .expect("options in range");
    let retry = PLAIN.with_jitter(true);
    let mut tries = RetryState::new(breaker.inner(), &retry);
    let pauses = [(); 4].map(|()| tries.pause(None));
    assert_eq!(pauses, [millis(0), millis(50), millis(200), millis(600)]);
}

#[test]
fn wait_of_retry_after_is_kept_and_never_jittered_below() {
    let breaker = CircuitBreaker::builder("retry asked").random(|| 0.5).build().expect("in range");
    let retry = PLAIN.with_jitter(true).with_max_backoff(Duration::from_secs(2));
    let mut tries = RetryState::new(breaker.inner(), &retry);
    assert_eq!(tries.pause(millis(49)), millis(50));
    assert_eq!(tries.pause(millis(1_999)), millis(1_999));
    assert_eq!(tries.pause(millis(2_000)), millis(2_000));
    assert_eq!(breaker.snapshot().totals.retried, 3);
    let mut tries = RetryState::new(breaker.inner(), &retry);
    assert_eq!(tries.pause(millis(2_001)), None);
    assert_eq!(tries.pause(Some(Duration::MAX)), None);
    assert_eq!(breaker.snapshot().totals.retried, 3);
}

#[test]
fn open_breaker_ends_the_attempts() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock);
    let mut tries = RetryState::new(breaker.inner(), &PLAIN);
    for _ in 0..3 {
        fail(&breaker);
        assert!(tries.pause(None).is_some());
    }
    fail(&breaker);
    assert_eq!((breaker.state(), tries.pause(None)), (State::Open, None));
    assert_eq!(breaker.snapshot().totals.retried, 3);
    breaker.force_open();
    assert_eq!(RetryState::new(breaker.inner(), &PLAIN).pause(None), None);
}

#[test]
fn breaker_that_admits_calls_does_not_end_the_attempts() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock);
    breaker.trip();
    clock.advance(Duration::from_secs(60));
    assert_eq!(breaker.state(), State::HalfOpen);
    assert_eq!(RetryState::new(breaker.inner(), &PLAIN).pause(None), millis(100));
    breaker.observe();
    breaker.trip();
    assert_eq!(breaker.state(), State::Open, "though not really");
    assert_eq!(RetryState::new(breaker.inner(), &PLAIN).pause(None), millis(100));
    breaker.force_closed();
    assert_eq!(RetryState::new(breaker.inner(), &PLAIN).pause(None), millis(100));
}

#[test]
fn budget_ends_the_attempts() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock);
    let retried = |calls: u32| {
        let retried = |_: &u32| RetryState::new(breaker.inner(), &PLAIN).pause(None).is_some();
        (0..calls).filter(retried).count()
    };
    // A tenth of a retry is none: 50 calls and the floor.
    assert_eq!(retried(50), 10 + 50 / 5);
    assert_eq!(breaker.snapshot().totals.retried, 20);
    clock.advance(Duration::from_secs(10));
    assert_eq!(retried(4), 4);
    assert_eq!(breaker.snapshot().totals.retried, 24);
}

#[test]
fn budget_of_zero_leaves_the_floor() {
    let breaker = breaker(&ManualClock::new());
    let retry = PLAIN.with_budget(0.0);
    let paused = (0..100).filter(|_| RetryState::new(breaker.inner(), &retry).pause(None).is_some());
    assert_eq!(paused.count(), 10);
}

#[test]
fn call_that_is_never_retried_counts_for_the_budget() {
    let breaker = breaker(&ManualClock::new());
    for _ in 0..100 {
        RetryState::new(breaker.inner(), &PLAIN);
    }
    let retried = (0..100).filter(|_| RetryState::new(breaker.inner(), &PLAIN).pause(None).is_some());
    assert_eq!(retried.count(), 10 + 200 / 5);
}

#[test]
fn sleep_uses_the_clock_of_the_breaker() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock);
    breaker.inner().sleep(Duration::from_secs(3_600));
    assert_eq!(clock.now(), Duration::from_secs(3_600));
    let shared: std::sync::Arc<dyn Clock> = std::sync::Arc::new(clock.clone());
    shared.sleep(Duration::from_secs(60));
    assert_eq!(clock.now(), Duration::from_secs(3_660));
}
