//! The borrows of breakers that began on one thread: [`Borrows`].
//!
//! Nearly all of them end on the thread where they began, so that thread alone writes its count, by a
//! plain load and store. Other threads count what they end in a number of their own. One number for both
//! would need a locked instruction at the begin and the end of each borrow.

use crate::sync::{AtomicU64, Ordering};

/// The number of borrows that began on one thread and have not ended. In a cache line that no other
/// thread writes at each of its calls.
#[derive(Debug)]
#[repr(align(64))]
pub(crate) struct Borrows {
    /// Begun, less those that ended here. The owner alone writes it.
    held: AtomicU64,
    ended_elsewhere: AtomicU64,
}

impl Borrows {
    /// Makes the count of a thread without borrows.
    #[cfg(not(breaker_loom))]
    pub(crate) const fn new() -> Self {
        Self { held: AtomicU64::new(0), ended_elsewhere: AtomicU64::new(0) }
    }

    /// Makes the count of a thread without borrows.
    #[cfg(breaker_loom)]
    pub(crate) fn new() -> Self {
        Self { held: AtomicU64::new(0), ended_elsewhere: AtomicU64::new(0) }
    }

    /// Begins a borrow on the owner, if there are less than `most`. Returns whether it did.
    #[inline]
    pub(crate) fn begin(&self, most: u64) -> bool {
        let begins = self.count() < most;
        if begins {
            let held = self.held.load(Ordering::Relaxed);
            self.held.store(held.wrapping_add(1), Ordering::Relaxed);
        }
        begins
    }

    /// Ends a borrow on the owner.
    #[inline]
    pub(crate) fn end(&self) {
        let held = self.held.load(Ordering::Relaxed);
        self.held.store(held.wrapping_sub(1), Ordering::Relaxed);
    }

    /// Ends a borrow on any other thread.
    #[cold]
    pub(crate) fn end_elsewhere(&self) {
        self.ended_elsewhere.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns the number of borrows. To the owner it may be too high for a moment, as it may not see
    /// yet what another thread has ended. It is never too low.
    #[inline]
    pub(crate) fn count(&self) -> u64 {
        let ended = self.ended_elsewhere.load(Ordering::Relaxed);
        self.held.load(Ordering::Relaxed).wrapping_sub(ended)
    }
}
