//! 5 errors: outputs without a `Retry-After`.

use breaker_runtime::{BreakerError, circuit_breaker, classify};

#[circuit_breaker(honour_retry_after = true)]
fn sync() -> Result<Vec<u32>, BreakerError> {
    Ok(vec![7])
}

struct ShopError;

impl From<BreakerError> for ShopError {
    fn from(_: BreakerError) -> Self {
        ShopError
    }
}

#[circuit_breaker(failure_threshold = 3, honour_retry_after = true)]
async fn no_headers() -> Result<Vec<u32>, ShopError> {
    Err(ShopError)
}

#[circuit_breaker(
    honour_retry_after = true,
    failure_if = classify::server_error,
    fallback_on = "rejection",
    fallback = Ok(String::new())
)]
async fn reqwests_own_error() -> Result<String, reqwest::Error> {
    Ok(String::new())
}

#[circuit_breaker(honour_retry_after = true, failure_if = Option::is_none, fallback = None)]
async fn no_result() -> Option<u32> {
    Some(7)
}

#[circuit_breaker(honour_retry_after = true)]
fn future() -> impl Future<Output = Result<u32, ShopError>> {
    async { Ok(7) }
}

fn main() {
    let _ = (sync(), no_headers(), reqwests_own_error(), no_result(), future());
}
