//! Sync functions and methods.

use breaker_runtime::{breaker_of, circuit_breaker};
use breaker_tests::{TestError, prove, work};

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn plain(works: bool) -> Result<(), TestError> {
    work(works)
}

#[test]
fn a_plain_function() {
    prove(breaker_of(plain), plain);
}
