//! The waits of calls that are futures, by the tokens of their permits: [`InjectedWaits`].
//!
//! In a table beside the breaker, and not in the future, which would be larger in each program: a wait
//! exists on game days only. No waker runs under the lock: a wait is taken out of the table while it is
//! polled.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use crate::breaker::injection::plan::{InjectedFault, Plan, WAITING};
use crate::breaker::inner::Inner;
use crate::state::cell::CallEnd;
use crate::state::token::CallToken;
use crate::time::Ticks;
use crate::time::timer::{Sleep, sleep};

/// The time after which a future that waits looks whether the game day goes on.
const SLICE: Duration = Duration::from_secs(1);

/// The calls of one breaker that wait.
#[derive(Debug, Default)]
pub(super) struct InjectedWaits(Mutex<HashMap<CallToken, Wait>>);

/// The wait of one call. It begins at the first poll.
struct Wait {
    plan: &'static Plan,
    fault: InjectedFault,
    /// The time that is left after `timer`.
    left: Duration,
    timer: Option<Pin<Box<Sleep>>>,
}

impl InjectedWaits {
    fn lock(&self) -> MutexGuard<'_, HashMap<CallToken, Wait>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a wait, and returns the token by which it is found: that of the call, with a start that no
    /// other call has.
    fn add(&self, token: CallToken, mut now: Ticks, wait: Wait) -> CallToken {
        let mut waits = self.lock();
        let mut own = token.restarted(now);
        while waits.contains_key(&own) && token.probe_slot().is_none() {
            now += 1;
            own = token.restarted(now);
        }
        // A probe's slot may have been that of a call that was never polled.
        let replaced = waits.insert(own, wait);
        drop(waits);
        drop(replaced);
        own
    }

    fn take(&self, token: CallToken) -> Option<Wait> {
        self.lock().remove(&token)
    }
}

impl Wait {
    fn new(plan: &'static Plan, fault: InjectedFault, left: Duration) -> Self {
        WAITING.fetch_add(1, Ordering::Relaxed);
        Self { plan, fault, left, timer: None }
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        WAITING.fetch_sub(1, Ordering::Relaxed);
    }
}

impl std::fmt::Debug for Wait {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wait").field("left", &self.left).finish_non_exhaustive()
    }
}

impl Inner {
    /// Makes a call wait in its first polls.
    pub(super) fn wait_later(
        &self,
        plan: &'static Plan,
        token: CallToken,
        fault: InjectedFault,
        length: Duration,
    ) -> CallToken {
        let now = self.now();
        let restarted = self.injected().waits.add(token, now, Wait::new(plan, fault, length));
        #[cfg(feature = "shadow")]
        self.shadow_restart(token, restarted);
        restarted
    }

    /// Polls the wait of a call, if it has one.
    #[inline(always)]
    pub(crate) fn poll_injected(&self, token: Option<CallToken>, context: &mut Context<'_>) -> Poll<()> {
        if WAITING.load(Ordering::Relaxed) == 0 {
            return Poll::Ready(());
        }
        self.poll_wait(token, context)
    }

    #[cold]
    #[inline(never)]
    fn poll_wait(&self, token: Option<CallToken>, context: &mut Context<'_>) -> Poll<()> {
        let Some((token, calls)) = token.zip(self.injected.get()) else { return Poll::Ready(()) };
        let Some(mut wait) = calls.waits.take(token) else { return Poll::Ready(()) };
        loop {
            if let Some(timer) = &mut wait.timer {
                if timer.as_mut().poll(context).is_pending() {
                    calls.waits.lock().insert(token, wait);
                    return Poll::Pending;
                }
            }
            // At the first poll: a permit that a future does not hold is not waited for.
            if wait.timer.is_none() {
                calls.counters.add(wait.fault);
            }
            if wait.left.is_zero() || !self.is_in_force(wait.plan) {
                return Poll::Ready(());
            }
            let slice = wait.left.min(SLICE);
            wait.left -= slice;
            wait.timer = Some(Box::pin(sleep(slice)));
        }
    }

    /// Returns whether any call of the process waits.
    #[inline(always)]
    pub(crate) fn has_injected_waits() -> bool {
        WAITING.load(Ordering::Relaxed) > 0
    }

    /// Forgets the wait of a call that ends before it. One that ran to its end and was never polled had
    /// no way to wait.
    #[inline]
    pub(crate) fn forget_injected(&self, token: CallToken, end: CallEnd) {
        if Self::has_injected_waits() {
            self.forget_wait(token, end);
        }
    }

    #[cold]
    #[inline(never)]
    fn forget_wait(&self, token: CallToken, end: CallEnd) {
        let Some(calls) = self.injected.get() else { return };
        let Some(wait) = calls.waits.take(token) else { return };
        if wait.timer.is_none() && !matches!(end, CallEnd::Cancelled) {
            calls.counters.note_skipped_wait(wait.plan);
        }
    }
}
