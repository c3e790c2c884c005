//! 4 errors: options without an `=`.

use breaker_runtime::{BreakerError, circuit_breaker};

#[circuit_breaker(timeout "30s")]
fn f1() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_threshold(5))]
fn f2() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(name)]
fn f3() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(fallback_on: "any", fallback = Ok(()))]
fn f4() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {
    let _ = f1();
    let _ = f2();
    let _ = f3();
    let _ = f4();
}
