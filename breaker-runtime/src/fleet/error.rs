//! Why the fleet cannot be reached or commanded: [`FleetError`].

use std::borrow::Cow;
use std::fmt;

use crate::fleet::store::StoreError;

/// Why [`connect`](crate::fleet::connect) or a command for the fleet has failed. Its text is one line,
/// and holds no user name and no password of the address.
///
/// ```
/// use breaker_runtime::fleet::{FleetError, FleetErrorKind, FleetOptions, connect};
///
/// let refused: FleetError = connect("http://cache", FleetOptions::new()).unwrap_err();
/// assert_eq!(refused.kind(), FleetErrorKind::Address);
/// let outside = connect("redis://cache", FleetOptions::new()).unwrap_err();
/// assert_eq!(outside.kind(), FleetErrorKind::NoRuntime);
/// assert_eq!(outside.kind().to_string(), "no tokio runtime");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FleetError {
    kind: FleetErrorKind,
    text: Cow<'static, str>,
}

/// The kinds of [`FleetError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FleetErrorKind {
    /// The address cannot be used.
    Address,
    /// The process is connected already.
    Connected,
    /// There is no tokio runtime on this thread.
    NoRuntime,
    /// An argument is out of range.
    Argument,
    /// The store did not carry out the command, or its answer did not arrive.
    Store,
}

/// A few words, such as `unusable address`.
impl fmt::Display for FleetErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Address => "unusable address",
            Self::Connected => "already connected",
            Self::NoRuntime => "no tokio runtime",
            Self::Argument => "argument out of range",
            Self::Store => "no answer of the store",
        })
    }
}

impl FleetError {
    pub(super) fn new(kind: FleetErrorKind, text: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, text: text.into() }
    }

    pub(super) fn store(error: &StoreError) -> Self {
        Self::new(FleetErrorKind::Store, error.to_string())
    }

    /// Returns the kind of the error.
    pub fn kind(&self) -> FleetErrorKind {
        self.kind
    }
}

/// One line: the subject, the state, and what to do.
impl fmt::Display for FleetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for FleetError {}
