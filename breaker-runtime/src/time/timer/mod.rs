//! Time for futures that wait: [`sleep`], on any executor.

#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
mod native;
#[cfg(all(target_family = "wasm", target_os = "unknown"))]
mod web;

#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
pub(crate) use crate::time::timer::native::{Sleep, now, sleep};
#[cfg(all(target_family = "wasm", target_os = "unknown"))]
pub(crate) use crate::time::timer::web::{Sleep, now, sleep};
