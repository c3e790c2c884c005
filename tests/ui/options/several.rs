//! 5 errors, reported together.

use breaker_runtime::{BreakerError, circuit_breaker};

#[circuit_breaker(failure_treshold = 5, timeout = 30, name = "", fallback_on = "any", max_probes = 0)]
fn f1() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {
    let _ = f1();
}
