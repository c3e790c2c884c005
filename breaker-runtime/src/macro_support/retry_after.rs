//! `honour_retry_after`: which part of an output says when to come back, and a judge that asks it.

use std::marker::PhantomData;

use crate::__private::call_policy::{Judge, Of};
use crate::integrations::classify::RetryAfter;
pub use crate::integrations::classify::retry_after::HasRetryAfter;
use crate::integrations::classify::retry_after::asked;
use crate::integrations::classify::via::{Answer, Both, Error, Itself};
use crate::types::outcome::{Outcome, RetryAdvice, Verdict};

/// The part that is asked. Found by `(&&&of::<Output>()).part()` with the four traits below in scope: the
/// first that fits the type, in the order in which a method call takes references away.
#[derive(Debug)]
pub struct Part<Via>(PhantomData<fn() -> Via>);

/// Where the output is not written down: the compiler has to find the part, and does so if there is but one.
pub const fn some_part<Via>() -> Part<Via> {
    Part(PhantomData)
}

/// First: both sides of a `Result`.
pub trait AskBoth {
    #[doc(hidden)]
    fn part(&self) -> Part<Both> {
        some_part()
    }
}

impl<T: RetryAfter, E: RetryAfter> AskBoth for &&Of<Result<T, E>> {}

/// Second: the `Ok`.
pub trait AskAnswer {
    #[doc(hidden)]
    fn part(&self) -> Part<Answer> {
        some_part()
    }
}

impl<T: RetryAfter, E> AskAnswer for &Of<Result<T, E>> {}

/// Or the `Err`.
pub trait AskError {
    #[doc(hidden)]
    fn part(&self) -> Part<Error> {
        some_part()
    }
}

impl<T, E: RetryAfter> AskError for &Of<Result<T, E>> {}

/// Last: the output, whether it can tell or not.
pub trait AskItself {
    #[doc(hidden)]
    fn part(&self) -> Part<Itself> {
        some_part()
    }
}

impl<Output> AskItself for Of<Output> {}

/// What an output that may or may not be able to tell says of the time to come back: found as above, by
/// `(&&&of::<Output>()).hint()`.
pub type RetryAfterFn<Output> = fn(&Output) -> RetryAdvice;

/// First: both sides of a `Result`.
pub trait HintBoth<Output> {
    #[doc(hidden)]
    fn hint(&self) -> RetryAfterFn<Output>;
}

impl<T: RetryAfter, E: RetryAfter> HintBoth<Result<T, E>> for &&Of<Result<T, E>> {
    fn hint(&self) -> RetryAfterFn<Result<T, E>> {
        <Result<T, E> as HasRetryAfter<Both>>::hint
    }
}

/// Second: the `Ok`.
pub trait HintAnswer<Output> {
    #[doc(hidden)]
    fn hint(&self) -> RetryAfterFn<Output>;
}

impl<T: RetryAfter, E> HintAnswer<Result<T, E>> for &Of<Result<T, E>> {
    fn hint(&self) -> RetryAfterFn<Result<T, E>> {
        <Result<T, E> as HasRetryAfter<Answer>>::hint
    }
}

/// Or the `Err`.
pub trait HintError<Output> {
    #[doc(hidden)]
    fn hint(&self) -> RetryAfterFn<Output>;
}

impl<T, E: RetryAfter> HintError<Result<T, E>> for &Of<Result<T, E>> {
    fn hint(&self) -> RetryAfterFn<Result<T, E>> {
        <Result<T, E> as HasRetryAfter<Error>>::hint
    }
}

/// Or the output itself.
pub trait HintItself<Output> {
    #[doc(hidden)]
    fn hint(&self) -> RetryAfterFn<Output>;
}

impl<Output: RetryAfter> HintItself<Output> for &Of<Output> {
    fn hint(&self) -> RetryAfterFn<Output> {
        asked
    }
}

/// Last: one that cannot tell.
pub trait HintNothing<Output> {
    #[doc(hidden)]
    fn hint(&self) -> RetryAfterFn<Output>;
}

impl<Output> HintNothing<Output> for Of<Output> {
    fn hint(&self) -> RetryAfterFn<Output> {
        |_| RetryAdvice::default()
    }
}

/// A judge, and what a failed output says of the time to come back. A function rather than a trait, which would
/// be asked for once more wherever the judge goes.
#[derive(Debug)]
pub struct WithRetryAfter<J, Output> {
    pub(super) judge: J,
    pub(super) hint: RetryAfterFn<Output>,
}

impl<J: Clone, Output> Clone for WithRetryAfter<J, Output> {
    fn clone(&self) -> Self {
        Self { judge: self.judge.clone(), hint: self.hint }
    }
}

impl<Output, J: Judge<Output>> Judge<Output> for WithRetryAfter<J, Output> {
    #[inline(always)]
    fn judge(self, output: &Output) -> Verdict {
        let verdict = self.judge.judge(output);
        match verdict.outcome {
            Outcome::Failure => Verdict { asked: (self.hint)(output), ..verdict },
            Outcome::Success | Outcome::Ignored => verdict,
        }
    }
}
