//! 6 errors: parts of `retry` that cannot be combined.

use breaker_runtime::{BreakerError, circuit_breaker};

#[circuit_breaker(retry(backoff = "100ms", max_backoff = "99ms"))]
fn f1() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(max_backoff = "50ms"))]
fn f2() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(backoff = "10s"))]
fn f3() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(attempts = 2, factor = 3.0))]
fn f4() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(attempts = 2, factor = 3.0, backoff = "1m"))]
fn f5() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {
    let _ = f1();
    let _ = f2();
    let _ = f3();
    let _ = f4();
    let _ = f5();
}
