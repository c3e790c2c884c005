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
    /// For how long the dependency wants to be left alone, if it failed and said so.
    pub retry_after: Option<Duration>,
}

impl From<Outcome> for Verdict {
    #[inline(always)]
    fn from(outcome: Outcome) -> Self {
        Self { outcome, retry_after: None }
    }
}
