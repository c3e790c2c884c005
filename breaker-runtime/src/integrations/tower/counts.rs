//! How a result counts: [`ResultClassifier`].

use std::time::Duration;

use crate::breaker::judge::Judge;
use crate::integrations::select::{SEAL, Seal};
use crate::types::outcome::{Outcome, RetryAdvice, Verdict};

/// How results count: as [failures](crate::integrations::tower::CircuitBreakerLayer::failure_if), or
/// [not at all](crate::integrations::tower::CircuitBreakerLayer::ignore_if), and [how
/// long](crate::integrations::tower::CircuitBreakerLayer::honour_retry_after) the dependency wants to be
/// left alone after one. By default an `Err` is a failure, and that is all.
#[derive(Clone, Copy, Debug, Default)]
pub struct ResultClassifier<Failure = ErrFails, Ignored = NoPredicate, Wait = NoPredicate> {
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
pub type PredicateOf<Output> = fn(&Output) -> bool;

/// Counts results by their class; of
/// [`classify`](crate::integrations::tower::CircuitBreakerLayer::classify).
pub type ClassClassifier<Output, Wait> =
    ResultClassifier<PredicateOf<Output>, PredicateOf<Output>, Wait>;

/// No result.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoPredicate;

/// A rule about results: a function, or the default where none is given.
///
/// Sealed: other crates cannot implement it.
pub trait Predicate<Output, Answer> {
    #[doc(hidden)]
    fn apply(&self, output: &Output, seal: Seal) -> Answer;
}

impl<T, E> Predicate<Result<T, E>, bool> for ErrFails {
    fn apply(&self, output: &Result<T, E>, _: Seal) -> bool {
        output.is_err()
    }
}

impl<Output, Answer: Default> Predicate<Output, Answer> for NoPredicate {
    fn apply(&self, _output: &Output, _: Seal) -> Answer {
        Answer::default()
    }
}

impl<Output, Answer, F: Fn(&Output) -> Answer> Predicate<Output, Answer> for F {
    fn apply(&self, output: &Output, _: Seal) -> Answer {
        self(output)
    }
}

impl<Output, Failure, Ignored, Wait> Judge<Output> for ResultClassifier<Failure, Ignored, Wait>
where
    Failure: Predicate<Output, bool>,
    Ignored: Predicate<Output, bool>,
    Wait: Predicate<Output, Option<Duration>>,
{
    fn judge(self, output: &Output) -> Verdict {
        if self.ignored.apply(output, SEAL) {
            Outcome::Ignored.into()
        } else if self.failure.apply(output, SEAL) {
            let asked =
                RetryAdvice { retry_after: self.wait.apply(output, SEAL), ..RetryAdvice::default() };
            Verdict { asked, ..Outcome::Failure.into() }
        } else {
            Outcome::Success.into()
        }
    }
}
