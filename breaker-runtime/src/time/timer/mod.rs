//! Time for futures that wait: [`sleep`], on any executor.

#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
mod free;
#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
mod native;
#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
mod thread;
#[cfg(all(target_family = "wasm", target_os = "unknown"))]
mod web;

#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
pub(crate) use crate::time::timer::native::{Sleep, now, sleep};
#[cfg(all(target_family = "wasm", target_os = "unknown"))]
pub(crate) use crate::time::timer::web::{Sleep, now, sleep};

/// A time for waits in futures. Follows tokio's paused time, as the timers do.
#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
pub(crate) type Instant = tokio::time::Instant;
/// Tokio has no clock on `wasm32-unknown-unknown`.
#[cfg(all(target_family = "wasm", target_os = "unknown"))]
pub(crate) use crate::time::clock::Instant;
