//! Rejections and time-outs in error and response types of other crates.

#[cfg(feature = "axum")]
mod axum;
#[cfg(feature = "tonic")]
mod tonic;

#[cfg(any(feature = "axum", feature = "tonic"))]
use std::fmt;
use std::io;

#[cfg(any(feature = "axum", feature = "tonic"))]
use crate::support::text::escaped;
use crate::types::error::{BreakerError, ErrorKind};

impl From<BreakerError> for io::Error {
    /// Makes an error of [`io::ErrorKind::TimedOut`] for a time-out and [`io::ErrorKind::Other`] for any
    /// other kind, with the [`BreakerError`] inside.
    fn from(error: BreakerError) -> Self {
        let kind = match error.kind() {
            ErrorKind::TimedOut => io::ErrorKind::TimedOut,
            _ => io::ErrorKind::Other,
        };
        Self::new(kind, error)
    }
}

/// Returns the time until the breaker probes in whole seconds, rounded up: a client that comes back at
/// that time finds a probe.
#[cfg(any(feature = "axum", feature = "tonic"))]
fn seconds_until_probe(error: &BreakerError) -> Option<u64> {
    let left = error.retry_after()?;
    Some(left.as_secs() + u64::from(left.subsec_nanos() > 0))
}

/// The text of a response to a remote client: says what happened, without the advice that is for the
/// operator, and without the key, which may be private.
#[cfg(any(feature = "axum", feature = "tonic"))]
struct ForClient<'e>(&'e BreakerError);

#[cfg(any(feature = "axum", feature = "tonic"))]
impl fmt::Display for ForClient<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.0.kind() {
            ErrorKind::Open => "is open and did not run the call; try again later",
            ErrorKind::HalfOpen => "is half-open and did not run the call; try again later",
            ErrorKind::ForcedOpen => "is forced open and did not run the call; try again later",
            ErrorKind::Recovering => "is recovering and did not run the call; try again later",
            ErrorKind::Throttled => "is throttled and did not run the call; try again later",
            ErrorKind::Full => "is full and did not run the call; try again later",
            // The words of a failure: a client is not to know of the game day.
            ErrorKind::Injected => "did not get an answer; try again later",
            // No advice to try again from here on: the call may have had effects.
            ErrorKind::TimedOut => "timed out waiting for the call",
            ErrorKind::Failed => "ran the call, which failed",
        };
        write!(f, "circuit breaker `{}` {what}", escaped(self.0.breaker()))
    }
}
