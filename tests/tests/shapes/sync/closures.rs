//! Closures as results.

#![allow(
    clippy::redundant_closure_for_method_calls,
    clippy::type_complexity,
    reason = "closures and their types are what is tested"
)]

use breaker_runtime::{breaker_of, circuit_breaker, testing};
use breaker_tests::{Ended, TestError, prove, prove_async, work};

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn unnamed(works: bool) -> Result<impl Fn(&str) -> usize, TestError> {
    work(works)?;
    Ok(|text: &str| text.len())
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
async fn unnamed_later(works: bool) -> Result<impl FnOnce(&str) -> usize, TestError> {
    work(works)?;
    Ok(|text: &str| text.len())
}

/// Of a named type the closure has its types from the signature, at the end and at an early return.
#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn boxed(works: bool, least: usize) -> Result<Box<dyn Fn(&str) -> usize>, TestError> {
    work(works)?;
    if least == 0 {
        return Ok(Box::new(|text| text.len()));
    }
    Ok(Box::new(move |text| text.len().max(least)))
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn pointer(works: bool) -> Result<fn(&str) -> usize, TestError> {
    work(works)?;
    Ok(|text| text.len())
}

#[circuit_breaker(failure_threshold = 1, failure_if = |length: &_| is_zero(length), fallback = panic!("open"), fallback_on = "rejection")]
fn without_result(most: usize) -> impl Fn(&str) -> usize {
    move |text: &str| text.len().min(most)
}

fn is_zero(length: impl Fn(&str) -> usize) -> bool {
    length("four") == 0
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn parsed<'t>(works: bool, text: &'t str) -> Result<impl Iterator<Item = u32> + use<'t>, TestError> {
    work(works)?;
    Ok(text.split(' ').filter_map(|word| word.parse().ok()))
}

fn measured(function: Result<impl FnOnce(&str) -> usize, TestError>) -> Ended {
    Ended::from(function.map(|function| assert_eq!(function("four"), 4)))
}

#[tokio::test(start_paused = true)]
async fn closure_in_a_result_is_returned() {
    prove_async(breaker_of(unnamed), async |works| measured(unnamed(works))).await;
    prove_async(breaker_of(unnamed_later), async |works| measured(unnamed_later(works).await)).await;
    for least in [0, 4] {
        prove_async(breaker_of(boxed), async |works| measured(boxed(works, least))).await;
    }
    prove_async(breaker_of(pointer), async |works| measured(pointer(works))).await;
}

#[test]
fn iterator_in_a_result_has_its_items_from_the_signature() {
    prove(breaker_of(parsed), |works| {
        parsed(works, "1 x 2").map(|numbers| assert_eq!(numbers.sum::<u32>(), 3))
    });
}

#[test]
fn closure_as_output_is_judged() {
    let _fresh = testing::isolate();
    assert_eq!(without_result(9)("four"), 4);
    assert_eq!(without_result(0)("four"), 0);
    assert!(std::panic::catch_unwind(|| without_result(9)("four")).is_err(), "the fallback");
}
