//! Twins: two functions that differ in one option, and the same calls to both. What is seen must differ:
//! so each test fails if its option has no effect.
//!
//! `tests/README.md` explains how to read them.

use breaker_runtime::testing;

use crate::callers::{Caller, Subject};

/// The same function with an option and without it.
#[derive(Clone, Copy, Debug)]
pub struct Twins {
    /// The function with the option.
    pub with: Subject,
    /// The function without it.
    pub without: Subject,
}

/// Makes two pairs of [`Twins`], async and sync, with an option and without it:
/// `twins!({timeout = "1s"})`.
///
/// Options of both come after it: `twins!({timeout = "1s"} beside {failure_threshold = 1})`.
/// `instead of` gives the second twin another form of the option:
/// `twins!({throttle(k = 3)} instead of {throttle} beside {})`.
#[macro_export]
macro_rules! twins {
    ($($options:tt)*) => {
        [$crate::twins_of!(async $($options)*), $crate::twins_of!(sync $($options)*)]
    };
}

/// Makes one pair of async [`Twins`], for calls that hang. Takes what [`twins!`](crate::twins!) takes.
#[macro_export]
macro_rules! async_twins {
    ($($options:tt)*) => { [$crate::twins_of!(async $($options)*)] };
}

/// Makes one pair of [`Twins`].
#[doc(hidden)]
#[macro_export]
macro_rules! twins_of {
    ($kind:ident {$($option:tt)*}) => { $crate::twins_of!($kind {$($option)*} beside {}) };
    ($kind:ident {$($option:tt)*} beside {$($others:tt)*}) => {
        $crate::twins::Twins {
            with: $crate::subject!($kind with [$($option)*, $($others)*]),
            without: $crate::subject!($kind without [$($others)*]),
        }
    };
    ($kind:ident {$($option:tt)*} instead of {$($instead:tt)*} beside {$($others:tt)*}) => {
        $crate::twins::Twins {
            with: $crate::subject!($kind with [$($option)*, $($others)*]),
            without: $crate::subject!($kind without [$($instead)*, $($others)*]),
        }
    };
}

/// Makes one function.
#[doc(hidden)]
#[macro_export]
macro_rules! subject {
    (async with $options:tt) => { $crate::subject!(async async_with $options) };
    (async without $options:tt) => { $crate::subject!(async async_without $options) };
    (sync with $options:tt) => { $crate::subject!(sync sync_with $options) };
    (sync without $options:tt) => { $crate::subject!(sync sync_without $options) };
    (async $name:ident [$($options:tt)*]) => {{
        #[breaker_runtime::circuit_breaker($($options)*)]
        async fn $name(body: $crate::callers::Body) -> $crate::callers::Answer {
            body.run().await
        }
        $crate::callers::Subject {
            name: stringify!($name),
            breaker: breaker_runtime::breaker_of($name),
            call: |body| Box::pin($name(body)),
        }
    }};
    (sync $name:ident [$($options:tt)*]) => {{
        #[breaker_runtime::circuit_breaker($($options)*)]
        fn $name(body: $crate::callers::Body) -> $crate::callers::Answer {
            body.run_now()
        }
        $crate::callers::Subject {
            name: stringify!($name),
            breaker: breaker_runtime::breaker_of($name),
            call: |body| Box::pin(std::future::ready($name(body))),
        }
    }};
}

/// Makes the same calls to each twin, with fresh breakers, and asserts what is seen of them.
///
/// # Panics
///
/// If something else is seen, or if the same is expected of both twins.
pub async fn assert_seen(
    twins: impl IntoIterator<Item = Twins>,
    scenario: impl AsyncFn(&mut Caller),
    with: &str,
    without: &str,
) {
    assert_ne!(with, without, "the option has no effect");
    for twins in twins {
        for (subject, expected) in [(twins.with, with), (twins.without, without)] {
            let _fresh = testing::isolate();
            let mut caller = Caller::new(subject);
            scenario(&mut caller).await;
            assert_eq!(caller.seen(), expected, "{}", subject.name);
        }
    }
}
