//! Errors around other errors.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use crate::integrations::classify::{Class, Classify, RetryAfter};
use crate::types::error::{BreakerError, CallError};

impl<E: Classify> Classify for Box<E> {
    fn class(&self) -> Class {
        (**self).class()
    }
}

impl<E: RetryAfter> RetryAfter for Box<E> {
    fn retry_after(&self) -> Option<Duration> {
        (**self).retry_after()
    }

    fn refuses_retry(&self) -> bool {
        (**self).refuses_retry()
    }
}

impl<E: Classify> Classify for Arc<E> {
    fn class(&self) -> Class {
        (**self).class()
    }
}

impl<E: RetryAfter> RetryAfter for Arc<E> {
    fn retry_after(&self) -> Option<Duration> {
        (**self).retry_after()
    }

    fn refuses_retry(&self) -> bool {
        (**self).refuses_retry()
    }
}

impl Classify for BreakerError {
    /// Returns [neutral](Class::Neutral) for a rejection, because the dependency was not called, and
    /// [no answer](Class::NoAnswer) for a call that ran, which timed out or of which the error is lost,
    /// and for an injected failure.
    fn class(&self) -> Class {
        match self.kind() {
            kind if kind.is_rejection() => Class::Neutral,
            _ => Class::NoAnswer,
        }
    }
}

impl<E: Classify> Classify for CallError<E> {
    /// Returns the class of the [`BreakerError`], or of the call's own error.
    fn class(&self) -> Class {
        match self {
            Self::Breaker(error) => error.class(),
            Self::Inner(error) => error.class(),
        }
    }
}

impl<E: RetryAfter> RetryAfter for CallError<E> {
    /// Returns `None` for a rejection, which does not come from the dependency.
    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Breaker(_) => None,
            Self::Inner(error) => error.retry_after(),
        }
    }

    fn refuses_retry(&self) -> bool {
        matches!(self, Self::Inner(error) if error.refuses_retry())
    }
}

/// Classifies by the first known error among this one and its sources; [neutral](Class::Neutral) if none
/// is known.
impl Classify for dyn Error + 'static {
    fn class(&self) -> Class {
        chain(self).find_map(known).unwrap_or(Class::Neutral)
    }
}

/// Classifies like `dyn Error`.
impl Classify for dyn Error + Send + 'static {
    fn class(&self) -> Class {
        (self as &(dyn Error + 'static)).class()
    }
}

/// Classifies like `dyn Error`.
impl Classify for dyn Error + Send + Sync + 'static {
    fn class(&self) -> Class {
        (self as &(dyn Error + 'static)).class()
    }
}

/// Returns an error and its sources. The source of an `io::Error` is that of the error inside it, which
/// comes first here; so does the error in an `Arc`.
pub(in crate::integrations) fn chain<'e>(
    error: &'e (dyn Error + 'static),
) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'e (dyn Error + 'static)| {
        let error = *error;
        inside(error).or_else(|| error.source())
    })
}

fn inside<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e (dyn Error + 'static)> {
    if let Some(error) = error.downcast_ref::<std::io::Error>() {
        return error.get_ref().map(|inside| inside as &(dyn Error + 'static));
    }
    error
        .downcast_ref::<Arc<dyn Error + Send + Sync>>()
        .map(|inside| &**inside as &(dyn Error + 'static))
}

/// Returns the class of the breaker's error that an error was made of.
#[cfg(any(
    feature = "redis",
    feature = "reqwest",
    feature = "sqlx",
    feature = "tokio-postgres",
    feature = "tonic"
))]
pub(super) fn of_breaker(error: &(dyn Error + 'static)) -> Option<Class> {
    chain(error).find_map(|error| error.downcast_ref().map(BreakerError::class))
}

pub(super) fn known(error: &(dyn Error + 'static)) -> Option<Class> {
    if let Some(class) = of_type::<BreakerError>(error) {
        return Some(class);
    }
    #[cfg(feature = "reqwest")]
    if let Some(class) = of_type::<reqwest::Error>(error) {
        return Some(class);
    }
    #[cfg(feature = "tonic")]
    if let Some(class) = of_type::<tonic::Status>(error) {
        return Some(class);
    }
    #[cfg(feature = "reqwest-middleware")]
    if let Some(class) = of_type::<reqwest_middleware::Error>(error) {
        return Some(class);
    }
    #[cfg(feature = "sqlx")]
    if let Some(class) = of_type::<sqlx_core::Error>(error) {
        return Some(class);
    }
    #[cfg(feature = "tokio-postgres")]
    if let Some(class) = of_type::<tokio_postgres::Error>(error) {
        return Some(class);
    }
    #[cfg(feature = "rusqlite")]
    if let Some(class) = of_type::<rusqlite::Error>(error) {
        return Some(class);
    }
    #[cfg(feature = "redis")]
    if let Some(class) = of_type::<redis::RedisError>(error) {
        return Some(class);
    }
    None
}

/// Returns the class of an error of type `E`. Large errors stand in a box, which is an error of another
/// type.
fn of_type<E: Classify + Error + 'static>(error: &(dyn Error + 'static)) -> Option<Class> {
    let plain = error.downcast_ref::<E>().map(Classify::class);
    let boxed = || error.downcast_ref::<Box<E>>().map(Classify::class);
    let shared = || error.downcast_ref::<Arc<E>>().map(Classify::class);
    plain.or_else(boxed).or_else(shared)
}
