//! 1 error: a closure that takes more than the cause.

use breaker_runtime::{BreakerError, circuit_breaker};

#[circuit_breaker(fallback = |a, b| Ok(1))]
fn wrong_closure(item: u32) -> Result<u32, BreakerError> {
    Ok(item)
}

fn main() {}
