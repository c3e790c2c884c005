//! The number of the current thread among those alive; see [`crate::state::counters::striped`].

use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use crate::state::counters::striped::LaneId;

thread_local! {
    /// Without a destructor, so that looking at it is one instruction.
    static CURRENT: Cell<LaneId> = const { Cell::new(LaneId::UNKNOWN) };
    static LEASE: Lease = Lease::take();
}

/// The lane of this thread; [`LaneId::UNKNOWN`] until [`claim`] was called.
#[inline(always)]
pub(crate) fn current() -> LaneId {
    CURRENT.get()
}

/// The lane of this thread, which it gets if it has none.
#[inline]
pub(crate) fn claim() -> LaneId {
    let lane = current();
    if lane == LaneId::UNKNOWN { take() } else { lane }
}

#[cold]
fn take() -> LaneId {
    if current() == LaneId::UNKNOWN {
        // Fails while the thread ends: then it has to share.
        let lane = LEASE.try_with(|lease| lease.0).unwrap_or(LaneId::NONE);
        CURRENT.set(lane);
    }
    current()
}

/// Gives the number back when the thread ends.
struct Lease(LaneId);

struct Numbers {
    free: BTreeSet<u64>,
    next: u64,
}

static NUMBERS: Mutex<Numbers> = Mutex::new(Numbers { free: BTreeSet::new(), next: 0 });

impl Lease {
    fn take() -> Self {
        let mut numbers = NUMBERS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(free) = numbers.free.pop_first() {
            return Self(LaneId(free));
        }
        let next = numbers.next;
        if next >= LaneId::MAX {
            return Self(LaneId::NONE);
        }
        numbers.next += 1;
        Self(LaneId(next))
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        CURRENT.set(LaneId::NONE);
        if self.0 != LaneId::NONE {
            let mut numbers = NUMBERS.lock().unwrap_or_else(PoisonError::into_inner);
            numbers.free.insert(self.0.0);
        }
    }
}
