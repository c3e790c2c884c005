//! Admission of calls that outlive the handle: the futures of `tower`, and streams.

use std::pin::Pin;

use crate::breaker::CircuitBreaker;
use crate::breaker::acquire::Acquire;
use crate::breaker::admission::Admission;
use crate::breaker::owned_permit::OwnedPermit;
use crate::breaker::permit::Permit;
use crate::types::error::BreakerError;

/// A future that waits for a permit, in a box with the handle that it borrows from.
pub type OwnedAcquire = Pin<Box<dyn Future<Output = Result<OwnedPermit, BreakerError>> + Send + Sync>>;

/// The answer to a call that outlives the handle.
pub type OwnedAdmission = Admission<OwnedPermit, OwnedAcquire>;

/// Asks a breaker for a permit, by a handle that is [bound](CircuitBreaker::into_scoped) to a scope.
pub(crate) fn admit(breaker: CircuitBreaker, may_wait: bool) -> OwnedAdmission {
    let inner = breaker.own_inner();
    let admission = if may_wait { inner.acquire_or_queue().decided() } else { Ok(inner.try_acquire()) };
    // The future borrows from the handle, and is not in the queue before its first poll: another one,
    // which keeps the handle, takes its part.
    match admission.map(|admitted| admitted.map(Permit::into_token)).map_err(drop) {
        Ok(Ok(token)) => Admission::Admitted(OwnedPermit::from_token(breaker, token)),
        Ok(Err(rejection)) => Admission::Rejected(rejection),
        Err(()) => Admission::Queued(Box::pin(acquire(breaker))),
    }
}

async fn acquire(breaker: CircuitBreaker) -> Result<OwnedPermit, BreakerError> {
    let token = match Acquire::new(breaker.own_inner()) {
        Some(acquire) => acquire.await?.into_token(),
        None => return Err(breaker.own_inner().rejected_as_full()),
    };
    Ok(OwnedPermit::from_token(breaker, token))
}
