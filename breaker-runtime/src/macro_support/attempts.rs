//! The loop around the attempts of a function with `retry`.
//!
//! A rejection ends a call only if no body of it has run. So the end of a failed attempt is [`Kept`]
//! until the next attempt is admitted: if that is rejected, it is the end of the call.

use std::marker::PhantomData;
use std::time::Duration;

use crate::__private::attempt_end::{AttemptEnd, Completed};
use crate::breaker::future::total::TotalDeadline;
use crate::breaker::inner::Inner;
use crate::breaker::permit::Permit;
use crate::config::retry::Retry;
use crate::layers::retry::RetryState;
use crate::types::error::BreakerError;

/// The attempts of one call.
#[derive(Debug)]
pub struct Attempts<'e>(RetryState<'e>);

impl<'e> Attempts<'e> {
    pub(super) fn new(inner: &'e Inner, retry: &'static Retry) -> Self {
        Self(RetryState::new(inner, retry))
    }

    /// Returns the permit of an attempt, or the injected failure in its place, which is an attempt as
    /// well.
    ///
    /// # Errors
    ///
    /// The rejection, which ends the call.
    #[cfg_attr(not(debug_assertions), inline(always))]
    #[cfg_attr(debug_assertions, inline)]
    pub fn admitted<P: AttemptPermit>(
        &self,
        admitted: Result<P, BreakerError>,
    ) -> Result<Result<P, BreakerError>, BreakerError> {
        match admitted {
            Err(error) if !error.is_injected() => Err(error),
            #[cfg(feature = "record")]
            Ok(permit) if self.0.number() > 1 => Ok(Ok(permit.numbered(self.0.number()))),
            admitted => Ok(admitted),
        }
    }

    /// Returns the end of a call in which the breaker rejected an attempt. `failed` is the end of the
    /// attempt before it, if there was one.
    #[inline]
    pub fn rejected<Output, K: Kept<Output>>(
        &self,
        rejection: BreakerError,
        failed: Option<K>,
    ) -> AttemptEnd<Output> {
        match failed {
            Some(kept) => kept.end(rejection),
            None => AttemptEnd::Rejected(rejection),
        }
    }

    /// Returns the pause before the next attempt, or `None` if there is none. Only a failure and a
    /// time-out are retried. `again` decides on the output of a failure.
    #[inline]
    pub fn next<Output>(
        &mut self,
        ended: &AttemptEnd<Output>,
        again: impl FnOnce(&Output) -> bool,
    ) -> Option<Duration> {
        self.next_within(ended, again, TotalDeadline::later(None))
    }

    /// Returns the pause as [`next`](Self::next) does, or `None` if it would not end before the whole
    /// call has to.
    #[inline]
    pub fn next_within<Output>(
        &mut self,
        ended: &AttemptEnd<Output>,
        again: impl FnOnce(&Output) -> bool,
        total: TotalDeadline,
    ) -> Option<Duration> {
        match ended {
            AttemptEnd::Completed(Completed { output, counted }) => match counted.retry_after() {
                Some(pause) if again(output) => self.0.pause_within(pause, total.left()),
                _ => None,
            },
            AttemptEnd::TimedOut(_) => self.0.pause_within(Duration::ZERO, total.left()),
            AttemptEnd::Rejected(_) => None,
        }
    }
}

/// The permit of an attempt, which a recording numbers.
pub trait AttemptPermit {
    /// Returns the permit of a later attempt.
    #[doc(hidden)]
    #[cfg(feature = "record")]
    #[must_use]
    fn numbered(self, attempt: u32) -> Self;
}

impl AttemptPermit for Permit<'_> {
    #[cfg(feature = "record")]
    fn numbered(self, attempt: u32) -> Self {
        self.of_attempt(attempt)
    }
}

/// The part of a failed attempt that is kept until the next one is admitted.
pub trait Kept<Output> {
    /// Returns the end of the call, if the next attempt is rejected.
    #[doc(hidden)]
    fn end(self, rejection: BreakerError) -> AttemptEnd<Output>;
}

impl<Output> Kept<Output> for AttemptEnd<Output> {
    #[inline]
    fn end(self, _: BreakerError) -> Self {
        self
    }
}

/// The kept part of a failed attempt with an output that is not `Send`. A future that kept that output
/// during the pause would not be `Send` either.
#[derive(Debug)]
pub struct WithoutOutput(Option<BreakerError>);

impl<Output> Kept<Output> for WithoutOutput {
    #[inline]
    fn end(self, rejection: BreakerError) -> AttemptEnd<Output> {
        AttemptEnd::TimedOut(self.0.unwrap_or_else(|| rejection.after_failed_attempt()))
    }
}

/// Decides which part is kept in a future: `(&&keeper(&ended)).keep(ended)` with the two traits below in
/// scope.
#[derive(Debug)]
pub struct Keeper<Output>(PhantomData<fn() -> Output>);

/// Returns the keeper for the output of an attempt.
pub const fn keeper<Output>(_: &AttemptEnd<Output>) -> Keeper<Output> {
    Keeper(PhantomData)
}

/// First: keeps everything.
pub trait KeepAll<Output> {
    #[doc(hidden)]
    fn keep(&self, ended: AttemptEnd<Output>) -> AttemptEnd<Output>;
}

impl<Output: Send> KeepAll<Output> for &Keeper<Output> {
    #[inline]
    fn keep(&self, ended: AttemptEnd<Output>) -> AttemptEnd<Output> {
        ended
    }
}

/// Last: keeps all but the output.
pub trait KeepEnd<Output> {
    #[doc(hidden)]
    fn keep(&self, ended: AttemptEnd<Output>) -> WithoutOutput;
}

impl<Output> KeepEnd<Output> for Keeper<Output> {
    #[inline]
    fn keep(&self, ended: AttemptEnd<Output>) -> WithoutOutput {
        match ended {
            AttemptEnd::TimedOut(error) => WithoutOutput(Some(error)),
            AttemptEnd::Completed(_) | AttemptEnd::Rejected(_) => WithoutOutput(None),
        }
    }
}

/// Waits for the next attempt.
#[cfg(feature = "tokio")]
pub fn pause(length: Duration) -> impl Future<Output = ()> + Send + Sync {
    crate::time::timer::sleep(length)
}

/// Never called: [`Retry::in_future`] refuses to be made.
#[cfg(not(feature = "tokio"))]
pub fn pause(_: Duration) -> impl Future<Output = ()> + Send + Sync {
    std::future::pending()
}
