//! 12 errors: flags, names, paths and predicates of another kind.

use breaker_runtime::{BreakerError, circuit_breaker};

const HONOUR: bool = true;

#[circuit_breaker(honour_retry_after)]
fn f1() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(honour_retry_after = 1)]
fn f2() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(honour_retry_after = HONOUR)]
fn f3() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(honour_retry_after = "true")]
fn f4() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(jitter = 0.5))]
fn f5() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(jitter = "full"))]
fn f6() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(name = 5)]
fn f7() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_if = true)]
fn f8() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(fallback_on = 1, fallback = Ok(()))]
fn f9() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(fallback_on = "error", fallback = Ok(()))]
fn f10() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(breaker = "PAYMENTS")]
fn f11() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(accessor = "f_breaker")]
fn f12() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {
    let _ = f1();
    let _ = f2();
    let _ = f3();
    let _ = f4();
    let _ = f5();
    let _ = f6();
    let _ = f7();
    let _ = f8();
    let _ = f9();
    let _ = f10();
    let _ = f11();
    let _ = f12();
}
