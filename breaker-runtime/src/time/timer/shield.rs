//! A waker of the user's as the background thread has it: [`Shield`].

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Wake, Waker};

use crate::support::contain::contained;

/// A waker that stays with its timer, and wakes the task that uses the timer at the time.
///
/// A panic in the task's waker, or in its `Drop`, must not end the background thread, on which all
/// others wait. The waker is cloned, woken and dropped outside of the lock. It is used once: a task that
/// is woken polls its sleep again, which gives the shield a waker again. A wake-up for the last user of
/// the timer may reach the next one, which only polls once more than it has to.
#[derive(Default)]
pub(super) struct Shield(Mutex<Option<Waker>>);

impl Shield {
    /// Returns whether it would wake the task of this waker.
    pub(super) fn wakes(&self, waker: &Waker) -> bool {
        self.lock().as_ref().is_some_and(|inner| inner.will_wake(waker))
    }

    /// Replaces the waker.
    pub(super) fn set(&self, waker: Option<Waker>) {
        let replaced = mem::replace(&mut *self.lock(), waker);
        if replaced.is_some() {
            let _ = contained(|| drop(replaced));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Waker>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Shield {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let waker = self.lock().take();
        if let Some(waker) = waker {
            let _ = contained(|| waker.wake());
        }
    }
}

impl Drop for Shield {
    fn drop(&mut self) {
        self.set(None);
    }
}
