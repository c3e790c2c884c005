//! Fallbacks of an `async` function, which may be `async` or not: found from their types.
//!
//! The form is found by the order in which a method call removes references. A bound of one function
//! would be checked again for its `.await`, and a fallback that does not fit would be two errors.

use std::future::{Ready, ready};
use std::marker::PhantomData;

/// The type that a fallback returns, beside the output of the function.
#[derive(Debug)]
pub struct FallbackTypes<R, A>(PhantomData<fn() -> (R, A)>);

/// Returns the two types, as a value.
#[inline(always)]
pub const fn answer<R, A>(_answer: &A) -> FallbackTypes<R, A> {
    FallbackTypes(PhantomData)
}

/// The form of a fallback that is a plain function.
#[derive(Debug)]
pub struct AtOnce;

impl AtOnce {
    /// Returns a future of the answer.
    #[inline(always)]
    #[expect(clippy::unused_self, reason = "the form is found as a value")]
    pub fn answer<R>(self, answer: R) -> Ready<R> {
        ready(answer)
    }
}

/// Finds the form of a fallback that is a plain function.
pub trait AnswerAtOnce {
    #[doc(hidden)]
    #[inline(always)]
    fn answer_form(&self) -> AtOnce {
        AtOnce
    }
}

impl<R> AnswerAtOnce for &&FallbackTypes<R, R> {}

/// The form of a fallback that is `async`.
#[derive(Debug)]
pub struct InFuture;

impl InFuture {
    /// Returns the fallback's own future.
    #[inline(always)]
    #[expect(clippy::unused_self, reason = "the form is found as a value")]
    pub fn answer<A: Future>(self, answer: A) -> A {
        answer
    }
}

/// Finds the form of a fallback that is `async`.
pub trait AnswerInFuture {
    #[doc(hidden)]
    #[inline(always)]
    fn answer_form(&self) -> InFuture {
        InFuture
    }
}

impl<R, A: Future<Output = R>> AnswerInFuture for &FallbackTypes<R, A> {}

/// The form of a fallback that does not fit.
#[derive(Debug)]
pub struct UnfitFallback<R>(PhantomData<fn() -> R>);

impl<R> UnfitFallback<R> {
    /// Reports the compile error.
    #[expect(clippy::unused_self, reason = "the form is found as a value")]
    pub fn answer<A: FallbackFor<R>>(self, answer: A) -> Ready<R> {
        ready(answer.into_output())
    }
}

/// Finds the form of a fallback that does not fit.
pub trait AnswerUnfit<R> {
    #[doc(hidden)]
    fn answer_form(&self) -> UnfitFallback<R> {
        UnfitFallback(PhantomData)
    }
}

impl<R, A> AnswerUnfit<R> for FallbackTypes<R, A> {}

/// A result of a fallback that fits. No type implements it, as the fitting ones are found before.
#[diagnostic::on_unimplemented(
    message = "the fallback returns `{Self}`, and the function returns `{R}`",
    label = "this fallback must return `{R}`, or a future of it"
)]
pub trait FallbackFor<R> {
    #[doc(hidden)]
    fn into_output(self) -> R;
}
