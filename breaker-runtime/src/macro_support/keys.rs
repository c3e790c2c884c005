//! The breaker of one call of a function with a `key`.

use std::fmt;
use std::hash::Hash;
use std::sync::Arc;

use arc_swap::Guard;

use crate::__private::call_site::CallSite;
use crate::__private::carry::Handle;
use crate::breaker::CircuitBreaker;
use crate::breaker::borrowed::ThreadBorrow;
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
        Keyed { held, borrow: () }
    }

    /// Returns the breaker for a call that may go on in another task, or later. It is borrowed as for a
    /// call that ends here, unless this thread has as many such borrows as it may have: then it shares
    /// the count of the breaker.
    #[inline(always)]
    fn hold(self, key: KeyRef<'_>) -> Keyed<HeldBorrow> {
        let held = self.lend(key).held;
        let borrow = ThreadBorrow::begin();
        let held = if borrow.is_some() { held } else { Guard::from_inner(Guard::into_inner(held)) };
        Keyed { held, borrow: HeldBorrow(borrow) }
    }
}

/// The breaker of one call's key, with the methods of a
/// [`StaticBreaker`](crate::__private::StaticBreaker).
pub struct Keyed<B = ()> {
    /// Before the borrow, as it is dropped first.
    held: BorrowedMember<Inner>,
    /// Nothing for a call that ends on this thread, so that it need not be dropped.
    #[expect(dead_code, reason = "ends when it is dropped")]
    borrow: B,
}

/// The borrow of a call that may end on another thread.
#[derive(Debug)]
pub struct HeldBorrow(#[expect(dead_code, reason = "ends when it is dropped")] ThreadBorrow);

impl<B> Keyed<B> {
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
        self.shared()
    }

    #[inline(always)]
    fn shared(&self) -> &Arc<Inner> {
        match &*self.held {
            Some(inner) => inner,
            None => unreachable!("the breaker of a function with a key is a template"),
        }
    }
}

/// For a future or a stream that outlives the call.
impl<B> Handle for &Keyed<B> {
    fn handle(self) -> CircuitBreaker {
        CircuitBreaker::from_shared(Arc::clone(self.shared()))
    }
}

impl<B> fmt::Debug for Keyed<B> {
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
    fn hold(&self, keys: Keys) -> Keyed<HeldBorrow>;
}

impl<K: BreakerKey + ?Sized> AskKey for &&&Ask<'_, K> {
    #[inline(always)]
    fn lend(&self, keys: Keys) -> Keyed {
        self.0.with_key(|key| keys.lend(key))
    }

    #[inline(always)]
    fn hold(&self, keys: Keys) -> Keyed<HeldBorrow> {
        self.0.with_key(|key| keys.hold(key))
    }
}

/// Second: a reference to any other value.
pub trait AskReference {
    #[doc(hidden)]
    fn lend(&self, keys: Keys) -> Keyed;
    #[doc(hidden)]
    fn hold(&self, keys: Keys) -> Keyed<HeldBorrow>;
}

impl<K: Hash + Eq + Clone + fmt::Debug + Send + Sync + 'static> AskReference for &&Ask<'_, &K> {
    fn lend(&self, keys: Keys) -> Keyed {
        keys.lend(KeyRef::value(*self.0))
    }

    fn hold(&self, keys: Keys) -> Keyed<HeldBorrow> {
        keys.hold(KeyRef::value(*self.0))
    }
}

/// Third: any other value.
pub trait AskValue {
    #[doc(hidden)]
    fn lend(&self, keys: Keys) -> Keyed;
    #[doc(hidden)]
    fn hold(&self, keys: Keys) -> Keyed<HeldBorrow>;
}

impl<K: Hash + Eq + Clone + fmt::Debug + Send + Sync + 'static> AskValue for &Ask<'_, K> {
    fn lend(&self, keys: Keys) -> Keyed {
        keys.lend(KeyRef::value(self.0))
    }

    fn hold(&self, keys: Keys) -> Keyed<HeldBorrow> {
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
    fn hold(&self, keys: Keys) -> Keyed<HeldBorrow>
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

    fn hold(&self, keys: Keys) -> Keyed<HeldBorrow>
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

    const _: () = goes_anywhere::<Keyed<HeldBorrow>>();

    fn keys(name: &str, max_keys: u32) -> Keys {
        let builder = CircuitBreaker::builder(name).keyed().max_keys(max_keys);
        let breakers = builder.build().expect("the numbers are in range");
        Keys(Box::leak(Box::new(breakers)).template().inner())
    }

    /// Returns how many calls share the count of the breaker of 1.
    fn shared(keys: Keys) -> usize {
        let group = keys.0.group().expect("a template");
        // Two are this and the table.
        Arc::strong_count(&group.peek(KeyRef::number(1)).expect("it is there")) - 2
    }

    /// An async call that is ready at once writes nothing that other threads write.
    #[test]
    fn held_breakers_of_one_key_share_no_count() {
        let keys = keys("held: one key", 10);
        for _ in 0..100 {
            let held = [(); 4].map(|()| keys.hold(KeyRef::number(1)));
            drop(held);
            let _held = keys.hold(KeyRef::number(1));
            assert_eq!(shared(keys), 0);
        }
    }

    /// Otherwise calls that wait long would take the slots that calls of the thread need.
    #[test]
    fn held_breakers_beyond_a_few_share_the_count() {
        let keys = keys("held: many calls", 10);
        drop(keys.hold(KeyRef::number(1)));
        let held: Vec<_> = (0..20).map(|_| keys.hold(KeyRef::number(1))).collect();
        assert_eq!(shared(keys), 16);
        drop(held);
        assert_eq!(shared(keys), 0);
    }

    #[test]
    fn held_breaker_is_in_use_until_it_is_dropped_on_any_thread() {
        let keys = keys("held: in use", 2);
        let group = keys.0.group().expect("a template");
        let held = keys.hold(KeyRef::number(1));
        let address = std::ptr::from_ref(held.inner()).addr();
        let is_there = || {
            let found = group.peek(KeyRef::number(1));
            found.is_some_and(|found| Arc::as_ptr(&found).addr() == address)
        };
        (10..20).for_each(|key| drop(keys.hold(KeyRef::number(key))));
        assert!(is_there(), "another one made room");
        std::thread::spawn(move || drop(held)).join().expect("no panic");
        (20..22).for_each(|key| drop(keys.hold(KeyRef::number(key))));
        assert!(!is_there());
    }
}
