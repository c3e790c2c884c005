//! Permits for futures that outlive the service that made them, as those of `tower` have to.

use std::pin::Pin;

use crate::breaker::CircuitBreaker;
use crate::engine::Engine;
use crate::error::BreakerError;
use crate::outcome::Verdict;
use crate::permit::{Permit, Right};
use crate::state::word::Token;
use crate::turn::Turn;

/// A [`Permit`] and the handle that it would borrow from.
#[derive(Debug)]
pub(super) struct OwnedPermit {
    breaker: CircuitBreaker,
    token: Option<Token>,
}

impl OwnedPermit {
    fn lend(&mut self) -> Option<Permit<'_>> {
        let token = self.token.take()?;
        Some(Permit::new(self.breaker.own_engine(), token))
    }
}

impl Right for OwnedPermit {
    fn engine(&self) -> &Engine {
        self.breaker.own_engine()
    }

    fn settle(mut self, verdict: Verdict) {
        if let Some(permit) = self.lend() {
            permit.settle(verdict);
        }
    }
}

impl Drop for OwnedPermit {
    fn drop(&mut self) {
        drop(self.lend());
    }
}

/// What becomes of a call that has to wait. In a box, as it borrows from the handle that it keeps.
pub(super) type OwnTurn = Pin<Box<dyn Future<Output = Result<OwnedPermit, BreakerError>> + Send + Sync>>;

/// What becomes of a call.
pub(super) enum Asked {
    Admitted(OwnedPermit),
    Rejected(BreakerError),
    /// It stands in line from its first poll on.
    Waits(OwnTurn),
}

/// Of a breaker that is the [present](CircuitBreaker::into_present) one.
pub(super) fn ask(breaker: CircuitBreaker, may_wait: bool) -> Asked {
    let asked = if may_wait { breaker.ask() } else { breaker.try_acquire() };
    match asked.map(Permit::into_token) {
        Ok(token) => Asked::Admitted(OwnedPermit { breaker, token: Some(token) }),
        Err(rejection) if rejection.may_wait() => Asked::Waits(Box::pin(turn(breaker, rejection))),
        Err(rejection) => Asked::Rejected(rejection),
    }
}

async fn turn(breaker: CircuitBreaker, rejection: BreakerError) -> Result<OwnedPermit, BreakerError> {
    let token = Turn::after(breaker.own_engine(), rejection).await?.into_token();
    Ok(OwnedPermit { breaker, token: Some(token) })
}
