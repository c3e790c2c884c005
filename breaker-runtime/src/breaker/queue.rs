//! The queue of calls that wait for a concurrency permit, for up to `max_wait`.
//!
//! Sync calls and futures wait in the same queue, first come first served. A call that leaves it by its
//! deadline, or because its future is dropped, returns a permit that it has been handed meanwhile.

use std::mem;
use std::sync::Arc;
use std::task::{Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use crate::breaker::concurrency::ConcurrencyPermit;
use crate::breaker::inner::Inner;
use crate::breaker::on_full::Admission;
use crate::state::semaphore::{Joined, Semaphore, UNLIMITED, WaiterId};
use crate::state::token::CallToken;
use crate::time::clock::Instant;
use crate::types::error::BreakerError;

/// A call in the queue. Dropping it leaves the queue, and returns a permit that it has been handed.
pub(crate) struct QueuedCall<'e> {
    inner: &'e Inner,
    /// `None` once it has left.
    waiter: Option<WaiterId>,
}

impl Inner {
    /// Waits for a permit on this thread.
    pub(crate) fn wait_on_thread<Q>(&self, max_wait: Duration) -> Admission<CallToken, Q> {
        let deadline = Instant::now().checked_add(max_wait);
        let mut queued = match self.enqueue() {
            Admission::Queued(queued) => queued,
            Admission::Admitted(token) => return self.admit_with_faults(token, true),
            Admission::Rejected(rejection) => return Admission::Rejected(rejection),
        };
        let admitted = if queued.block_until(deadline) { queued.run() } else { queued.time_out() };
        match admitted {
            Ok(token) => self.admit_with_faults(token, true),
            Err(rejection) => Admission::Rejected(rejection),
        }
    }

    /// Joins the queue, for a call that has found no permit and is not counted as rejected yet.
    pub(crate) fn enqueue(&self) -> Admission<CallToken, QueuedCall<'_>> {
        let settings = self.settings();
        let limit = settings.config.max_concurrent.unwrap_or(UNLIMITED);
        let max_pending = settings.config.max_pending.unwrap_or(u32::MAX);
        match self.semaphore(limit).join(max_pending) {
            Joined::Permit => match self.recheck(ConcurrencyPermit(self)) {
                Ok(token) => Admission::Admitted(token),
                Err(rejection) => Admission::Rejected(rejection),
            },
            Joined::Queued(waiter) => {
                Admission::Queued(QueuedCall { inner: self, waiter: Some(waiter) })
            }
            Joined::QueueFull => Admission::Rejected(self.rejected_as_full()),
        }
    }

    /// Asks the state machine again, as the breaker may have opened while the call waited.
    fn recheck(&self, permit: ConcurrencyPermit<'_>) -> Result<CallToken, BreakerError> {
        match self.decide(self, &self.settings()) {
            Ok(token) => {
                // A dry run may have begun meanwhile: the calls that it lets pass hold no permit.
                let token = if token.is_bypassed() {
                    token
                } else {
                    mem::forget(permit);
                    token.with_permit()
                };
                #[cfg(any(feature = "record", feature = "shadow"))]
                let token = self.observe_admission(token);
                Ok(token)
            }
            Err(rejection) => {
                drop(permit);
                Err(self.rejected(rejection))
            }
        }
    }
}

impl<'e> QueuedCall<'e> {
    #[cfg(feature = "tokio")]
    pub(crate) fn inner(&self) -> &'e Inner {
        self.inner
    }

    /// Returns whether the call has a permit. If not, `waker` is woken when it has one.
    pub(crate) fn has_permit(&self, waker: &Waker) -> bool {
        self.waiting_in().is_none_or(|(semaphore, waiter)| semaphore.poll_permit(waiter, waker))
    }

    /// Admits the call, which has a permit.
    pub(crate) fn run(&mut self) -> Result<CallToken, BreakerError> {
        self.waiter = None;
        self.inner.recheck(ConcurrencyPermit(self.inner))
    }

    /// Rejects the call after its `max_wait`, unless it has been handed a permit by then.
    pub(crate) fn time_out(&mut self) -> Result<CallToken, BreakerError> {
        if self.leave() {
            self.inner.recheck(ConcurrencyPermit(self.inner))
        } else {
            Err(self.inner.rejected_as_full())
        }
    }

    fn waiting_in(&self) -> Option<(&'e Semaphore, &WaiterId)> {
        self.inner.semaphore.get().zip(self.waiter.as_ref())
    }

    /// Leaves the queue; returns whether the call has been handed a permit.
    fn leave(&mut self) -> bool {
        let has_permit = self.waiting_in().is_some_and(|(semaphore, waiter)| semaphore.leave(waiter));
        self.waiter = None;
        has_permit
    }

    /// Blocks the thread; returns whether the call got a permit before the deadline.
    fn block_until(&self, deadline: Option<Instant>) -> bool {
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        loop {
            if self.has_permit(&waker) {
                return true;
            }
            let Some(deadline) = deadline else {
                thread::park();
                continue;
            };
            match deadline.saturating_duration_since(Instant::now()) {
                Duration::ZERO => return false,
                left => thread::park_timeout(left),
            }
        }
    }
}

impl Drop for QueuedCall<'_> {
    fn drop(&mut self) {
        if self.leave() {
            drop(ConcurrencyPermit(self.inner));
        }
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
