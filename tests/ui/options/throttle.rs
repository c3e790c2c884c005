//! 17 mistakes: parts of `throttle`.

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

#[circuit_breaker(throttle(k = 0.5))]
fn f6() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(throttle(k = "2"))]
fn f7() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(throttle(k = 2.0, window = "999ms"))]
fn f8() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(throttle(window = 120))]
fn f9() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(throttle(2.0))]
fn f10() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(throttle(k = 2.0 window = "2m"))]
fn f11() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(throttle(k))]
fn f12() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(throttle(k = ))]
fn f13() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(throttle(k = 0.5, window = "2 parsecs"))]
fn f14() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(throttle, throttle(k = 2.0))]
fn f15() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(throttle["2m"])]
fn f16() -> Result<(), BreakerError> {
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
    let _ = f14();
    let _ = f15();
    let _ = f16();
}
