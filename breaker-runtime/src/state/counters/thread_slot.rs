//! The slot of the current thread: its number among the living threads that count calls, for
//! [`crate::state::counters::striped`].

use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use crate::state::counters::striped::ThreadSlot;

thread_local! {
    /// Without a destructor, so that reading it is one instruction.
    static CURRENT: Cell<ThreadSlot> = const { Cell::new(ThreadSlot::UNKNOWN) };
    static LEASE: Lease = Lease::take();
}

/// Returns the slot of this thread; [`ThreadSlot::UNKNOWN`] until [`claim`] was called.
#[inline(always)]
pub(crate) fn current() -> ThreadSlot {
    CURRENT.get()
}

/// Returns the slot of this thread, and takes one first if it has none.
#[inline]
pub(crate) fn claim() -> ThreadSlot {
    let slot = current();
    if slot == ThreadSlot::UNKNOWN { take() } else { slot }
}

#[cold]
fn take() -> ThreadSlot {
    // Fails while the thread ends: then it has to share.
    let slot = LEASE.try_with(|lease| lease.0).unwrap_or(ThreadSlot::NONE);
    CURRENT.set(slot);
    slot
}

/// The slot of a living thread, which is given back when the thread ends.
struct Lease(ThreadSlot);

/// The numbers that threads can take.
struct Numbers {
    free: BTreeSet<u64>,
    next: u64,
}

static NUMBERS: Mutex<Numbers> = Mutex::new(Numbers { free: BTreeSet::new(), next: 0 });

impl Numbers {
    /// Returns the smallest number that is free, or [`ThreadSlot::NONE`].
    fn take(&mut self) -> ThreadSlot {
        if let Some(free) = self.free.pop_first() {
            return ThreadSlot(free);
        }
        let next = self.next;
        if next >= ThreadSlot::MAX {
            return ThreadSlot::NONE;
        }
        self.next += 1;
        ThreadSlot(next)
    }

    fn give_back(&mut self, slot: ThreadSlot) {
        if slot != ThreadSlot::NONE {
            self.free.insert(slot.0);
        }
    }
}

impl Lease {
    fn take() -> Self {
        Self(NUMBERS.lock().unwrap_or_else(PoisonError::into_inner).take())
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        CURRENT.set(ThreadSlot::NONE);
        NUMBERS.lock().unwrap_or_else(PoisonError::into_inner).give_back(self.0);
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn number_given_back_is_the_next_one_taken() {
        let mut numbers = Numbers { free: BTreeSet::new(), next: 0 };
        assert!((0..ThreadSlot::MAX).all(|number| numbers.take() == ThreadSlot(number)));
        assert_eq!(numbers.take(), ThreadSlot::NONE);
        for slot in [ThreadSlot::NONE, ThreadSlot(7), ThreadSlot(3)] {
            numbers.give_back(slot);
        }
        assert_eq!([(); 3].map(|()| numbers.take()), [ThreadSlot(3), ThreadSlot(7), ThreadSlot::NONE]);
    }

    #[test]
    fn thread_has_a_number_from_its_first_claim_to_its_end() {
        for _ in 0..2 * ThreadSlot::MAX {
            let claimed = thread::spawn(|| {
                assert_eq!(current(), ThreadSlot::UNKNOWN);
                let claimed = claim();
                assert_eq!((claim(), current()), (claimed, claimed));
                claimed
            });
            let claimed = claimed.join().expect("no panic");
            assert!(claimed.0 < ThreadSlot::MAX, "earlier threads have kept their numbers");
        }
    }
}
