//! Unwind safety of the types that users hold.
//!
//! A panic in a call, a clock, a listener or another function of the user's leaves every breaker
//! consistent: permits are settled while it unwinds, no code of the user's runs under a lock, and
//! poisoned locks are recovered. The compiler cannot see this through the trait objects and cells
//! inside, so it is stated here for the types that contain them. For types that are made of these alone
//! it follows.

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
unwind_safe!(crate::breaker::background::BackgroundProbe, crate::time::timer::Sleep);
