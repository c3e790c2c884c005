//! `#[rstest]` and `#[test_case]`.

use std::cell::Cell;

use breaker_runtime::{breaker_of, breakers, circuit_breaker, find_breaker_of};
use breaker_tests::{TestError, prove, prove_async, work};
use rstest::{fixture, rstest};
use test_case::test_case;
use tokio::task::yield_now;

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
#[rstest]
#[case(true)]
fn above_rstest(#[case] works: bool) -> Result<(), TestError> {
    work(works)
}

#[rstest]
#[case(true)]
#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn below_rstest(#[case] works: bool) -> Result<(), TestError> {
    work(works)
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
#[rstest]
#[case(true)]
#[tokio::test]
async fn above_async_rstest(#[case] works: bool) -> Result<(), TestError> {
    yield_now().await;
    work(works)
}

thread_local! {
    static FIXTURE_WORKS: Cell<bool> = const { Cell::new(true) };
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
#[fixture]
fn above_fixture() -> Result<u8, TestError> {
    work(FIXTURE_WORKS.get()).map(|()| 1)
}

#[rstest]
fn fixture_that_is_annotated_is_passed(above_fixture: Result<u8, TestError>) {
    assert_eq!(above_fixture, Ok(1));
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
#[test_case(true)]
fn above_test_case(works: bool) -> Result<(), TestError> {
    work(works)
}

#[test_case(true)]
#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn below_test_case(works: bool) -> Result<(), TestError> {
    work(works)
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
#[test_case(true)]
#[tokio::test]
async fn above_async_test_case(works: bool) -> Result<(), TestError> {
    yield_now().await;
    work(works)
}

#[test]
fn sync_cases_of_a_harness_are_protected() {
    prove(breaker_of(above_rstest), above_rstest);
    // Below `#[rstest]`, each case has a breaker, and the function that they call has none.
    assert!(find_breaker_of(below_rstest).is_none());
    assert!(breakers().any(|breaker| breaker.name().ends_with("below_rstest::case_1")));
    prove(breaker_of(above_test_case), above_test_case);
    assert!(find_breaker_of(below_test_case).is_none());
    assert!(breakers().any(|breaker| breaker.name().contains("below_test_case::")));
}

#[tokio::test(start_paused = true)]
async fn async_cases_of_a_harness_are_protected() {
    prove_async(breaker_of(above_async_rstest), above_async_rstest).await;
    prove_async(breaker_of(above_async_test_case), above_async_test_case).await;
}
