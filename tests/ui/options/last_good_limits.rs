//! 3 mistakes: constants of `last_good` that are out of range.

use std::time::Duration;

use breaker_runtime::{BreakerError, circuit_breaker};

#[circuit_breaker(last_good(max_age = Duration::ZERO))]
fn no_age() -> Result<u32, BreakerError> {
    Ok(7)
}

#[circuit_breaker(last_good(capacity = 5 - 5))]
fn no_capacity() -> Result<u32, BreakerError> {
    Ok(7)
}

const TOO_MANY: u32 = 10_000_001;

#[circuit_breaker(last_good(capacity = TOO_MANY))]
fn too_large_a_capacity() -> Result<u32, BreakerError> {
    Ok(7)
}

fn main() {}
