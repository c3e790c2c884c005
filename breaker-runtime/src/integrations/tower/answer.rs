//! The answer of a service for a call that the breaker rejected or ended: [`RejectionHandler`].

use crate::integrations::select::Seal;
use crate::types::error::{BreakerError, CallError};

/// A rule that makes an error or a response of a rejection and of a time-out.
///
/// Sealed: other crates cannot implement it.
pub trait RejectionHandler<Response, Error> {
    /// The error of the service.
    type Error;

    #[doc(hidden)]
    fn answer(self, rejection: BreakerError, seal: Seal) -> Result<Response, Self::Error>;

    /// Converts the inner service's own error.
    #[doc(hidden)]
    fn pass(error: Error) -> Self::Error;
}

/// [`CallError::Breaker`], beside the inner service's errors in [`CallError::Inner`]. The default.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct AsCallError;

impl<Response, Error> RejectionHandler<Response, Error> for AsCallError {
    type Error = CallError<Error>;

    fn answer(self, rejection: BreakerError, _: Seal) -> Result<Response, CallError<Error>> {
        Err(rejection.into())
    }

    fn pass(error: Error) -> CallError<Error> {
        CallError::Inner(error)
    }
}

/// An error of the inner service's type; from
/// [`map_rejection`](crate::integrations::tower::CircuitBreakerLayer::map_rejection).
#[derive(Clone, Copy, Debug)]
pub struct AsError<F>(pub(super) F);

impl<Response, Error, F: FnOnce(BreakerError) -> Error> RejectionHandler<Response, Error>
    for AsError<F>
{
    type Error = Error;

    fn answer(self, rejection: BreakerError, _: Seal) -> Result<Response, Error> {
        Err((self.0)(rejection))
    }

    fn pass(error: Error) -> Error {
        error
    }
}

/// A response; from
/// [`respond_to_rejection`](crate::integrations::tower::CircuitBreakerLayer::respond_to_rejection).
#[derive(Clone, Copy, Debug)]
pub struct AsResponse<F>(pub(super) F);

impl<Response, Error, F: FnOnce(BreakerError) -> Response> RejectionHandler<Response, Error>
    for AsResponse<F>
{
    type Error = Error;

    fn answer(self, rejection: BreakerError, _: Seal) -> Result<Response, Error> {
        Ok((self.0)(rejection))
    }

    fn pass(error: Error) -> Error {
        error
    }
}
