//! The breaker of a key as a handle borrows it: [`BorrowedBreaker`].

use std::cell::Cell;
use std::fmt;
use std::sync::Arc;

use arc_swap::Guard;

use crate::breaker::inner::Inner;
use crate::keyed::group::BorrowedMember;
use crate::state::counters::striped::ThreadSlot;
use crate::state::counters::thread_slot;

thread_local! {
    /// The number of breakers that handles borrow which were made on this thread.
    static BORROWED: Cell<u8> = const { Cell::new(0) };
}

/// The most breakers that handles of one thread borrow. Of `arc-swap` a thread has eight slots for
/// borrows, which calls need as well, and other users of that crate.
const MOST: u8 = 4;

/// A borrow of the breaker of a key: the breaker is in use, and no count is written that all threads
/// share.
///
/// It may end on another thread. The thread that made it then counts it for ever, and once these are
/// [`MOST`], its handles share the count.
pub(crate) struct BorrowedBreaker {
    member: BorrowedMember<Inner>,
    thread: ThreadSlot,
}

impl BorrowedBreaker {
    /// Keeps a borrow, which must be of a breaker. Otherwise, and if the thread has as many as it may
    /// have, returns the breaker itself.
    #[inline]
    pub(super) fn new(member: BorrowedMember<Inner>) -> Result<Self, Option<Arc<Inner>>> {
        let (borrowed, thread) = (BORROWED.get(), thread_slot::claim());
        if borrowed >= MOST || thread == ThreadSlot::NONE || member.is_none() {
            return Err(Guard::into_inner(member));
        }
        BORROWED.set(borrowed + 1);
        Ok(Self { member, thread })
    }

    /// Returns the breaker.
    #[inline(always)]
    pub(super) fn inner(&self) -> &Arc<Inner> {
        match &*self.member {
            Some(inner) => inner,
            None => unreachable!("there was one when this was made"),
        }
    }
}

impl Drop for BorrowedBreaker {
    #[inline]
    fn drop(&mut self) {
        if self.thread == thread_slot::current() {
            // A thread that has ended may have had the same slot, and have made this.
            BORROWED.set(BORROWED.get().saturating_sub(1));
        }
    }
}

impl fmt::Debug for BorrowedBreaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BorrowedBreaker").field("key", &self.inner().key()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;
    use crate::breaker::CircuitBreaker;
    use crate::breaker::keyed_breakers::KeyedBreakers;
    use crate::types::key::BreakerKey;

    fn breakers(name: &str, max_keys: u32) -> KeyedBreakers {
        CircuitBreaker::builder(name).keyed().max_keys(max_keys).build().expect("in range")
    }

    /// Returns how many handles share the count of a key's breaker.
    fn shared(breakers: &KeyedBreakers, key: u64) -> usize {
        let group = breakers.template().inner().group().expect("a template");
        let inner = key.with_key(|key| group.peek(key)).expect("it is there");
        // Two are this and the table.
        Arc::strong_count(&inner) - 2
    }

    #[test]
    fn handles_of_one_key_share_no_count() {
        let breakers = breakers("borrowed: one key", 10);
        drop(breakers.get(&1));
        for _ in 0..100 {
            let handles = [(); MOST as usize].map(|()| breakers.get(&1));
            assert_eq!(shared(&breakers, 1), 0);
            let [handle, ..] = &handles;
            let clone = handle.clone();
            assert!(shared(&breakers, 1) == 1 && clone.ptr_eq(handle), "a clone may live long");
        }
        assert_eq!(shared(&breakers, 1), 0);
    }

    /// Otherwise they would take the slots that calls need.
    #[test]
    fn handles_beyond_a_few_share_the_count() {
        let breakers = breakers("borrowed: many handles", 100);
        drop(breakers.get(&1));
        let handles: Vec<_> = (0..20).map(|_| breakers.get(&1)).collect();
        assert_eq!(shared(&breakers, 1), 20 - usize::from(MOST));
        drop(handles);
        let _handle = breakers.get(&1);
        assert_eq!(shared(&breakers, 1), 0);
    }

    #[test]
    fn borrowed_breaker_is_in_use_until_its_handle_is_gone_on_any_thread() {
        let breakers = breakers("borrowed: in use", 2);
        drop((breakers.get(&1), breakers.get(&2)));
        let handle = breakers.get(&1);
        (10..20).for_each(|key| drop(breakers.get(&key)));
        assert!(breakers.find(&1).is_some_and(|found| found.ptr_eq(&handle)), "the other one made room");
        thread::spawn(move || drop(handle)).join().expect("no panic");
        (20..22).for_each(|key| drop(breakers.get(&key)));
        assert!(breakers.find(&1).is_none());
    }
}
