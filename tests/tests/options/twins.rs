//! Functions that differ in one option.

use breaker_runtime::testing;

use crate::callers::{Caller, Subject};

/// The same function with an option and without it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Twins {
    pub(crate) with: Subject,
    pub(crate) without: Subject,
}

/// An async function and a sync one, with an option and without it: `twins!({timeout = "1s"})`. Options that all of
/// them have come after it: `twins!({timeout = "1s"} beside {failure_threshold = 1})`. Where an option without
/// its parts remains: `twins!({throttle(k = 3)} instead of {throttle})`.
macro_rules! twins {
    ($($options:tt)*) => {
        [crate::twins::twins_of!(async $($options)*), crate::twins::twins_of!(sync $($options)*)]
    };
}

/// An async function alone, for calls that hang.
macro_rules! async_twins {
    ($($options:tt)*) => { [crate::twins::twins_of!(async $($options)*)] };
}

macro_rules! twins_of {
    ($kind:ident {$($option:tt)*}) => { crate::twins::twins_of!($kind {$($option)*} beside {}) };
    ($kind:ident {$($option:tt)*} beside {$($others:tt)*}) => {
        crate::twins::Twins {
            with: crate::twins::subject!($kind with [$($option)*, $($others)*]),
            without: crate::twins::subject!($kind without [$($others)*]),
        }
    };
    ($kind:ident {$($option:tt)*} instead of {$($instead:tt)*} beside {$($others:tt)*}) => {
        crate::twins::Twins {
            with: crate::twins::subject!($kind with [$($option)*, $($others)*]),
            without: crate::twins::subject!($kind without [$($instead)*, $($others)*]),
        }
    };
}

macro_rules! subject {
    (async with $options:tt) => { crate::twins::subject!(async async_with $options) };
    (async without $options:tt) => { crate::twins::subject!(async async_without $options) };
    (sync with $options:tt) => { crate::twins::subject!(sync sync_with $options) };
    (sync without $options:tt) => { crate::twins::subject!(sync sync_without $options) };
    (async $name:ident [$($options:tt)*]) => {{
        #[breaker_runtime::circuit_breaker($($options)*)]
        async fn $name(body: crate::callers::Body) -> crate::callers::Answer {
            body.run().await
        }
        crate::callers::Subject {
            name: stringify!($name),
            breaker: breaker_runtime::breaker_of($name),
            call: |body| Box::pin($name(body)),
        }
    }};
    (sync $name:ident [$($options:tt)*]) => {{
        #[breaker_runtime::circuit_breaker($($options)*)]
        fn $name(body: crate::callers::Body) -> crate::callers::Answer {
            body.run_now()
        }
        crate::callers::Subject {
            name: stringify!($name),
            breaker: breaker_runtime::breaker_of($name),
            call: |body| Box::pin(std::future::ready($name(body))),
        }
    }};
}

pub(crate) use {async_twins, subject, twins, twins_of};

/// Lets the same caller loose on fresh twins, and asserts what is seen of them.
pub(crate) async fn assert_seen(
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
