//! The options in a constant, as the attribute writes them.
//!
//! A value out of range is an error at compile time, at the value in the attribute. These functions
//! panic otherwise, and so they are not methods of the public [`Config`].

use std::time::Duration;

use crate::config::kind::{to_field, value_type};
use crate::config::range;
use crate::config::table::policy_options;
use crate::config::{Config, Quorum, Throttle, Window};
use crate::state::word::Flags;

/// The options of an annotated function, in a constant.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct ConstConfig(Config);

/// Fails the evaluation of a constant. Callers are `#[track_caller]`, so that the compiler reports the
/// attribute alone.
#[track_caller]
pub(crate) const fn require(condition: bool, otherwise: &'static str) {
    assert!(condition, "{}", otherwise);
}

macro_rules! require_range {
    ($name:ident $value:ident window in $range:ident) => {
        match $value {
            Window::Calls(calls) => require(
                range::window_calls(calls),
                concat!(stringify!($name), " must be ", range::text!(window_calls)),
            ),
            Window::Span(span) => require(
                range::window_span(span),
                concat!(stringify!($name), " must be ", range::text!(window_span)),
            ),
        }
    };
    ($name:ident $value:ident quorum in $range:ident) => {
        match $value {
            Quorum::Processes(processes) => require(
                range::quorum_processes(processes),
                concat!(stringify!($name), " must be ", range::text!(quorum_processes)),
            ),
            Quorum::Share(share) => require(
                range::share(share),
                concat!(stringify!($name), " must be ", range::text!(share), " as a share"),
            ),
        }
    };
    ($name:ident $value:ident $kind:ident in $range:ident) => {
        require(range::$range($value), concat!(stringify!($name), " must be ", range::text!($range)));
    };
}

macro_rules! require_fit {
    ($config:ident $name:ident $value:ident ()) => {};
    ($config:ident $name:ident $value:ident ($fits:ident, $with:literal, $text:literal)) => {
        require($config.$fits($value), concat!(stringify!($name), " must be ", $text));
    };
}

macro_rules! require_effect {
    ($config:ident $name:ident ($needs:ident, $text:literal, $const_text:literal)) => {
        require($config.$needs(), concat!(stringify!($name), " needs ", $const_text));
    };
    ($config:ident $name:ident $needs:tt) => {};
}

macro_rules! require_feature {
    ($name:ident ()) => {};
    ($name:ident ($feature:literal)) => {
        require(
            cfg!(feature = $feature),
            concat!(
                stringify!($name),
                " needs the feature `",
                $feature,
                "` of breaker-runtime; add it in Cargo.toml"
            ),
        );
    };
}

macro_rules! const_setter {
    // Its parts have setters of their own.
    ($name:ident ($with:ident, $arg:ident) ($storage:ident throttle in $range:ident)
        $needs:tt $fits:tt $feature:tt) => {};
    ($name:ident ($with:ident, $arg:ident) ($storage:ident $kind:ident in $range:ident)
        $needs:tt $fits:tt $feature:tt) => {
        #[must_use]
        #[track_caller]
        pub const fn $with(mut self, $arg: value_type!($kind)) -> Self {
            let config = &mut self.0;
            require_range! { $name $arg $kind in $range }
            require_fit! { config $name $arg $fits }
            require_effect! { config $name $needs }
            require_feature! { $name $feature }
            config.$name = to_field!(($storage $kind in $range), $arg);
            self
        }
    };
}

macro_rules! define_const_setters {
    ($($(#[$doc:meta])* $name:ident {
        with: $with:tt, value: $value:tt, default: $default:tt, get: $get:tt, off: $off:tt, needs: $needs:tt,
        fits: $fits:tt, feature: $feature:tt, aliases: $aliases:tt,
    })*) => {
        /// Each sets the option of its name. One that has to fit another option comes after it:
        /// `min_calls` after the window, `max_timeout` after all that makes an open period.
        #[allow(missing_docs)]
        impl ConstConfig {
            $(const_setter! { $name $with $value $needs $fits $feature })*
        }
    };
}

policy_options! { [define_const_setters] }

#[allow(missing_docs)]
impl ConstConfig {
    pub const DEFAULT: Self = Self(Config::DEFAULT);

    /// Returns the options.
    #[must_use]
    pub const fn get(self) -> Config {
        self.0
    }

    /// Returns the flags of the first state.
    pub(crate) const fn flags(self) -> Flags {
        self.0.policy().flags(false)
    }

    #[must_use]
    pub const fn without_abandoned_threshold(mut self) -> Self {
        self.0.abandoned_threshold = None;
        self
    }

    #[must_use]
    pub const fn with_probe(mut self) -> Self {
        self.0.set_probe();
        self
    }

    #[must_use]
    pub const fn with_throttle(mut self) -> Self {
        self.0.throttle = Some(Throttle::DEFAULT);
        self
    }

    #[must_use]
    #[track_caller]
    pub const fn with_throttle_k(mut self, calls: f64) -> Self {
        require(range::factor(calls), concat!("k of throttle must be ", range::text!(factor)));
        self.0.throttle = Some(Throttle { k: calls, ..self.throttle_or_default() });
        self
    }

    #[must_use]
    #[track_caller]
    pub const fn with_throttle_window(mut self, span: Duration) -> Self {
        let must_be = concat!("window of throttle must be ", range::text!(throttle_span));
        require(range::throttle_span(span), must_be);
        self.0.throttle = Some(Throttle { window: span, ..self.throttle_or_default() });
        self
    }

    const fn throttle_or_default(&self) -> Throttle {
        match self.0.throttle {
            Some(throttle) => throttle,
            None => Throttle::DEFAULT,
        }
    }

    /// Sets `max_wait` for a function that waits in a future.
    #[must_use]
    #[track_caller]
    pub const fn with_max_wait_async(self, length: Duration) -> Self {
        require(
            range::has_timers(),
            "max_wait on an async function needs the feature `tokio` of breaker-runtime; add it in Cargo.toml",
        );
        self.with_max_wait(length)
    }
}

/// A constant that a window can be given as. Its kind is an associated constant, as no trait has `const`
/// methods yet.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`window` takes a number of calls, a `u32`, or a length of time, a `Duration`",
    label = "a `{Self}` is neither"
)]
pub trait WindowConstant<Kind> {
    const KIND: Kind;
}

/// Returns how to make a window of a constant.
#[doc(hidden)]
pub const fn window_kind<T: WindowConstant<Kind>, Kind>(_: &T) -> Kind {
    T::KIND
}

/// A window of so many calls.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs, reason = "only the attribute of the same version uses it")]
pub struct OfCalls;

/// A window of a span.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs, reason = "only the attribute of the same version uses it")]
pub struct OfSpan;

impl WindowConstant<OfCalls> for u32 {
    const KIND: OfCalls = OfCalls;
}

impl WindowConstant<OfSpan> for Duration {
    const KIND: OfSpan = OfSpan;
}

#[doc(hidden)]
#[allow(missing_docs, clippy::unused_self)]
impl OfCalls {
    #[must_use]
    pub const fn window(self, calls: u32) -> Window {
        Window::Calls(calls)
    }
}

#[doc(hidden)]
#[allow(missing_docs, clippy::unused_self)]
impl OfSpan {
    #[must_use]
    pub const fn window(self, span: Duration) -> Window {
        Window::Span(span)
    }
}

/// A constant that a quorum can be given as, in the way of [`WindowConstant`].
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`quorum` takes a number of processes, a `u32`, or a share of them, an `f64`",
    label = "a `{Self}` is neither"
)]
pub trait QuorumConstant<Kind> {
    const KIND: Kind;
}

/// Returns how to make a quorum of a constant.
#[doc(hidden)]
pub const fn quorum_kind<T: QuorumConstant<Kind>, Kind>(_: &T) -> Kind {
    T::KIND
}

/// A quorum of so many processes.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs, reason = "only the attribute of the same version uses it")]
pub struct OfProcesses;

/// A quorum of a share of the processes.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs, reason = "only the attribute of the same version uses it")]
pub struct OfShare;

impl QuorumConstant<OfProcesses> for u32 {
    const KIND: OfProcesses = OfProcesses;
}

impl QuorumConstant<OfShare> for f64 {
    const KIND: OfShare = OfShare;
}

#[doc(hidden)]
#[allow(missing_docs, clippy::unused_self)]
impl OfProcesses {
    #[must_use]
    pub const fn quorum(self, processes: u32) -> Quorum {
        Quorum::Processes(processes)
    }
}

#[doc(hidden)]
#[allow(missing_docs, clippy::unused_self)]
impl OfShare {
    #[must_use]
    pub const fn quorum(self, share: f64) -> Quorum {
        Quorum::Share(share)
    }
}
