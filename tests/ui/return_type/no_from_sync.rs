//! 1 mistake: the error type has no `From<BreakerError>`.

use breaker_runtime::circuit_breaker;

#[derive(Debug)]
struct ShopError;

#[circuit_breaker]
fn stock(item: u32) -> Result<u32, ShopError> {
    if item == 0 { Err(ShopError) } else { Ok(item) }
}

fn main() {
    let _ = stock(1);
}
