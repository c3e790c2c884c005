//! The options of a group of keyed breakers, which go with `key`: the table, and the type that holds
//! them.

use std::num::NonZeroU64;
use std::time::Duration;

use crate::config::InvalidOption;
use crate::config::check::Issues;
use crate::config::constant::require;
use crate::config::group::define_group;
use crate::config::kind::from_field;
use crate::config::range;
use crate::state::outlier::OutlierRule;
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

            /// Opens a key with a success rate below the mean of its siblings by so many standard
            /// deviations. Default: off; [`Outlier::new`](crate::Outlier::new) has the defaults of the
            /// parts.
            ///
            /// It is Envoy's outlier detection by success rate, for the one bad host among many: no
            /// absolute rate fits when the load and the errors of all of them vary. Counted are the
            /// calls of each key in `window`; keys with fewer than `min_calls` are left out, and with
            /// fewer than `min_keys` others nothing is judged. The mean is over all counted keys, the
            /// outlier included, and the deviation is that of the whole population. If all fail alike,
            /// none is an outlier: at most a share `1 / (1 + stdev^2)` of the keys can be, 21 % at 1.9.
            /// [`max_open_keys`](Self::max_open_keys) can lower that; Envoy's default for it is 10 %.
            ///
            /// There is no timer: the first call that fails after the end of a window judges it. After
            /// a pause of a whole window without a failed call, counting begins anew. An open key
            /// probes and closes as after any other trip.
            ///
            /// Not for keys that differ by nature, such as tenants with different errors of their own,
            /// nor where almost all calls succeed: among keys without a failure, one failed call of a
            /// hundred is an outlier.
            ///
            /// ```
            /// # use breaker_runtime::{CircuitBreaker, Outlier};
            /// let hosts = CircuitBreaker::builder("hosts").keyed().outlier(Outlier::new()).build()?;
            /// assert_eq!(hosts.outlier(), Some(Outlier::new()));
            /// # Ok::<(), breaker_runtime::ConfigError>(())
            /// ```
            outlier {
                with: (with_outlier, outlier),
                value: (optional outlier in outlier),
                default: (None, "off"),
                off: (None),
            }
        }
    };
}

pub(crate) use keyed_options;

keyed_options! { [define_group] "The options of a group of keyed breakers.", Limits, LimitsChange, "key", ""; }

macro_rules! in_range {
    ($issues:ident $name:ident $value:ident outlier in $range:ident) => {
        let Outlier { stdev, min_keys, min_calls, window } = $value;
        $issues.range("outlier.stdev", stdev, range::deviations, range::text!(deviations));
        $issues.range("outlier.min_keys", min_keys, range::siblings, range::text!(siblings));
        $issues.range("outlier.min_calls", min_calls, range::at_least_one, range::text!(at_least_one));
        $issues.range("outlier.window", window, range::throttle_span, range::text!(throttle_span));
    };
    ($issues:ident $name:ident $value:ident $kind:ident in $range:ident) => {
        $issues.range(stringify!($name), $value, range::$range, range::text!($range));
    };
}

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
                    in_range! { issues $name value $kind in $range }
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

    pub(crate) fn outlier(&self) -> Option<Outlier> {
        self.outlier
    }

    /// Returns the rule of outliers in the form that a group uses.
    pub(crate) fn outlier_rule(&self) -> Option<OutlierRule> {
        self.outlier.map(|outlier| outlier.rule())
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

/// The option [`outlier`](crate::KeyedBuilder::outlier): which keys are outliers among their siblings.
///
/// ```
/// use std::time::Duration;
/// use breaker_runtime::{CircuitBreaker, Outlier};
///
/// let outlier = Outlier::new().deviations(2.5).min_keys(3).min_calls(50);
/// let outlier = outlier.window(Duration::from_secs(30));
/// let hosts = CircuitBreaker::builder("hosts").keyed().outlier(outlier).build()?;
/// assert_eq!(hosts.outlier(), Some(outlier));
/// # Ok::<(), breaker_runtime::ConfigError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use = "it does nothing until it is passed to `outlier`"]
pub struct Outlier {
    pub(crate) stdev: f64,
    pub(crate) min_keys: u32,
    pub(crate) min_calls: u32,
    pub(crate) window: Duration,
}

/// The parts of `outlier` that settings give; the others stay, or are those of [`Outlier::new`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct OutlierChange {
    pub(crate) stdev: Option<f64>,
    pub(crate) min_keys: Option<u32>,
    pub(crate) min_calls: Option<u32>,
    pub(crate) window: Option<Duration>,
}

impl OutlierChange {
    /// Returns the option after the change.
    pub(crate) fn over(self, before: Option<Outlier>) -> Outlier {
        let before = before.unwrap_or_default();
        Outlier {
            stdev: self.stdev.unwrap_or(before.stdev),
            min_keys: self.min_keys.unwrap_or(before.min_keys),
            min_calls: self.min_calls.unwrap_or(before.min_calls),
            window: self.window.unwrap_or(before.window),
        }
    }
}

impl Outlier {
    /// Returns the option with the defaults, which are Envoy's: 1.9 standard deviations, 5 keys, 100
    /// calls, 10 s.
    pub const fn new() -> Self {
        Self { stdev: 1.9, min_keys: 5, min_calls: 100, window: Duration::from_secs(10) }
    }

    /// Sets by how many standard deviations the success rate of an outlier is below the mean: above 0,
    /// at most 100.
    pub const fn deviations(self, stdev: f64) -> Self {
        Self { stdev, ..self }
    }

    /// Sets how many keys must have `min_calls` calls: 2 to 10,000,000.
    pub const fn min_keys(self, min_keys: u32) -> Self {
        Self { min_keys, ..self }
    }

    /// Sets how many calls a key must have in the window: 1 or more.
    pub const fn min_calls(self, min_calls: u32) -> Self {
        Self { min_calls, ..self }
    }

    /// Sets the length of the interval in which calls are counted: at least 1 s.
    pub const fn window(self, window: Duration) -> Self {
        Self { window, ..self }
    }

    pub(crate) const fn rule(&self) -> OutlierRule {
        let Self { stdev: deviations, min_keys, min_calls, window } = *self;
        OutlierRule { deviations, min_keys, min_calls, span: ticks(window) }
    }
}

impl Default for Outlier {
    /// Returns [`Outlier::new`].
    fn default() -> Self {
        Self::new()
    }
}

/// The setters of `outlier` for constants.
#[doc(hidden)]
#[allow(missing_docs)]
impl Limits {
    #[must_use]
    pub const fn with_outlier(mut self) -> Self {
        self.outlier = Some(Outlier::new());
        self
    }

    #[must_use]
    #[track_caller]
    pub const fn with_outlier_stdev(mut self, stdev: f64) -> Self {
        require(
            range::deviations(stdev),
            concat!("stdev of outlier must be ", range::text!(deviations)),
        );
        self.outlier = Some(self.outlier_or_default().deviations(stdev));
        self
    }

    #[must_use]
    #[track_caller]
    pub const fn with_outlier_min_keys(mut self, keys: u32) -> Self {
        require(range::siblings(keys), concat!("min_keys of outlier must be ", range::text!(siblings)));
        self.outlier = Some(self.outlier_or_default().min_keys(keys));
        self
    }

    #[must_use]
    #[track_caller]
    pub const fn with_outlier_min_calls(mut self, calls: u32) -> Self {
        let must_be = concat!("min_calls of outlier must be ", range::text!(at_least_one));
        require(range::at_least_one(calls), must_be);
        self.outlier = Some(self.outlier_or_default().min_calls(calls));
        self
    }

    #[must_use]
    #[track_caller]
    pub const fn with_outlier_window(mut self, span: Duration) -> Self {
        let must_be = concat!("window of outlier must be ", range::text!(throttle_span));
        require(range::throttle_span(span), must_be);
        self.outlier = Some(self.outlier_or_default().window(span));
        self
    }

    const fn outlier_or_default(&self) -> Outlier {
        match self.outlier {
            Some(outlier) => outlier,
            None => Outlier::new(),
        }
    }
}
