//! Which part of an output says when to call again.

use crate::integrations::classify::RetryAfter;
use crate::integrations::classify::via::{Answer, Both, Error, Itself};
use crate::types::outcome::RetryAdvice;

/// An output that may say when to come back; `Via` is the part that does.
#[diagnostic::on_unimplemented(
    message = "`honour_retry_after`: `{Self}` cannot say when to come back",
    label = "there is no `Retry-After` in this",
    note = "return something that implements `breaker_runtime::classify::RetryAfter`, or a `Result` of it on \
            either side: your own error type can, and by the features of these names an `http::Response`, a \
            `reqwest::Response` and a `tonic::Status` do",
    note = "a `reqwest::Error` does not, as `error_for_status` drops the headers"
)]
pub trait HasRetryAfter<Via> {
    #[doc(hidden)]
    fn hint(&self) -> RetryAdvice;
}

pub(crate) fn asked<R: RetryAfter>(part: &R) -> RetryAdvice {
    RetryAdvice { retry_after: part.retry_after(), refuses_retry: part.refuses_retry() }
}

#[diagnostic::do_not_recommend]
impl<R: RetryAfter> HasRetryAfter<Itself> for R {
    fn hint(&self) -> RetryAdvice {
        asked(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T, E: RetryAfter> HasRetryAfter<Error> for Result<T, E> {
    fn hint(&self) -> RetryAdvice {
        self.as_ref().err().map(asked).unwrap_or_default()
    }
}

#[diagnostic::do_not_recommend]
impl<T: RetryAfter, E> HasRetryAfter<Answer> for Result<T, E> {
    fn hint(&self) -> RetryAdvice {
        self.as_ref().ok().map(asked).unwrap_or_default()
    }
}

#[diagnostic::do_not_recommend]
impl<T: RetryAfter, E: RetryAfter> HasRetryAfter<Both> for Result<T, E> {
    fn hint(&self) -> RetryAdvice {
        match self {
            Ok(answer) => asked(answer),
            Err(error) => asked(error),
        }
    }
}
