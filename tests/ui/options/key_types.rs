//! 3 errors: types that cannot be a key.

use breaker_runtime::{BreakerError, circuit_breaker};

struct Request {
    host: String,
}

#[circuit_breaker(key = request)]
fn no_key(request: &Request) -> Result<usize, BreakerError> {
    Ok(request.host.len())
}

#[circuit_breaker(key = share)]
fn no_order(share: f64) -> Result<f64, BreakerError> {
    Ok(share)
}

#[circuit_breaker(key = key)]
fn generic<K>(key: K) -> Result<K, BreakerError> {
    Ok(key)
}

fn main() {}
