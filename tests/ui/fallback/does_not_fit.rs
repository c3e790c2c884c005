//! 6 mistakes: fallbacks that do not fit.

use breaker_runtime::{BreakerError, circuit_breaker};

fn no_arguments() -> Result<u32, BreakerError> {
    Ok(1)
}

#[circuit_breaker(fallback = no_arguments)]
fn wrong_arity(item: u32) -> Result<u32, BreakerError> {
    Ok(item)
}

fn number(item: u32) -> u32 {
    item
}

#[circuit_breaker(fallback = number)]
fn wrong_type(item: u32) -> Result<u32, BreakerError> {
    Ok(item)
}

#[circuit_breaker(fallback = number)]
async fn wrong_type_async(item: u32) -> Result<u32, BreakerError> {
    Ok(item)
}

#[circuit_breaker(fallback = nowhere)]
fn missing(item: u32) -> Result<u32, BreakerError> {
    Ok(item)
}

async fn later(item: u32) -> Result<u32, BreakerError> {
    Ok(item)
}

#[circuit_breaker(fallback = later)]
fn wrong_asyncness(item: u32) -> Result<u32, BreakerError> {
    Ok(item)
}

#[circuit_breaker(fallback = |a, b| Ok(1))]
fn wrong_closure(item: u32) -> Result<u32, BreakerError> {
    Ok(item)
}

fn main() {
    let _ = (wrong_arity(1), wrong_type(1), missing(1), wrong_asyncness(1), wrong_closure(1));
    drop(wrong_type_async(1));
}
