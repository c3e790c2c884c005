//! The concurrency permits of running calls, and the limit on their number: `max_concurrent`.

use crate::breaker::cold::Cold;
use crate::breaker::inner::{ActiveOptions, Inner};
use crate::state::semaphore::{Semaphore, UNLIMITED};
use crate::types::snapshot::BulkheadCounts;

/// A concurrency permit of a running call, which is released when this is dropped.
pub(crate) struct ConcurrencyPermit<'e>(pub(crate) &'e Inner);

impl Drop for ConcurrencyPermit<'_> {
    fn drop(&mut self) {
        if let Some(semaphore) = self.0.semaphore.get() {
            semaphore.release();
        }
    }
}

impl Cold {
    pub(crate) fn semaphore(&self, limit: u32) -> &Semaphore {
        self.semaphore.get_or_init(|| Box::new(Semaphore::new(limit)))
    }
}

impl Inner {
    /// Applies a new limit. For callers that hold the lock of the windows: the limit is that of the
    /// latest settings.
    pub(crate) fn set_concurrency_limit(&self, settings: &ActiveOptions) {
        match (settings.config.max_concurrent, self.semaphore.get()) {
            (Some(limit), _) => self.semaphore(limit).set_limit(limit),
            (None, Some(semaphore)) => semaphore.set_limit(UNLIMITED),
            (None, None) => {}
        }
    }

    /// Hands the permits of a raised limit to calls in the queue.
    pub(crate) fn wake_waiters(&self) {
        if let Some(semaphore) = self.semaphore.get() {
            semaphore.grant();
        }
    }
}

impl Cold {
    /// Returns how many calls run and wait; `None` without a limit.
    pub(crate) fn bulkhead_counts(&self) -> Option<BulkheadCounts> {
        self.config().max_concurrent()?;
        let count = |semaphore: &Semaphore| BulkheadCounts {
            running: semaphore.running(),
            pending: semaphore.pending(),
        };
        Some(self.semaphore.get().map_or_else(BulkheadCounts::default, count))
    }
}
