//! Settings from outside: the breakers that they apply to, their values, and their cost.

mod cost;
mod keys;
#[cfg(feature = "shadow")]
mod shadow;
mod values;
#[path = "../support/wait.rs"]
mod wait;

use std::sync::{Mutex, MutexGuard, PoisonError};

use breaker_runtime::{Settings, configure};

/// A lock for a test that configures, because settings belong to the process; the test starts and ends
/// without any.
struct Alone(#[expect(dead_code, reason = "it is held")] MutexGuard<'static, ()>);

fn alone() -> Alone {
    static ONE: Mutex<()> = Mutex::new(());
    Alone(ONE.lock().unwrap_or_else(PoisonError::into_inner))
}

impl Drop for Alone {
    fn drop(&mut self) {
        let _ = configure(Settings::new()).expect("no settings are sound");
    }
}
