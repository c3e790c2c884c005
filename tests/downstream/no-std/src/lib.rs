//! Functions of a crate that is `no_std`: the expansion of the attribute needs `core` alone.

#![no_std]
#![deny(warnings)]

extern crate alloc;

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use core::pin::Pin;

use breaker_runtime::{BreakerError, circuit_breaker};

/// The errors of the functions.
#[derive(Debug)]
pub enum Error {
    /// The dependency is down.
    Down,
    /// The breaker did not run the call.
    Rejected(BreakerError),
}

impl From<BreakerError> for Error {
    fn from(error: BreakerError) -> Self {
        Self::Rejected(error)
    }
}

fn work(works: bool) -> Result<String, Error> {
    if works { Ok("worked".to_string()) } else { Err(Error::Down) }
}

/// Loads a text in a sync function.
///
/// # Errors
///
/// If the service is down.
#[circuit_breaker(failure_threshold = 2, timeout = "1s", accessor = sync_breaker, retry(attempts = 2, if = |_| false))]
pub fn sync(works: bool) -> Result<String, Error> {
    work(works)
}

/// Loads a text in an async function.
///
/// # Errors
///
/// If the service is down.
#[circuit_breaker(failure_threshold = 2, timeout = "1s", key = (), fallback = |cause| Err(cause.into_inner().unwrap_or(Error::Down)), fallback_on = "failure")]
pub async fn later(works: bool) -> Result<String, Error> {
    core::future::ready(()).await;
    work(works)
}

/// Returns a boxed future.
#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
pub fn boxed(works: bool) -> Pin<Box<dyn Future<Output = Result<String, Error>> + Send>> {
    Box::pin(async move { work(works) })
}

/// Returns a boxed future, with a fallback in another box.
#[circuit_breaker(
    failure_threshold = 2,
    timeout = "1s",
    fallback = Ok(String::new()),
    fallback_on = "rejection"
)]
pub fn boxed_or_empty(works: bool) -> Pin<Box<dyn Future<Output = Result<String, Error>>>> {
    Box::pin(async move { work(works) })
}

/// Returns a future.
#[circuit_breaker(failure_threshold = 2, timeout = "1s", window = 10, failure_rate = 1.0)]
pub fn unnamed(works: bool) -> impl Future<Output = Result<String, Error>> {
    async move { work(works) }
}
