//! How a dependency answered: [`Class`].

use std::fmt;

use crate::types::outcome::Outcome;

/// How the dependency answered, as an output shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Class {
    /// It answered. HTTP: statuses up to 399.
    Success,
    /// It answered that the request is at fault. HTTP: 4xx other than 408, 425 and 429. gRPC:
    /// `InvalidArgument`, `NotFound`, `AlreadyExists`, `PermissionDenied`, `Unauthenticated`,
    /// `FailedPrecondition`, `OutOfRange` and `Aborted`.
    ClientError,
    /// It has too much to do, or has had enough of this client. HTTP: 429. gRPC: `ResourceExhausted`.
    RateLimited,
    /// It failed. HTTP: 5xx, and what is no valid status. gRPC: `Internal`, `Unavailable`, `Unknown`,
    /// `Unimplemented` and `DataLoss`.
    ServerError,
    /// No answer came, or not all of it: the connection was refused or lost, or time ran out. gRPC:
    /// `DeadlineExceeded`, and a call that the transport broke off.
    NoAnswer,
    /// Nothing: the request could not be made, the answer was not understood, or the call was not run at
    /// all, as it was rejected by an inner breaker. HTTP: 408 and 425. gRPC: `Cancelled`. Ignored by all
    /// that judges by class.
    Neutral,
}

/// A few words, such as "server error".
impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Success => "success",
            Self::ClientError => "client error",
            Self::RateLimited => "rate limited",
            Self::ServerError => "server error",
            Self::NoAnswer => "no answer",
            Self::Neutral => "neutral",
        })
    }
}

impl Class {
    /// Returns how a call with this class counts, by the option `classify`: as a success if the
    /// dependency answered, a [client error](Self::ClientError) included, as a failure if it failed,
    /// gave no answer or has too much to do, and not at all if it is [neutral](Self::Neutral).
    ///
    /// ```
    /// use breaker_runtime::classify::Class;
    /// use breaker_runtime::{CircuitBreaker, Outcome};
    ///
    /// assert_eq!(Class::ClientError.outcome(), Outcome::Success);
    ///
    /// let breaker = CircuitBreaker::builder("pages").build()?;
    /// breaker.try_acquire()?.record(Class::NoAnswer.outcome());
    /// assert_eq!(breaker.snapshot().totals.failure, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn outcome(self) -> Outcome {
        match self {
            Self::Success | Self::ClientError => Outcome::Success,
            Self::ServerError | Self::NoAnswer | Self::RateLimited => Outcome::Failure,
            Self::Neutral => Outcome::Ignored,
        }
    }
}
