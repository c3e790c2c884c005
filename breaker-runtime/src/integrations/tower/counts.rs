//! How a result counts: [`Counts`].

use std::time::Duration;

use crate::breaker::judge::Judge;
use crate::types::outcome::{Outcome, RetryAdvice, Verdict};

/// How results count: as [failures](crate::integrations::tower::CircuitBreakerLayer::failure_if), or
/// [not at all](crate::integrations::tower::CircuitBreakerLayer::ignore_if), and [how
/// long](crate::integrations::tower::CircuitBreakerLayer::honour_retry_after) the dependency wants to be
/// left alone after one. By default an `Err` is a failure, and that is all.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts<Failure = ErrFails, Ignored = Nothing, Wait = Nothing> {
    pub(super) failure: Failure,
    pub(super) ignored: Ignored,
    pub(super) wait: Wait,
}

/// The rule for failures unless another is given.
#[derive(Clone, Copy, Debug, Default)]
pub struct ErrFails;

/// For how long the dependency wants to be left alone; of
/// [`honour_retry_after`](crate::integrations::tower::CircuitBreakerLayer::honour_retry_after).
pub type WaitOf<Output> = fn(&Output) -> Option<Duration>;

/// Whether a result counts; of [`classify`](crate::integrations::tower::CircuitBreakerLayer::classify).
pub type RuleOf<Output> = fn(&Output) -> bool;

/// Counts results by their class; of
/// [`classify`](crate::integrations::tower::CircuitBreakerLayer::classify).
pub type CountsByClass<Output, Wait> = Counts<RuleOf<Output>, RuleOf<Output>, Wait>;

/// No result.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nothing;

/// A rule of a layer: a function of the result, or what stands for it where there is none.
///
/// Not to be implemented outside this crate.
pub trait Rule<Output, Answer> {
    #[doc(hidden)]
    fn apply(&self, output: &Output) -> Answer;
}

impl<T, E> Rule<Result<T, E>, bool> for ErrFails {
    fn apply(&self, output: &Result<T, E>) -> bool {
        output.is_err()
    }
}

impl<Output, Answer: Default> Rule<Output, Answer> for Nothing {
    fn apply(&self, _output: &Output) -> Answer {
        Answer::default()
    }
}

impl<Output, Answer, F: Fn(&Output) -> Answer> Rule<Output, Answer> for F {
    fn apply(&self, output: &Output) -> Answer {
        self(output)
    }
}

impl<Output, Failure, Ignored, Wait> Judge<Output> for Counts<Failure, Ignored, Wait>
where
    Failure: Rule<Output, bool>,
    Ignored: Rule<Output, bool>,
    Wait: Rule<Output, Option<Duration>>,
{
    fn judge(self, output: &Output) -> Verdict {
        if self.ignored.apply(output) {
            Outcome::Ignored.into()
        } else if self.failure.apply(output) {
            let asked = RetryAdvice { retry_after: self.wait.apply(output), ..RetryAdvice::default() };
            Verdict { outcome: Outcome::Failure, asked }
        } else {
            Outcome::Success.into()
        }
    }
}
