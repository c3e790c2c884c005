//! The part of an output that has its class. The compiler finds it from the type; write it only where
//! [both](Both) sides of a `Result` have a class.
//!
//! These are types rather than one rule, because `Result<T, E>` has its class by `T`, by `E`, or by
//! both, and no trait can be implemented for "`T` has no class".
//!
//! ```
//! use breaker_runtime::classify::{self, Class, Classify, via};
//!
//! struct Page(u16);
//!
//! impl Classify for Page {
//!     fn class(&self) -> Class {
//!         if self.0 < 500 { Class::Success } else { Class::ServerError }
//!     }
//! }
//!
//! struct Unreachable;
//!
//! impl Classify for Unreachable {
//!     fn class(&self) -> Class {
//!         Class::NoAnswer
//!     }
//! }
//!
//! let answer: Result<Page, Unreachable> = Ok(Page(503));
//! assert_eq!(classify::class::<_, via::Both>(&answer), Class::ServerError);
//! ```

use std::any::Any;

use crate::integrations::classify::{Class, Classify};

/// The output itself has a class.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Itself {}

/// The error has a class. `Ok` is a success, unless it is one of the responses that the features know.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Error {}

/// The answer has a class, and an error of any type means that there was none.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Answer {}

/// The answer and the error have classes.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Both {}

/// An output that can be classified; how, is a matter of `Via`. To be implemented through [`Classify`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not show how the dependency answered",
    label = "this cannot be classified",
    note = "a `Result` can if its error implements `classify::Classify`, or if it holds an `http::Response`: \
            for an error type of your own write `impl breaker_runtime::classify::Classify for ..`, for others use \
            a closure",
    note = "the types of `http`, `reqwest` and `tonic` can by the features of these names"
)]
pub trait HasClass<Via> {
    #[doc(hidden)]
    fn class_of(&self) -> Class;
}

#[diagnostic::do_not_recommend]
impl<C: Classify + ?Sized> HasClass<Itself> for C {
    fn class_of(&self) -> Class {
        self.class()
    }
}

#[diagnostic::do_not_recommend]
impl<T: 'static, E: Classify> HasClass<Error> for Result<T, E> {
    fn class_of(&self) -> Class {
        match self {
            Ok(answer) => of_known(answer).unwrap_or(Class::Success),
            Err(error) => error.class(),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<T: Classify, E> HasClass<Answer> for Result<T, E> {
    fn class_of(&self) -> Class {
        self.as_ref().map_or(Class::NoAnswer, Classify::class)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Classify, E: Classify> HasClass<Both> for Result<T, E> {
    fn class_of(&self) -> Class {
        match self {
            Ok(answer) => answer.class(),
            Err(error) => error.class(),
        }
    }
}

/// Returns the class of a response or a status.
///
/// These do not implement [`Classify`], which would make a `Result` of one and a classified error
/// ambiguous; a type without parameters can be recognised by its `TypeId`.
fn of_known(answer: &dyn Any) -> Option<Class> {
    #[cfg(feature = "http")]
    if let Some(class) = crate::integrations::classify::http::of_known(answer) {
        return Some(class);
    }
    #[cfg(feature = "reqwest")]
    if let Some(class) = crate::integrations::classify::reqwest::of_known(answer) {
        return Some(class);
    }
    let _ = answer;
    None
}
