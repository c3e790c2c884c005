//! The options of a group of keyed breakers, which go with `key`.

use std::num::NonZeroU64;
use std::time::Duration;

use crate::config::InvalidOption;
use crate::config::check::Issues;
use crate::config::constant::require;
use crate::config::range;
use crate::time::Ticks;
use crate::time::clock::ticks;

/// The most keys that have a breaker at once.
pub(crate) const MAX_ENTRIES: u32 = 10_000_000;

/// The options of a group of keyed breakers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    max_keys: u32,
    key_idle: Duration,
    max_open_keys: Option<Share>,
}

/// A number in 8 bytes with a niche: the options of a template stand before the hot part of its breaker,
/// and must not push that onto another cache line.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Share(NonZeroU64);

impl Share {
    /// The bits of 0 would be the niche, so they are those of -0.
    const ZERO: NonZeroU64 = NonZeroU64::MIN.saturating_add(i64::MAX as u64);

    const fn new(share: f64) -> Self {
        Self(match NonZeroU64::new(share.to_bits()) {
            Some(bits) => bits,
            None => Self::ZERO,
        })
    }

    const fn get(self) -> f64 {
        f64::from_bits(self.0.get()) + 0.0
    }
}

/// The changes that settings make to [`Limits`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct LimitsChange {
    pub(crate) max_keys: Option<u32>,
    pub(crate) key_idle: Option<Duration>,
    /// `Some(None)` lets all of them open.
    pub(crate) max_open_keys: Option<Option<f64>>,
}

impl LimitsChange {
    pub(crate) const NOTHING: Self = Self { max_keys: None, key_idle: None, max_open_keys: None };

    /// Returns both changes, of which `later` holds over this one.
    pub(crate) fn merged(self, later: Self) -> Self {
        Self {
            max_keys: later.max_keys.or(self.max_keys),
            key_idle: later.key_idle.or(self.key_idle),
            max_open_keys: later.max_open_keys.or(self.max_open_keys),
        }
    }

    /// Returns the changes that are out of range.
    pub(crate) fn check(self) -> Vec<InvalidOption> {
        Limits::DEFAULT.with(self).check()
    }
}

/// The setters that the attribute calls in a constant, where a value out of range is an error at compile
/// time.
#[doc(hidden)]
#[allow(missing_docs)]
impl Limits {
    pub const DEFAULT: Self =
        Self { max_keys: 10_000, key_idle: Duration::from_secs(10 * 60), max_open_keys: None };

    #[must_use]
    #[track_caller]
    pub const fn with_max_keys(mut self, keys: u32) -> Self {
        require(range::keys(keys), concat!("max_keys must be ", range::text!(keys)));
        self.max_keys = keys;
        self
    }

    #[must_use]
    #[track_caller]
    pub const fn with_key_idle(mut self, length: Duration) -> Self {
        let must_be = concat!("key_idle must be ", range::text!(longer_than_zero));
        require(range::longer_than_zero(length), must_be);
        self.key_idle = length;
        self
    }

    #[must_use]
    #[track_caller]
    pub const fn with_max_open_keys(mut self, share: f64) -> Self {
        require(range::share(share), concat!("max_open_keys must be ", range::text!(share)));
        self.max_open_keys = Some(Share::new(share));
        self
    }
}

impl Limits {
    /// Returns these options with changes.
    pub(crate) fn with(self, change: LimitsChange) -> Self {
        let LimitsChange { max_keys, key_idle, max_open_keys } = change;
        Self {
            max_keys: max_keys.unwrap_or(self.max_keys),
            key_idle: key_idle.unwrap_or(self.key_idle),
            max_open_keys: match max_open_keys {
                Some(share) => share.map(Share::new),
                None => self.max_open_keys,
            },
        }
    }

    pub(crate) const fn max_keys(&self) -> u32 {
        self.max_keys
    }

    pub(crate) const fn key_idle(&self) -> Ticks {
        ticks(self.key_idle)
    }

    pub(crate) const fn max_open_keys(&self) -> Option<f64> {
        match self.max_open_keys {
            Some(share) => Some(share.get()),
            None => None,
        }
    }

    pub(crate) fn set_max_keys(&mut self, keys: u32) {
        self.max_keys = keys;
    }

    pub(crate) fn set_key_idle(&mut self, length: Duration) {
        self.key_idle = length;
    }

    pub(crate) fn set_max_open_keys(&mut self, share: f64) {
        self.max_open_keys = Some(Share::new(share));
    }

    /// Returns the options that are out of range.
    pub(crate) fn check(&self) -> Vec<InvalidOption> {
        let mut issues = Issues::default();
        issues.range("max_keys", self.max_keys, range::keys, range::text!(keys));
        let longer_than_zero = range::text!(longer_than_zero);
        issues.range("key_idle", self.key_idle, range::longer_than_zero, longer_than_zero);
        if let Some(share) = self.max_open_keys() {
            issues.range("max_open_keys", share, range::share, range::text!(share));
        }
        issues.0
    }
}
