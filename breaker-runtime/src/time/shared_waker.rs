//! The waker of the background thread's timers: [`SharedWaker`].

use std::mem;
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use crate::support::contain::contained;
use crate::sync::{Mutex, MutexGuard};

/// The waker of the sleeping task, as the background thread has it.
pub(crate) struct SharedWaker {
    shield: Arc<Shield>,
    /// Wakes the shield.
    waker: Waker,
    /// Whether the shield has been given a waker, which it may have used.
    is_set: bool,
}

impl SharedWaker {
    pub(crate) fn new() -> Self {
        let shield = Arc::new(Shield::default());
        Self { waker: Arc::clone(&shield).into(), shield, is_set: false }
    }

    /// Polls a timer, which then wakes the task of this waker.
    #[inline]
    pub(crate) fn poll(
        &mut self,
        waker: &Waker,
        timer: impl FnOnce(&mut Context<'_>) -> Poll<()>,
    ) -> Poll<()> {
        // The waker first: from its poll on, the timer wakes what it finds here.
        self.set(waker);
        timer(&mut Context::from_waker(&self.waker))
    }

    /// Wakes this waker from now on.
    #[inline]
    fn set(&mut self, waker: &Waker) {
        if !self.is_set || !self.shield.wakes(waker) {
            self.is_set = true;
            self.shield.set(Some(waker.clone()));
        }
    }

    /// Wakes no task any longer, and holds nothing of it.
    #[inline]
    pub(crate) fn clear(&mut self) {
        if self.is_set {
            self.is_set = false;
            self.shield.set(None);
        }
    }
}

/// A waker that stays with its timer, and wakes the task that uses the timer at the time.
///
/// A panic in the task's waker, or in its `Drop`, must not end the background thread, on which all
/// others wait. The waker is cloned, woken and dropped outside of the lock. It is used once: a task that
/// is woken polls its sleep again, which gives the shield a waker again. A wake-up for the last user of
/// the timer may reach the next one, which only polls once more than it has to.
#[derive(Default)]
struct Shield(Mutex<Option<Waker>>);

impl Shield {
    /// Returns whether it would wake the task of this waker.
    fn wakes(&self, waker: &Waker) -> bool {
        self.lock().as_ref().is_some_and(|inner| inner.will_wake(waker))
    }

    /// Replaces the waker.
    fn set(&self, waker: Option<Waker>) {
        let replaced = mem::replace(&mut *self.lock(), waker);
        drop_contained(replaced);
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
        drop_contained(self.0.get_mut().unwrap_or_else(PoisonError::into_inner).take());
    }
}

#[inline]
fn drop_contained(waker: Option<Waker>) {
    if waker.is_some() {
        let _ = contained(|| drop(waker));
    }
}
