//! Permits that outlive the handle: [`OwnedPermit`].

use std::fmt;
#[cfg(feature = "tower")]
use std::mem;
use std::time::Duration;

use crate::breaker::CircuitBreaker;
use crate::breaker::inner::Inner;
use crate::breaker::permit::{Permit, SettlePermit};
use crate::state::token::CallToken;
use crate::types::outcome::{Outcome, Verdict};

/// A permit to run one call that keeps the breaker alive, from
/// [`CircuitBreaker::try_acquire_owned`](crate::CircuitBreaker::try_acquire_owned): for a call that ends
/// on another thread or in another task.
///
/// It is settled exactly once, by one of its methods or by being dropped, as a [`Permit`] is.
///
/// ```
/// use std::thread;
/// use breaker_runtime::{CircuitBreaker, OwnedPermit};
///
/// let breaker = CircuitBreaker::builder("uploads").build()?;
/// let permit: OwnedPermit = breaker.try_acquire_owned()?;
/// let upload = thread::spawn(move || permit.success());
/// assert!(upload.join().is_ok());
/// assert_eq!(breaker.snapshot().totals.success, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a permit that is dropped without an outcome counts as a cancelled call"]
pub struct OwnedPermit {
    breaker: CircuitBreaker,
    /// `None` once it is settled.
    token: Option<CallToken>,
}

impl OwnedPermit {
    /// Makes a permit of one that borrows from `breaker`, a handle that is
    /// [bound](CircuitBreaker::into_scoped) to a scope.
    #[cfg(feature = "stream")]
    pub(crate) fn new(breaker: CircuitBreaker, permit: Permit<'_>) -> Self {
        Self::from_token(breaker, permit.into_token())
    }

    #[inline(always)]
    pub(crate) fn from_token(breaker: CircuitBreaker, token: CallToken) -> Self {
        Self { breaker, token: Some(token) }
    }

    /// Records a success, as [`Permit::success`] does.
    pub fn success(self) {
        self.record(Outcome::Success);
    }

    /// Records a failure, as [`Permit::failure`] does.
    pub fn failure(self) {
        self.record(Outcome::Failure);
    }

    /// Records a failure that keeps the breaker open for `wait` at least, as
    /// [`Permit::failure_retry_after`] does.
    pub fn failure_retry_after(mut self, wait: Duration) {
        if let Some(permit) = self.take() {
            permit.failure_retry_after(wait);
        }
    }

    /// Records that the call is neither success nor failure, as [`Permit::ignore`] does.
    pub fn ignore(self) {
        self.record(Outcome::Ignored);
    }

    /// Records an outcome.
    pub fn record(mut self, outcome: Outcome) {
        if let Some(permit) = self.take() {
            permit.record(outcome);
        }
    }

    /// Returns the breaker.
    #[cfg(feature = "stream")]
    pub(crate) fn inner(&self) -> &Inner {
        self.breaker.own_inner()
    }

    #[inline(never)]
    fn settle_apart(inner: &Inner, token: CallToken, verdict: Verdict) {
        Permit::new(inner, token).settle(verdict);
    }

    fn take(&mut self) -> Option<Permit<'_>> {
        let token = self.token.take()?;
        Some(Permit::new(self.breaker.own_inner(), token))
    }

    /// Returns the parts, for a caller that settles the token.
    #[cfg(feature = "stream")]
    pub(crate) fn into_parts(mut self) -> (CircuitBreaker, Option<CallToken>) {
        let token = self.token.take();
        (self.breaker.clone(), token)
    }
}

impl SettlePermit for OwnedPermit {
    #[inline(always)]
    fn inner(&self) -> Option<&Inner> {
        Some(self.breaker.own_inner())
    }

    #[inline(always)]
    fn token(&self) -> Option<CallToken> {
        self.token
    }

    #[inline(always)]
    fn settle(mut self, verdict: Verdict) {
        match self.token.take() {
            Some(token) if verdict.outcome == Outcome::Success => {
                self.breaker.own_inner().succeed(token);
            }
            Some(token) => Self::settle_apart(self.breaker.own_inner(), token, verdict),
            None => {}
        }
    }

    #[cfg(feature = "stream")]
    fn into_owned(self, _: CircuitBreaker) -> OwnedPermit {
        self
    }
}

impl Drop for OwnedPermit {
    #[inline]
    fn drop(&mut self) {
        // Settled before, as a rule: that costs no call.
        if let Some(token) = self.token.take() {
            cancel(self.breaker.own_inner(), token);
        }
    }
}

#[cold]
#[inline(never)]
fn cancel(inner: &Inner, token: CallToken) {
    drop(Permit::new(inner, token));
}

impl fmt::Debug for OwnedPermit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnedPermit")
            .field("breaker", &self.breaker.own_inner().name())
            .finish_non_exhaustive()
    }
}

/// A permit in the future of a service, which ends with its call.
///
/// Handle and token are one value, so that both are moved out when it is settled: a handle that is
/// dropped where it is would hold the permit in memory.
#[cfg(feature = "tower")]
pub struct ServicePermit(
    /// `None` once it is settled.
    Option<(CircuitBreaker, CallToken)>,
);

#[cfg(feature = "tower")]
impl ServicePermit {
    #[inline(always)]
    pub(crate) const fn from_token(breaker: CircuitBreaker, token: CallToken) -> Self {
        Self(Some((breaker, token)))
    }

    /// Returns a permit that is settled by other means; `None` if it is settled.
    #[cfg(feature = "http-body")]
    pub(crate) fn into_other(self) -> Option<OwnedPermit> {
        self.into_parts().map(|(breaker, token)| OwnedPermit::from_token(breaker, token))
    }

    #[inline(always)]
    fn into_parts(mut self) -> Option<(CircuitBreaker, CallToken)> {
        let parts = self.0.take();
        // It is empty, and its drop would be a comparison.
        mem::forget(self);
        parts
    }
}

#[cfg(feature = "tower")]
impl From<OwnedPermit> for ServicePermit {
    fn from(mut permit: OwnedPermit) -> Self {
        Self(permit.token.take().map(|token| (permit.breaker.clone(), token)))
    }
}

#[cfg(feature = "tower")]
impl SettlePermit for ServicePermit {
    #[inline(always)]
    fn inner(&self) -> Option<&Inner> {
        self.0.as_ref().map(|(breaker, _)| breaker.own_inner())
    }

    #[inline(always)]
    fn token(&self) -> Option<CallToken> {
        self.0.as_ref().map(|(_, token)| *token)
    }

    #[inline(always)]
    fn settle(self, verdict: Verdict) {
        match self.into_parts() {
            Some((breaker, token)) if verdict.outcome == Outcome::Success => breaker.succeed(token),
            Some((breaker, token)) => breaker.settle_apart(token, verdict),
            None => {}
        }
    }

    #[cfg(feature = "stream")]
    fn into_owned(self, breaker: CircuitBreaker) -> OwnedPermit {
        let token = self.into_parts().map(|(_, token)| token);
        OwnedPermit { breaker, token }
    }
}

#[cfg(feature = "tower")]
impl Drop for ServicePermit {
    #[inline]
    fn drop(&mut self) {
        if let Some((breaker, token)) = self.0.take() {
            cancel(breaker.own_inner(), token);
        }
    }
}

#[cfg(feature = "tower")]
impl fmt::Debug for ServicePermit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServicePermit").field("breaker", &self.inner().map(Inner::name)).finish()
    }
}
