//! 6 errors in `clone`.

use breaker_runtime::{BreakerError, circuit_breaker};

struct Token;

#[circuit_breaker(fallback = |_| Ok(drop(token)), clone(token))]
fn not_clone(token: Token) -> Result<(), BreakerError> {
    drop(token);
    Ok(())
}

#[circuit_breaker(fallback = Ok(()), clone(cart))]
fn no_such_argument(user: u32) -> Result<(), BreakerError> {
    drop(user);
    Ok(())
}

#[circuit_breaker(clone(user))]
fn no_fallback(user: u32) -> Result<(), BreakerError> {
    drop(user);
    Ok(())
}

#[circuit_breaker(fallback = Ok(()), fallback_on = "rejection", clone(user))]
fn nothing_consumed(user: u32) -> Result<(), BreakerError> {
    drop(user);
    Ok(())
}

#[circuit_breaker(fallback = Ok(()), clone)]
fn no_list(user: u32) -> Result<(), BreakerError> {
    drop(user);
    Ok(())
}

#[circuit_breaker(fallback = Ok(()), clone = user)]
fn not_a_list(user: u32) -> Result<(), BreakerError> {
    drop(user);
    Ok(())
}

fn main() {
    let _ = (not_clone(Token), no_such_argument(1), no_fallback(1), nothing_consumed(1));
    let _ = (no_list(1), not_a_list(1));
}
