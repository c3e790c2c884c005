//! Time: the clocks of users and of the system, durations as text and as seconds, and the timer of
//! futures that wait.

pub(crate) mod clock;
pub(crate) mod duration;
mod monotonic;
#[cfg(all(any(target_os = "linux", target_os = "android"), any(test, not(feature = "test-util"))))]
mod process;
#[cfg(feature = "serde")]
pub(crate) mod seconds;
#[cfg(all(feature = "tokio", not(all(target_family = "wasm", target_os = "unknown"))))]
pub(crate) mod shared_waker;
mod system;
mod ticks;
#[cfg(all(feature = "tokio", not(breaker_loom)))]
pub(crate) mod timer;

pub(crate) use ticks::{TICKS_BITS, TICKS_MAX, Ticks};
