//! `async` functions and methods, and functions that return a future.

mod arguments;
mod async_trait;
mod bounds;
mod futures;
mod inference;
mod lifetimes;
mod outputs;
mod receivers;
mod sizes;
mod traits;
mod unwind;

use std::error::Error;

use breaker_runtime::BreakerError;
use breaker_tests::Ended;

type BoxError = Box<dyn Error + Send + Sync>;

/// Returns how a call ended that may fail with any error.
fn ended<T>(result: Result<T, BoxError>) -> Ended {
    match result {
        Ok(_) => Ended::Worked,
        Err(error) if error.is::<BreakerError>() => Ended::Rejected,
        Err(_) => Ended::Failed,
    }
}
