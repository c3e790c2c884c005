//! What can be built, and what is refused.

use std::time::Duration;

use breaker_runtime::{CircuitBreaker, Config, ManualClock, State};

#[test]
fn every_value_out_of_range_is_told_with_its_name_and_range() {
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
         failure_threshold is 0 and must be at least 1; timeout is 0ns and must be longer than zero; success_threshold is 0 and \
         must be at least 1; max_probes is 0 and must be from 1 to 1024; probe_timeout is 0ns and must be \
         longer than zero"
    );
    let error = CircuitBreaker::builder("b").max_probes(1025).build().expect_err("one too many");
    assert_eq!((error.breaker(), error.options().count()), ("b", 1));
}

/// Pitfall 20 (resilience4j 2334, 2379): sizes at the boundaries.
#[test]
fn the_least_and_the_most_of_everything_can_be_built() {
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
    // Beyond what a word can hold, every period is over: a breaker probes rather than staying open for ever.
    clock.advance(Duration::from_secs(365 * 24 * 60 * 60));
    assert_eq!(most.state(), State::HalfOpen);
}

#[test]
fn what_is_not_given_has_the_documented_default() {
    let config = CircuitBreaker::builder("defaults").build().expect("in range").config();
    assert_eq!(config, Config::DEFAULT);
    assert_eq!((config.failure_threshold(), config.success_threshold(), config.max_probes()), (5, 2, 2));
    assert_eq!(config.timeout(), Duration::from_secs(60));
    assert_eq!(config.probe_timeout(), config.timeout());

    let many = CircuitBreaker::builder("many").success_threshold(5_000).build().expect("in range");
    assert_eq!(many.config().max_probes(), 1024);
}

#[test]
fn a_thousand_probes_run_at_once_and_no_more() {
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
