//! A fallback of an `async` function may be `async` or not; the types say which.
//!
//! The form is found by the order in which a method call takes references away. A bound of one function would be checked
//! again for its `.await`, and what does not fit would be two errors.

use std::future::{Ready, ready};
use std::marker::PhantomData;

/// The type that a fallback returns, beside the output of the function.
#[derive(Debug)]
pub struct Answer<R, A>(PhantomData<fn() -> (R, A)>);

/// Returns the types alone.
#[inline(always)]
pub const fn answer<R, A>(_answer: &A) -> Answer<R, A> {
    Answer(PhantomData)
}

/// The fallback is a plain function.
#[derive(Debug)]
pub struct Now;

impl Now {
    /// Returns a future of the answer.
    #[inline(always)]
    #[expect(clippy::unused_self, reason = "the form is found as a value")]
    pub fn answer<R>(self, answer: R) -> Ready<R> {
        ready(answer)
    }
}

/// Finds the form of a fallback that is a plain function.
pub trait AnswerNow {
    #[doc(hidden)]
    #[inline(always)]
    fn answer_form(&self) -> Now {
        Now
    }
}

impl<R> AnswerNow for &&Answer<R, R> {}

/// The fallback is `async`.
#[derive(Debug)]
pub struct Later;

impl Later {
    /// Returns the fallback's own future.
    #[inline(always)]
    #[expect(clippy::unused_self, reason = "the form is found as a value")]
    pub fn answer<A: Future>(self, answer: A) -> A {
        answer
    }
}

/// Finds the form of a fallback that is `async`.
pub trait AnswerLater {
    #[doc(hidden)]
    #[inline(always)]
    fn answer_form(&self) -> Later {
        Later
    }
}

impl<R, A: Future<Output = R>> AnswerLater for &Answer<R, A> {}

/// The fallback does not fit.
#[derive(Debug)]
pub struct Never<R>(PhantomData<fn() -> R>);

impl<R> Never<R> {
    /// Is the compile error.
    #[expect(clippy::unused_self, reason = "the form is found as a value")]
    pub fn answer<A: FallbackFor<R>>(self, answer: A) -> Ready<R> {
        ready(answer.into_output())
    }
}

/// Finds the form of a fallback that does not fit.
pub trait AnswerNever<R> {
    #[doc(hidden)]
    fn answer_form(&self) -> Never<R> {
        Never(PhantomData)
    }
}

impl<R, A> AnswerNever<R> for Answer<R, A> {}

/// A fallback's result that fits. There is none of these, as those that fit are found before.
#[diagnostic::on_unimplemented(
    message = "the fallback returns `{Self}`, and the function returns `{R}`",
    label = "this fallback must return `{R}`, or a future of it"
)]
pub trait FallbackFor<R> {
    #[doc(hidden)]
    fn into_output(self) -> R;
}
