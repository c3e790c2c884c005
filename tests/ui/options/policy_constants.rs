//! 18 mistakes: constants of a policy that are out of range, alone or with others.

use std::time::Duration;

use breaker_runtime::{BreakerError, circuit_breaker};

const NONE: f64 = 0.0;
const HALF: f64 = 0.5;
const NOT_A_NUMBER: f64 = f64::NAN;
const NO_CALLS: u32 = 0;
const TEN: u32 = 10;
const AT_ONCE: Duration = Duration::ZERO;
const AN_INSTANT: Duration = Duration::from_micros(999);
const A_MINUTE: Duration = Duration::from_secs(60);

#[circuit_breaker(failure_rate = NONE)]
fn f1() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(slow_call = "2s", slow_call_rate = NOT_A_NUMBER)]
fn f2() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = HALF, window = NO_CALLS)]
fn f3() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = HALF, window = AN_INSTANT)]
fn f4() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = HALF, window = TEN, min_calls = 11)]
fn f5() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = HALF, min_calls = TEN * 11)]
fn f6() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(slow_call = AT_ONCE)]
fn f7() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout_factor = HALF)]
fn f8() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout_jitter = 1.0 + HALF)]
fn f9() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(ramp = AT_ONCE)]
fn f10() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout_factor = 2.0, max_timeout = AN_INSTANT)]
fn f11() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout = A_MINUTE, timeout_factor = 2.0, max_timeout = "59s")]
fn f12() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout_factor = HALF + HALF, max_timeout = "10m")]
fn f13() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(throttle(k = HALF))]
fn f14() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(throttle(window = AN_INSTANT))]
fn f15() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(max_concurrent = NO_CALLS)]
fn f16() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(max_concurrent = TEN, max_wait = AT_ONCE)]
fn f17() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(max_concurrent = TEN, max_wait = "50ms", max_pending = NO_CALLS)]
async fn f18() -> Result<(), BreakerError> {
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
    let _ = f18();
}
