//! 4 errors: functions that cannot be protected.

use breaker_runtime::{BreakerError, circuit_breaker};

#[circuit_breaker]
const fn constant() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker]
#[track_caller]
fn tracked() -> Result<(), BreakerError> {
    Ok(())
}

trait Stock {
    #[circuit_breaker]
    fn bodyless(&self) -> Result<(), BreakerError>;
}

#[circuit_breaker(timeout = 30)]
fn still_emitted() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {
    let _ = (constant(), tracked(), still_emitted());
}
