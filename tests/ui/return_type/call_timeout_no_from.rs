//! 2 errors: a time-out must reach the caller, and the error type cannot carry it.

use breaker_runtime::circuit_breaker;

struct ShopError;

#[circuit_breaker(call_timeout = "2s", fallback = Ok(0), fallback_on = "rejection")]
async fn stock(item: u32) -> Result<u32, ShopError> {
    item.checked_sub(1).ok_or(ShopError)
}

#[circuit_breaker(call_timeout = "2s", retry, fallback = Ok(0), fallback_on = "failure")]
async fn rejected(item: u32) -> Result<u32, ShopError> {
    item.checked_sub(1).ok_or(ShopError)
}

/// Answers each time-out by the fallback.
#[circuit_breaker(call_timeout = "2s", fallback = Ok(0))]
async fn works(item: u32) -> Result<u32, ShopError> {
    item.checked_sub(1).ok_or(ShopError)
}

fn main() {
    drop(stock(1));
    drop(rejected(1));
    drop(works(1));
}
