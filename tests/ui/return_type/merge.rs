//! 2 errors: an error type that cannot be built from a rejection.

use breaker_runtime::{CallError, CircuitBreaker};

struct ShopError;

fn by_path(breaker: &CircuitBreaker) -> Result<u32, ShopError> {
    breaker.call(|| Ok(1)).map_err(CallError::merge)
}

fn by_method(breaker: &CircuitBreaker) -> Result<u32, ShopError> {
    breaker.call(|| Err(ShopError)).map_err(|error| error.merge())
}

fn main() {
    let _ = (by_path, by_method);
}
