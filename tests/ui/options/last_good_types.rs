//! 8 errors: outputs and keys that cannot be remembered.

use std::rc::Rc;

use breaker_runtime::{BreakerError, Aged, circuit_breaker};

struct Rates;

#[circuit_breaker(last_good)]
fn cannot_be_cloned() -> Result<Rates, BreakerError> {
    Ok(Rates)
}

#[circuit_breaker(last_good)]
async fn cannot_be_cloned_later() -> Result<Rates, BreakerError> {
    Ok(Rates)
}

#[circuit_breaker(last_good)]
fn cannot_be_cloned_when_stale() -> Result<Aged<Rates>, BreakerError> {
    Ok(Rates.into())
}

#[circuit_breaker(last_good)]
fn cannot_be_sent() -> Result<Rc<u32>, BreakerError> {
    Ok(Rc::new(7))
}

#[circuit_breaker(last_good, failure_if = Option::is_none, fallback = None)]
fn cannot_be_cloned_as_a_whole() -> Option<Rates> {
    Some(Rates)
}

#[derive(Clone)]
struct User;

#[circuit_breaker(last_good(key = user))]
fn cannot_be_compared(user: User) -> Result<u32, BreakerError> {
    drop(user);
    Ok(7)
}

#[circuit_breaker(last_good(key = (7.5_f64 * price, price.to_bits())))]
fn has_a_fraction(price: f64) -> Result<f64, BreakerError> {
    Ok(price)
}

#[derive(PartialEq, Eq, Hash)]
struct Address;

#[circuit_breaker(last_good(key = address))]
fn cannot_be_kept(address: &Address) -> Result<bool, BreakerError> {
    Ok(*address == Address)
}

fn main() {}
