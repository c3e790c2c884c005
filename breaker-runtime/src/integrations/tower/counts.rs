//! How a result counts: [`ResultClassifier`].

use std::fmt;
use std::time::Duration;

use crate::breaker::judge::Judge;
use crate::integrations::select::{SEAL, Seal};
use crate::types::cause::registered::cause_or_type;
use crate::types::class::Class;
use crate::types::outcome::{Evidence, FAILURE_IF, IGNORE_IF, Outcome, RetryAdvice, Verdict};

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
#[non_exhaustive]
pub struct ErrFails;

/// For how long the dependency wants to be left alone; of
/// [`honour_retry_after`](crate::integrations::tower::CircuitBreakerLayer::honour_retry_after).
pub type WaitOf<Output> = fn(&Output) -> Option<Duration>;

/// The rule that a result with the class of a failure is one; of
/// [`classify`](crate::integrations::tower::CircuitBreakerLayer::classify).
pub struct ClassFails<Output>(pub(super) fn(&Output) -> Class);

/// The rule that a result with a neutral class is ignored; of
/// [`classify`](crate::integrations::tower::CircuitBreakerLayer::classify).
pub struct ClassIgnored<Output>(pub(super) fn(&Output) -> Class);

/// Implements what a derive would implement for an `Output` that has the traits only.
macro_rules! copied {
    ($($rule:ident),*) => {$(
        impl<Output> Clone for $rule<Output> {
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<Output> Copy for $rule<Output> {}

        impl<Output> fmt::Debug for $rule<Output> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($rule))
            }
        }
    )*};
}

copied!(ClassFails, ClassIgnored);

/// Counts results by their class; of
/// [`classify`](crate::integrations::tower::CircuitBreakerLayer::classify).
pub type ClassClassifier<Output, Wait> =
    ResultClassifier<ClassFails<Output>, ClassIgnored<Output>, Wait>;

/// No result.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct NoPredicate;

/// A rule about results: a function, or the default where none is given.
///
/// Sealed: other crates cannot implement it.
pub trait Predicate<Output, Answer> {
    #[doc(hidden)]
    fn apply(&self, output: &Output, seal: Seal) -> Answer;

    /// Returns the class of a result, of a rule that judges by it.
    #[doc(hidden)]
    fn class(&self, _output: &Output, _: Seal) -> Option<Class> {
        None
    }
}

impl<Output> Predicate<Output, bool> for ClassFails<Output> {
    fn apply(&self, output: &Output, _: Seal) -> bool {
        (self.0)(output).outcome() == Outcome::Failure
    }

    fn class(&self, output: &Output, _: Seal) -> Option<Class> {
        Some((self.0)(output))
    }
}

impl<Output> Predicate<Output, bool> for ClassIgnored<Output> {
    fn apply(&self, output: &Output, _: Seal) -> bool {
        (self.0)(output).outcome() == Outcome::Ignored
    }
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

impl<T, E: 'static, Failure, Ignored, Wait> Judge<Result<T, E>>
    for ResultClassifier<Failure, Ignored, Wait>
where
    Failure: Predicate<Result<T, E>, bool>,
    Ignored: Predicate<Result<T, E>, bool>,
    Wait: Predicate<Result<T, E>, Option<Duration>>,
{
    fn judge(self, output: &Result<T, E>) -> Verdict {
        let evidence = |judged_by| {
            let class = self.failure.class(output, SEAL);
            let cause = match output {
                Err(error) => Some(cause_or_type(error)),
                Ok(_) => Some(judged_by).filter(|_| class.is_none()),
            };
            Evidence { class, cause }
        };
        if self.ignored.apply(output, SEAL) {
            Verdict { evidence: evidence(IGNORE_IF), ..Outcome::Ignored.into() }
        } else if self.failure.apply(output, SEAL) {
            let asked =
                RetryAdvice { retry_after: self.wait.apply(output, SEAL), ..RetryAdvice::default() };
            Verdict { asked, evidence: evidence(FAILURE_IF), ..Outcome::Failure.into() }
        } else {
            Outcome::Success.into()
        }
    }
}
