//! The breaker of a key as a handle or a future borrows it: [`BorrowedBreaker`], [`ThreadBorrow`].

use std::fmt;
use std::sync::Arc;

use arc_swap::Guard;

use crate::breaker::inner::Inner;
use crate::keyed::group::BorrowedMember;
use crate::state::counters::borrows::Borrows;
use crate::state::counters::striped::ThreadSlot;
use crate::state::counters::thread_slot;

/// The borrows of each thread, by its slot. A thread that takes over a slot takes over the borrows as
/// well: `arc-swap` leaves the slots of a thread that has ended to another one.
static BORROWS: [Borrows; ThreadSlot::MAX as usize] =
    [const { Borrows::new() }; ThreadSlot::MAX as usize];

/// The most breakers that handles and futures of one thread borrow. Of `arc-swap` a thread has eight
/// slots for borrows, which calls need as well, and other users of that crate.
const MOST: u64 = 4;

/// One of the borrows that a thread may have at once. It may end on another thread.
#[derive(Debug)]
pub(crate) struct ThreadBorrow(ThreadSlot);

impl ThreadBorrow {
    /// No borrow.
    pub(crate) const NONE: Self = Self(ThreadSlot::NONE);

    /// Begins a borrow, unless this thread has as many as it may have.
    #[inline]
    pub(crate) fn begin() -> Self {
        let slot = thread_slot::claim();
        let begins = of_slot(slot).is_some_and(|borrows| borrows.begin(MOST));
        if begins { Self(slot) } else { Self::NONE }
    }

    /// Returns whether this is a borrow.
    #[inline(always)]
    pub(crate) fn is_some(&self) -> bool {
        self.0 != ThreadSlot::NONE
    }
}

impl Drop for ThreadBorrow {
    #[inline(always)]
    fn drop(&mut self) {
        if self.is_some() {
            end(self.0);
        }
    }
}

#[inline]
fn end(slot: ThreadSlot) {
    let Some(borrows) = of_slot(slot) else { return };
    if slot == thread_slot::current() { borrows.end() } else { borrows.end_elsewhere() }
}

#[inline(always)]
fn of_slot(slot: ThreadSlot) -> Option<&'static Borrows> {
    BORROWS.get(usize::try_from(slot.0).ok()?)
}

/// A borrow of the breaker of a key: the breaker is in use, and no count is written that all threads
/// share.
pub(crate) struct BorrowedBreaker {
    /// First, as it is dropped first: the thread has its slot of `arc-swap` back when the borrow ends.
    member: BorrowedMember<Inner>,
    _borrow: ThreadBorrow,
}

impl BorrowedBreaker {
    /// Keeps a borrow, which must be of a breaker. Otherwise, and if the thread has as many as it may
    /// have, returns the breaker itself.
    #[inline]
    pub(super) fn new(member: BorrowedMember<Inner>) -> Result<Self, Option<Arc<Inner>>> {
        if member.is_none() {
            return Err(None);
        }
        let borrow = ThreadBorrow::begin();
        if borrow.is_some() {
            Ok(Self { member, _borrow: borrow })
        } else {
            Err(Guard::into_inner(member))
        }
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
        assert_eq!(shared(&breakers, 1), 20 - MOST as usize);
        drop(handles);
        let _handle = breakers.get(&1);
        assert_eq!(shared(&breakers, 1), 0);
    }

    /// Otherwise a few of them would end the borrows of the thread that began them for ever.
    #[test]
    fn borrow_that_ends_on_another_thread_can_begin_again() {
        let breakers = breakers("borrowed: elsewhere", 10);
        drop(breakers.get(&1));
        for _ in 0..2 * MOST {
            let handle = breakers.get(&1);
            assert_eq!(shared(&breakers, 1), 0);
            thread::spawn(move || drop(handle)).join().expect("no panic");
        }
        let handles = [(); MOST as usize].map(|()| breakers.get(&1));
        assert_eq!(shared(&breakers, 1), 0);
        drop(handles);
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
