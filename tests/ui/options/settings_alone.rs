//! 1 error: an option of the settings.

use breaker_runtime::{BreakerError, circuit_breaker};

#[circuit_breaker(inject = { fail = 0.1 })]
fn injected() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {
    let _ = injected();
}
