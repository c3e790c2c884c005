//! 3 errors: return types that do not exist, reported once each.

use breaker_runtime::{BreakerError, circuit_breaker};

#[circuit_breaker]
fn stock(item: u32) -> Result<Stok, BreakerError> {
    Ok(item)
}

#[circuit_breaker]
async fn stock_later(item: u32) -> Result<Stok, BreakerError> {
    Ok(item)
}

#[circuit_breaker]
fn stock_future(item: u32) -> impl Future<Output = Result<Stok, BreakerError>> {
    async move { Ok(item) }
}

fn main() {
    let _ = stock(1);
    drop((stock_later(1), stock_future(1)));
}
