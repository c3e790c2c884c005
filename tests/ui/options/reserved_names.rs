//! 11 errors: `self`, `Self`, `super` and `crate`, which name neither a function nor a breaker.

use breaker_runtime::{BreakerError, circuit_breaker};

#[circuit_breaker(accessor = self)]
fn accessor_self() -> Result<u32, BreakerError> {
    Ok(7)
}

#[circuit_breaker(accessor = super)]
fn accessor_super() -> Result<u32, BreakerError> {
    Ok(7)
}

#[circuit_breaker(accessor = crate)]
fn accessor_crate() -> Result<u32, BreakerError> {
    Ok(7)
}

#[circuit_breaker(breaker = self)]
fn breaker_self() -> Result<u32, BreakerError> {
    Ok(7)
}

#[circuit_breaker(breaker = Self)]
fn breaker_type() -> Result<u32, BreakerError> {
    Ok(7)
}

struct Client;

impl Client {
    #[circuit_breaker(accessor = Self)]
    fn accessor_type(&self) -> Result<u32, BreakerError> {
        Ok(7)
    }

    #[circuit_breaker(accessor = Self::Self)]
    fn associated_type(&self) -> Result<u32, BreakerError> {
        Ok(7)
    }

    #[circuit_breaker(accessor = Self::self)]
    fn associated_self(&self) -> Result<u32, BreakerError> {
        Ok(7)
    }

    #[circuit_breaker(accessor = Self::crate)]
    fn associated_crate(&self) -> Result<u32, BreakerError> {
        Ok(7)
    }

    #[circuit_breaker(breaker = self)]
    fn breaker_receiver(&self) -> Result<u32, BreakerError> {
        Ok(7)
    }

    #[circuit_breaker(clone(self), fallback = Ok(1))]
    fn clone_receiver(&self) -> Result<u32, BreakerError> {
        Ok(7)
    }
}

fn main() {}
