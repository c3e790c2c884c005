//! Whose a breaker is: the process's, or that of a test in a [`testing::isolate`](crate::registry::testing::isolate).

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ScopeId(u64);

impl ScopeId {
    pub(crate) const PROCESS: Self = Self(0);

    /// That of the current thread.
    #[cfg(not(feature = "test-util"))]
    pub(crate) fn current() -> Self {
        Self::PROCESS
    }

    /// That of the current thread.
    #[cfg(feature = "test-util")]
    pub(crate) fn current() -> Self {
        crate::registry::testing::scope()
    }

    #[cfg(feature = "test-util")]
    pub(crate) fn fresh() -> Self {
        use std::sync::atomic::{AtomicU64, Ordering};

        static LAST: AtomicU64 = AtomicU64::new(0);
        Self(LAST.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

/// Takes the scope of the current thread along: what is returned is for another thread.
#[cfg(not(feature = "test-util"))]
pub(crate) fn in_current_scope<R>(run: impl FnOnce() -> R) -> impl FnOnce() -> R {
    run
}

/// Takes the scope of the current thread along: what is returned is for another thread.
#[cfg(feature = "test-util")]
pub(crate) fn in_current_scope<R>(run: impl FnOnce() -> R) -> impl FnOnce() -> R {
    let here = crate::registry::testing::current();
    move || {
        let _entered = here.map(crate::registry::testing::Isolation::enter);
        run()
    }
}
