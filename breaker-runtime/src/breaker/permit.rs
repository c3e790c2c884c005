//! Permits to run one call: [`Permit`], and [`FailOnUnwind`], which guards it around code of the user's.

use std::fmt;
use std::mem;
use std::task::{Context, Poll};
use std::time::Duration;

#[cfg(feature = "stream")]
use crate::breaker::CircuitBreaker;
use crate::breaker::future::total::Cut;
use crate::breaker::inner::Inner;
#[cfg(feature = "stream")]
use crate::breaker::owned_permit::OwnedPermit;
use crate::state::cell::CallEnd;
use crate::state::counters::rare::Count;
use crate::state::token::CallToken;
use crate::types::error::{BreakerError, ErrorKind};
use crate::types::outcome::{Evidence, Outcome, RetryAdvice, Verdict};

/// A permit to run one call, from [`CircuitBreaker::try_acquire`](crate::CircuitBreaker::try_acquire) or
/// `CircuitBreaker::acquire`.
///
/// It is settled exactly once, by one of its methods or by being dropped. Dropping it without an outcome
/// counts as a cancelled call, which changes no streak and releases its probe slot; after
/// [`abandoned_threshold`](crate::CircuitBreakerBuilder::abandoned_threshold) of them in a row as a
/// failure. That holds for a drop by a panic as well, as the breaker cannot know whether the call has
/// panicked.
///
/// ```
/// use breaker_runtime::{CircuitBreaker, Outcome};
///
/// fn poll_sensor() -> Option<f64> { Some(21.5) }
///
/// let breaker = CircuitBreaker::builder("sensor").build()?;
/// if let Ok(permit) = breaker.try_acquire() {
///     match poll_sensor() {
///         Some(_) => permit.success(),
///         None => permit.failure(),
///     }
/// }
/// assert_eq!(breaker.snapshot().totals.success, 1);
/// # Ok::<(), breaker_runtime::ConfigError>(())
/// ```
#[must_use = "a permit that is dropped without an outcome counts as a cancelled call"]
pub struct Permit<'b> {
    inner: &'b Inner,
    token: CallToken,
}

impl<'b> Permit<'b> {
    #[inline(always)]
    pub(crate) fn new(inner: &'b Inner, token: CallToken) -> Self {
        Self { inner, token }
    }

    /// Records a success.
    #[inline(always)]
    pub fn success(self) {
        let (inner, token) = self.into_parts();
        inner.succeed(token);
    }

    /// Records a failure.
    #[inline(always)]
    pub fn failure(self) {
        self.record(Outcome::Failure);
    }

    /// Records a failure, with the time for which the dependency asks not to be called.
    ///
    /// If this failure opens a breaker with
    /// [`honour_retry_after`](crate::CircuitBreakerBuilder::honour_retry_after), that stays open for
    /// `wait`, or for its `timeout` if that is longer. A `wait` of more than 24 hours, or than
    /// `max_timeout`, is cut to that.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use breaker_runtime::CircuitBreaker;
    /// let breaker =
    ///     CircuitBreaker::builder("sensor").failure_threshold(1).honour_retry_after(true).build()?;
    /// breaker.try_acquire()?.failure_retry_after(Duration::from_secs(120));
    /// assert!(breaker.snapshot().retry_after > Some(Duration::from_secs(119)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn failure_retry_after(self, wait: Duration) {
        let (inner, token) = self.into_parts();
        inner.settle_with(token, CallEnd::Failure, Some(wait), Evidence::NONE);
    }

    /// Records that the call is neither success nor failure: it changes no streak and no window.
    ///
    /// ```
    /// use breaker_runtime::CircuitBreaker;
    ///
    /// let breaker = CircuitBreaker::builder("sensor").failure_threshold(1).build()?;
    /// breaker.try_acquire()?.ignore();
    /// assert_eq!(breaker.snapshot().totals.ignored, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline(always)]
    pub fn ignore(self) {
        self.record(Outcome::Ignored);
    }

    /// Records an outcome.
    #[inline(always)]
    pub fn record(self, outcome: Outcome) {
        let (inner, token) = self.into_parts();
        match outcome {
            Outcome::Success => inner.succeed(token),
            Outcome::Failure => inner.fail_by(token, None),
            Outcome::Ignored => inner.settle(token, CallEnd::Ignored),
        }
    }

    /// Returns the permit of a later attempt of the same call.
    #[cfg(feature = "record")]
    pub(crate) fn of_attempt(self, attempt: u32) -> Self {
        let (inner, token) = self.into_parts();
        Self { inner, token: inner.numbered(token, attempt) }
    }

    /// Returns the token, for a permit that outlives the handle. The caller settles it.
    pub(crate) fn into_token(self) -> CallToken {
        self.into_parts().1
    }

    /// Returns the parts, so that no drop settles the permit again.
    #[inline(always)]
    fn into_parts(self) -> (&'b Inner, CallToken) {
        let parts = (self.inner, self.token);
        mem::forget(self);
        parts
    }
}

impl Drop for Permit<'_> {
    #[inline]
    fn drop(&mut self) {
        self.inner.settle(self.token, CallEnd::Cancelled);
    }
}

impl fmt::Debug for Permit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").field("breaker", &self.inner.name()).finish_non_exhaustive()
    }
}

/// A permit that borrows from its breaker, or owns it.
pub(crate) trait SettlePermit {
    /// Returns the breaker, until the permit is settled.
    fn inner(&self) -> Option<&Inner>;
    /// Returns the token, until the permit is settled.
    fn token(&self) -> Option<CallToken>;
    fn settle(self, verdict: Verdict);

    /// Returns a permit that outlives the call. `breaker` is a handle to the same breaker.
    #[cfg(feature = "stream")]
    fn into_owned(self, breaker: CircuitBreaker) -> OwnedPermit;
}

impl SettlePermit for Permit<'_> {
    #[inline(always)]
    fn inner(&self) -> Option<&Inner> {
        Some(self.inner)
    }

    #[inline(always)]
    fn token(&self) -> Option<CallToken> {
        Some(self.token)
    }

    #[inline(always)]
    fn settle(self, verdict: Verdict) {
        match verdict {
            Verdict { outcome: Outcome::Success, .. } => self.success(),
            Verdict {
                outcome: Outcome::Failure,
                asked: RetryAdvice { retry_after: None, .. },
                evidence: Evidence { class: None, cause: Some(cause) },
            } => {
                let (inner, token) = self.into_parts();
                inner.fail(token, cause);
            }
            Verdict {
                outcome,
                asked: RetryAdvice { retry_after: None, .. },
                evidence: Evidence::NONE,
            } => {
                self.record(outcome);
            }
            Verdict { outcome, asked, evidence } => {
                let (inner, token) = self.into_parts();
                inner.settle_with(token, CallEnd::from(outcome), asked.retry_after, evidence);
            }
        }
    }

    #[cfg(feature = "stream")]
    fn into_owned(self, breaker: CircuitBreaker) -> OwnedPermit {
        OwnedPermit::new(breaker, self)
    }
}

/// A guard of a permit around code of the user's: a panic in it is a failure of the call.
pub(crate) struct FailOnUnwind<P: SettlePermit>(Option<P>);

impl FailOnUnwind<Permit<'_>> {
    /// Settles the permit as [`settle`](Self::settle) does, and returns the output of the user's code.
    #[inline(always)]
    pub(crate) fn settle_and_return<R>(mut self, verdict: Verdict, output: R) -> R {
        match self.0.take() {
            Some(permit) if verdict.outcome == Outcome::Success => {
                let (inner, token) = permit.into_parts();
                inner.succeed_and_return(token, output)
            }
            Some(permit) => match verdict {
                Verdict {
                    outcome: Outcome::Failure,
                    asked: RetryAdvice { retry_after: None, .. },
                    evidence: Evidence { class: None, cause: Some(cause) },
                } => fail_and_return(permit, cause, output),
                verdict => settle_and_return(permit, verdict, output),
            },
            None => output,
        }
    }
}

/// Settles a failure of which the cause alone is known. Unlike a verdict, the cause is passed in
/// registers: for a verdict a success would need a frame on the stack, too.
#[inline(never)]
fn fail_and_return<R>(permit: Permit<'_>, cause: &'static str, output: R) -> R {
    let (inner, token) = permit.into_parts();
    inner.fail(token, cause);
    output
}

#[inline(never)]
fn settle_and_return<R>(permit: Permit<'_>, verdict: Verdict, output: R) -> R {
    permit.settle(verdict);
    output
}

impl<P: SettlePermit> FailOnUnwind<P> {
    #[inline(always)]
    pub(crate) fn new(permit: P) -> Self {
        Self(Some(permit))
    }

    /// Settles the permit by a verdict on what the user's code has returned.
    #[inline(always)]
    pub(crate) fn settle(self, verdict: Verdict) {
        if let Some(permit) = self.into_permit() {
            permit.settle(verdict);
        }
    }

    /// Polls the wait of a game day before the call runs, if there is one.
    #[inline(always)]
    pub(crate) fn poll_injected(&self, context: &mut Context<'_>) -> Poll<()> {
        let Some(permit) = &self.0 else { return Poll::Ready(()) };
        let Some(inner) = permit.inner() else { return Poll::Ready(()) };
        inner.poll_injected(permit.token(), context)
    }

    /// Records that the call has reached its deadline, and returns the error. It is a failure, unless
    /// the deadline of the whole call has `cut` an attempt that had little of the time.
    #[cold]
    pub(crate) fn time_out(mut self, cut: Option<Cut>) -> BreakerError {
        // Only the methods that take the guard along take the permit, so it is there.
        let error = match self.0.as_ref().and_then(SettlePermit::inner) {
            Some(inner) => inner.error(ErrorKind::TimedOut, None),
            None => BreakerError::new("", ErrorKind::TimedOut, None),
        };
        if let Some(permit) = self.0.take() {
            if let Some(inner) = permit.inner() {
                inner.count(Count::TimedOut);
            }
            match cut {
                None => permit.settle(Verdict::failure("call_timeout")),
                Some(Cut { fails: true }) => permit.settle(Verdict::failure("total_timeout")),
                Some(Cut { fails: false }) => drop(permit),
            }
        }
        if cut.is_some() { error.of_whole_call() } else { error }
    }

    /// Returns the permit, for a call that goes on as a future. It is there, as only the methods that
    /// take the guard along take it.
    #[inline(always)]
    pub(crate) fn into_permit(mut self) -> Option<P> {
        let permit = self.0.take();
        // It is empty, and its drop would be a call of its own.
        mem::forget(self);
        permit
    }
}

impl<P: SettlePermit> Drop for FailOnUnwind<P> {
    #[inline]
    fn drop(&mut self) {
        if let Some(permit) = self.0.take() {
            permit.settle(Verdict::failure("panic"));
        }
    }
}

/// A guard of a call around one poll of its future: a panic in the poll is a failure of the call.
///
/// It borrows the permit, which stays in the future: most polls of a future leave it there, and one that
/// ends the call reads it once. The guard is forgotten after the poll.
pub(crate) struct FailOnPanic<'c, P: SettlePermit, J>(&'c mut Option<(P, J)>);

impl<'c, P: SettlePermit, J> FailOnPanic<'c, P, J> {
    #[inline(always)]
    pub(crate) fn new(call: &'c mut Option<(P, J)>) -> Self {
        Self(call)
    }

    /// Polls the wait of a game day before the call runs, if there is one.
    #[cfg_attr(not(debug_assertions), inline(always))]
    #[cfg_attr(debug_assertions, inline)]
    pub(crate) fn poll_injected(&self, context: &mut Context<'_>) -> Poll<()> {
        // Not by a pair of the two: the body's state is then written and read again before its first
        // poll, which takes half a nanosecond.
        let Some((permit, _)) = &self.0 else { return Poll::Ready(()) };
        let Some(inner) = permit.inner() else { return Poll::Ready(()) };
        inner.poll_injected(permit.token(), context)
    }

    /// Returns the call, until it ends.
    pub(crate) fn call(&mut self) -> Option<&mut (P, J)> {
        self.0.as_mut()
    }
}

impl<P: SettlePermit, J> Drop for FailOnPanic<'_, P, J> {
    #[inline]
    fn drop(&mut self) {
        if let Some((permit, _)) = self.0.take() {
            permit.settle(Verdict::failure("panic"));
        }
    }
}
