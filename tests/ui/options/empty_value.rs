//! 5 errors: options without a value.

use breaker_runtime::{BreakerError, circuit_breaker};

#[circuit_breaker(name = "")]
fn f1() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout =)]
fn f2() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout = , failure_threshold = 5)]
fn f3() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(fallback =)]
fn f4() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout = "")]
fn f5() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {
    let _ = f1();
    let _ = f2();
    let _ = f3();
    let _ = f4();
    let _ = f5();
}
