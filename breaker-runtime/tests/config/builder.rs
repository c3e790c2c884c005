//! Options that can be built, and options that are refused.

use std::time::Duration;

use breaker_runtime::{CircuitBreaker, CircuitBreakerBuilder, Config, ManualClock, State, Window};

#[test]
fn value_out_of_range_is_reported_with_its_name_and_range() {
    let error = CircuitBreaker::builder(" ")
        .failure_threshold(0)
        .timeout(Duration::ZERO)
        .success_threshold(0)
        .max_probes(0)
        .probe_timeout(Duration::ZERO)
        .build()
        .expect_err("all of it is out of range");
    let refused: Vec<_> = error.options().collect();
    let options =
        ["name", "failure_threshold", "timeout", "success_threshold", "max_probes", "probe_timeout"];
    assert_eq!(refused, options);
    assert_eq!(
        error.to_string(),
        "circuit breaker ` ` cannot be built: name is \" \" and must be a text that is not blank; \
         failure_threshold is 0 and must be at least 1; timeout is 0 s and must be longer than zero; success_threshold is 0 and \
         must be at least 1; max_probes is 0 and must be from 1 to 1024; probe_timeout is 0 s and must be \
         longer than zero"
    );
    let error = CircuitBreaker::builder("b").max_probes(1025).build().expect_err("one too many");
    assert_eq!((error.breaker(), error.options().count()), ("b", 1));
}

/// Returns the message of a refused builder, without the name.
fn refused(builder: CircuitBreakerBuilder) -> String {
    let error = builder.build().expect_err("out of range").to_string();
    error.split_once("cannot be built: ").expect("the name comes first").1.to_owned()
}

fn builder() -> CircuitBreakerBuilder {
    CircuitBreaker::builder("b").failure_rate(0.5).slow_call(SECOND)
}

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn share_outside_0_to_1_is_refused() {
    for rate in [0.0, -0.5, 1.000_001, f64::NAN, f64::INFINITY] {
        let message = refused(builder().failure_rate(rate));
        assert_eq!(message, format!("failure_rate is {rate:?} and must be above 0 and at most 1"));
        let message = refused(builder().slow_call_rate(rate));
        assert_eq!(message, format!("slow_call_rate is {rate:?} and must be above 0 and at most 1"));
    }
    for rate in [f64::MIN_POSITIVE, 1.0] {
        builder().failure_rate(rate).slow_call_rate(rate).build().expect("in range");
    }
}

#[test]
fn window_holds_one_to_a_million_calls_or_a_millisecond() {
    for calls in [0, 1_000_001] {
        let message = refused(builder().window(calls));
        assert_eq!(message, format!("window is {calls} and must be from 1 to 1000000 calls"));
    }
    let message = refused(builder().window(Duration::from_micros(999)));
    assert_eq!(message, "window is 999 µs and must be at least 1 ms");
    for calls in [1, 1_000_000] {
        builder().window(calls).build().expect("in range");
    }
    for span in [Duration::from_millis(1), Duration::MAX] {
        builder().window(span).build().expect("in range");
    }
}

/// A number of calls above the window would never be reached, and the rate never judged.
#[test]
fn min_calls_above_the_window_is_refused() {
    assert_eq!(
        refused(builder().min_calls(101)),
        "min_calls is 101 and must be from 1 to 100, the calls in the window"
    );
    assert_eq!(
        refused(builder().window(10).min_calls(11)),
        "min_calls is 11 and must be from 1 to 10, the calls in the window"
    );
    assert_eq!(refused(builder().window(SECOND).min_calls(0)), "min_calls is 0 and must be at least 1");
    // The window is the only issue.
    assert!(refused(builder().window(0).min_calls(11)).starts_with("window is 0 "));
    for (window, most) in [(Window::Calls(10), 10), (Window::Span(SECOND), u32::MAX)] {
        builder().window(window).min_calls(most).build().expect("in range");
    }
    for (window, least) in [(10, 10), (100, 20)] {
        let config = builder().window(window).build().expect("in range").config();
        assert_eq!(config.min_calls(), least);
    }
}

#[test]
fn open_period_growth_out_of_range_is_refused() {
    let builder = || CircuitBreaker::builder("b");
    for factor in [0.99, 1000.1, f64::NAN, f64::INFINITY, -1.0] {
        let message = refused(builder().timeout_factor(factor));
        assert_eq!(message, format!("timeout_factor is {factor:?} and must be from 1 to 1000"));
    }
    for jitter in [-0.1, 1.1, f64::NAN] {
        let message = refused(builder().timeout_jitter(jitter));
        assert_eq!(message, format!("timeout_jitter is {jitter:?} and must be from 0 to 1"));
    }
    let message = refused(builder().timeout_factor(2.0).max_timeout(SECOND));
    assert_eq!(message, "max_timeout is 1 s and must be at least timeout, which is 60 s");
    let message = refused(builder().timeout_factor(2.0).max_timeout(Duration::ZERO));
    assert_eq!(message, "max_timeout is 0 s and must be longer than zero");
    let bounds = builder().timeout_factor(1.0).timeout_jitter(0.0);
    bounds.build().expect("in range");
    let bounds = builder().timeout_factor(1_000.0).timeout_jitter(1.0).max_timeout(SECOND * 60);
    bounds.build().expect("in range");
}

#[test]
fn recovery_and_throttle_out_of_range_are_refused() {
    assert_eq!(refused(builder().ramp(Duration::ZERO)), "ramp is 0 s and must be longer than zero");
    assert_eq!(
        refused(builder().slow_call(Duration::ZERO)),
        "slow_call is 0 s and must be longer than zero"
    );
    for k in [0.99, 1000.1, f64::NAN, f64::INFINITY] {
        let message = refused(builder().throttle(k, SECOND));
        assert_eq!(message, format!("throttle.k is {k:?} and must be from 1 to 1000"));
    }
    let message = refused(builder().throttle(2.0, Duration::from_micros(999_999)));
    assert_eq!(message, "throttle.window is 999.999 ms and must be at least 1 s");
    for k in [1.0, 1_000.0] {
        builder().throttle(k, SECOND).build().expect("in range");
    }
}

/// Circuitbreaker-rs, sentinel: a policy that can be set and never fires.
#[test]
fn option_without_effect_is_refused() {
    let builder = || CircuitBreaker::builder("b");
    let needs_a_rate = "must be given together with failure_rate or slow_call";
    assert_eq!(refused(builder().window(50)), format!("window is 50 and {needs_a_rate}"));
    assert_eq!(refused(builder().window(SECOND)), format!("window is 1 s and {needs_a_rate}"));
    assert_eq!(refused(builder().min_calls(5)), format!("min_calls is 5 and {needs_a_rate}"));
    assert_eq!(
        refused(builder().slow_call_rate(0.5).window(50)),
        "slow_call_rate is 0.5 and must be given together with slow_call"
    );
    assert_eq!(
        refused(builder().max_timeout(SECOND * 60)),
        "max_timeout is 60 s and must be given together with timeout_factor, timeout_jitter or \
         honour_retry_after"
    );
    for useful in [
        builder().slow_call(SECOND).window(50).min_calls(5),
        builder().timeout_jitter(0.1).max_timeout(SECOND * 60),
        builder().honour_retry_after(true).max_timeout(SECOND * 60),
    ] {
        useful.build().expect("each option has an effect");
    }
}

/// A default streak of five beside a rate would trip where the rate must not.
#[test]
fn failure_threshold_is_off_if_a_rate_or_throttle_is_given() {
    let builder = || CircuitBreaker::builder("b");
    for (builder, threshold) in [
        (builder(), Some(5)),
        (builder().slow_call(SECOND), Some(5)),
        (builder().failure_rate(0.5), None),
        (builder().slow_call(SECOND).slow_call_rate(0.5), None),
        (builder().throttle(2.0, SECOND), None),
        (builder().failure_rate(0.5).throttle(2.0, SECOND).failure_threshold(7), Some(7)),
    ] {
        let config = builder.build().expect("in range").config();
        assert_eq!(config.failure_threshold(), threshold, "{config:?}");
    }
}

/// Resilience4j 2334, 2379: sizes at the boundaries.
#[test]
fn extreme_values_of_every_option_can_be_built() {
    let least = CircuitBreaker::builder("least")
        .failure_threshold(1)
        .timeout(Duration::from_nanos(1))
        .success_threshold(1)
        .max_probes(1)
        .probe_timeout(Duration::from_nanos(1))
        .clock(ManualClock::new());
    let least = least.build().expect("in range");
    least.try_acquire().expect("closed").failure();
    assert_eq!(least.state(), State::Open);

    let clock = ManualClock::new();
    let most = CircuitBreaker::builder("most")
        .failure_threshold(u32::MAX)
        .timeout(Duration::MAX)
        .success_threshold(u32::MAX)
        .max_probes(1024)
        .probe_timeout(Duration::MAX)
        .clock(clock.clone());
    let most = most.build().expect("in range");
    most.trip();
    clock.advance(Duration::from_secs(4 * 365 * 24 * 60 * 60));
    assert_eq!(most.state(), State::Open, "a period of 10^10 years is not over after four");
    // Each period ends before the largest value of a word: a breaker probes rather than staying open for
    // ever.
    clock.advance(Duration::from_secs(365 * 24 * 60 * 60));
    assert_eq!(most.state(), State::HalfOpen);
}

#[test]
fn option_not_given_has_the_documented_default() {
    let config = CircuitBreaker::builder("defaults").build().expect("in range").config();
    assert_eq!(config, Config::DEFAULT);
    assert_eq!(config.failure_threshold(), Some(5));
    assert_eq!((config.success_threshold(), config.max_probes()), (2, 2));
    assert_eq!(config.timeout(), Duration::from_secs(60));
    assert_eq!(config.probe_timeout(), config.timeout());
    assert_eq!(
        (config.failure_rate(), config.window(), config.min_calls()),
        (None, Window::Calls(100), 20)
    );
    assert_eq!((config.slow_call(), config.slow_call_rate()), (None, None));
    assert_eq!(
        (config.timeout_factor(), config.max_timeout(), config.timeout_jitter()),
        (1.0, None, 0.0)
    );
    assert_eq!((config.ramp(), config.throttle(), config.honour_retry_after()), (None, None, false));
    let slow = CircuitBreaker::builder("slow").slow_call(SECOND).build().expect("in range").config();
    assert_eq!(slow.slow_call_rate(), Some(1.0));

    let many = CircuitBreaker::builder("many").success_threshold(5_000).build().expect("in range");
    assert_eq!(many.config().max_probes(), 1024);
}

#[test]
fn max_probes_of_1024_admits_exactly_1024_probes() {
    let clock = ManualClock::new();
    let breaker = CircuitBreaker::builder("thousand")
        .success_threshold(2_000)
        .timeout(Duration::from_secs(1))
        .clock(clock.clone())
        .build()
        .expect("in range");
    breaker.trip();
    clock.advance(Duration::from_secs(1));
    let probes: Vec<_> = std::iter::from_fn(|| breaker.try_acquire().ok()).collect();
    assert_eq!((probes.len(), breaker.snapshot().in_flight), (1024, 1024));
    drop(probes);
    assert_eq!(breaker.snapshot().in_flight, 0);
}

#[test]
fn config_debug_shows_the_active_options() {
    let shown =
        |builder: CircuitBreakerBuilder| format!("{:?}", builder.build().expect("in range").config());
    let named = || CircuitBreaker::builder("debug");
    let default = shown(named());
    for option in [
        "failure_threshold: Some(5)",
        "window: Calls(100)",
        "min_calls: 20",
        "timeout: 60s",
        "max_probes: 2",
        "probe_timeout: 60s",
        "slow_call_rate: None",
    ] {
        assert!(default.contains(option), "{option} in {default}");
    }
    let slow = shown(named().slow_call(SECOND).window(10));
    for option in ["slow_call_rate: Some(1.0)", "min_calls: 10"] {
        assert!(slow.contains(option), "{option} in {slow}");
    }
    #[cfg(feature = "tokio")]
    assert!(shown(named().call_timeout(SECOND * 50)).contains("probe_timeout: 100s"));
    assert!(shown(named().failure_rate(0.5)).contains("failure_threshold: None"));
}
