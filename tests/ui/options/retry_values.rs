//! 18 mistakes: values of the parts of `retry`.

use breaker_runtime::{BreakerError, circuit_breaker};

#[circuit_breaker(retry(attempts = 1))]
fn f1() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(attempts = 0))]
fn f2() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(attempts = 101))]
fn f3() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(attempts = -1))]
fn f4() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(attempts = "3"))]
fn f5() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(attempts = 3u8))]
fn f6() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(backoff = 100))]
fn f7() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(backoff = "0s"))]
fn f8() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(backoff = "100"))]
fn f9() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(factor = 0.5))]
fn f10() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(factor = 1001))]
fn f11() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(jitter = 0.5))]
fn f12() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(jitter = "full"))]
fn f13() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(budget = 1.5))]
fn f14() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(budget = 20%))]
fn f15() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(budget = "200%"))]
fn f16() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(budget = -0.1, attempts = 1))]
fn f17() -> Result<(), BreakerError> {
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
    let _ = f17();
}
