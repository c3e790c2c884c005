//! Whether options are in range and go together: everything that is wrong with them, at once.

use std::fmt;
use std::time::Duration;

use crate::config::kind::from_field;
use crate::config::range;
use crate::config::table::policy_options;
use crate::config::{Config, Quorum, SharedGroup, Throttle, Window};
use crate::time::duration::shown as shown_length;

/// An option that is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct InvalidOption {
    pub(crate) option: &'static str,
    pub(crate) value: String,
    pub(crate) must_be: String,
    pub(crate) fault: Fault,
}

/// Why an option is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The value is out of range, whatever the other options are.
    Range,
    /// The value does not fit another option.
    Conflict {
        /// The other option.
        with: &'static str,
    },
    /// The option has no effect.
    Inert,
}

impl fmt::Display for InvalidOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { option, value, must_be, .. } = self;
        write!(f, "{option} is {value} and must be {must_be}")
    }
}

/// Joins issues on one line.
pub(super) fn list<'i>(issues: impl IntoIterator<Item = &'i InvalidOption>) -> String {
    issues.into_iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// A value of an option, as errors print it.
pub(super) trait ShownValue {
    /// Returns the text of the value, with its unit.
    fn shown(&self) -> String;
}

impl ShownValue for u32 {
    fn shown(&self) -> String {
        self.to_string()
    }
}

impl ShownValue for f64 {
    fn shown(&self) -> String {
        format!("{self:?}")
    }
}

impl ShownValue for bool {
    fn shown(&self) -> String {
        self.to_string()
    }
}

impl ShownValue for Duration {
    fn shown(&self) -> String {
        shown_length(*self).to_string()
    }
}

impl ShownValue for Window {
    fn shown(&self) -> String {
        match self {
            Self::Calls(calls) => calls.shown(),
            Self::Span(span) => span.shown(),
        }
    }
}

impl ShownValue for Throttle {
    fn shown(&self) -> String {
        format!("{} within {}", self.k.shown(), self.window.shown())
    }
}

impl ShownValue for SharedGroup {
    fn shown(&self) -> String {
        match self {
            Self::OfName => "on".to_owned(),
            Self::Named(name) => format!("{name:?}"),
        }
    }
}

impl ShownValue for Quorum {
    fn shown(&self) -> String {
        match self {
            Self::Processes(processes) => processes.shown(),
            Self::Share(share) => share.shown(),
        }
    }
}

/// The issues found so far.
#[derive(Default)]
pub(super) struct Issues(pub(super) Vec<InvalidOption>);

impl Issues {
    fn add(&mut self, option: &'static str, value: String, fault: Fault, must_be: &str) {
        self.0.push(InvalidOption { option, value, must_be: must_be.to_owned(), fault });
    }

    /// Adds an issue if a value is out of range; returns whether it is in range.
    pub(super) fn range<T: Copy + ShownValue>(
        &mut self,
        option: &'static str,
        value: T,
        in_range: fn(T) -> bool,
        must_be: &str,
    ) -> bool {
        let is_in_range = in_range(value);
        if !is_in_range {
            self.add(option, value.shown(), Fault::Range, must_be);
        }
        is_in_range
    }
}

/// Adds an issue if a value of this kind is out of range, and expands to whether it is in range.
macro_rules! in_range {
    ($issues:ident $name:ident $value:ident window in $range:ident) => {
        match $value {
            Window::Calls(calls) => {
                $issues.range(stringify!($name), calls, range::window_calls, range::text!(window_calls))
            }
            Window::Span(span) => {
                $issues.range(stringify!($name), span, range::window_span, range::text!(window_span))
            }
        }
    };
    ($issues:ident $name:ident $value:ident throttle in $range:ident) => {
        $issues.range(concat!(stringify!($name), ".k"), $value.k, range::factor, range::text!(factor))
            & $issues.range(
                concat!(stringify!($name), ".window"),
                $value.window,
                range::throttle_span,
                range::text!(throttle_span),
            )
    };
    ($issues:ident $name:ident $value:ident quorum in $range:ident) => {
        match $value {
            Quorum::Processes(processes) => $issues.range(
                stringify!($name),
                processes,
                range::quorum_processes,
                range::text!(quorum_processes),
            ),
            Quorum::Share(share) => {
                $issues.range(stringify!($name), share, range::share, range::text!(share))
            }
        }
    };
    ($issues:ident $name:ident $value:ident $kind:ident in $range:ident) => {
        $issues.range(stringify!($name), $value, range::$range, range::text!($range))
    };
}

/// Adds an issue if a value does not fit another option.
macro_rules! fits {
    ($config:ident $issues:ident $name:ident $value:ident ()) => {};
    ($config:ident $issues:ident $name:ident $value:ident ($fits:ident, $with:literal, $text:literal)) => {
        if !$config.$fits($value) {
            let limit = $config.limit_of(stringify!($name));
            $issues.add(stringify!($name), $value.shown(), Fault::Conflict { with: $with }, &limit);
        }
    };
}

/// Adds an issue if a value has no effect without another option.
macro_rules! needs {
    ($config:ident $issues:ident $name:ident $value:ident ()) => {};
    ($config:ident $issues:ident $name:ident $value:ident
        ($needs:ident, $text:literal $(, $const_text:literal)?)) => {
        if !$config.$needs() {
            let together = concat!("given together with ", $text);
            $issues.add(stringify!($name), $value.shown(), Fault::Inert, together);
        }
    };
}

/// Adds an issue if a Cargo feature is missing.
macro_rules! feature {
    ($issues:ident $name:ident $value:ident ()) => {};
    ($issues:ident $name:ident $value:ident ($feature:literal)) => {
        if !cfg!(feature = $feature) {
            let without =
                concat!("left out, or breaker-runtime built with its feature `", $feature, "`");
            $issues.add(stringify!($name), $value.shown(), Fault::Range, without);
        }
    };
}

macro_rules! define_check {
    ($($(#[$doc:meta])* $name:ident {
        with: $with:tt, value: ($storage:ident $kind:ident in $range:ident), default: $default:tt, get: $get:tt,
        off: $off:tt, needs: $needs:tt, fits: $fits:tt, feature: $feature:tt, aliases: $aliases:tt,
    })*) => {
        impl Config {
            /// Returns what is wrong with the options of the table, in its order.
            fn check_table(&self) -> Vec<InvalidOption> {
                let config = self;
                let mut issues = Issues::default();
                $(
                    if let Some(value) = from_field!(($storage $kind in $range), config.$name) {
                        if in_range!(issues $name value $kind in $range) {
                            fits! { config issues $name value $fits }
                        }
                        feature! { issues $name value $feature }
                        needs! { config issues $name value $needs }
                    }
                )*
                issues.0
            }
        }
    };
}

policy_options! { [define_check] }

impl Config {
    /// Returns everything that is wrong with these options, in the order of the builder's table.
    pub(crate) fn check(&self) -> Vec<InvalidOption> {
        let issues = self.check_table();
        #[cfg(feature = "shadow")]
        let issues = {
            let of_shadow = self.check_shadow(&issues);
            issues.into_iter().chain(of_shadow).collect()
        };
        issues
    }
}
