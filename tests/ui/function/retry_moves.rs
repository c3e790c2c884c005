//! 3 errors: an attempt moves a value that the next one needs.

use std::pin::Pin;

use breaker_runtime::{BreakerError, circuit_breaker};

#[circuit_breaker(retry)]
fn items(user: String) -> Result<String, BreakerError> {
    Ok(user)
}

#[circuit_breaker(retry(attempts = 2))]
async fn items_later(user: String, city: String) -> Result<String, BreakerError> {
    drop(user);
    Ok(city.clone())
}

#[circuit_breaker(retry, call_timeout = "2s")]
fn items_boxed(user: String) -> Pin<Box<dyn Future<Output = Result<String, BreakerError>> + Send>> {
    Box::pin(async move { Ok(user) })
}

#[circuit_breaker(retry, clone(user))]
async fn works(user: String) -> Result<String, BreakerError> {
    Ok(user)
}

fn main() {
    let _ = items("me".to_owned());
    drop(items_later("me".to_owned(), "here".to_owned()));
    drop(items_boxed("me".to_owned()));
    drop(works("me".to_owned()));
}
