//! The atomics and the lock of the state machine: std's, or loom's under the private cfg `breaker_loom`.
//!
//! The cfg is not called `loom`, because that one is also read by dependencies.

#[cfg(breaker_loom)]
pub(crate) use loom::sync::atomic::{AtomicU64, Ordering};
#[cfg(breaker_loom)]
pub(crate) use loom::sync::{Mutex, MutexGuard};
#[cfg(not(breaker_loom))]
pub(crate) use std::sync::atomic::{AtomicU64, Ordering};
#[cfg(not(breaker_loom))]
pub(crate) use std::sync::{Mutex, MutexGuard};

/// A cell for a value that is made when it is first needed: `once_cell`'s, or under loom, which cannot
/// explore that, one with a value that exists from the start and is returned only after it was needed.
#[cfg(breaker_loom)]
mod ahead {
    use super::{AtomicU64, Ordering};

    #[derive(Debug)]
    pub(crate) struct OnceBox<T> {
        needed: AtomicU64,
        content: T,
    }

    impl<T: Default> OnceBox<T> {
        pub(crate) fn new() -> Self {
            Self::default()
        }

        pub(crate) fn get(&self) -> Option<&T> {
            (self.needed.load(Ordering::Acquire) > 0).then_some(&self.content)
        }

        pub(crate) fn get_or_init(&self, _make: impl FnOnce() -> Box<T>) -> &T {
            self.needed.store(1, Ordering::Release);
            &self.content
        }
    }

    impl<T: Default> Default for OnceBox<T> {
        fn default() -> Self {
            Self { needed: AtomicU64::new(0), content: T::default() }
        }
    }
}
#[cfg(breaker_loom)]
pub(crate) use ahead::OnceBox;
#[cfg(not(breaker_loom))]
pub(crate) use once_cell::race::OnceBox;
