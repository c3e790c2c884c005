//! The breaker of one call of a function with a `key`.

use std::fmt;
use std::hash::Hash;
use std::sync::Arc;

use arc_swap::Guard;

use crate::__private::call_site::CallSite;
use crate::__private::carry::Handle;
use crate::breaker::CircuitBreaker;
use crate::breaker::inner::Inner;
#[cfg(feature = "stream")]
use crate::breaker::owned_admission::OwnedAdmission;
#[cfg(feature = "stream")]
use crate::breaker::owned_permit::OwnedPermit;
#[cfg(feature = "stream")]
use crate::breaker::permit::Permit;
use crate::keyed::group::BorrowedMember;
#[cfg(feature = "stream")]
use crate::types::error::BreakerError;
use crate::types::key::{BreakerKey, KeyRef};

/// The breakers of a function's keys.
#[derive(Clone, Copy, Debug)]
pub struct Keys(pub(super) &'static Inner);

impl Keys {
    /// Returns the call site for a call that ends on this thread.
    #[inline(always)]
    fn lend(self, key: KeyRef<'_>) -> Keyed {
        let held = match self.0.group() {
            Some(group) => group.borrow_or_insert(self.0, key),
            None => Guard::from_inner(None),
        };
        Keyed { held, template: self.0 }
    }

    /// Returns the breaker for a call that may go on in another task, or later.
    #[inline(always)]
    fn hold(self, key: KeyRef<'_>) -> Keyed {
        let Keyed { held, template } = self.lend(key);
        Keyed { held: Guard::from_inner(Guard::into_inner(held)), template }
    }
}

/// The breaker of one call's key, with the methods of a
/// [`StaticBreaker`](crate::__private::StaticBreaker).
pub struct Keyed {
    held: BorrowedMember<Inner>,
    /// The breaker of a call without a key.
    template: &'static Inner,
}

impl Keyed {
    /// Returns the call site of the call.
    #[inline(always)]
    pub fn call_site(&self) -> CallSite<'_> {
        CallSite::new(self.inner())
    }

    /// Requests a permit for a stream, which can wait for one.
    #[cfg(feature = "stream")]
    pub fn ask_stream(&self) -> OwnedAdmission {
        crate::breaker::owned_admission::admit(self.handle(), true)
    }

    /// Converts an admission into one that a stream can hold.
    ///
    /// # Errors
    ///
    /// The rejection.
    #[cfg(feature = "stream")]
    pub fn own(&self, admitted: Result<Permit<'_>, BreakerError>) -> Result<OwnedPermit, BreakerError> {
        admitted.map(|permit| OwnedPermit::new(self.handle(), permit))
    }

    #[inline(always)]
    fn inner(&self) -> &Inner {
        self.held.as_deref().unwrap_or(self.template)
    }
}

/// For a future or a stream that outlives the call.
impl Handle for &Keyed {
    fn handle(self) -> CircuitBreaker {
        match &*self.held {
            Some(inner) => CircuitBreaker::from_shared(Arc::clone(inner)),
            None => CircuitBreaker::from_static(self.template),
        }
    }
}

impl fmt::Debug for Keyed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyed").field("key", &self.inner().key()).finish_non_exhaustive()
    }
}

/// Returns a key expression of the attribute. Its form is found from its type by the order in which a
/// method call removes references: `(&&&ask(&key)).lend(keys)`.
pub fn ask<K: ?Sized>(key: &K) -> Ask<'_, K> {
    Ask(key)
}

/// See [`ask`].
#[derive(Debug)]
pub struct Ask<'k, K: ?Sized>(&'k K);

/// First: a value that is a key.
pub trait AskKey {
    #[doc(hidden)]
    fn lend(&self, keys: Keys) -> Keyed;
    #[doc(hidden)]
    fn hold(&self, keys: Keys) -> Keyed;
}

impl<K: BreakerKey + ?Sized> AskKey for &&&Ask<'_, K> {
    #[inline(always)]
    fn lend(&self, keys: Keys) -> Keyed {
        self.0.with_key(|key| keys.lend(key))
    }

    #[inline(always)]
    fn hold(&self, keys: Keys) -> Keyed {
        self.0.with_key(|key| keys.hold(key))
    }
}

/// Second: a reference to any other value.
pub trait AskReference {
    #[doc(hidden)]
    fn lend(&self, keys: Keys) -> Keyed;
    #[doc(hidden)]
    fn hold(&self, keys: Keys) -> Keyed;
}

impl<K: Hash + Eq + Clone + fmt::Debug + Send + Sync + 'static> AskReference for &&Ask<'_, &K> {
    fn lend(&self, keys: Keys) -> Keyed {
        keys.lend(KeyRef::value(*self.0))
    }

    fn hold(&self, keys: Keys) -> Keyed {
        keys.hold(KeyRef::value(*self.0))
    }
}

/// Third: any other value.
pub trait AskValue {
    #[doc(hidden)]
    fn lend(&self, keys: Keys) -> Keyed;
    #[doc(hidden)]
    fn hold(&self, keys: Keys) -> Keyed;
}

impl<K: Hash + Eq + Clone + fmt::Debug + Send + Sync + 'static> AskValue for &Ask<'_, K> {
    fn lend(&self, keys: Keys) -> Keyed {
        keys.lend(KeyRef::value(self.0))
    }

    fn hold(&self, keys: Keys) -> Keyed {
        keys.hold(KeyRef::value(self.0))
    }
}

/// Last: a value that is no key. The compiler reports why.
pub trait AskWhy<K: ?Sized> {
    #[doc(hidden)]
    fn lend(&self, keys: Keys) -> Keyed
    where
        K: BreakerKey;
    #[doc(hidden)]
    fn hold(&self, keys: Keys) -> Keyed
    where
        K: BreakerKey;
}

impl<K: ?Sized> AskWhy<K> for Ask<'_, K> {
    fn lend(&self, keys: Keys) -> Keyed
    where
        K: BreakerKey,
    {
        (&&&self).lend(keys)
    }

    fn hold(&self, keys: Keys) -> Keyed
    where
        K: BreakerKey,
    {
        (&&&self).hold(keys)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn goes_anywhere<T: Send + Sync>() {}

    const _: () = goes_anywhere::<Keyed>();
}
