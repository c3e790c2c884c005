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
