//! 6 mistakes: texts that are no length of time.

use breaker_runtime::{BreakerError, circuit_breaker};

#[circuit_breaker(timeout = "30")]
fn f1() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout = "soon")]
fn f2() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout = "30 parsecs")]
fn f3() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout = "-30s")]
fn f4() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(probe_timeout = "1..5s")]
fn f5() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(probe_timeout = -5)]
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
