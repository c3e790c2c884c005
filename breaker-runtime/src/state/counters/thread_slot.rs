//! The number of the current thread among those alive; see [`crate::state::counters::striped`].

use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use crate::state::counters::striped::ThreadSlot;

thread_local! {
    /// Without a destructor, so that looking at it is one instruction.
    static CURRENT: Cell<ThreadSlot> = const { Cell::new(ThreadSlot::UNKNOWN) };
    static LEASE: Lease = Lease::take();
}

/// The lane of this thread; [`ThreadSlot::UNKNOWN`] until [`claim`] was called.
#[inline(always)]
pub(crate) fn current() -> ThreadSlot {
    CURRENT.get()
}

/// The lane of this thread, which it gets if it has none.
#[inline]
pub(crate) fn claim() -> ThreadSlot {
    let lane = current();
    if lane == ThreadSlot::UNKNOWN { take() } else { lane }
}

#[cold]
fn take() -> ThreadSlot {
    if current() == ThreadSlot::UNKNOWN {
        // Fails while the thread ends: then it has to share.
        let lane = LEASE.try_with(|lease| lease.0).unwrap_or(ThreadSlot::NONE);
        CURRENT.set(lane);
    }
    current()
}

/// Gives the number back when the thread ends.
struct Lease(ThreadSlot);

struct Numbers {
    free: BTreeSet<u64>,
    next: u64,
}

static NUMBERS: Mutex<Numbers> = Mutex::new(Numbers { free: BTreeSet::new(), next: 0 });

impl Lease {
    fn take() -> Self {
        let mut numbers = NUMBERS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(free) = numbers.free.pop_first() {
            return Self(ThreadSlot(free));
        }
        let next = numbers.next;
        if next >= ThreadSlot::MAX {
            return Self(ThreadSlot::NONE);
        }
        numbers.next += 1;
        Self(ThreadSlot(next))
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        CURRENT.set(ThreadSlot::NONE);
        if self.0 != ThreadSlot::NONE {
            let mut numbers = NUMBERS.lock().unwrap_or_else(PoisonError::into_inner);
            numbers.free.insert(self.0.0);
        }
    }
}
