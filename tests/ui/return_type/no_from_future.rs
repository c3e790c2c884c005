//! 1 mistake: the error type has no `From<BreakerError>`.

use breaker_runtime::circuit_breaker;

struct ShopError;

#[circuit_breaker]
fn stock(item: u32) -> impl Future<Output = Result<u32, ShopError>> {
    async move { if item == 0 { Err(ShopError) } else { Ok(item) } }
}

fn main() {
    let _ = stock(1);
}
