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
    #[cfg_attr(not(debug_assertions), inline(always))]
    #[cfg_attr(debug_assertions, inline)]
    pub(super) const fn new(inner: &'e Inner, packed: PackedKind) -> Self {
        Self { inner, packed }
    }

    /// Returns the error of a breaker that has no key and a name that is known.
    #[cfg_attr(not(debug_assertions), inline(always))]
    #[cfg_attr(debug_assertions, inline)]
    fn try_error(self) -> Option<BreakerError> {
        let name = self.inner.name_if_known().filter(|_| self.inner.key().is_none())?;
        Some(BreakerError::unpacked(name, self.packed))
    }

    #[cold]
    #[inline(never)]
    fn answer_apart<A>(self, answer: impl FnOnce(BreakerError) -> A) -> A {
        answer(self.into_error_apart())
    }

    /// Returns the error by a function call.
    #[cold]
    #[inline(never)]
    pub(crate) fn into_error_apart(self) -> BreakerError {
        BreakerError::unpacked(self.inner.name(), self.packed).with_key(self.inner.error_key())
    }
}

/// A rejection that becomes an error, or is one.
pub trait IntoError {
    /// Returns the error.
    fn into_error(self) -> BreakerError;

    /// Returns the answer that `answer` makes of the error.
    fn answer_with<A>(self, answer: impl FnOnce(BreakerError) -> A) -> A;

    /// Returns the answer, by `refuse` if there is no error yet.
    fn answer_by<A>(
        self,
        refuse: Option<fn(Rejected<'_>) -> A>,
        answer: impl FnOnce(BreakerError) -> A,
    ) -> A;
}

impl IntoError for BreakerError {
    #[cfg_attr(not(debug_assertions), inline(always))]
    #[cfg_attr(debug_assertions, inline)]
    fn into_error(self) -> BreakerError {
        self
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    #[cfg_attr(debug_assertions, inline)]
    fn answer_with<A>(self, answer: impl FnOnce(BreakerError) -> A) -> A {
        answer(self)
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    #[cfg_attr(debug_assertions, inline)]
    fn answer_by<A>(
        self,
        _: Option<fn(Rejected<'_>) -> A>,
        answer: impl FnOnce(BreakerError) -> A,
    ) -> A {
        answer(self)
    }
}

impl IntoError for Rejected<'_> {
    /// Returns the error, without a function call for a breaker that has a name and no key.
    #[cfg_attr(not(debug_assertions), inline(always))]
    #[cfg_attr(debug_assertions, inline)]
    fn into_error(self) -> BreakerError {
        match self.try_error() {
            Some(error) => error,
            None => self.into_error_apart(),
        }
    }

    /// Returns the answer. Where a key or the name is missing, this is the last call: no register is
    /// saved for it.
    #[cfg_attr(not(debug_assertions), inline(always))]
    #[cfg_attr(debug_assertions, inline)]
    fn answer_with<A>(self, answer: impl FnOnce(BreakerError) -> A) -> A {
        match self.try_error() {
            Some(error) => answer(error),
            None => self.answer_apart(answer),
        }
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    #[cfg_attr(debug_assertions, inline)]
    fn answer_by<A>(
        self,
        refuse: Option<fn(Rejected<'_>) -> A>,
        answer: impl FnOnce(BreakerError) -> A,
    ) -> A {
        match refuse {
            Some(refuse) => refuse(self),
            None => answer(self.into_error()),
        }
    }
}

impl fmt::Debug for Rejected<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Rejected").field(&self.into_error_apart()).finish()
    }
}
