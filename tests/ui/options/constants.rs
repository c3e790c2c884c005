//! 4 mistakes: constants out of range.

use std::time::Duration;

use breaker_runtime::{BreakerError, circuit_breaker};

const NONE: u32 = 0;
const AT_ONCE: Duration = Duration::ZERO;
const EMPTY: &str = "";

#[circuit_breaker(failure_threshold = NONE)]
fn f1() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout = AT_ONCE)]
fn f2() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(name = EMPTY)]
fn f3() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(max_probes = 1024 + 1)]
fn f5() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {
    let _ = (f1(), f2(), f3(), f5());
}
