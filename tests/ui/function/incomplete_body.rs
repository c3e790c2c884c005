//! 1 error: the body does not parse, with or without the attribute.

use breaker_runtime::{BreakerError, circuit_breaker};

#[circuit_breaker]
fn stock(item: u32) -> Result<u32, BreakerError> {
    let double = item *;
    Ok(double)
}

fn main() {
    let _ = stock(1);
}
