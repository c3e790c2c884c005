//! 4 mistakes: predicates of the wrong type.

use breaker_runtime::{BreakerError, circuit_breaker};

#[circuit_breaker(failure_if = |output| output.is_error())]
fn no_such_method(item: u32) -> Result<u32, BreakerError> {
    Ok(item)
}

#[circuit_breaker(failure_if = |output| 1)]
fn not_a_bool(item: u32) -> Result<u32, BreakerError> {
    Ok(item)
}

fn takes_a_number(_item: &u32) -> bool {
    true
}

#[circuit_breaker(ignore_if = takes_a_number)]
fn wrong_argument(item: u32) -> Result<u32, BreakerError> {
    Ok(item)
}

#[circuit_breaker(ignore_if = || true)]
fn no_argument(item: u32) -> Result<u32, BreakerError> {
    Ok(item)
}

fn main() {
    let _ = (no_such_method(1), not_a_bool(1), wrong_argument(1), no_argument(1));
}
