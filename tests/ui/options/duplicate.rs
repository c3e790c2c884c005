//! 2 errors: options given twice.

use breaker_runtime::{BreakerError, circuit_breaker};

#[circuit_breaker(timeout = "30s", timeout = "1m")]
fn f1() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(fallback = Ok(()), failure_threshold = 1, fallback = Ok(()))]
fn f2() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {
    let _ = f1();
    let _ = f2();
}
