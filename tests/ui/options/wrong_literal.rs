//! 9 mistakes: literals of the wrong kind.

use breaker_runtime::{BreakerError, circuit_breaker};

#[circuit_breaker(failure_threshold = "5")]
fn f1() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_threshold = 5.0)]
fn f2() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout = 30)]
fn f3() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(name = 5)]
fn f4() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_if = true)]
fn f5() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(fallback_on = 1, fallback = Ok(()))]
fn f6() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(fallback_on = "error", fallback = Ok(()))]
fn f7() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(breaker = "PAYMENTS")]
fn f8() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(accessor = "f_breaker")]
fn f9() -> Result<(), BreakerError> {
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
}
