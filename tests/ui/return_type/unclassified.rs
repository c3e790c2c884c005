//! 3 errors: outputs that do not say how the dependency answered.

use breaker_runtime::{BreakerError, circuit_breaker, classify};

struct ShopError;

impl From<BreakerError> for ShopError {
    fn from(_: BreakerError) -> Self {
        ShopError
    }
}

#[circuit_breaker(failure_if = classify::server_error)]
fn own_error() -> Result<Vec<u32>, ShopError> {
    Err(ShopError)
}

#[circuit_breaker(ignore_if = classify::client_error)]
async fn no_answer() -> Result<u32, std::io::Error> {
    Ok(7)
}

#[circuit_breaker(failure_if = classify::server_error, fallback = None)]
fn no_result() -> Option<u32> {
    Some(7)
}

fn main() {
    let _ = (own_error(), no_answer(), no_result());
}
