//! The error of a call: [`CallError`].

use std::error::Error;
use std::fmt;

use crate::types::error::BreakerError;

/// The error of a call through a breaker: the breaker's, or the call's own.
///
/// Exhaustive, so that a `match` on it is complete: a call either has its own error, or the breaker has
/// one for it, and [`ErrorKind`](crate::ErrorKind) is where kinds of the latter are added.
///
/// ```
/// use breaker_runtime::{CallError, CircuitBreaker};
///
/// let breaker = CircuitBreaker::builder("numbers").build()?;
/// match breaker.call(|| "seven".parse::<u32>()) {
///     Ok(number) => println!("{number}"),
///     Err(CallError::Inner(error)) => println!("not a number: {error}"),
///     Err(CallError::Breaker(error)) => println!("not tried: {error}"),
/// }
/// # Ok::<(), breaker_runtime::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "kinds are added to `ErrorKind`")]
pub enum CallError<E> {
    /// The breaker rejected the call, or ended it at its deadline.
    Breaker(BreakerError),
    /// The call ran and failed.
    Inner(E),
}

impl<E> CallError<E> {
    /// Returns the call's own error, or `None` if the breaker rejected or ended the call.
    ///
    /// ```
    /// use breaker_runtime::{CallError, CircuitBreaker};
    ///
    /// let breaker = CircuitBreaker::builder("numbers").build()?;
    /// let error = breaker.call(|| "seven".parse::<u32>()).unwrap_err();
    /// assert!(error.rejection().is_none());
    /// assert!(error.into_inner().is_some());
    /// # Ok::<(), breaker_runtime::ConfigError>(())
    /// ```
    pub fn into_inner(self) -> Option<E> {
        match self {
            Self::Inner(error) => Some(error),
            Self::Breaker(_) => None,
        }
    }

    /// Returns the breaker's error, or `None` if the call ran and failed.
    pub fn rejection(&self) -> Option<&BreakerError> {
        match self {
            Self::Breaker(error) => Some(error),
            Self::Inner(_) => None,
        }
    }
}

impl<E> CallError<E> {
    /// Returns the call's own error, or converts the breaker's into one. For callers with a single error
    /// type.
    ///
    /// ```
    /// use breaker_runtime::{BreakerError, CallError, CircuitBreaker};
    ///
    /// type Error = Box<dyn std::error::Error + Send + Sync>;
    ///
    /// fn port(breaker: &CircuitBreaker, text: &str) -> Result<u16, Error> {
    ///     breaker.call(|| text.parse().map_err(Error::from)).map_err(CallError::merge)
    /// }
    ///
    /// let breaker = CircuitBreaker::builder("ports").build()?;
    /// assert_eq!(port(&breaker, "8080")?, 8080);
    /// breaker.force_open();
    /// assert!(port(&breaker, "8080").unwrap_err().is::<BreakerError>());
    /// # Ok::<(), Error>(())
    /// ```
    pub fn merge(self) -> E
    where
        E: From<BreakerError>,
    {
        match self {
            Self::Breaker(error) => error.into(),
            Self::Inner(error) => error,
        }
    }
}

impl<E> From<BreakerError> for CallError<E> {
    fn from(error: BreakerError) -> Self {
        Self::Breaker(error)
    }
}

impl<E: fmt::Display> fmt::Display for CallError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Breaker(error) => error.fmt(f),
            Self::Inner(error) => error.fmt(f),
        }
    }
}

impl<E: Error> Error for CallError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Breaker(_) => None,
            Self::Inner(error) => error.source(),
        }
    }
}
