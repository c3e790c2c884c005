//! Permits for what outlives the handle that was asked: the futures of `tower`, and streams.

#[cfg(feature = "stream")]
use std::fmt;
use std::pin::Pin;
#[cfg(feature = "stream")]
use std::time::Duration;

use crate::breaker::CircuitBreaker;
use crate::breaker::acquire::Acquire;
use crate::breaker::inner::Inner;
use crate::breaker::permit::{Permit, SettlePermit};
#[cfg(feature = "stream")]
use crate::breaker::stream_permit::Held;
#[cfg(feature = "stream")]
use crate::state::cell::End;
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
        end: End,
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

/// What becomes of a call that has to wait. In a box, as it borrows from the handle that it keeps.
pub type OwnedAcquire = Pin<Box<dyn Future<Output = Result<OwnedPermit, BreakerError>> + Send + Sync>>;

/// What becomes of a call.
pub enum OwnedAdmission {
    /// It runs.
    Admitted(OwnedPermit),
    /// It does not run.
    Rejected(BreakerError),
    /// It joins the queue at its first poll.
    Queued(OwnedAcquire),
}

/// Of a breaker that is the [present](CircuitBreaker::into_scoped) one.
pub(crate) fn ask(breaker: CircuitBreaker, may_wait: bool) -> OwnedAdmission {
    let asked = if may_wait { breaker.ask() } else { breaker.try_acquire() };
    match asked.map(Permit::into_token) {
        Ok(token) => OwnedAdmission::Admitted(OwnedPermit { breaker, token: Some(token) }),
        Err(rejection) if rejection.may_wait() => {
            OwnedAdmission::Queued(Box::pin(turn(breaker, rejection)))
        }
        Err(rejection) => OwnedAdmission::Rejected(rejection),
    }
}

async fn turn(breaker: CircuitBreaker, rejection: BreakerError) -> Result<OwnedPermit, BreakerError> {
    let token = Acquire::after(breaker.own_engine(), rejection).await?.into_token();
    Ok(OwnedPermit { breaker, token: Some(token) })
}
