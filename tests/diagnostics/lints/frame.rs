//! Lints: those of the annotated functions are those of the bare ones.
//!
//! Each case is a module for each `// with:`, the options with which it is annotated.

#![warn(clippy::pedantic, clippy::restriction, missing_docs, unused, unreachable_pub, let_underscore_drop)]
#![allow(
    clippy::blanket_clippy_restriction_lints,
    reason = "all of them are compared"
)]

use std::future::Future;
use std::pin::Pin;
use std::sync::LazyLock;

#[allow(unused_imports, reason = "the bare program has none")]
use breaker_runtime::circuit_breaker;
use breaker_runtime::{BreakerError, CircuitBreaker};

/// An error.
#[derive(Debug)]
pub struct Error;

impl From<BreakerError> for Error {
    fn from(_: BreakerError) -> Self {
        Self
    }
}

/// A breaker of the user.
pub static SHARED: LazyLock<CircuitBreaker> =
    LazyLock::new(|| CircuitBreaker::builder("shared").build().expect("valid"));

/// Returns a key.
pub fn some_key() -> u8 {
    7
}

/// A value with a destructor.
pub struct Watched(String);

impl Drop for Watched {
    fn drop(&mut self) {}
}

/// Answers as a fallback.
pub fn other(number: u32) -> Result<u32, Error> {
    Ok(number)
}

/// Waits.
async fn pause() {
    std::future::ready(()).await;
}
