//! 6 errors: options that do not exist.

use breaker_runtime::{BreakerError, circuit_breaker};

#[circuit_breaker(failure_treshold = 5)]
fn f1() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(time_out = "30s")]
fn f2() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(colour = "red")]
fn f3() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_ratio = 0.5)]
fn f4() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(slow_calls = "2s")]
fn f5() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(honor_retry_after = true)]
fn f6() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {
    let _ = f1();
    let _ = f2();
    let _ = f3();
    let _ = f4();
    let _ = f5();
    let _ = f6();
}
