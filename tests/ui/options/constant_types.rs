//! 11 errors: constants of another type.

use breaker_runtime::{BreakerError, circuit_breaker};

const MANY: usize = 5;
const TIMEOUT: &str = "30s";
const HALF: f32 = 0.5;
const LONG: &str = "10s";
const TWICE: u32 = 2;
const HALF_AN_ATTEMPT: f64 = 0.5;
const SECONDS: u64 = 600;

#[circuit_breaker(failure_threshold = MANY)]
fn f1() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout = TIMEOUT)]
fn f2() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = HALF)]
fn f3() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = 0.5, window = MANY)]
fn f4() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = 0.5, window = LONG)]
fn f5() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout_factor = TWICE)]
fn f6() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(throttle(k = TWICE))]
fn f7() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(throttle(window = LONG))]
fn f8() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(attempts = HALF_AN_ATTEMPT))]
fn f9() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(last_good(max_age = SECONDS))]
fn f10() -> Result<u32, BreakerError> {
    Ok(7)
}

#[circuit_breaker(last_good(capacity = SECONDS))]
fn f11() -> Result<u32, BreakerError> {
    Ok(7)
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
}
