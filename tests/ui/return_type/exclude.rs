//! 4 errors: outputs without errors, and errors of another type, beside `exclude`.

use breaker_runtime::{BreakerError, circuit_breaker};

enum ShopError {
    NotFound,
    Rejected,
}

impl From<BreakerError> for ShopError {
    fn from(_: BreakerError) -> Self {
        Self::Rejected
    }
}

#[circuit_breaker(exclude = ShopError::NotFound, failure_if = Option::is_none, fallback = None)]
fn option() -> Option<u32> {
    None
}

#[circuit_breaker(exclude = ShopError::NotFound, failure_if = |_| false, fallback = 0, fallback_on = "rejection")]
async fn number() -> u32 {
    1
}

#[circuit_breaker(exclude = ShopError::NotFound)]
fn another_error() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(exclude = ShopError::Gone)]
fn no_such_variant() -> Result<(), ShopError> {
    Ok(())
}

fn main() {
    let _ = (option(), another_error(), no_such_variant());
    drop(number());
}
