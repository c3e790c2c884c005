//! 11 errors: parts of `throttle`.

use breaker_runtime::{BreakerError, circuit_breaker};

#[circuit_breaker(throttle = 2.0)]
fn f1() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(throttle(kk = 2.0))]
fn f2() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(throttle(widow = "2m"))]
fn f3() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(throttle(budget = 2.0))]
fn f4() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(throttle(k = 2.0, k = 3.0))]
fn f5() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(throttle(2.0))]
fn f6() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(throttle(k = 2.0 window = "2m"))]
fn f7() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(throttle(k))]
fn f8() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(throttle(k = ))]
fn f9() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(throttle, throttle(k = 2.0))]
fn f10() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(throttle["2m"])]
fn f11() -> Result<(), BreakerError> {
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
}
