//! The facts of the table of options as data, for tests that compare other tables with it.

use crate::config::keyed::Limits;
use crate::config::range;
use crate::config::retry::Retry;
use crate::config::table::policy_options;

/// An option, as the docs and the attribute must describe it.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OptionFacts {
    /// The name in the attribute, the builder and settings.
    pub name: &'static str,
    /// The kind of value: `count`, `share`, `decimal`, `flag`, `length`, `window`, `throttle`,
    /// `group` or `quorum`.
    pub kind: &'static str,
    /// The default, as the docs print it, in markdown.
    pub default: &'static str,
    /// The range, as errors print it after "must be".
    pub range: &'static str,
    /// Whether settings can switch the option off.
    pub off: bool,
    /// The options without which it has no effect, as errors print them; empty if there are none.
    pub needs: &'static str,
    /// The Cargo feature that it needs; empty if it needs none.
    pub feature: &'static str,
    /// The words of other libraries for it.
    pub aliases: &'static [&'static str],
}

macro_rules! range_of {
    (window $range:ident ()) => {
        concat!(range::text!(window_calls), ", or a span of ", range::text!(window_span))
    };
    (throttle $range:ident ()) => {
        concat!("k ", range::text!(factor), ", window ", range::text!(throttle_span))
    };
    (quorum $range:ident ()) => {
        concat!(range::text!(quorum_processes), ", or a share ", range::text!(share))
    };
    ($kind:ident $range:ident ()) => {
        range::text!($range)
    };
    ($kind:ident $range:ident ($fits:ident, $with:literal, $text:literal)) => {
        concat!(range::text!($range), ", and ", $text)
    };
}

macro_rules! is_given {
    (()) => {
        false
    };
    ($given:tt) => {
        true
    };
}

macro_rules! text_of {
    (()) => {
        ""
    };
    (($feature:literal)) => {
        $feature
    };
    (($needs:ident, $text:literal $(, $const_text:literal)?)) => {
        $text
    };
}

macro_rules! define_facts {
    ($($(#[$doc:meta])* $name:ident {
        with: $with:tt, value: ($storage:ident $kind:ident in $range:ident),
        default: ($default:expr, $default_text:literal), get: $get:tt, off: $off:tt, needs: $needs:tt, fits: $fits:tt,
        feature: $feature:tt, aliases: [$($alias:literal),* $(,)?],
    })*) => {
        /// Returns the facts of all options of the policy, in the order of the builder's table.
        #[doc(hidden)]
        pub const fn option_facts() -> &'static [OptionFacts] {
            &[$(OptionFacts {
                name: stringify!($name),
                kind: stringify!($kind),
                default: $default_text,
                range: range_of!($kind $range $fits),
                off: is_given!($off),
                needs: text_of!($needs),
                feature: text_of!($feature),
                aliases: &[$($alias),*],
            }),*]
        }
    };
}

policy_options! { [define_facts] }

/// Returns the facts of the options of keyed breakers.
#[doc(hidden)]
pub const fn keyed_option_facts() -> &'static [OptionFacts] {
    Limits::FACTS
}

/// Returns the facts of the parts of `retry`.
#[doc(hidden)]
pub const fn retry_option_facts() -> &'static [OptionFacts] {
    Retry::FACTS
}

pub(super) use is_given;
