//! Listeners to events that are not those of one breaker: [`Subscribers`].

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use crate::support::callback::Callback;
use crate::support::contain::contained;

/// The listeners to events of the type `E`, in a list under a lock, as such events are rare. The lock is
/// not held while one runs or is dropped.
pub(crate) struct Subscribers<E>(Mutex<Vec<Arc<Callback<E>>>>);

/// A guard that keeps a listener among its [`Subscribers`], for the public types of subscriptions.
///
/// Its drop is final: when it returns, the listener is not running on any other thread, and is not
/// called again.
pub(crate) struct Subscriber<E> {
    all: Weak<Subscribers<E>>,
    callback: Arc<Callback<E>>,
}

// A panic in a listener ends in `notify`.
impl<E> UnwindSafe for Subscriber<E> {}
impl<E> RefUnwindSafe for Subscriber<E> {}

impl<E> Subscribers<E> {
    /// Adds a listener, for as long as the guard lives.
    pub(crate) fn subscribe(
        self: &Arc<Self>,
        listener: impl Fn(&E) + Send + Sync + 'static,
    ) -> Subscriber<E> {
        let callback = Arc::new(Callback::new(Box::new(listener)));
        self.all().push(Arc::clone(&callback));
        Subscriber { all: Arc::downgrade(self), callback }
    }

    /// Calls the listeners without a lock. A panic in one ends there.
    pub(crate) fn notify(&self, event: &E) {
        let all = self.all().clone();
        for callback in &all {
            callback.notify(event);
        }
        // The last handle to a listener is dropped without the lock, and may be the user's code.
        let _ = contained(|| drop(all));
    }

    fn all(&self) -> MutexGuard<'_, Vec<Arc<Callback<E>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<E> Default for Subscribers<E> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<E> Drop for Subscriber<E> {
    fn drop(&mut self) {
        if let Some(subscribers) = self.all.upgrade() {
            let mut all = subscribers.all();
            let index = all.iter().position(|other| Arc::ptr_eq(other, &self.callback));
            let removed = index.map(|index| all.remove(index));
            drop(all);
            drop(removed);
        }
        self.callback.close();
    }
}

impl<E> fmt::Debug for Subscribers<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscribers").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn listener_is_called_until_its_guard_is_dropped() {
        let subscribers = Arc::<Subscribers<usize>>::default();
        let sum = Arc::new(AtomicUsize::new(0));
        let added = Arc::clone(&sum);
        let guard = subscribers.subscribe(move |event| {
            added.fetch_add(*event, Ordering::Relaxed);
        });
        let _panics = subscribers.subscribe(|_| panic!("a listener"));
        subscribers.notify(&3);
        drop(guard);
        subscribers.notify(&4);
        assert_eq!((sum.load(Ordering::Relaxed), Arc::strong_count(&sum)), (3, 1));
    }

    /// A list that was read before the drop must not call it after.
    #[test]
    fn listener_dropped_by_one_before_it_is_not_called() {
        let subscribers = Arc::<Subscribers<usize>>::default();
        let second = Arc::new(Mutex::new(None));
        let dropped = Arc::clone(&second);
        let _first = subscribers.subscribe(move |_| drop(dropped.lock().expect("no panic").take()));
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&calls);
        *second.lock().expect("no panic") = Some(subscribers.subscribe(move |_| {
            counted.fetch_add(1, Ordering::Relaxed);
        }));
        subscribers.notify(&1);
        assert_eq!(calls.load(Ordering::Relaxed), 0);
    }
}
