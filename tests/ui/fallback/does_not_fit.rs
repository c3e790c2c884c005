//! 11 errors: fallbacks that do not fit.

use breaker_runtime::{BreakerError, circuit_breaker};

fn no_arguments() -> Result<u32, BreakerError> {
    Ok(1)
}

#[circuit_breaker(fallback = no_arguments)]
fn wrong_arity(item: u32) -> Result<u32, BreakerError> {
    Ok(item)
}

#[circuit_breaker(fallback = no_arguments)]
async fn wrong_arity_async(item: u32) -> Result<u32, BreakerError> {
    Ok(item)
}

fn two_arguments(_: u32, _: String) -> Result<u32, BreakerError> {
    Ok(1)
}

#[circuit_breaker(fallback = two_arguments)]
fn argument_too_few(item: u32) -> Result<u32, BreakerError> {
    Ok(item)
}

fn text(_: String) -> Result<u32, BreakerError> {
    Ok(1)
}

#[circuit_breaker(fallback = text)]
fn wrong_argument(item: u32) -> Result<u32, BreakerError> {
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

async fn later_number(item: u32) -> u32 {
    item
}

#[circuit_breaker(fallback = later_number)]
async fn wrong_type_of_future(item: u32) -> Result<u32, BreakerError> {
    Ok(item)
}

#[circuit_breaker(fallback = number)]
fn wrong_type_for_future(item: u32) -> impl Future<Output = Result<u32, BreakerError>> {
    async move { Ok(item) }
}

async fn later(item: u32) -> Result<u32, BreakerError> {
    Ok(item)
}

#[circuit_breaker(fallback = later)]
fn wrong_asyncness(item: u32) -> Result<u32, BreakerError> {
    Ok(item)
}

#[circuit_breaker(fallback = |_| item)]
fn wrong_type_of_closure(item: u32) -> Result<u32, BreakerError> {
    Ok(item)
}

#[circuit_breaker(fallback = |_| item)]
async fn wrong_type_of_closure_async(item: u32) -> Result<u32, BreakerError> {
    Ok(item)
}

fn main() {}
