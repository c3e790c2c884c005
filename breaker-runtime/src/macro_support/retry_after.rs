//! The option `honour_retry_after`: the part of an output that has a `Retry-After`, and its judge.

use std::marker::PhantomData;

use crate::__private::call_policy::{Judge, Of};
use crate::integrations::classify::RetryAfter;
pub use crate::integrations::classify::retry_after::HasRetryAfter;
use crate::integrations::classify::via::{Answer, Both, Error, Itself};
use crate::types::outcome::{Outcome, RetryAdvice, Verdict};

/// The part that has a `Retry-After`. Found by `(&&&of::<Output>()).part()` with the five traits below
/// in scope: the first that fits the type, in the order in which a method call removes references.
#[derive(Debug)]
pub struct Part<Via>(PhantomData<fn() -> Via>);

/// Returns the part for an output that is not written down: the compiler infers it if only one fits.
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

/// Third: the `Err`.
pub trait AskError {
    #[doc(hidden)]
    fn part(&self) -> Part<Error> {
        some_part()
    }
}

impl<T, E: RetryAfter> AskError for &Of<Result<T, E>> {}

/// Fourth: the output itself.
pub trait AskItself {
    #[doc(hidden)]
    fn part(&self) -> Part<Itself> {
        some_part()
    }
}

impl<Output: RetryAfter> AskItself for &Of<Output> {}

/// Last: an output without a `Retry-After`.
pub trait AskNothing {
    #[doc(hidden)]
    fn part(&self) -> Part<Nothing> {
        some_part()
    }
}

impl<Output> AskNothing for Of<Output> {}

/// The part of an output without a `Retry-After`.
#[derive(Debug)]
pub enum Nothing {}

macro_rules! required {
    ($($part:ident as $required:ident),*) => {
        $(impl Part<$part> {
            /// Returns the part for `honour_retry_after`. For an output without a `Retry-After` it is
            /// the output itself, so that the compile error names it.
            #[inline(always)]
            #[must_use]
            pub fn required(self) -> Part<$required> {
                some_part()
            }
        })*
    };
}

required!(Both as Both, Answer as Answer, Error as Error, Itself as Itself, Nothing as Itself);

/// A function that reads the `Retry-After` of an output.
pub type RetryAfterFn<Output> = fn(&Output) -> RetryAdvice;

/// An output that may have a `Retry-After`; `Via` is the part that has it.
pub trait MaybeRetryAfter<Via> {
    #[doc(hidden)]
    fn advice(&self) -> RetryAdvice;
}

impl<Output> MaybeRetryAfter<Nothing> for Output {
    fn advice(&self) -> RetryAdvice {
        RetryAdvice::default()
    }
}

impl<Output: HasRetryAfter<Itself>> MaybeRetryAfter<Itself> for Output {
    fn advice(&self) -> RetryAdvice {
        self.hint()
    }
}

impl<Output: HasRetryAfter<Error>> MaybeRetryAfter<Error> for Output {
    fn advice(&self) -> RetryAdvice {
        self.hint()
    }
}

impl<Output: HasRetryAfter<Answer>> MaybeRetryAfter<Answer> for Output {
    fn advice(&self) -> RetryAdvice {
        self.hint()
    }
}

impl<Output: HasRetryAfter<Both>> MaybeRetryAfter<Both> for Output {
    fn advice(&self) -> RetryAdvice {
        self.hint()
    }
}

/// A judge that also reads the `Retry-After` of a failed output. It holds a function: a trait would have
/// to be proved again wherever the judge goes.
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
