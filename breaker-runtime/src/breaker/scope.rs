//! The isolation scope of a thread: the process, or a test with breakers of its own.
//!
//! Inside a test's scope something else stands for each static object of the process: its *shadow*. The
//! scope keeps the shadows by the address and the type of what they stand for, and knows nothing of
//! them. So each owner of static objects asks for the shadow of its own, and the module `testing` only
//! enters and leaves scopes.
//!
//! Without the feature `test-util` there is the scope of the process alone, and no shadow.

/// The scope in which a breaker was built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ScopeId(u64);

impl ScopeId {
    pub(crate) const PROCESS: Self = Self(0);

    /// Returns the scope of the current thread.
    #[cfg(not(feature = "test-util"))]
    pub(crate) fn current() -> Self {
        Self::PROCESS
    }

    /// Returns the scope of the current thread.
    #[cfg(feature = "test-util")]
    pub(crate) fn current() -> Self {
        current().map_or(Self::PROCESS, |scope| scope.id())
    }
}

/// Makes a closure for another thread run in the scope of this one.
#[cfg(not(feature = "test-util"))]
pub(crate) fn in_current_scope<R>(run: impl FnOnce() -> R) -> impl FnOnce() -> R {
    run
}

/// Makes a closure for another thread run in the scope of this one.
#[cfg(feature = "test-util")]
pub(crate) fn in_current_scope<R>(run: impl FnOnce() -> R) -> impl FnOnce() -> R {
    let scope = current();
    move || {
        let _entered = scope.map(|scope| enter(Some(scope)));
        run()
    }
}

#[cfg(feature = "test-util")]
pub(crate) use isolated::{Entered, Scope, current, enter, shadow};

#[cfg(feature = "test-util")]
mod isolated {
    use std::any::{Any, TypeId};
    use std::cell::RefCell;
    use std::collections::HashMap;
    use std::marker::PhantomData;
    use std::ptr;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

    use crate::breaker::inner::Inner;
    use crate::breaker::scope::ScopeId;

    thread_local! {
        static CURRENT: RefCell<Option<Scope>> = const { RefCell::new(None) };
    }

    /// The scope of a test.
    #[derive(Clone)]
    pub(crate) struct Scope(Arc<Shadows>);

    struct Shadows {
        id: ScopeId,
        by_original: Mutex<HashMap<(usize, TypeId), AnyShadow>>,
        /// Completes the shadow of a breaker, by what is above this room.
        complete: fn(&Inner),
    }

    type AnyShadow = Arc<dyn Any + Send + Sync>;

    impl Scope {
        /// Makes a scope without shadows. `complete` is run on each new shadow of a breaker.
        pub(crate) fn new(complete: fn(&Inner)) -> Self {
            static LAST: AtomicU64 = AtomicU64::new(0);
            let id = ScopeId(LAST.fetch_add(1, Ordering::Relaxed) + 1);
            Self(Arc::new(Shadows { id, by_original: Mutex::default(), complete }))
        }

        pub(super) fn id(&self) -> ScopeId {
            self.0.id
        }

        pub(crate) fn complete(&self, shadow: &Inner) {
            (self.0.complete)(shadow);
        }

        fn shadows(&self) -> MutexGuard<'_, HashMap<(usize, TypeId), AnyShadow>> {
            self.0.by_original.lock().unwrap_or_else(PoisonError::into_inner)
        }
    }

    /// Returns the scope of the current thread; `None` for that of the process.
    pub(crate) fn current() -> Option<Scope> {
        CURRENT.try_with(|current| current.borrow().clone()).ok().flatten()
    }

    /// Uses a scope on the current thread until the guard is dropped.
    pub(crate) fn enter(scope: Option<Scope>) -> Entered {
        let outer = CURRENT.with(|current| current.replace(scope));
        Entered { outer, not_send: PhantomData }
    }

    /// Goes back to the outer scope when dropped.
    #[derive(Debug)]
    pub(crate) struct Entered {
        outer: Option<Scope>,
        /// The scope is that of the thread that entered it.
        not_send: PhantomData<*const ()>,
    }

    impl Drop for Entered {
        fn drop(&mut self) {
            let left = CURRENT.with(|current| current.replace(self.outer.take()));
            // This may be the last handle to shadows, and their drop may read the current scope.
            drop(left);
        }
    }

    impl std::fmt::Debug for Scope {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.debug_tuple("Scope").field(&self.id()).finish()
        }
    }

    /// Returns the shadow of `original` in the scope of the current thread, which is made on first use;
    /// `None` in the scope of the process.
    ///
    /// `make` is run without a lock, as it may run code of the user's. The address of `original` must
    /// not be reused while the scope lives.
    pub(crate) fn shadow<O, S: Any + Send + Sync>(
        original: &O,
        make: impl FnOnce(&Scope) -> S,
    ) -> Option<Arc<S>> {
        let scope = current()?;
        let key = (ptr::from_ref(original).addr(), TypeId::of::<S>());
        let found = scope.shadows().get(&key).cloned();
        let shadow = match found {
            Some(shadow) => shadow,
            None => {
                let made: AnyShadow = Arc::new(make(&scope));
                Arc::clone(scope.shadows().entry(key).or_insert(made))
            }
        };
        shadow.downcast().ok()
    }
}
