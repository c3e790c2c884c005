//! 2 errors: the body consumes what the fallback needs.

use breaker_runtime::{BreakerError, circuit_breaker};

fn popular(_user: String) -> Result<String, BreakerError> {
    Ok("popular".to_owned())
}

#[circuit_breaker(fallback = popular)]
fn items(user: String) -> Result<String, BreakerError> {
    drop(user);
    Ok("yours".to_owned())
}

#[circuit_breaker(fallback = |_| Ok(user))]
async fn items_later(user: String) -> Result<String, BreakerError> {
    drop(user);
    Ok("yours".to_owned())
}

fn main() {
    let _ = items("me".to_owned());
    drop(items_later("me".to_owned()));
}
