//! Permits for what outlives the handle that was asked: the futures of `tower`, and streams.

#[cfg(feature = "stream")]
use std::fmt;
use std::pin::Pin;
#[cfg(feature = "stream")]
use std::time::Duration;

use crate::breaker::CircuitBreaker;
use crate::breaker::acquire::Acquire;
use crate::breaker::admission::Admission;
use crate::breaker::inner::Inner;
use crate::breaker::permit::{Permit, SettlePermit};
#[cfg(feature = "stream")]
use crate::breaker::stream_permit::Held;
#[cfg(feature = "stream")]
use crate::state::cell::CallEnd;
use crate::state::word::CallToken;
#[cfg(feature = "stream")]
use crate::time::Ticks;
use crate::types::error::BreakerError;
use crate::types::outcome::Verdict;

/// A [`Permit`] and the handle that it would borrow from.
#[derive(Debug)]
pub struct OwnedPermit {
    breaker: CircuitBreaker,
    token: Option<CallToken>,
}

impl OwnedPermit {
    /// `permit` is of this breaker's own engine.
    #[cfg(feature = "stream")]
    pub(crate) fn new(breaker: CircuitBreaker, permit: Permit<'_>) -> Self {
        let token = Some(permit.into_token());
        Self { breaker, token }
    }

    fn lend(&mut self) -> Option<Permit<'_>> {
        let token = self.token.take()?;
        Some(Permit::new(self.breaker.own_engine(), token))
    }
}

impl SettlePermit for OwnedPermit {
    fn engine(&self) -> &Inner {
        self.breaker.own_engine()
    }

    fn settle(mut self, verdict: Verdict) {
        if let Some(permit) = self.lend() {
            permit.settle(verdict);
        }
    }

    #[cfg(feature = "stream")]
    fn into_owned(self, _: CircuitBreaker) -> OwnedPermit {
        self
    }
}

impl Drop for OwnedPermit {
    fn drop(&mut self) {
        drop(self.lend());
    }
}

/// The part of a settled permit that a stream keeps until it ends.
#[cfg(feature = "stream")]
pub(crate) struct KeptPermit {
    breaker: CircuitBreaker,
    holds_permit: bool,
}

#[cfg(feature = "stream")]
impl OwnedPermit {
    /// Settles the call of a stream, which may go on. `waited` as in [`Inner::settle_stream`].
    pub(crate) fn settle_stream(
        mut self,
        end: CallEnd,
        wait: Option<Duration>,
        waited: Ticks,
    ) -> KeptPermit {
        let breaker = self.breaker.clone();
        // Gone only in a drop.
        let Some(token) = self.token.take() else { return KeptPermit { breaker, holds_permit: false } };
        let holds_permit = self.breaker.own_engine().settle_stream(token, end, wait, waited).keep();
        KeptPermit { breaker, holds_permit }
    }
}

#[cfg(feature = "stream")]
impl KeptPermit {
    pub(crate) fn engine(&self) -> &Inner {
        self.breaker.own_engine()
    }
}

#[cfg(feature = "stream")]
impl Drop for KeptPermit {
    fn drop(&mut self) {
        if self.holds_permit {
            drop(Held::again(self.breaker.own_engine()));
        }
    }
}

#[cfg(feature = "stream")]
impl fmt::Debug for KeptPermit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KeptPermit").field(&self.breaker.own_engine().name()).finish()
    }
}

/// A future that waits for a permit, and keeps the handle that it borrows from; so it is in a box.
pub type OwnedAcquire = Pin<Box<dyn Future<Output = Result<OwnedPermit, BreakerError>> + Send + Sync>>;

/// The answer to a call that outlives the handle.
pub type OwnedAdmission = Admission<OwnedPermit, OwnedAcquire>;

/// Asks a breaker that is the [current](CircuitBreaker::into_scoped) one for a permit.
pub(crate) fn ask(breaker: CircuitBreaker, may_wait: bool) -> OwnedAdmission {
    let inner = breaker.own_engine();
    let admission = if may_wait { inner.acquire_or_queue().decided() } else { Ok(inner.try_acquire()) };
    // A new future takes the place of the one that borrows from the handle: neither is in the queue before its first poll.
    match admission.map(|admitted| admitted.map(Permit::into_token)).map_err(drop) {
        Ok(Ok(token)) => Admission::Admitted(OwnedPermit { breaker, token: Some(token) }),
        Ok(Err(rejection)) => Admission::Rejected(rejection),
        Err(()) => Admission::Queued(Box::pin(wait(breaker))),
    }
}

async fn wait(breaker: CircuitBreaker) -> Result<OwnedPermit, BreakerError> {
    let token = match Acquire::new(breaker.own_engine()) {
        Some(acquire) => acquire.await?.into_token(),
        None => return Err(breaker.own_engine().rejected_as_full()),
    };
    Ok(OwnedPermit { breaker, token: Some(token) })
}
