//! The options that apply, as texts with their origin, for the report of a trip.

use crate::config::Config;
use crate::config::check::ShownValue;
use crate::config::kind::value_type;
use crate::config::table::policy_options;
use crate::types::trip::{OptionInForce, OptionOrigin};

/// Expands to whether an option has an effect, from the group `needs` of its row.
macro_rules! has_effect {
    ($config:ident ()) => {
        true
    };
    ($config:ident ($condition:ident, $($text:literal),*)) => {
        $config.$condition()
    };
}

macro_rules! define_in_force {
    ($($(#[$doc:meta])* $name:ident {
        with: $with:tt, value: ($storage:ident $kind:ident in $range:ident), default: $default:tt, get: $get:tt,
        off: $off:tt, needs: $needs:tt, fits: $fits:tt, feature: $feature:tt, aliases: $aliases:tt,
    })*) => {
        impl Config {
            /// Returns the options that are not off and have an effect. `own` are those in the code,
            /// `by_settings` those that settings from outside last made of them.
            #[expect(clippy::float_cmp, reason = "a value that was set is copied, not computed")]
            pub(crate) fn in_force(&self, own: &Self, by_settings: Option<&Self>) -> Vec<OptionInForce> {
                let mut options = Vec::new();
                $({
                    let origin = if self.$name != own.$name {
                        match by_settings {
                            Some(settings) if self.$name == settings.$name => OptionOrigin::Settings,
                            _ => OptionOrigin::Reconfigure,
                        }
                    } else if own.$name == Self::DEFAULT.$name {
                        OptionOrigin::Default
                    } else {
                        OptionOrigin::Code
                    };
                    let value: Option<value_type!($kind)> = self.$name().into();
                    if let Some(value) = value.filter(|_| has_effect!(self $needs)) {
                        let value = value.shown();
                        options.push(OptionInForce { name: stringify!($name), value, origin });
                    }
                })*
                #[cfg(feature = "shadow")]
                self.shadow_in_force(own, by_settings, &mut options);
                options
            }

            /// Returns the names of the options that have another value in `other`.
            #[expect(clippy::float_cmp, reason = "a value that was set is copied, not computed")]
            pub(crate) fn differing(&self, other: &Self) -> Vec<&'static str> {
                let mut names = Vec::new();
                $(if self.$name != other.$name {
                    names.push(stringify!($name));
                })*
                #[cfg(feature = "shadow")]
                if self.shadow != other.shadow {
                    names.push("shadow");
                }
                names
            }
        }
    };
}

policy_options! { [define_in_force] }

#[cfg(feature = "shadow")]
impl Config {
    fn shadow_in_force(&self, own: &Self, by_settings: Option<&Self>, options: &mut Vec<OptionInForce>) {
        let Some(shadow) = self.shadow else { return };
        let origin = if self.shadow == own.shadow {
            OptionOrigin::Code
        } else if by_settings.is_some_and(|settings| settings.shadow == self.shadow) {
            OptionOrigin::Settings
        } else {
            OptionOrigin::Reconfigure
        };
        options.push(OptionInForce { name: "shadow", value: shadow.to_string(), origin });
    }
}
