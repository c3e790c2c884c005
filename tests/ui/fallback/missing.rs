//! 2 errors: fallbacks that do not exist.

use breaker_runtime::{BreakerError, circuit_breaker};

#[circuit_breaker(fallback = nowhere)]
fn missing(item: u32) -> Result<u32, BreakerError> {
    Ok(item)
}

#[circuit_breaker(fallback = nowhere)]
async fn missing_async(item: u32) -> Result<u32, BreakerError> {
    Ok(item)
}

fn main() {}
