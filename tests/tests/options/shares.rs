//! Shares, which may be written in percent.

use breaker_runtime::{BreakerError, breaker_of, circuit_breaker, keyed_breakers_of, testing};
use breaker_tests::{TestError, work};

#[circuit_breaker(
    failure_rate = "50%",
    slow_call = "2s",
    slow_call_rate = " 7 %",
    timeout_jitter = "12.5%",
    window = 100
)]
fn in_percent() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(
    failure_rate = 0.5,
    slow_call = "2s",
    slow_call_rate = 0.07,
    timeout_jitter = 0.125,
    window = 100
)]
fn in_numbers() -> Result<(), BreakerError> {
    Ok(())
}

#[test]
fn share_in_percent_is_the_same_number() {
    assert_eq!(breaker_of(in_percent).config(), breaker_of(in_numbers).config());
    assert_eq!(breaker_of(in_percent).config().slow_call_rate(), Some(0.07));
}

#[circuit_breaker(key = key, max_open_keys = "50%", failure_threshold = 1)]
fn half_of_keys(key: u8) -> Result<(), TestError> {
    work(key == 0)
}

#[circuit_breaker(retry(attempts = 2, backoff = "1ns", budget = "0%"), failure_threshold = 100)]
fn without_budget(works: bool) -> Result<(), TestError> {
    work(works)
}

#[circuit_breaker(retry(attempts = 2, backoff = "1ns", budget = 0), failure_threshold = 100)]
fn without_budget_as_number(works: bool) -> Result<(), TestError> {
    work(works)
}

#[test]
fn share_in_percent_is_that_of_keys_and_of_retries() {
    let _fresh = testing::isolate();
    for key in 0..4 {
        let _ = half_of_keys(key);
    }
    let open = keyed_breakers_of(half_of_keys).iter();
    let open = open.filter(|breaker| breaker.state() == breaker_runtime::State::Open).count();
    assert_eq!(open, 2);
    for _ in 0..50 {
        let _ = (without_budget(false), without_budget_as_number(false));
    }
    let retried = |breaker: &breaker_runtime::CircuitBreaker| breaker.snapshot().totals.retried;
    assert_eq!(retried(breaker_of(without_budget)), retried(breaker_of(without_budget_as_number)));
    assert!(retried(breaker_of(without_budget)) < 50);
}
