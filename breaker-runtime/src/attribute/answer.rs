//! A fallback of an `async` function may be `async` or not; the types tell which.

use std::future::{Ready, ready};

/// A fallback's result: the answer, or a future of it.
#[diagnostic::on_unimplemented(
    message = "the fallback returns `{Self}`, and the function returns `{R}`",
    label = "this fallback must return `{R}`, or a future of it"
)]
pub trait IntoAnswer<R, Kind> {
    /// A future of the answer.
    type Future: Future<Output = R>;

    #[doc(hidden)]
    fn into_answer(self) -> Self::Future;
}

/// The fallback is a plain function.
#[derive(Debug)]
pub enum Now {}

/// The fallback is `async`.
#[derive(Debug)]
pub enum Later {}

impl<R> IntoAnswer<R, Now> for R {
    type Future = Ready<R>;

    fn into_answer(self) -> Ready<R> {
        ready(self)
    }
}

impl<R, Fut: Future<Output = R>> IntoAnswer<R, Later> for Fut {
    type Future = Fut;

    fn into_answer(self) -> Fut {
        self
    }
}

/// Makes a future of what a fallback has returned.
pub fn answer<R, Kind, A: IntoAnswer<R, Kind>>(answer: A) -> A::Future {
    answer.into_answer()
}
