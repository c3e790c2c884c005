//! Changes of single options, read from settings.

use std::time::Duration;

use crate::config::kind::value_type;
use crate::config::table::policy_options;
use crate::config::{Config, Throttle};

/// The parts of `throttle` that a change gives; the others stay, or are those of [`Throttle::DEFAULT`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct ThrottleChange {
    pub(crate) k: Option<f64>,
    pub(crate) window: Option<Duration>,
}

/// Expands to what a change of an option holds: `None` switches it off.
macro_rules! change_type {
    ((optional throttle in $range:ident)) => { Option<ThrottleChange> };
    ((optional $kind:ident in $range:ident)) => { Option<value_type!($kind)> };
    ((switchable $kind:ident in $range:ident)) => { Option<value_type!($kind)> };
    ((fixed $kind:ident in $range:ident)) => { value_type!($kind) };
}

macro_rules! apply {
    ($config:ident $name:ident $change:ident (optional throttle in $range:ident)) => {
        $config.$name = $change.map(|ThrottleChange { k, window }| {
            let before = $config.$name.unwrap_or(Throttle::DEFAULT);
            Throttle { k: k.unwrap_or(before.k), window: window.unwrap_or(before.window) }
        })
    };
    ($config:ident $name:ident $change:ident $value:tt) => {
        $config.$name = $change
    };
}

macro_rules! define_change {
    ($($(#[$doc:meta])* $name:ident {
        with: $with:tt, value: $value:tt, default: $default:tt, get: $get:tt, off: $off:tt, needs: $needs:tt,
        fits: $fits:tt, feature: $feature:tt, aliases: $aliases:tt,
    })*) => {
        /// A change of the option of its name.
        #[derive(Clone, Copy, Debug, PartialEq)]
        #[allow(non_camel_case_types, reason = "named as the options are")]
        pub(crate) enum ConfigChange {
            $($name(change_type!($value)),)*
        }

        impl ConfigChange {
            /// Changes the option.
            pub(crate) fn apply(self, config: &mut Config) {
                match self {
                    $(Self::$name(change) => apply!(config $name change $value),)*
                }
            }
        }
    };
}

policy_options! { [define_change] }
