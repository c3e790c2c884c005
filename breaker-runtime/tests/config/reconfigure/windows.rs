//! Windows that outlast a change of options, and those that start empty.

use breaker_runtime::{CircuitBreaker, ConfigUpdate, ManualClock, Settings, State, Window, configure};

use super::{SECOND, breaker, fail, succeed};

#[test]
fn resized_count_window_keeps_the_newest_results_that_fit() {
    let (breaker, _) = breaker(|builder| builder.failure_rate(1.0).window(10).min_calls(10));
    (0..3).for_each(|_| fail(&breaker));
    (0..3).for_each(|_| succeed(&breaker));
    let counts = || breaker.snapshot().window.map(|window| (window.calls, window.failures));
    breaker.reconfigure(|options| options.window(4).min_calls(4)).expect("in range");
    assert_eq!(counts(), Some((4, 1)));
    breaker.reconfigure(|options| options.window(20).failure_rate(0.5)).expect("in range");
    assert_eq!(counts(), Some((4, 1)));
    (0..2).for_each(|_| fail(&breaker));
    assert_eq!(breaker.state(), State::Open, "3 of 6");
}

#[test]
fn window_of_another_kind_starts_empty() {
    let (breaker, clock) = breaker(|builder| builder.failure_threshold(100));
    (0..3).for_each(|_| fail(&breaker));
    let counts = || breaker.snapshot().window.map(|window| (window.calls, window.failures));
    assert_eq!(counts(), None);
    breaker.reconfigure(|options| options.failure_rate(0.9)).expect("in range");
    assert_eq!(counts(), Some((0, 0)));
    fail(&breaker);
    breaker.reconfigure(|options| options.window(SECOND * 10)).expect("in range");
    assert_eq!(counts(), Some((0, 0)));
    fail(&breaker);
    clock.advance(SECOND * 5);
    breaker.reconfigure(|options| options.window(SECOND * 60)).expect("in range");
    assert_eq!(counts(), Some((1, 1)));
    assert_eq!(breaker.snapshot().streak, 5);
}

/// Successes are counted without a window. A window that was created at run time began with all earlier
/// successes.
#[test]
fn window_made_at_run_time_starts_empty() {
    let (breaker, _) = breaker(|builder| builder.failure_threshold(9));
    (0..4).for_each(|_| succeed(&breaker));
    let counts = || breaker.snapshot().window.map(|window| (window.calls, window.failures));
    breaker.reconfigure(|options| options.failure_rate(0.5).window(4).min_calls(2)).expect("in range");
    assert_eq!(counts(), Some((0, 0)));
    succeed(&breaker);
    fail(&breaker);
    assert_eq!(breaker.state(), State::Open, "1 of 2");
}

#[test]
fn window_made_at_run_time_does_not_trip_before_min_calls() {
    let (breaker, _) = breaker(|builder| builder.failure_threshold(100));
    (0..4).for_each(|_| succeed(&breaker));
    breaker.reconfigure(|options| options.failure_rate(0.1).window(100).min_calls(5)).expect("in range");
    fail(&breaker);
    assert_eq!((breaker.state(), breaker.snapshot().failure_rate), (State::Closed, None), "1 of 1");
}

#[test]
fn window_of_any_policy_made_at_run_time_starts_empty() {
    let policies: [fn(ConfigUpdate) -> ConfigUpdate; 3] = [
        |options| options.failure_rate(0.5).window(SECOND * 10).min_calls(2),
        |options| options.slow_call(SECOND).slow_call_rate(0.5).window(4).min_calls(2),
        |options| options.throttle(2.0, SECOND),
    ];
    for policy in policies {
        let (breaker, _) = breaker(|builder| builder.failure_threshold(9).random(|| 0.4));
        (0..4).for_each(|_| succeed(&breaker));
        breaker.reconfigure(policy).expect("in range");
        assert_eq!(breaker.snapshot().window.map_or(0, |window| window.calls), 0);
        fail(&breaker);
        assert_eq!(
            breaker.snapshot().throttle.map(|share| share > 0.4),
            breaker.config().throttle().map(|_| true),
            "1 of 1"
        );
    }
}

#[test]
fn window_of_the_code_keeps_the_calls_from_before_a_change() {
    let (breaker, _) = breaker(|builder| builder.failure_rate(0.5).window(10).min_calls(5));
    (0..4).for_each(|_| succeed(&breaker));
    breaker.reconfigure(|options| options.timeout(SECOND)).expect("in range");
    assert_eq!(breaker.snapshot().window.map(|window| window.calls), Some(4));
}

/// The same holds for settings and for the template of keys.
#[test]
fn window_made_by_settings_or_by_a_template_starts_empty() {
    let clock = ManualClock::new();
    let hosts = CircuitBreaker::builder("reconfigured hosts").failure_threshold(9).clock(clock).keyed();
    let hosts = hosts.build().expect("in range");
    let (template, host) = (hosts.template().clone(), hosts.get("eu.example.com"));
    (0..4).for_each(|_| succeed(&host));
    let change = |options: ConfigUpdate| options.failure_rate(0.5).window(4).min_calls(2);
    template.reconfigure(change).expect("in range");
    let later = hosts.get("us.example.com");
    for breaker in [&host, &later] {
        assert_eq!(breaker.snapshot().window.map(|window| window.calls), Some(0));
        succeed(breaker);
        fail(breaker);
        assert_eq!(breaker.state(), State::Open, "1 of 2");
    }

    let (breaker, _) = breaker(|builder| builder.failure_threshold(9));
    (0..4).for_each(|_| succeed(&breaker));
    let settings = Settings::new()
        .set(breaker.name(), "failure_rate", 0.5)
        .set(breaker.name(), "window", 4)
        .set(breaker.name(), "min_calls", 2);
    let _ = configure(settings).expect("in range");
    assert_eq!(breaker.snapshot().window.map(|window| window.calls), Some(0));
    let _ = configure(Settings::new()).expect("in range");
}

/// The shortcut of a timed success has the limit of its own: it took that of the code.
#[test]
fn new_key_has_the_slow_call_that_its_template_has_now() {
    let clock = ManualClock::new();
    let hosts =
        CircuitBreaker::builder("slow hosts").slow_call(SECOND * 10).clock(clock.clone()).keyed();
    let hosts = hosts.build().expect("in range");
    hosts.template().reconfigure(|options| options.slow_call(SECOND)).expect("in range");
    let host = hosts.get("eu.example.com");
    let permit = host.try_acquire().expect("closed");
    clock.advance(SECOND * 2);
    permit.success();
    assert_eq!(host.snapshot().totals.slow, 1);
}

/// A rate that is switched off keeps its window, which is unchanged when the rate is on again.
#[test]
fn window_outlasts_the_policy_that_made_it() {
    let (breaker, _) = breaker(|builder| {
        builder.failure_rate(0.5).window(SECOND * 10).min_calls(3).slow_call(SECOND).slow_call_rate(0.7)
    });
    breaker
        .reconfigure(|options| options.without_failure_rate().without_slow_call().failure_threshold(9))
        .expect("a window without a use is no error");
    let config = breaker.config();
    assert_eq!((config.failure_rate(), config.slow_call()), (None, None));
    assert_eq!((config.slow_call_rate(), breaker.snapshot().window), (None, None));
    breaker.reconfigure(|options| options.timeout(SECOND)).expect("and none later");
    breaker.reconfigure(|options| options.failure_rate(0.4).slow_call(SECOND)).expect("in range");
    let config = breaker.config();
    assert_eq!((config.window(), config.min_calls()), (Window::Span(SECOND * 10), 3));
    assert_eq!(config.slow_call_rate(), Some(0.7));
}
