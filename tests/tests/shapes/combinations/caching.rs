//! `#[cached]`, which makes three functions of one: the attribute goes above it. Below it, the attribute
//! would be copied into each, and a call would pass two breakers.

use breaker_runtime::{CircuitBreaker, State, breaker_of, breakers, circuit_breaker, testing};
use breaker_tests::{TestError, prove, prove_async, work};
use cached::macros::{cached, once};

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
#[cached]
fn above(key: u32, works: bool) -> Result<u32, TestError> {
    work(works)?;
    Ok(key)
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
#[cached(max_size = 10, key = "u32", convert = "{ key }")]
async fn in_async(key: u32, works: bool) -> Result<u32, TestError> {
    tokio::task::yield_now().await;
    work(works)?;
    Ok(key)
}

/// Keeps its breaker when this attribute copies the whole function: the accessor is beside the function,
/// and so is the breaker.
#[circuit_breaker(failure_threshold = 1, timeout = "1s", accessor = once_breaker)]
#[once]
fn once_above(works: bool) -> Result<u32, TestError> {
    work(works)?;
    Ok(1)
}

/// Returns all breakers of this function and of its copies.
fn all_of(name: &str) -> Vec<CircuitBreaker> {
    breakers().filter(|breaker| breaker.name().contains(&format!("caching::{name}"))).collect()
}

#[test]
fn attribute_above_cached_makes_one_breaker() {
    let mut keys = 0..;
    prove(breaker_of(above), |works| above(keys.next().unwrap(), works));
    assert_eq!(all_of("above").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn attribute_above_an_async_cached_function_makes_one_breaker() {
    let mut keys = 0..;
    let breaker = breaker_of(in_async);
    prove_async(breaker, async |works| in_async(keys.next().unwrap(), works).await).await;
    assert_eq!(all_of("in_async").len(), 1);
}

#[test]
fn what_is_cached_is_served_while_the_breaker_is_open() {
    let _fresh = testing::isolate();
    assert_eq!(above(1_000, true), Ok(1_000));
    breaker_of(above).trip();
    assert_eq!(above(1_000, true), Ok(1_000));
    assert!(matches!(above(1_001, true), Err(TestError::Rejected(_))));
    assert_eq!(breaker_of(above).snapshot().totals.success, 1);
}

#[test]
fn attribute_above_a_macro_that_copies_the_function_makes_one_breaker() {
    let _fresh = testing::isolate();
    assert_eq!(once_above(false), Err(TestError::Down));
    assert_eq!(breaker_of(once_above).state(), State::Open);
    assert!(matches!(once_above(true), Err(TestError::Rejected(_))));
}

#[cached]
#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn below(key: u32, works: bool) -> Result<u32, TestError> {
    work(works)?;
    Ok(key)
}

/// The call is protected, but not as intended: a rejection by the first breaker is a failure for the
/// second.
#[test]
fn attribute_below_cached_makes_three_breakers() {
    let mut keys = 0..;
    prove(breaker_of(below), |works| below(keys.next().unwrap(), works));
    assert_eq!(all_of("below").len(), 3);
}
