//! The option `classify`: the part of an output that shows how the dependency answered, and its judge.

use std::marker::PhantomData;

use crate::__private::call_policy::{Judge, Of};
use crate::integrations::classify::Class;
use crate::integrations::classify::via::{Answer, Both, Error, HasClass, Itself};
use crate::types::outcome::{Evidence, Verdict};

/// An output that shows how the dependency answered; `Via` is the part that does.
///
/// Unlike [`HasClass`], which is a bound in the user's code, it is found by the expansion, so that an
/// `Ok` may borrow, and a `Result` with both sides needs no type annotation.
#[diagnostic::on_unimplemented(
    message = "`classify`: `{Self}` does not say how the dependency answered",
    label = "this cannot be classified",
    note = "a `Result` can if its error implements `classify::Classify`, or if its `Ok` is an `http::Response`: for an \
            error type of your own write `impl breaker_runtime::classify::Classify for ..`, for others give \
            `failure_if` and `ignore_if`",
    note = "the types of `http`, `reqwest` and `tonic` can by the features of these names"
)]
pub trait SaysClass<Via> {
    #[doc(hidden)]
    fn class(&self) -> Class;
}

#[diagnostic::do_not_recommend]
impl<Output: HasClass<Itself>> SaysClass<Itself> for Output {
    fn class(&self) -> Class {
        self.class_of()
    }
}

#[diagnostic::do_not_recommend]
impl<T, E: HasClass<Itself>> SaysClass<Error> for Result<T, E> {
    fn class(&self) -> Class {
        self.as_ref().err().map_or(Class::Success, HasClass::class_of)
    }
}

#[diagnostic::do_not_recommend]
impl<T: HasClass<Itself>, E> SaysClass<Answer> for Result<T, E> {
    fn class(&self) -> Class {
        self.as_ref().map_or(Class::NoAnswer, HasClass::class_of)
    }
}

#[diagnostic::do_not_recommend]
impl<T: HasClass<Itself>, E: HasClass<Itself>> SaysClass<Both> for Result<T, E> {
    fn class(&self) -> Class {
        match self {
            Ok(answer) => answer.class_of(),
            Err(error) => error.class_of(),
        }
    }
}

/// The part that shows the class. Found by `(&&&of::<Output>()).class_part()` with the four traits below
/// in scope: the first that fits the type, in the order in which a method call removes references.
#[derive(Debug)]
pub struct ClassPart<Via>(PhantomData<fn() -> Via>);

/// Returns the part for an output that is not written down: the compiler infers it if only one fits.
pub const fn some_class_part<Via>() -> ClassPart<Via> {
    ClassPart(PhantomData)
}

/// First: both sides of a `Result`.
pub trait ClassBoth {
    #[doc(hidden)]
    fn class_part(&self) -> ClassPart<Both> {
        some_class_part()
    }
}

impl<T: HasClass<Itself>, E: HasClass<Itself>> ClassBoth for &&Of<Result<T, E>> {}

/// Second: the `Ok`.
pub trait ClassAnswer {
    #[doc(hidden)]
    fn class_part(&self) -> ClassPart<Answer> {
        some_class_part()
    }
}

impl<T: HasClass<Itself>, E> ClassAnswer for &Of<Result<T, E>> {}

/// Third: the `Err`.
pub trait ClassError {
    #[doc(hidden)]
    fn class_part(&self) -> ClassPart<Error> {
        some_class_part()
    }
}

impl<T, E: HasClass<Itself>> ClassError for &Of<Result<T, E>> {}

/// Last: the output, whether it has a class or not.
pub trait ClassItself {
    #[doc(hidden)]
    fn class_part(&self) -> ClassPart<Itself> {
        some_class_part()
    }
}

impl<Output> ClassItself for Of<Output> {}

/// A judge by the class. It holds a function: a trait would have to be proved again wherever the judge
/// goes.
#[derive(Clone, Copy, Debug)]
pub struct ByClass<Output>(pub(super) fn(&Output) -> Class);

impl<Output> Judge<Output> for ByClass<Output> {
    #[inline(always)]
    fn judge(self, output: &Output) -> Verdict {
        let class = (self.0)(output);
        let evidence = Evidence { class: Some(class), cause: None };
        Verdict { evidence, ..class.outcome().into() }
    }
}

/// Returns `false`: a placeholder for `failure_if` until the class decides.
pub fn unjudged<Output>(_: &Output) -> bool {
    false
}
