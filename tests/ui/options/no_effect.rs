//! 9 errors: options that could have no effect.

use breaker_runtime::{BreakerError, circuit_breaker};

#[circuit_breaker(window = 100)]
fn f1() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(min_calls = 20)]
fn f2() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(window = "10s", failure_threshold = 5)]
fn f3() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(slow_call_rate = 0.5)]
fn f4() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(slow_call_rate = 0.5, window = 50, failure_rate = 0.5)]
fn f5() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(max_timeout = "10m")]
fn f6() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(max_timeout = "1s", timeout_factor = 1.0, timeout_jitter = 0, honour_retry_after = false)]
fn f7() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(quorum = 3)]
fn f8() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(fleet_failures = 50)]
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
