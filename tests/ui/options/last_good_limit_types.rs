//! 2 mistakes: constants of `last_good` of another type.

use breaker_runtime::{BreakerError, circuit_breaker};

const SECONDS: u64 = 600;

#[circuit_breaker(last_good(max_age = SECONDS))]
fn an_age_is_a_length_of_time() -> Result<u32, BreakerError> {
    Ok(7)
}

#[circuit_breaker(last_good(capacity = SECONDS))]
fn a_capacity_is_a_u32() -> Result<u32, BreakerError> {
    Ok(7)
}

fn main() {}
