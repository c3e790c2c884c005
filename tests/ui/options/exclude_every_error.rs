//! 2 errors: patterns of `exclude` that match every error of their type.

use breaker_runtime::{BreakerError, circuit_breaker};

struct Status(u16);

impl From<BreakerError> for Status {
    fn from(_: BreakerError) -> Self {
        Self(503)
    }
}

#[circuit_breaker(exclude = Status(..))]
fn sync() -> Result<(), Status> {
    Err(Status(500))
}

#[circuit_breaker(exclude = Status(0..=499) | Status(400..))]
async fn later() -> Result<(), Status> {
    Err(Status(500))
}

// A pattern with a condition may match every error.
#[circuit_breaker(exclude = Status(status) if *status == 404)]
fn with_a_condition() -> Result<(), Status> {
    Err(Status(404))
}

fn main() {
    let _ = (sync(), with_a_condition());
    drop(later());
}
