//! 4 errors in bodies, reported as they would be without the attribute.

use breaker_runtime::{BreakerError, circuit_breaker};

#[circuit_breaker]
fn wrong_argument(item: u32) -> Result<u32, BreakerError> {
    Ok(item.wrapping_add("1"))
}

#[circuit_breaker]
async fn wrong_tail(item: u32) -> Result<u32, BreakerError> {
    item
}

#[circuit_breaker]
fn no_tail(item: u32) -> Result<u32, BreakerError> {
    let _double = item * 2;
}

#[circuit_breaker]
fn no_such_name(item: u32) -> Result<u32, BreakerError> {
    Ok(itme)
}

fn main() {
    let _ = (wrong_argument(1), no_tail(1), no_such_name(1));
    drop(wrong_tail(1));
}
