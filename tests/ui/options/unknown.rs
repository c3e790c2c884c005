//! 3 mistakes: options that do not exist.

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

fn main() {
    let _ = f1();
    let _ = f2();
    let _ = f3();
}
