//! 10 errors: patterns that `exclude` cannot match.

use breaker_runtime::{BreakerError, circuit_breaker};

#[derive(Debug)]
enum ShopError {
    NotFound,
    Rejected,
}

impl ShopError {
    fn is_client(&self) -> bool {
        matches!(self, Self::NotFound)
    }
}

impl From<BreakerError> for ShopError {
    fn from(_: BreakerError) -> Self {
        Self::Rejected
    }
}

#[circuit_breaker(exclude = |error| error.is_client())]
fn closure() -> Result<(), ShopError> {
    Ok(())
}

#[circuit_breaker(exclude = ShopError::is_client)]
fn function() -> Result<(), ShopError> {
    Ok(())
}

#[circuit_breaker(exclude = [ShopError::NotFound, ShopError::Rejected])]
fn list() -> Result<(), ShopError> {
    Ok(())
}

#[circuit_breaker(exclude = Err(ShopError::NotFound))]
fn whole_output() -> Result<(), ShopError> {
    Ok(())
}

#[circuit_breaker(exclude = _)]
fn every_error() -> Result<(), ShopError> {
    Ok(())
}

#[circuit_breaker(exclude = ShopError::NotFound | error)]
fn every_other_error() -> Result<(), ShopError> {
    Ok(())
}

#[circuit_breaker(exclude)]
fn nothing() -> Result<(), ShopError> {
    Ok(())
}

#[circuit_breaker(exclude = ShopError::NotFound, exclude = ShopError::Rejected)]
fn repeated() -> Result<(), ShopError> {
    Ok(())
}

#[circuit_breaker(exclude = Ok(()))]
fn success() -> Result<(), ShopError> {
    Ok(())
}

#[circuit_breaker(exclude = ShopError::NotFound if)]
fn no_guard() -> Result<(), ShopError> {
    Ok(())
}

fn main() {}
