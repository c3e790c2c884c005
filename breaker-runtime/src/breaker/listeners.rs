//! The listeners to all breakers of a group: [`Listeners`].

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::breaker::listener::Listener;

/// The listeners to all breakers of a group. A change of state reads them without a lock if there are
/// none.
#[derive(Default)]
pub(crate) struct Listeners {
    is_any: AtomicBool,
    all: Mutex<Arc<Vec<Arc<Listener>>>>,
}

impl Listeners {
    /// Returns the listeners, or `None` without any.
    pub(crate) fn present(&self) -> Option<Arc<Vec<Arc<Listener>>>> {
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
    fn replace(
        &self,
        change: impl FnOnce(&[Arc<Listener>]) -> Vec<Arc<Listener>>,
    ) -> Arc<Vec<Arc<Listener>>> {
        let mut all = self.all();
        let after = Arc::new(change(&all));
        self.is_any.store(!after.is_empty(), Ordering::Release);
        std::mem::replace(&mut *all, after)
    }

    fn all(&self) -> MutexGuard<'_, Arc<Vec<Arc<Listener>>>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Listeners {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listeners").finish_non_exhaustive()
    }
}
