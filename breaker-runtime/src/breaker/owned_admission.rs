//! Admission of calls that outlive the handle: the futures of `tower`, and streams.

use std::pin::Pin;

use crate::breaker::CircuitBreaker;
use crate::breaker::acquire::Acquire;
#[cfg(any(all(feature = "http-body", feature = "reqwest"), feature = "tower"))]
use crate::breaker::future::total::OfBreaker;
use crate::breaker::future::total::TotalDeadline;
use crate::breaker::on_full::Admission;
use crate::breaker::owned_permit::OwnedPermit;
use crate::breaker::permit::Permit;
use crate::state::token::CallToken;
use crate::types::error::BreakerError;

/// A future that waits for a permit, in a box with the handle that it borrows from.
pub type OwnedAcquire = Pin<Box<dyn Future<Output = Result<OwnedPermit, BreakerError>> + Send + Sync>>;

/// The answer to a call that outlives the handle.
pub type OwnedAdmission = Admission<OwnedPermit, OwnedAcquire>;

/// Asks a breaker for a permit, by a handle that is [bound](CircuitBreaker::into_scoped) to a scope. No
/// `total_timeout` ends the wait: a stream has none.
#[cfg(feature = "stream")]
pub(crate) fn admit(breaker: CircuitBreaker, may_wait: bool) -> OwnedAdmission {
    match ask(breaker, may_wait) {
        Admission::Admitted((breaker, token)) => {
            Admission::Admitted(OwnedPermit::from_token(breaker, token))
        }
        Admission::Rejected(rejection) => Admission::Rejected(rejection),
        Admission::Queued(breaker) => {
            Admission::Queued(Box::pin(acquire(breaker, TotalDeadline::later(None))))
        }
    }
}

/// Asks as [`admit`] does, for a call that `total_timeout` ends. Returns the parts of its permit. The
/// deadline of a call that waits begins now, and comes with the future.
#[cfg(any(all(feature = "http-body", feature = "reqwest"), feature = "tower"))]
pub(crate) fn admit_call(
    breaker: CircuitBreaker,
    may_wait: bool,
) -> Admission<(CircuitBreaker, CallToken), (OwnedAcquire, OfBreaker)> {
    match ask(breaker, may_wait) {
        Admission::Admitted(admitted) => Admission::Admitted(admitted),
        Admission::Rejected(rejection) => Admission::Rejected(rejection),
        Admission::Queued(breaker) => {
            let total = TotalDeadline::begin(breaker.own_inner().limits().total_timeout);
            let limit = OfBreaker::since(total.is_set().then(|| Box::new(total)));
            Admission::Queued((Box::pin(acquire(breaker, total)), limit))
        }
    }
}

/// Asks a breaker. The handle goes on with the token of a call that it admits, or with one that waits.
fn ask(
    breaker: CircuitBreaker,
    may_wait: bool,
) -> Admission<(CircuitBreaker, CallToken), CircuitBreaker> {
    let inner = breaker.own_inner();
    let admission = if may_wait { inner.acquire_or_queue().decided() } else { Ok(inner.try_acquire()) };
    // The future borrows from the handle, and is not in the queue before its first poll: another one,
    // which keeps the handle, takes its part.
    match admission.map(|admitted| admitted.map(Permit::into_token)).map_err(drop) {
        Ok(Ok(token)) => Admission::Admitted((breaker, token)),
        Ok(Err(rejection)) => Admission::Rejected(rejection),
        Err(()) => Admission::Queued(breaker),
    }
}

async fn acquire(breaker: CircuitBreaker, total: TotalDeadline) -> Result<OwnedPermit, BreakerError> {
    let token = match Acquire::new(breaker.own_inner()) {
        Some(acquire) => acquire.within(total).await?.into_token(),
        None => return Err(breaker.own_inner().rejected_as_full()),
    };
    Ok(OwnedPermit::from_token(breaker, token))
}
