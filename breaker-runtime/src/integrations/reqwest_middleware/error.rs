//! The rejection in an error of the crate: [`rejection`].

use std::error::Error as _;

use reqwest_middleware::Error;

use crate::integrations::classify::errors::chain;
use crate::types::error::BreakerError;

impl From<BreakerError> for Error {
    /// Makes an [`Error::Middleware`], of which [`rejection`] returns the [`BreakerError`].
    fn from(error: BreakerError) -> Self {
        // The crate's `Error` and that of `reqwest-retry` skip the error that they are made of when they
        // are asked for their source: without a context in front of it the rejection would be lost.
        let context = if error.kind().is_rejection() {
            "the circuit breaker did not send the request"
        } else {
            "the circuit breaker ended the request"
        };
        Self::Middleware(anyhow::Error::new(error).context(context))
    }
}

/// Returns the rejection, or the time-out, with which a circuit breaker ended the request; `None` for
/// any other error. Finds it also in an error that another middleware has wrapped, as `reqwest-retry`
/// does.
///
/// ```no_run
/// use breaker_runtime::reqwest_middleware::rejection;
/// use reqwest_middleware::ClientWithMiddleware;
///
/// # async fn example(client: ClientWithMiddleware) -> reqwest_middleware::Result<()> {
/// match client.get("http://shop/items").send().await {
///     Ok(response) => println!("{}", response.status()),
///     Err(error) => match rejection(&error) {
///         Some(rejection) => println!("not asked, try in {:?}", rejection.retry_after()),
///         None => return Err(error),
///     },
/// }
/// # Ok(())
/// # }
/// ```
///
/// If no other middleware has wrapped it, anyhow's `downcast_ref::<BreakerError>()` on the error in
/// [`Error::Middleware`] finds it as well.
pub fn rejection(error: &Error) -> Option<&BreakerError> {
    let source = match error {
        Error::Middleware(error) => Some(error.as_ref()),
        Error::Reqwest(error) => error.source(),
    };
    chain(source?).find_map(|error| error.downcast_ref())
}
