//! 9 mistakes: numbers out of range.

use breaker_runtime::{BreakerError, circuit_breaker};

#[circuit_breaker(failure_threshold = 0)]
fn f1() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_threshold = 4_294_967_296)]
fn f2() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_threshold = -1)]
fn f3() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(success_threshold = 0)]
fn f4() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(max_probes = 0)]
fn f5() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(max_probes = 1025)]
fn f6() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout = "0s")]
fn f7() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(probe_timeout = "0ms")]
fn f8() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout = "99999999999999999999999d")]
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
