//! The three outcomes of a call that ran, and what a failure may add to that.

use std::time::Duration;

/// How a call that ran counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The dependency answered as it should: ends the failure streak, and counts towards closing.
    Success,
    /// The dependency failed: counts towards opening.
    Failure,
    /// Neither, such as a mistake of the caller: changes no count, and frees the probe slot.
    Ignored,
}

impl Outcome {
    /// The rule unless another is given: `Err` is a failure.
    #[inline(always)]
    pub(crate) fn of<T, E>(result: &Result<T, E>) -> Self {
        if result.is_ok() { Self::Success } else { Self::Failure }
    }
}

/// What a judge says of an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// How the call counts.
    pub outcome: Outcome,
    /// What it said of a next call, if it failed.
    pub asked: RetryAdvice,
}

/// What a failed output says of a next call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RetryAdvice {
    /// For how long the dependency wants to be left alone.
    pub retry_after: Option<Duration>,
    /// Whether it asks not to be called again for this request at all.
    pub refuses_retry: bool,
}

impl From<Outcome> for Verdict {
    #[inline(always)]
    fn from(outcome: Outcome) -> Self {
        Self { outcome, asked: RetryAdvice::default() }
    }
}
