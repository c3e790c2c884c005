//! 15 errors: parts of `retry`.

use breaker_runtime::{BreakerError, circuit_breaker};

#[circuit_breaker(retry = 3)]
fn f1() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(3))]
fn f2() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry[3])]
fn f3() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(attempt = 3))]
fn f4() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(backof = "100ms"))]
fn f5() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(delay = "100ms"))]
fn f6() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(attempts = 3, attempts = 4))]
fn f7() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(attempts))]
fn f8() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(attempts = ))]
fn f9() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(attempts = 3 jitter = false))]
fn f10() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry, retry(attempts = 3))]
fn f11() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(if))]
fn f12() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(if = true))]
fn f13() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(if = || true))]
fn f14() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retries(attempts = 3))]
fn f15() -> Result<(), BreakerError> {
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
}
