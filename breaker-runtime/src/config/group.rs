//! The options beside the policy: a table for each group, and what is made from its rows.
//!
//! The options of keyed breakers ([`keyed`](crate::config::keyed)) and of the retry layer
//! ([`retry`](crate::config::retry)) are no fields of [`Config`](crate::Config): the first belong to all
//! breakers of a group, the second to a function. They need neither `without_*` methods nor the form for
//! `serde`, so that a row has fewer parts than one of the policy (`config::table`), with the same
//! meaning:
//!
//! - Its docs are those of the setter.
//! - `with`: the setter for constants, with the name of its argument. `own` for one that compares the
//!   value with another option, and is a function beside the table.
//! - `value`: `fixed`, or `packed` for a share that may be unset; the kind of value; its range.
//! - `default`: the value, and the text that the docs give.
//! - `off`: the value for `"off"` in settings; empty if the option cannot be off.

/// Expands to what a change of an option holds.
macro_rules! change_type {
    ((packed $kind:ident in $range:ident)) => { Option<$crate::config::kind::value_type!($kind)> };
    ((optional outlier in $range:ident)) => { Option<$crate::config::keyed::OutlierChange> };
    ($value:tt) => { $crate::config::kind::field_type!($value) };
}

/// Expands to the field after a change.
macro_rules! changed_field {
    ((packed $kind:ident in $range:ident), $before:expr, $change:expr) => {
        $change.map($crate::config::keyed::PackedShare::new)
    };
    ((optional outlier in $range:ident), $before:expr, $change:expr) => {
        $change.map(|change| change.over($before))
    };
    ($value:tt, $before:expr, $change:expr) => {
        $change
    };
}

/// Expands to the range of a kind of value.
macro_rules! range_of {
    (outlier $range:ident) => {
        concat!(
            "stdev ",
            $crate::config::range::text!(deviations),
            ", min_keys ",
            $crate::config::range::text!(siblings),
            ", min_calls ",
            $crate::config::range::text!(at_least_one),
            ", window ",
            $crate::config::range::text!(throttle_span)
        )
    };
    ($kind:ident $range:ident) => {
        $crate::config::range::text!($range)
    };
}

macro_rules! const_setter {
    ($Options:ident $name:ident (own) $value:tt) => {};
    // Its parts have setters of their own.
    ($Options:ident $name:ident $with:tt (optional outlier in $range:ident)) => {};
    ($Options:ident $name:ident ($with:ident, $arg:ident) ($storage:ident $kind:ident in $range:ident)) => {
        #[doc(hidden)]
        #[allow(missing_docs)]
        impl $Options {
            #[must_use]
            #[track_caller]
            pub const fn $with(mut self, $arg: $crate::config::kind::value_type!($kind)) -> Self {
                $crate::config::constant::require(
                    $crate::config::range::$range($arg),
                    concat!(stringify!($name), " must be ", $crate::config::range::text!($range)),
                );
                self.$name = $crate::config::kind::to_field!(($storage $kind in $range), $arg);
                self
            }
        }
    };
}

/// Makes the options of a group, the changes that settings make to them, the setters for constants, the
/// checks and the facts.
macro_rules! define_group {
    ($doc_text:literal, $Options:ident, $Change:ident, $needs:literal, $feature:literal; $($(#[$doc:meta])* $name:ident {
        with: $with:tt, value: ($storage:ident $kind:ident in $range:ident),
        default: ($default:expr, $default_text:literal), off: $off:tt,
    })*) => {
        #[doc = $doc_text]
        #[doc(hidden)]
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub struct $Options {
            $(pub(crate) $name: $crate::config::kind::field_type!(($storage $kind in $range)),)*
        }

        /// The changes that settings make to the options; `None` leaves one as it is.
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub(crate) struct $Change {
            $(pub(crate) $name: Option<
                $crate::config::group::change_type!(($storage $kind in $range))
            >,)*
        }

        impl $Change {
            pub(crate) const NOTHING: Self = Self { $($name: None,)* };

            /// Returns both changes, of which `later` holds over this one.
            pub(crate) fn merged(self, later: Self) -> Self {
                Self { $($name: later.$name.or(self.$name),)* }
            }
        }

        impl $Options {
            const DEFAULTS: Self = Self { $($name: $default,)* };

            /// Returns these options with changes.
            pub(crate) fn with(mut self, change: $Change) -> Self {
                $(if let Some(change) = change.$name {
                    self.$name =
                        $crate::config::group::changed_field!(($storage $kind in $range), self.$name, change);
                })*
                self
            }

            /// Returns the facts of the options.
            pub(crate) const FACTS: &'static [$crate::config::facts::OptionFacts] = &[$(
                $crate::config::facts::OptionFacts {
                    name: stringify!($name),
                    kind: stringify!($kind),
                    default: $default_text,
                    range: $crate::config::group::range_of!($kind $range),
                    off: $crate::config::facts::is_given!($off),
                    needs: $needs,
                    feature: $feature,
                    aliases: &[],
                },
            )*];
        }

        $($crate::config::group::const_setter! { $Options $name $with ($storage $kind in $range) })*
    };
}

pub(crate) use {change_type, changed_field, const_setter, define_group, range_of};
