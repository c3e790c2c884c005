//! 9 errors: predicates of the wrong type.

use breaker_runtime::{BreakerError, circuit_breaker};

#[circuit_breaker(failure_if = |output| output.is_error())]
fn no_such_method(item: u32) -> Result<u32, BreakerError> {
    Ok(item)
}

#[circuit_breaker(failure_if = |output| 1)]
fn not_a_bool(item: u32) -> Result<u32, BreakerError> {
    Ok(item)
}

fn takes_a_number(_item: &u32) -> bool {
    true
}

#[circuit_breaker(ignore_if = takes_a_number)]
fn wrong_argument(item: u32) -> Result<u32, BreakerError> {
    Ok(item)
}

#[circuit_breaker(ignore_if = || true)]
fn no_argument(item: u32) -> Result<u32, BreakerError> {
    Ok(item)
}

struct ShopError;

impl ShopError {
    fn is_server(&self) -> bool {
        true
    }
}

impl From<BreakerError> for ShopError {
    fn from(_: BreakerError) -> Self {
        Self
    }
}

#[circuit_breaker(failure_if = |e: &ShopError| e.is_server())]
fn closure_of_the_error(item: u32) -> Result<u32, ShopError> {
    Ok(item)
}

#[circuit_breaker(failure_if = ShopError::is_server)]
async fn method_of_the_error(item: u32) -> Result<u32, ShopError> {
    Ok(item)
}

type Shop<T> = Result<T, ShopError>;

#[circuit_breaker(ignore_if = |e: &ShopError| -> bool { e.is_server() }, failure_if = |output: &Shop<u32>| output.is_err())]
fn closure_beside_an_alias(item: u32) -> Shop<u32> {
    Ok(item)
}

#[circuit_breaker(ignore_if = ShopError::is_server)]
fn method_beside_an_alias(item: u32) -> Shop<u32> {
    Ok(item)
}

#[circuit_breaker(retry(if = |e: &ShopError| e.is_server()))]
fn closure_of_a_retry(item: u32) -> Shop<u32> {
    Ok(item)
}

fn main() {
    let _ = (closure_of_the_error(1), closure_beside_an_alias(1), method_beside_an_alias(1), closure_of_a_retry(1));
    drop(method_of_the_error(1));
    let _ = (no_such_method(1), not_a_bool(1), wrong_argument(1), no_argument(1));
}
