//! The traits of a return type: it has to show a failure, and to carry a rejection. Their errors are
//! what the author of a function reads if it does not.

use crate::types::error::BreakerError;

/// A return type that shows a failure and carries a rejection: `Result<T, E>` with
/// `E: From<BreakerError>`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot carry a circuit breaker's rejection",
    label = "return a `Result` here",
    note = "return `Result<T, E>` where `E: From<BreakerError>`: an `Err` is then a failure, and a \
            rejected call returns `Err`",
    note = "or keep the type and give `failure_if = |output| ..`, which decides what a failure \
            is, and `fallback = ..`, which answers a rejected call"
)]
pub trait Protected: Sized {
    #[doc(hidden)]
    type Error;

    #[doc(hidden)]
    fn failed(error: Self::Error) -> Self;
}

impl<T, E> Protected for Result<T, E> {
    type Error = E;

    fn failed(error: E) -> Self {
        Err(error)
    }
}

/// An item of a stream that can carry a rejection or a time-out: `Result<T, E>` with
/// `E: From<BreakerError>`.
#[diagnostic::on_unimplemented(
    message = "the items of this stream cannot carry a circuit breaker's rejection or time-out",
    label = "the items are `{Self}`, and not a `Result`",
    note = "return a stream of `Result<T, E>` where `E: From<BreakerError>`: an `Err` item is then a failure, and a \
            stream that is rejected, or stops for longer than `first_item` or `idle`, ends with one"
)]
pub trait StreamItem: Sized {
    #[doc(hidden)]
    type Error;

    #[doc(hidden)]
    fn failed(error: Self::Error) -> Self;
}

impl<T, E> StreamItem for Result<T, E> {
    type Error = E;

    fn failed(error: E) -> Self {
        Err(error)
    }
}

/// Returns the item with which a rejected or late stream ends.
pub(super) fn item_of_error<Item: StreamItem<Error: FromRejection>>(error: BreakerError) -> Item {
    Item::failed(Item::Error::from_rejection(error))
}

/// Returns the output of a rejected call.
pub(super) fn rejected<R: Protected<Error: FromRejection>>(rejection: BreakerError) -> R {
    R::failed(R::Error::from_rejection(rejection))
}

/// An error type that can be made of a rejection.
#[diagnostic::on_unimplemented(
    message = "the error type `{Self}` cannot carry a circuit breaker's rejection",
    label = "`{Self}` has no `From<BreakerError>`",
    note = "write `impl From<breaker_runtime::BreakerError> for {Self}`; for a type of another crate, \
            wrap it in one of your own",
    note = "or give a `fallback`, which answers in place of the rejection, and by `fallback_on = \"any\"` also in \
            place of a `call_timeout`"
)]
pub trait FromRejection: Sized {
    #[doc(hidden)]
    fn from_rejection(rejection: BreakerError) -> Self;
}

#[diagnostic::do_not_recommend]
impl<E: From<BreakerError>> FromRejection for E {
    fn from_rejection(rejection: BreakerError) -> Self {
        rejection.into()
    }
}

/// A return type that shows a failure, for a function with a fallback for every rejection.
#[diagnostic::on_unimplemented(
    message = "the circuit breaker cannot decide whether a `{Self}` is a failure",
    label = "return a `Result` here",
    note = "return a `Result`, where `Err` is a failure, or give `failure_if = |output| ..`"
)]
pub trait Fallible: Sized {}

impl<T, E> Fallible for Result<T, E> {}

/// A return type that carries a rejection, for a function with `failure_if`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot carry a circuit breaker's rejection",
    label = "return a `Result` here, or give a `fallback`",
    note = "`failure_if` or `classify` finds a failure, but a rejected call has to return something: return \
            `Result<T, E>` where `E: From<BreakerError>`, or give `fallback = ..`"
)]
pub trait Rejectable: Sized {
    #[doc(hidden)]
    type Error;

    #[doc(hidden)]
    fn failed(error: Self::Error) -> Self;
}

impl<T, E> Rejectable for Result<T, E> {
    type Error = E;

    fn failed(error: E) -> Self {
        Err(error)
    }
}

/// A return type with errors, which `exclude` matches.
#[diagnostic::on_unimplemented(
    message = "`exclude` matches the error of a `Result`, and `{Self}` has none",
    label = "this is no `Result`",
    note = "write `ignore_if = |output| ..`, which is asked about the whole output"
)]
pub trait HasError<E> {
    #[doc(hidden)]
    fn error(&self) -> Option<&E>;
}

#[diagnostic::do_not_recommend]
impl<T, E> HasError<E> for Result<T, E> {
    #[inline(always)]
    fn error(&self) -> Option<&E> {
        self.as_ref().err()
    }
}

/// The argument of a predicate.
#[diagnostic::on_unimplemented(
    message = "a predicate is asked about `&{Self}`, the whole output, and this one takes `&{Seen}`",
    label = "this is not the output",
    note = "write `|output| matches!(output, Err(error) if error.is_temporary())`; to ignore errors, use \
            `exclude = PATTERN`"
)]
pub trait SeenAs<Seen: ?Sized> {
    #[doc(hidden)]
    fn seen(&self) -> &Seen;
}

#[diagnostic::do_not_recommend]
impl<Output> SeenAs<Output> for Output {
    #[inline(always)]
    fn seen(&self) -> &Output {
        self
    }
}

/// Returns the output, for a predicate with a typed argument.
#[inline(always)]
pub fn seen_as<Output: SeenAs<Seen>, Seen: ?Sized>(output: &Output) -> &Seen {
    output.seen()
}
