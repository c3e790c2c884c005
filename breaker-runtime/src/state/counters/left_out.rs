//! The successes that a recording leaves out: [`LeftOut`].

use crate::sync::{AtomicU64, Ordering};
use crate::time::Ticks;

/// The number of calls that were left out since they were last taken, and the times of the last one.
///
/// The number is exact. The times are those of calls that were left out, and may be of two of them if
/// calls end at the same moment.
#[derive(Debug, Default)]
pub(crate) struct LeftOut {
    count: AtomicU64,
    start: AtomicU64,
    took: AtomicU64,
}

impl LeftOut {
    /// Adds calls, of which the last began at `start`.
    pub(crate) fn add(&self, start: Ticks, took: Ticks, count: u64) {
        self.start.store(start, Ordering::Relaxed);
        self.took.store(took, Ordering::Relaxed);
        // Published last: a thread that takes the count finds the times of a call.
        self.count.fetch_add(count, Ordering::Release);
    }

    /// Takes the number of calls.
    pub(crate) fn take(&self) -> u64 {
        self.count.swap(0, Ordering::Acquire)
    }

    /// Returns the start and the length of the last call.
    pub(crate) fn last(&self) -> (Ticks, Ticks) {
        (self.start.load(Ordering::Relaxed), self.took.load(Ordering::Relaxed))
    }
}
