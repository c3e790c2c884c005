//! 21 errors: parts of `last_good`.

use breaker_runtime::{BreakerError, circuit_breaker};

struct Client {
    id: u32,
}

#[circuit_breaker(last_good)]
fn needs_a_key(user: u32) -> Result<u32, BreakerError> {
    Ok(user)
}

#[circuit_breaker(last_good(max_age = "10m"))]
fn needs_a_key_of_a_part((_, user): (u32, u32)) -> Result<u32, BreakerError> {
    Ok(user)
}

impl Client {
    #[circuit_breaker(last_good())]
    fn needs_a_key_of_self(&self) -> Result<u32, BreakerError> {
        Ok(self.id)
    }
}

#[circuit_breaker(last_good = user)]
fn parts_are_in_parentheses(user: u32) -> Result<u32, BreakerError> {
    Ok(user)
}

#[circuit_breaker(last_good "10m")]
fn parts_are_in_parentheses_too() -> Result<u32, BreakerError> {
    Ok(7)
}

#[circuit_breaker(last_good(user))]
fn a_key_has_a_name(user: u32) -> Result<u32, BreakerError> {
    Ok(user)
}

#[circuit_breaker(last_good("10m"))]
fn an_age_has_a_name() -> Result<u32, BreakerError> {
    Ok(7)
}

#[circuit_breaker(last_good(key))]
fn a_key_has_a_value(user: u32) -> Result<u32, BreakerError> {
    Ok(user)
}

#[circuit_breaker(last_good(key =))]
fn a_key_has_some_value(user: u32) -> Result<u32, BreakerError> {
    Ok(user)
}

#[circuit_breaker(last_good(key = |user| user))]
fn a_key_is_no_closure(user: u32) -> Result<u32, BreakerError> {
    Ok(user)
}

#[circuit_breaker(last_good(key = "user"))]
fn a_key_is_no_text(user: u32) -> Result<u32, BreakerError> {
    Ok(user)
}

#[circuit_breaker(last_good(maxage = "10m"))]
fn unknown_but_near() -> Result<u32, BreakerError> {
    Ok(7)
}

#[circuit_breaker(last_good(ttl = "10m"))]
fn unknown() -> Result<u32, BreakerError> {
    Ok(7)
}

#[circuit_breaker(last_good(key = user, key = user))]
fn a_part_is_given_twice(user: u32) -> Result<u32, BreakerError> {
    Ok(user)
}

#[circuit_breaker(last_good, last_good)]
fn given_twice() -> Result<u32, BreakerError> {
    Ok(7)
}

#[circuit_breaker(last_good(max_age = 600))]
fn an_age_has_a_unit() -> Result<u32, BreakerError> {
    Ok(7)
}

#[circuit_breaker(last_good(max_age = "0s"))]
fn an_age_is_not_zero() -> Result<u32, BreakerError> {
    Ok(7)
}

#[circuit_breaker(last_good(capacity = 0))]
fn a_capacity_is_not_zero() -> Result<u32, BreakerError> {
    Ok(7)
}

#[circuit_breaker(last_good(capacity = 10_000_001))]
fn a_capacity_is_not_too_large() -> Result<u32, BreakerError> {
    Ok(7)
}

#[circuit_breaker(last_good(max_age = "10m" capacity = 10))]
fn a_comma_is_missing() -> Result<u32, BreakerError> {
    Ok(7)
}

#[circuit_breaker(last_god)]
fn unknown_option() -> Result<u32, BreakerError> {
    Ok(7)
}

#[circuit_breaker(last_good, fallback_on = "rejection")]
fn it_gives_fallback_on_a_meaning() -> Result<u32, BreakerError> {
    Ok(7)
}

fn main() {}
