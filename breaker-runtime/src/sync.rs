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
        /// `None` for a value that was given: loom explores no step to get it.
        needed: Option<AtomicU64>,
        content: T,
    }

    impl<T> OnceBox<T> {
        /// Makes a cell that has its value from the start.
        pub(crate) fn with_value(content: Box<T>) -> Self {
            Self { needed: None, content: *content }
        }

        pub(crate) fn get(&self) -> Option<&T> {
            let is_there = |needed: &AtomicU64| needed.load(Ordering::Acquire) > 0;
            self.needed.as_ref().is_none_or(is_there).then_some(&self.content)
        }

        pub(crate) fn get_or_init(&self, _make: impl FnOnce() -> Box<T>) -> &T {
            if let Some(needed) = &self.needed {
                needed.store(1, Ordering::Release);
            }
            &self.content
        }
    }

    impl<T: Default> OnceBox<T> {
        pub(crate) fn new() -> Self {
            Self { needed: Some(AtomicU64::new(0)), content: T::default() }
        }
    }

    impl<T: Default> Default for OnceBox<T> {
        fn default() -> Self {
            Self::new()
        }
    }
}
#[cfg(breaker_loom)]
pub(crate) use ahead::OnceBox;
#[cfg(not(breaker_loom))]
pub(crate) use once_cell::race::OnceBox;
