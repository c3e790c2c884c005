//! A call that was not admitted, before there is an error: [`Rejected`].

use std::fmt;

use crate::breaker::inner::Inner;
use crate::types::error::{BreakerError, PackedKind};

/// A call that was not admitted. It is two registers, where its error is four words of memory: the error
/// is made where it is converted into that of the caller.
#[derive(Clone, Copy)]
#[must_use]
pub struct Rejected<'e> {
    inner: &'e Inner,
    packed: PackedKind,
}

impl<'e> Rejected<'e> {
    #[inline(always)]
    pub(super) const fn new(inner: &'e Inner, packed: PackedKind) -> Self {
        Self { inner, packed }
    }

    /// Returns the error by a function call.
    #[cold]
    #[inline(never)]
    pub(crate) fn into_error_apart(self) -> BreakerError {
        let packed = self.packed.as_plain().unwrap_or(self.packed);
        BreakerError::unpacked(self.inner.name(), packed).with_key(self.inner.error_key())
    }
}

/// A rejection that becomes an error, or is one.
pub trait IntoError {
    /// Returns the error.
    fn into_error(self) -> BreakerError;
}

impl IntoError for BreakerError {
    #[inline(always)]
    fn into_error(self) -> BreakerError {
        self
    }
}

impl IntoError for Rejected<'_> {
    /// Returns the error, without a function call for a breaker that has a name and no key.
    #[inline(always)]
    fn into_error(self) -> BreakerError {
        match self.packed.as_plain() {
            Some(packed) => BreakerError::unpacked(self.inner.name(), packed),
            None => self.into_error_apart(),
        }
    }
}

impl fmt::Debug for Rejected<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Rejected").field(&self.into_error_apart()).finish()
    }
}
