//! 3 errors: patterns of `exclude` with names that are not in scope, which would match every error.

use breaker_runtime::{BreakerError, circuit_breaker};

enum ShopError {
    NotFound,
    Http(u16),
    Rejected,
}

impl From<BreakerError> for ShopError {
    fn from(_: BreakerError) -> Self {
        Self::Rejected
    }
}

#[circuit_breaker(exclude = NotFound)]
fn variant() -> Result<(), ShopError> {
    Err(ShopError::NotFound)
}

#[circuit_breaker(exclude = Gone if attempt > 1)]
async fn variant_with_a_condition(attempt: u32) -> Result<(), ShopError> {
    Err(ShopError::Http(410))
}

#[circuit_breaker(exclude = ShopError::Http(TOO_MANY))]
fn constant() -> Result<(), ShopError> {
    Err(ShopError::Http(429))
}

fn main() {
    let _ = (variant(), constant());
    drop(variant_with_a_condition(1));
}
