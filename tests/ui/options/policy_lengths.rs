//! 13 mistakes: lengths of time and flags of the policy.

use breaker_runtime::{BreakerError, circuit_breaker};

const HONOUR: bool = true;

#[circuit_breaker(slow_call = "0s")]
fn f1() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(slow_call = 2)]
fn f2() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(slow_call = 0.5, slow_call_rate = 0.5)]
fn f3() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(ramp = "0ms")]
fn f4() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(ramp = "fast")]
fn f5() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(ramp = true)]
fn f6() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout_factor = 2.0, max_timeout = "0s")]
fn f7() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout_factor = 2.0, max_timeout = "59s")]
fn f8() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout_factor = 2.0, max_timeout = "10s", timeout = "30s")]
fn f9() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(honour_retry_after)]
fn f10() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(honour_retry_after = 1)]
fn f11() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(honour_retry_after = HONOUR)]
fn f12() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(honour_retry_after = "true")]
fn f13() -> Result<(), BreakerError> {
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
    let _ = f13();
}
