//! The causes that errors name in the report of a trip: [`Cause`].

pub(crate) mod registered;

use std::rc::Rc;
use std::sync::Arc;

use crate::types::cause::registered::cause_of_error;
use crate::types::error::{BreakerError, CallError, ErrorKind};

/// The most bytes of a cause that are kept.
pub(crate) const MAX_BYTES: usize = 64;

/// An error that names its cause in the report of a trip.
///
/// A [`TripReport`](crate::TripReport) names the type of an error and never its text, which may hold a
/// secret. An error type with several causes implements this trait to name the cause instead, so that
/// an operator sees `3 x Timeout, 2 x Status(5xx)`. It is a text of the program, which cannot hold a
/// value of the error.
///
/// ```
/// use breaker_runtime::{BreakerError, Cause, breaker_of, circuit_breaker};
///
/// enum ShopError {
///     Timeout,
///     Status(u16),
///     Rejected(BreakerError),
/// }
///
/// impl Cause for ShopError {
///     fn cause(&self) -> &'static str {
///         match self {
///             Self::Timeout => "Timeout",
///             Self::Status(500..) => "Status(5xx)",
///             Self::Status(_) => "Status",
///             Self::Rejected(error) => error.cause(),
///         }
///     }
/// }
/// # impl From<BreakerError> for ShopError {
/// #     fn from(error: BreakerError) -> Self {
/// #         Self::Rejected(error)
/// #     }
/// # }
///
/// #[circuit_breaker(name = "shop", failure_threshold = 2)]
/// fn price(product: u32) -> Result<u32, ShopError> {
///     Err(if product == 0 { ShopError::Timeout } else { ShopError::Status(503) })
/// }
///
/// assert!(price(0).is_err() && price(1).is_err());
/// assert_eq!(
///     breaker_of(price).trips()[0].summary().to_string(),
///     "shop opened: 2 failures in a row (failure_threshold = 2); last cause: Status(5xx); causes: \
///      1 x Status(5xx), 1 x Timeout"
/// );
/// ```
///
/// # Where it is asked
///
/// - [`#[circuit_breaker]`](macro@crate::circuit_breaker) asks the error of a `Result`, with any of
///   `classify`, `failure_if`, `ignore_if` and `exclude`, and an output that is no `Result`. It finds
///   the trait by the type that the function is written with: a generic error needs the bound
///   `E: Cause`.
/// - It is asked once for each failure and each ignored outcome, and never for a success, which costs no
///   instruction more.
/// - The rest of this crate takes errors of any type, and asks those of types that
///   [`register_cause`](crate::register_cause) has announced: the methods of a
///   [`CircuitBreaker`](crate::CircuitBreaker) that run a call or a stream, the layers for `tower`, the
///   functions and the middleware for `reqwest`, the bodies of responses, and the items of a stream in a
///   `Result`. Without it they record the name of the type.
/// - A `Box<dyn Error + Send + Sync>` is asked as the error in it, if that is registered; otherwise as
///   the first of its sources that is. A `Box<dyn Error>` is too, where a registered type is; a
///   function with the attribute records its name, as it does for `anyhow::Error`: return an error type
///   of your own, or `Box<dyn Error + Send + Sync>`. A boxed error that borrows, such as
///   `Box<dyn Error + Send + Sync + 'a>`, is recorded by its name as well.
/// - A [`Permit`](crate::Permit) is settled without an error, and has no cause.
/// - A [`BreakerError`] and a [`CallError`] implement it, and so do a `Box`, an [`Arc`] and an [`Rc`] of
///   a type that does.
///
/// # Limits
///
/// The first 64 bytes are kept, and an empty text counts as none: the name of the type is recorded. A
/// breaker distinguishes 16 causes, of types and texts, and records each further one as `another cause`.
/// The text is in logs and on the dashboard, where characters that could forge a line are escaped.
///
/// # Panics
///
/// A panic in [`cause`](Self::cause) is one of the call, as a panic in `failure_if` is: the call counts
/// as a failure with the cause `panic`, and its permit is released.
pub trait Cause {
    /// Returns the cause in a few words, such as the name of a variant.
    ///
    /// It runs after the call, and holds up its caller: it should neither wait nor call the breaker.
    ///
    /// [`Error`](std::error::Error) has a deprecated method of this name: where both traits are in
    /// scope, write `Cause::cause(&error)`.
    fn cause(&self) -> &'static str;
}

/// Returns the cause of an error within the limits, or `None` if it is empty.
pub(crate) fn kept(cause: &'static str) -> Option<&'static str> {
    let most = cause.len().min(MAX_BYTES);
    let end = (0..=most).rev().find(|end| cause.is_char_boundary(*end))?;
    cause.get(..end).filter(|text| !text.is_empty())
}

/// The kind of the error: `BreakerError(open)`.
impl Cause for BreakerError {
    fn cause(&self) -> &'static str {
        match self.kind() {
            ErrorKind::Open => "BreakerError(open)",
            ErrorKind::HalfOpen => "BreakerError(half-open)",
            ErrorKind::ForcedOpen => "BreakerError(forced open)",
            ErrorKind::Recovering => "BreakerError(recovering)",
            ErrorKind::Throttled => "BreakerError(throttled)",
            ErrorKind::Full => "BreakerError(full)",
            ErrorKind::TimedOut => "BreakerError(timed out)",
            ErrorKind::Failed => "BreakerError(failed)",
            ErrorKind::Injected => "BreakerError(injected)",
        }
    }
}

/// The cause of the error inside.
impl<E: Cause> Cause for CallError<E> {
    fn cause(&self) -> &'static str {
        match self {
            Self::Breaker(error) => error.cause(),
            Self::Inner(error) => error.cause(),
        }
    }
}

macro_rules! pointers {
    ($($pointer:ident),*) => {$(
        impl<E: Cause + ?Sized> Cause for $pointer<E> {
            fn cause(&self) -> &'static str {
                (**self).cause()
            }
        }
    )*};
}

pointers!(Box, Rc, Arc);

/// The cause of the error, or else of the first of its sources, that is of a type which
/// [`register_cause`](crate::register_cause) has announced; empty if there is none.
impl Cause for dyn std::error::Error + Send + Sync {
    fn cause(&self) -> &'static str {
        cause_of_error(self).unwrap_or_default()
    }
}

impl<E: Cause + ?Sized> Cause for &E {
    fn cause(&self) -> &'static str {
        (**self).cause()
    }
}

#[cfg(test)]
mod tests {
    use super::kept;

    #[test]
    fn long_cause_is_cut_at_a_character_and_an_empty_one_is_none() {
        const LONG: &str = "ééééééééééééééééééééééééééééééééééééééé";
        assert_eq!(kept("Timeout"), Some("Timeout"));
        assert_eq!(kept(""), None);
        assert_eq!(kept(LONG).map(str::len), Some(64));
        assert_eq!(kept(&LONG[..64]).map(str::len), Some(64));
        assert_eq!(kept("a€€€€€€€€€€€€€€€€€€€€€€€€€€€€").map(str::len), Some(64));
        assert_eq!(kept("€€€€€€€€€€€€€€€€€€€€€€€€€€€€").map(str::len), Some(63));
    }
}
