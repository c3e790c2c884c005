//! Errors around other errors.

#[cfg(any(feature = "reqwest", feature = "tonic"))]
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use super::{Class, Classify, RetryAfter};
use crate::error::CallError;

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

impl<E: Classify> Classify for CallError<E> {
    /// A rejection is [neutral](Class::Neutral).
    fn class(&self) -> Class {
        match self {
            Self::Breaker(_) => Class::Neutral,
            Self::Inner(error) => error.class(),
        }
    }
}

impl<E: RetryAfter> RetryAfter for CallError<E> {
    /// A rejection says nothing: it is not the dependency's.
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

/// By the first of itself and its sources that is known, and [neutral](Class::Neutral) if none is.
#[cfg(any(feature = "reqwest", feature = "tonic"))]
impl Classify for dyn Error + 'static {
    fn class(&self) -> Class {
        chain(self).find_map(known).unwrap_or(Class::Neutral)
    }
}

/// As for `dyn Error`.
#[cfg(any(feature = "reqwest", feature = "tonic"))]
impl Classify for dyn Error + Send + 'static {
    fn class(&self) -> Class {
        (self as &(dyn Error + 'static)).class()
    }
}

/// As for `dyn Error`.
#[cfg(any(feature = "reqwest", feature = "tonic"))]
impl Classify for dyn Error + Send + Sync + 'static {
    fn class(&self) -> Class {
        (self as &(dyn Error + 'static)).class()
    }
}

/// An error and its sources.
#[cfg(any(feature = "reqwest", feature = "tonic"))]
pub(super) fn chain<'e>(
    error: &'e (dyn Error + 'static),
) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}

#[cfg(any(feature = "reqwest", feature = "tonic"))]
fn known(error: &(dyn Error + 'static)) -> Option<Class> {
    if error.is::<crate::error::BreakerError>() {
        return Some(Class::Neutral);
    }
    #[cfg(feature = "reqwest")]
    if let Some(class) = of_type::<reqwest::Error>(error) {
        return Some(class);
    }
    #[cfg(feature = "tonic")]
    if let Some(class) = of_type::<tonic::Status>(error) {
        return Some(class);
    }
    None
}

/// Large errors are kept in a box, which is an error of another type.
#[cfg(any(feature = "reqwest", feature = "tonic"))]
fn of_type<E: Classify + Error + 'static>(error: &(dyn Error + 'static)) -> Option<Class> {
    let plain = error.downcast_ref::<E>().map(Classify::class);
    let boxed = || error.downcast_ref::<Box<E>>().map(Classify::class);
    let shared = || error.downcast_ref::<Arc<E>>().map(Classify::class);
    plain.or_else(boxed).or_else(shared)
}
