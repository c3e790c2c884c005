//! The call that is protected: as little as a call can be, so that whatever is added to it shows.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// As wide as the output: then a `Result` of the two comes back in two registers. One that comes back in
/// memory costs five times the call, and hides what is added to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Trouble {
    /// The call ran and failed.
    Failed,
    /// The call was not run.
    Rejected,
}

/// What every protected call returns.
pub type Answer = Result<u64, Trouble>;

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if *self == Self::Failed { "failed" } else { "rejected" })
    }
}

impl std::error::Error for Trouble {}

impl From<breaker_runtime::BreakerError> for Trouble {
    fn from(_: breaker_runtime::BreakerError) -> Self {
        Self::Rejected
    }
}

/// Its attribute makes the caller's error, as ours does.
#[cfg(feature = "peers")]
impl From<arcly_http::resilience::BreakerOpen> for Trouble {
    fn from(_: arcly_http::resilience::BreakerOpen) -> Self {
        Self::Rejected
    }
}

/// The bare call. Fails for zero.
///
/// # Errors
///
/// [`Trouble::Failed`] for zero.
#[inline(never)]
pub fn work(input: u64) -> Answer {
    body(input)
}

/// What the bare call does, to stand in an annotated function: the attribute adds no call, so the function
/// with it is compared with the same function without.
///
/// # Errors
///
/// As [`work`].
#[inline(always)]
#[expect(clippy::inline_always, reason = "a call of its own would count against the attribute")]
pub fn body(input: u64) -> Answer {
    if input == 0 { Err(Trouble::Failed) } else { Ok(input) }
}

/// Runs a future that is ready at its first poll, so that no executor is measured.
///
/// # Panics
///
/// If it is not ready.
pub fn ready<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("nothing in here waits"),
    }
}
