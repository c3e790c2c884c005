//! The three outcomes of a call that ran, and what a failure may add to that.

use std::fmt;
use std::time::Duration;

use crate::types::class::Class;

/// How a call that ran counts.
///
/// Exhaustive, so that a classifier written as a `match` is complete: a call counts for the dependency,
/// against it, or not at all, and a fourth way would change the meaning of every classifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[expect(clippy::exhaustive_enums, reason = "a caller decides between all of them")]
pub enum Outcome {
    /// The dependency answered correctly: ends the failure streak, and counts towards closing.
    Success,
    /// The dependency failed: counts towards opening.
    Failure,
    /// Neither, such as an invalid request of the caller: changes no count, and frees the probe slot.
    Ignored,
}

/// One word: "success", "failure" or "ignored".
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Ignored => "ignored",
        })
    }
}

/// The outcome of a call, with what a failure asked of the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// How the call counts.
    pub outcome: Outcome,
    /// The advice of a failure; empty otherwise.
    pub asked: RetryAdvice,
    /// The facts about the result that the report of a trip gives.
    pub evidence: Evidence,
}

/// Facts about a call's result beside its outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// How the dependency answered.
    pub class: Option<Class>,
    /// The type of the error, or what it says of itself by [`Cause`](crate::Cause).
    pub cause: Option<&'static str>,
}

impl Evidence {
    /// Nothing is known.
    pub(crate) const NONE: Self = Self { class: None, cause: None };

    /// Returns the evidence of a result, the cause alone.
    pub(crate) const fn of_cause(cause: &'static str) -> Self {
        Self { class: None, cause: Some(cause) }
    }
}

/// The cause of a failure that only the option `failure_if` knows.
pub(crate) const FAILURE_IF: &str = "failure_if";

/// The cause of an ignored outcome that only the option `ignore_if` knows.
pub(crate) const IGNORE_IF: &str = "ignore_if";

/// The advice of a failed call about the next one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RetryAdvice {
    /// How long the dependency asks callers to wait.
    pub retry_after: Option<Duration>,
    /// Whether the dependency asks not to be called again for this request.
    pub refuses_retry: bool,
}

impl Verdict {
    /// Returns the verdict of a failure of which the cause alone is known.
    pub(crate) const fn failure(cause: &'static str) -> Self {
        Self::of_cause(Outcome::Failure, cause)
    }

    /// Returns the verdict of an outcome of which the cause alone is known.
    pub(crate) const fn of_cause(outcome: Outcome, cause: &'static str) -> Self {
        let asked = RetryAdvice { retry_after: None, refuses_retry: false };
        Self { outcome, asked, evidence: Evidence::of_cause(cause) }
    }

    /// Replaces the cause.
    #[cfg(not(breaker_loom))]
    pub(crate) const fn with_cause(self, cause: &'static str) -> Self {
        let Evidence { class, .. } = self.evidence;
        Self { evidence: Evidence { class, cause: Some(cause) }, ..self }
    }
}

impl From<Outcome> for Verdict {
    #[inline(always)]
    fn from(outcome: Outcome) -> Self {
        Self { outcome, asked: RetryAdvice::default(), evidence: Evidence::NONE }
    }
}
