//! The listeners to many breakers, those of a group or of the process: [`Listeners`].

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use once_cell::sync::Lazy;

use crate::breaker::listener::Listener;

/// The listeners to all breakers of the process, each to those of one scope.
pub(crate) static OF_PROCESS: Lazy<Listeners> = Lazy::new(Listeners::default);

/// A list of listeners, which does not change.
pub(crate) type ListenerList = Arc<Vec<Arc<Listener>>>;

/// The listeners to many breakers. A change of state reads them without a lock if there are none.
#[derive(Default)]
pub(crate) struct Listeners {
    is_any: AtomicBool,
    all: Mutex<ListenerList>,
}

impl Listeners {
    /// Returns the listeners, or `None` without any.
    pub(crate) fn present(&self) -> Option<ListenerList> {
        self.is_any.load(Ordering::Acquire).then(|| Arc::clone(&self.all()))
    }

    /// Adds a listener.
    pub(crate) fn add(&self, listener: Arc<Listener>) {
        let before = self.replace(|all| all.iter().cloned().chain([listener]).collect());
        drop(before);
    }

    /// Removes a listener, if it is there.
    pub(crate) fn remove(&self, listener: &Arc<Listener>) {
        let stays = |other: &&Arc<Listener>| !Arc::ptr_eq(other, listener);
        let before = self.replace(|all| all.iter().filter(stays).cloned().collect());
        drop(before);
    }

    /// Replaces the list and returns the old one: the last handle to a listener must not be dropped
    /// under the lock.
    fn replace(&self, change: impl FnOnce(&[Arc<Listener>]) -> Vec<Arc<Listener>>) -> ListenerList {
        let mut all = self.all();
        let after = Arc::new(change(&all));
        self.is_any.store(!after.is_empty(), Ordering::Release);
        std::mem::replace(&mut *all, after)
    }

    fn all(&self) -> MutexGuard<'_, ListenerList> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Listeners {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listeners").finish_non_exhaustive()
    }
}
