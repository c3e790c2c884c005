//! 2 mistakes: constants of the wrong type.

use breaker_runtime::{BreakerError, circuit_breaker};

const MANY: usize = 5;
const TIMEOUT: &str = "30s";

#[circuit_breaker(failure_threshold = MANY)]
fn f1() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout = TIMEOUT)]
fn f2() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {
    let _ = (f1(), f2());
}
