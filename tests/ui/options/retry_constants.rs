//! 10 mistakes: constants of `retry` that are out of range, alone or with others.

use std::time::Duration;

use breaker_runtime::{BreakerError, circuit_breaker};

const ONE: u32 = 1;
const HUNDRED: u32 = 100;
const HALF: f64 = 0.5;
const AT_ONCE: Duration = Duration::ZERO;
const AN_INSTANT: Duration = Duration::from_micros(999);
const TEN_SECONDS: Duration = Duration::from_secs(10);

#[circuit_breaker(retry(attempts = ONE))]
fn f1() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(attempts = HUNDRED + 1))]
fn f2() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(backoff = AT_ONCE))]
fn f3() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(backoff = TEN_SECONDS))]
fn f4() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(backoff = TEN_SECONDS, max_backoff = "9s"))]
fn f5() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(max_backoff = AN_INSTANT))]
fn f6() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(factor = HALF))]
fn f7() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(budget = HALF * 3.0))]
fn f8() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(budget = f64::NAN))]
fn f9() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(attempts = HALF))]
fn f10() -> Result<(), BreakerError> {
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
}
