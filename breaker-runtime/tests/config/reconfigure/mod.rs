//! Options that change at run time, and the state that stays.

mod concurrent;
mod probes;
mod windows;

use std::time::Duration;

use breaker_runtime::{CircuitBreaker, CircuitBreakerBuilder, ConfigUpdate, ManualClock, Mode, State};

const SECOND: Duration = Duration::from_secs(1);

fn breaker(
    options: impl FnOnce(CircuitBreakerBuilder) -> CircuitBreakerBuilder,
) -> (CircuitBreaker, ManualClock) {
    let clock = ManualClock::new();
    let builder = CircuitBreaker::builder("reconfigured").clock(clock.clone());
    (options(builder).build().expect("in range"), clock)
}

fn succeed(breaker: &CircuitBreaker) {
    breaker.try_acquire().expect("it runs").success();
}

fn fail(breaker: &CircuitBreaker) {
    breaker.try_acquire().expect("it runs").failure();
}

#[test]
fn changed_timeout_applies_from_the_next_open_period() {
    let (breaker, clock) = breaker(|builder| builder.timeout(SECOND * 30));
    breaker.trip();
    clock.advance(SECOND * 10);
    breaker.reconfigure(|options| options.timeout(SECOND * 5)).expect("in range");
    assert_eq!(breaker.state(), State::Open);
    assert_eq!(breaker.snapshot().retry_after, Some(SECOND * 20));
    let rejected = breaker.try_acquire().expect_err("it is open");
    assert_eq!(rejected.retry_after(), Some(SECOND * 20));
    clock.advance(SECOND * 20);
    assert_eq!(breaker.state(), State::HalfOpen);
    fail(&breaker);
    assert_eq!(breaker.snapshot().retry_after, Some(SECOND * 5));
}

#[test]
fn longer_timeout_does_not_lengthen_an_open_period_that_has_begun() {
    let (breaker, clock) = breaker(|builder| builder.timeout(SECOND * 5));
    breaker.trip();
    breaker.reconfigure(|options| options.timeout(SECOND * 30)).expect("in range");
    clock.advance(SECOND * 5);
    assert_eq!(breaker.state(), State::HalfOpen);
}

#[test]
fn streak_outlasts_a_change_of_options() {
    let (breaker, _) = breaker(|builder| builder.failure_threshold(5));
    (0..3).for_each(|_| fail(&breaker));
    breaker.reconfigure(|options| options.failure_threshold(4)).expect("in range");
    assert_eq!(breaker.snapshot().streak, 3);
    fail(&breaker);
    assert_eq!(breaker.state(), State::Open);
}

/// No call has failed at that moment, so that there is no reason to open.
#[test]
fn streak_over_the_new_threshold_opens_at_the_next_failure() {
    let (breaker, _) = breaker(|builder| builder.failure_threshold(5));
    (0..3).for_each(|_| fail(&breaker));
    breaker.reconfigure(|options| options.failure_threshold(2)).expect("in range");
    assert_eq!(breaker.state(), State::Closed);
    fail(&breaker);
    assert_eq!(breaker.state(), State::Open);
}

#[test]
fn mode_and_totals_outlast_a_change() {
    let (breaker, _) = breaker(|builder| builder.failure_threshold(1));
    fail(&breaker);
    breaker.observe();
    fail(&breaker);
    let before = breaker.snapshot();
    breaker.reconfigure(|options| options.failure_threshold(7)).expect("in range");
    assert_eq!((before.mode, before.state), (Mode::Observe, State::Open));
    assert_eq!(breaker.snapshot(), before);
}

#[test]
fn change_with_errors_reports_all_and_changes_nothing() {
    let (breaker, _) = breaker(|builder| builder.failure_rate(0.5));
    let before = breaker.config();
    let error = breaker
        .reconfigure(|options| {
            options.timeout(SECOND).failure_rate(1.5).window(10).min_calls(11).max_timeout(SECOND * 2)
        })
        .expect_err("most of it is wrong");
    assert_eq!(
        error.to_string(),
        "circuit breaker `reconfigured` keeps its options: failure_rate is 1.5 and must be above 0 and at \
         most 1; min_calls is 11 and must be from 1 to 10, the calls in the window; max_timeout is 2 s and \
         must be given together with timeout_factor, timeout_jitter or honour_retry_after"
            .replace("`reconfigured`", &format!("`{}`", breaker.name()))
    );
    assert_eq!(breaker.config(), before);
}

#[test]
fn changed_option_without_effect_is_refused() {
    let (breaker, _) = breaker(|builder| builder.failure_rate(0.5).window(50));
    let useless = breaker
        .reconfigure(|options| options.without_failure_rate().min_calls(4))
        .expect_err("no rule uses the window");
    assert_eq!(useless.options().collect::<Vec<_>>(), ["min_calls"]);
}

/// A breaker that no rule opens.
#[test]
fn change_that_leaves_no_way_to_open_is_refused() {
    let (breaker, _) = breaker(|builder| builder.slow_call(SECOND).slow_call_rate(0.5));
    assert_eq!(breaker.config().failure_threshold(), None);
    breaker.reconfigure(ConfigUpdate::without_slow_call).expect("in range");
    assert_eq!(breaker.config().failure_threshold(), Some(5), "as if no rate had been given");
    let error = breaker.reconfigure(ConfigUpdate::without_failure_threshold).expect_err("no use");
    assert!(error.to_string().contains("failure_threshold is off and must be left on"), "{error}");
    breaker
        .reconfigure(|options| options.without_failure_threshold().failure_rate(0.5))
        .expect("the rate opens it");
    assert_eq!(breaker.config().failure_threshold(), None);
}
