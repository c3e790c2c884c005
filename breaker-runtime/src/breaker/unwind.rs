//! Unwind safety of what users hold.
//!
//! A panic in a call, a clock, a listener or another user's function leaves every breaker consistent: permits are
//! settled while it unwinds, no user code runs under a lock, and poisoned locks are taken over. The compiler cannot
//! see this through the trait objects and cells inside, so it is stated here for the types that contain them. Types
//! that are made of these alone follow.

use std::panic::{RefUnwindSafe, UnwindSafe};

use crate::breaker::inner::Inner;
use crate::breaker::listener::Listener;
use crate::state::rng::Rng;
use crate::time::clock::TimeSource;
use crate::types::key::{Key, KeyRef};

macro_rules! unwind_safe {
    ($($name:ty),* $(,)?) => {
        $(
            impl UnwindSafe for $name {}
            impl RefUnwindSafe for $name {}
        )*
    };
}

unwind_safe!(Rng, Inner, Key, KeyRef<'_>, Listener, TimeSource);

#[cfg(feature = "tokio")]
unwind_safe!(crate::time::timer::Sleep);
