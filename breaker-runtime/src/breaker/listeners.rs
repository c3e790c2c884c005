//! Those that listen to all breakers of a group.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::breaker::listener::Listener;

/// Those that listen to all breakers of a group.
#[derive(Default)]
pub(crate) struct Listeners {
    some: AtomicBool,
    all: Mutex<Arc<Vec<Arc<Listener>>>>,
}

impl Listeners {
    pub(crate) fn present(&self) -> Option<Arc<Vec<Arc<Listener>>>> {
        self.some.load(Ordering::Acquire).then(|| Arc::clone(&self.all()))
    }

    pub(crate) fn add(&self, listener: Arc<Listener>) {
        let before = self.replace(|all| all.iter().cloned().chain([listener]).collect());
        drop(before);
    }

    pub(crate) fn remove(&self, listener: &Arc<Listener>) {
        let stays = |other: &&Arc<Listener>| !Arc::ptr_eq(other, listener);
        let before = self.replace(|all| all.iter().filter(stays).cloned().collect());
        drop(before);
    }

    /// Returns those before, as the last handle to a listener must not be dropped under the lock.
    fn replace(
        &self,
        change: impl FnOnce(&[Arc<Listener>]) -> Vec<Arc<Listener>>,
    ) -> Arc<Vec<Arc<Listener>>> {
        let mut all = self.all();
        let after = Arc::new(change(&all));
        self.some.store(!after.is_empty(), Ordering::Release);
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
