//! The options of a breaker: one declarative table, and what is made from it.
//!
//! - `table` has a row for each option of the policy; `range` has each range once, for the checks at run
//!   time and those of constants; `kind` says what type a kind of value has.
//! - [`Config`] holds the values. `derived` computes the defaults that depend on other options, and the
//!   state machine's [`Policy`](crate::state::policy::Policy).
//! - `setters` makes the setters of the builder and of [`ConfigUpdate`], `constant` those that the
//!   attribute calls in a constant, `change` the values that settings give.
//! - `check` finds everything that is wrong with a set of options at once, `error` is the public error.
//! - `keyed` and `retry` have the tables of the other options, those of a group of keyed breakers and of
//!   the retry layer; `group` makes from a row what those options need.

mod change;
mod check;
mod constant;
mod derived;
mod error;
mod facts;
pub(crate) mod group;
mod in_force;
pub(crate) mod keyed;
pub(crate) mod kind;
pub(crate) mod range;
pub(crate) mod retry;
#[cfg(feature = "serde")]
mod serialize;
pub(crate) mod setters;
#[cfg(feature = "shadow")]
pub(crate) mod shadow;
mod shared;
#[cfg(feature = "stream")]
pub(crate) mod stream;
pub(crate) mod table;
mod update;

use std::fmt;
use std::time::Duration;

pub(crate) use crate::config::change::{ConfigChange, ThrottleChange};
use crate::config::check::list;
pub(crate) use crate::config::check::{Fault, InvalidOption};
pub(crate) use crate::config::constant::require;
pub use crate::config::constant::{
    ConstConfig, OfCalls, OfProcesses, OfShare, OfSpan, QuorumConstant, WindowConstant, quorum_kind,
    window_kind,
};
pub use crate::config::error::{ConfigError, ConfigIssue};
pub use crate::config::facts::{OptionFacts, keyed_option_facts, option_facts, retry_option_facts};
use crate::config::kind::field_type;
pub(crate) use crate::config::setters::policy_setters;
pub use crate::config::shared::{Quorum, SharedGroup};
use crate::config::table::policy_options;
pub use crate::config::update::ConfigUpdate;

macro_rules! define_config {
    ($($(#[$doc:meta])* $name:ident {
        with: $with:tt, value: $value:tt, default: ($default:expr, $default_text:literal), get: $get:tt, off: $off:tt,
        needs: $needs:tt, fits: $fits:tt, feature: $feature:tt, aliases: $aliases:tt,
    })*) => {
        /// The options of a breaker, from [`CircuitBreaker::config`](crate::CircuitBreaker::config).
        ///
        /// Its `Debug` shows what applies, as the getters return it: a default where an option is not
        /// set. Two are equal if the same options are set, to the same values.
        ///
        /// With the feature `serde` it can be serialised and deserialised, in the form of an entry of
        /// [`Settings`](crate::Settings): what is not set, or is the default, is left out, and a length
        /// of time is a text such as `"1.5 s"`. Values out of range are refused, as they are by the
        /// builder. The options of a shadow are left out.
        ///
        /// ```
        /// use breaker_runtime::{CircuitBreaker, Config};
        ///
        /// let breaker = CircuitBreaker::builder("payments").build()?;
        /// let config: Config = breaker.config();
        /// assert_eq!(config.failure_threshold(), Some(5));
        /// assert_eq!(config, Config::DEFAULT);
        /// # Ok::<(), breaker_runtime::ConfigError>(())
        /// ```
        #[derive(Clone, Copy, PartialEq)]
        pub struct Config {
            $(pub(crate) $name: field_type!($value),)*
            /// Whether there is a background probe. It is code, and in no table.
            has_probe: HasProbe,
            /// The options of a second policy, of which those that are set differ.
            #[cfg(feature = "shadow")]
            pub(crate) shadow: Option<shadow::Shadow>,
        }

        impl Config {
            /// The options of a breaker for which none is set: opens after 5 failures in a row, stays
            /// open for 60 s, closes after 2 successful probes.
            pub const DEFAULT: Self = Self {
                $($name: $default,)*
                has_probe: HasProbe(false),
                #[cfg(feature = "shadow")]
                shadow: None,
            };
        }

        impl fmt::Debug for Config {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut all = f.debug_struct("Config");
                all$(.field(stringify!($name), &self.$name()))*;
                #[cfg(feature = "shadow")]
                if let Some(shadow) = self.shadow {
                    all.field("shadow", &format_args!("{shadow}"));
                }
                all.finish()
            }
        }

        $(getter! { $name $value $get })*
    };
}

macro_rules! getter {
    ($name:ident $value:tt (field, $doc:literal)) => {
        impl Config {
            #[doc = $doc]
            pub const fn $name(&self) -> field_type!($value) {
                self.$name
            }
        }
    };
    ($name:ident $value:tt (derived $type:ty, $doc:literal)) => {
        impl Config {
            #[doc = $doc]
            pub const fn $name(&self) -> $type {
                derived::$name(self)
            }
        }
    };
}

policy_options! { [define_config] }

/// Whether a breaker has a background probe. No option that differs makes two sets of options differ.
#[derive(Clone, Copy)]
struct HasProbe(bool);

impl PartialEq for HasProbe {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Config {
    /// Returns whether there is a background probe.
    pub(crate) const fn has_probe(&self) -> bool {
        self.has_probe.0
    }

    /// Returns whether there is a second policy.
    #[cfg_attr(not(feature = "shadow"), expect(clippy::unused_self, reason = "there is none"))]
    pub(crate) const fn has_shadow(&self) -> bool {
        #[cfg(feature = "shadow")]
        return self.shadow.is_some();
        #[cfg(not(feature = "shadow"))]
        false
    }

    /// Notes that there is a background probe.
    pub(crate) const fn set_probe(&mut self) {
        self.has_probe = HasProbe(true);
    }
}

impl Default for Config {
    /// Returns [`Config::DEFAULT`].
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// The calls that the rates are taken of: the last so many, or those of the last so many seconds.
///
/// ```
/// # use std::time::Duration;
/// use breaker_runtime::Window;
///
/// assert_eq!(Window::from(100), Window::Calls(100));
/// assert_eq!(Window::from(Duration::from_secs(10)), Window::Span(Duration::from_secs(10)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Window {
    /// The last calls that ended in a success or a failure: 1 to 1,000,000 of them.
    Calls(u32),
    /// The calls that ended in a span up to the present, which moves on by tenths of its length: at
    /// least 1 ms.
    Span(Duration),
}

impl From<u32> for Window {
    fn from(calls: u32) -> Self {
        Self::Calls(calls)
    }
}

impl From<Duration> for Window {
    fn from(span: Duration) -> Self {
        Self::Span(span)
    }
}

/// The option [`throttle`](crate::CircuitBreakerBuilder::throttle), from [`Config::throttle`].
///
/// ```
/// use std::time::Duration;
/// use breaker_runtime::{CircuitBreaker, Throttle};
///
/// let builder = CircuitBreaker::builder("search").throttle(2.0, Duration::from_secs(120));
/// let throttle: Option<Throttle> = builder.build()?.config().throttle();
/// assert_eq!(throttle.map(|throttle| throttle.k()), Some(2.0));
/// assert_eq!(throttle.map(|throttle| throttle.window()), Some(Duration::from_secs(120)));
/// # Ok::<(), breaker_runtime::ConfigError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Throttle {
    pub(crate) k: f64,
    pub(crate) window: Duration,
}

impl Throttle {
    /// The throttle of `throttle` without parts in the attribute, and of `true` in settings.
    pub(crate) const DEFAULT: Self = Self { k: 2.0, window: Duration::from_secs(120) };

    /// Returns how many calls are admitted for each one that succeeds: 1.0 to 1000.0.
    pub const fn k(&self) -> f64 {
        self.k
    }

    /// Returns the span that calls and successes are counted in: at least 1 s.
    pub const fn window(&self) -> Duration {
        self.window
    }
}
