//! 2 errors: options of the settings.

use breaker_runtime::{BreakerError, circuit_breaker};

#[circuit_breaker(inject = { fail = 0.1 })]
fn injected() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(shadow(failure_rate = 0.3))]
fn shadowed() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {
    let _ = (injected(), shadowed());
}
