//! The protected call: as small as possible, so that any addition shows.

use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

/// An error as wide as the output: a `Result` of the two is returned in two registers. Returned in
/// memory it would cost five times the call, and hide the addition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Trouble {
    /// The call ran and failed.
    Failed,
    /// The call was not run.
    Rejected,
}

/// The result of every protected call.
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

// Its attribute makes the caller's error, as ours does.
#[cfg(feature = "peers")]
impl From<arcly_http::resilience::BreakerOpen> for Trouble {
    fn from(_: arcly_http::resilience::BreakerOpen) -> Self {
        Self::Rejected
    }
}

/// Runs the bare call, which fails for zero.
///
/// # Errors
///
/// [`Trouble::Failed`] for zero.
#[inline(never)]
pub fn work(input: u64) -> Answer {
    body(input)
}

/// Runs the body of the bare call inside an annotated function: the attribute adds no call, so the
/// function is compared with the same one without it.
///
/// # Errors
///
/// Those of [`work`].
#[inline(always)]
#[expect(clippy::inline_always, reason = "a call of its own would count against the attribute")]
pub fn body(input: u64) -> Answer {
    if input == 0 { Err(Trouble::Failed) } else { Ok(input) }
}

/// The bare call as a future. Its poll is compiled apart, so that no caller can see that it never waits.
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Answering(pub u64);

impl Future for Answering {
    type Output = Answer;

    #[inline(never)]
    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Answer> {
        Poll::Ready(body(self.0))
    }
}

/// Polls a future out of line, as the executor of a task does: the poll cannot see how far it has come.
#[inline(never)]
pub fn poll_out_of_line<F: Future>(future: Pin<&mut F>, context: &mut Context<'_>) -> Poll<F::Output> {
    future.poll(context)
}

/// Returns a future that is pending once, and asks for no wake-up.
pub fn yield_once() -> impl Future<Output = ()> {
    let mut is_ready = false;
    std::future::poll_fn(move |_| {
        if std::mem::replace(&mut is_ready, true) { Poll::Ready(()) } else { Poll::Pending }
    })
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
