//! The options of a group of keyed breakers, which go with `key`: the table, and the type that holds
//! them.

use std::num::NonZeroU64;
use std::time::Duration;

use crate::config::InvalidOption;
use crate::config::check::Issues;
use crate::config::group::define_group;
use crate::config::kind::from_field;
use crate::config::range;
use crate::time::Ticks;
use crate::time::clock::ticks;

/// The most keys that have a breaker at once.
pub(crate) const MAX_ENTRIES: u32 = 10_000_000;

/// Calls a macro with the options of keyed breakers, after the tokens of `$context`. Rows are described
/// in [`config::group`](crate::config::group).
macro_rules! keyed_options {
    ([$($generate:tt)*] $($context:tt)*) => {
        $($generate)*! {
            $($context)*

            /// Sets the largest number of keys that have a breaker at once: 1 to 10,000,000. Default:
            /// 10,000.
            ///
            /// A breaker takes about one kilobyte, more with a window. When a new key finds this many,
            /// another key's breaker is [evicted](KeyedBreakers#number-of-breakers).
            ///
            /// ```
            /// # use breaker_runtime::CircuitBreaker;
            /// let hosts = CircuitBreaker::builder("hosts").keyed().max_keys(500).build()?;
            /// assert_eq!(hosts.max_keys(), 500);
            /// # Ok::<(), breaker_runtime::ConfigError>(())
            /// ```
            max_keys {
                with: (with_max_keys, keys),
                value: (fixed count in keys),
                default: (10_000, "10,000"),
                off: (),
            }

            /// Sets the time without calls after which a breaker is removed: longer than zero. Default:
            /// 10 minutes.
            ///
            /// A breaker that is not closed stays for this time after its open period has ended.
            ///
            /// ```
            /// # use std::time::Duration;
            /// # use breaker_runtime::CircuitBreaker;
            /// let builder = CircuitBreaker::builder("hosts").keyed();
            /// let hosts = builder.key_idle(Duration::from_secs(60)).build()?;
            /// assert_eq!(hosts.key_idle(), Duration::from_secs(60));
            /// # Ok::<(), breaker_runtime::ConfigError>(())
            /// ```
            key_idle {
                with: (with_key_idle, length),
                value: (fixed length in longer_than_zero),
                default: (Duration::from_secs(10 * 60), "10 min"),
                off: (),
            }

            /// Sets the largest share of the keys called within `key_idle` that may be open: above 0.0,
            /// at most 1.0. Default: all keys may be open.
            ///
            /// It limits the damage of a wrong rule, or of a fault on this side. It is Envoy's
            /// `max_ejection_percent`: a breaker opens if, with it, at most this share of the breakers
            /// is open, and one may always be open. A breaker that may not open stays closed, and tries
            /// again at the next failure.
            ///
            /// Every breaker that is not closed counts as open: half-open ones, those in a dry run, and
            /// those that were tripped or forced open, which needs no free share. A breaker that was not
            /// called for `key_idle` does not count on either side, so that hosts that are gone do not
            /// keep failing hosts from opening.
            ///
            /// ```
            /// # use breaker_runtime::{CircuitBreaker, State};
            /// let builder = CircuitBreaker::builder("hosts").failure_threshold(1).keyed();
            /// let hosts = builder.max_open_keys(0.5).build()?;
            /// for host in ["eu-1", "eu-2"] {
            ///     let _ = hosts.get(host).call(|| "seven".parse::<u32>());
            /// }
            /// let open = hosts.iter().filter(|breaker| breaker.state() == State::Open).count();
            /// assert_eq!(open, 1);
            /// # Ok::<(), breaker_runtime::ConfigError>(())
            /// ```
            max_open_keys {
                with: (with_max_open_keys, share),
                value: (packed share in share),
                default: (None, "all"),
                off: (None),
            }
        }
    };
}

pub(crate) use keyed_options;

keyed_options! { [define_group] "The options of a group of keyed breakers.", Limits, LimitsChange, "key", ""; }

macro_rules! define_check {
    ($($(#[$doc:meta])* $name:ident {
        with: $with:tt, value: ($storage:ident $kind:ident in $range:ident), default: $default:tt, off: $off:tt,
    })*) => {
        /// The names of the options.
        pub(crate) const NAMES: &[&str] = &[$(stringify!($name)),*];

        impl Limits {
            /// Returns the options that are out of range.
            pub(crate) fn check(&self) -> Vec<InvalidOption> {
                let mut issues = Issues::default();
                $(if let Some(value) = from_field!(($storage $kind in $range), self.$name) {
                    issues.range(stringify!($name), value, range::$range, range::text!($range));
                })*
                issues.0
            }
        }
    };
}

keyed_options! { [define_check] }

impl LimitsChange {
    /// Returns the changes that are out of range.
    pub(crate) fn check(self) -> Vec<InvalidOption> {
        Limits::DEFAULT.with(self).check()
    }
}

impl Limits {
    #[allow(missing_docs)]
    pub const DEFAULT: Self = Self::DEFAULTS;

    pub(crate) const fn max_keys(&self) -> u32 {
        self.max_keys
    }

    pub(crate) const fn key_idle(&self) -> Ticks {
        ticks(self.key_idle)
    }

    pub(crate) fn max_open_keys(&self) -> Option<f64> {
        self.max_open_keys.map(PackedShare::get)
    }
}

/// A number in 8 bytes with a niche: the options of a template stand before the hot part of its breaker,
/// and must not push that onto another cache line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct PackedShare(NonZeroU64);

impl PackedShare {
    /// The bits of 0 would be the niche, so they are those of -0.
    const ZERO: NonZeroU64 = NonZeroU64::MIN.saturating_add(i64::MAX as u64);

    pub(crate) const fn new(share: f64) -> Self {
        Self(match NonZeroU64::new(share.to_bits()) {
            Some(bits) => bits,
            None => Self::ZERO,
        })
    }

    pub(crate) fn get(self) -> f64 {
        f64::from_bits(self.0.get()) + 0.0
    }
}
