//! How many breakers a family may have: the options that go with `key`.

use std::time::Duration;

use crate::config::{Fault, InvalidOption};
use crate::time::Ticks;
use crate::time::clock::ticks;
use crate::time::duration::shown as shown_length;

/// The most entries that there is room for.
pub(crate) const MAX_ENTRIES: u32 = 10_000_000;

/// The options of a family of breakers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    max_keys: u32,
    key_idle: Duration,
    max_open_keys: Option<f64>,
}

/// What settings change of the limits.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct LimitsChange {
    pub(crate) max_keys: Option<u32>,
    pub(crate) key_idle: Option<Duration>,
    /// `Some(None)` lets all open.
    pub(crate) max_open_keys: Option<Option<f64>>,
}

impl LimitsChange {
    pub(crate) const NOTHING: Self = Self { max_keys: None, key_idle: None, max_open_keys: None };

    /// Returns what is out of range.
    pub(crate) fn check(self) -> Vec<InvalidOption> {
        Limits::DEFAULT.with(self).check()
    }
}

const fn max_keys(keys: u32) -> bool {
    keys >= 1 && keys <= MAX_ENTRIES
}

const fn key_idle(length: Duration) -> bool {
    !length.is_zero()
}

const fn max_open_keys(share: f64) -> bool {
    share > 0.0 && share <= 1.0
}

/// What the attribute expands to. A value out of range is an error at compile time, as these run in a `const`
/// context only.
#[doc(hidden)]
#[allow(missing_docs)]
impl Limits {
    pub const DEFAULT: Self =
        Self { max_keys: 10_000, key_idle: Duration::from_secs(10 * 60), max_open_keys: None };

    #[must_use]
    pub const fn with_max_keys(mut self, keys: u32) -> Self {
        assert!(max_keys(keys), "max_keys must be from 1 to 10000000");
        self.max_keys = keys;
        self
    }

    #[must_use]
    pub const fn with_key_idle(mut self, length: Duration) -> Self {
        assert!(key_idle(length), "key_idle must be longer than zero");
        self.key_idle = length;
        self
    }

    #[must_use]
    pub const fn with_max_open_keys(mut self, share: f64) -> Self {
        assert!(max_open_keys(share), "max_open_keys must be above 0 and at most 1");
        self.max_open_keys = Some(share);
        self
    }
}

impl Limits {
    pub(crate) fn with(self, change: LimitsChange) -> Self {
        let LimitsChange { max_keys, key_idle, max_open_keys } = change;
        Self {
            max_keys: max_keys.unwrap_or(self.max_keys),
            key_idle: key_idle.unwrap_or(self.key_idle),
            max_open_keys: max_open_keys.unwrap_or(self.max_open_keys),
        }
    }

    pub(crate) const fn max_keys(&self) -> u32 {
        self.max_keys
    }

    pub(crate) const fn key_idle(&self) -> Ticks {
        ticks(self.key_idle)
    }

    pub(crate) const fn max_open_keys(&self) -> Option<f64> {
        self.max_open_keys
    }

    pub(crate) fn set_max_keys(&mut self, keys: u32) {
        self.max_keys = keys;
    }

    pub(crate) fn set_key_idle(&mut self, length: Duration) {
        self.key_idle = length;
    }

    pub(crate) fn set_max_open_keys(&mut self, share: f64) {
        self.max_open_keys = Some(share);
    }

    pub(crate) fn check(&self) -> Vec<InvalidOption> {
        let mut problems = Vec::new();
        let mut unless = |fine: bool, option: &'static str, value: String, must_be: &str| {
            if !fine {
                let must_be = must_be.to_owned();
                problems.push(InvalidOption { option, value, must_be, fault: Fault::Range });
            }
        };
        let keys = self.max_keys;
        unless(max_keys(keys), "max_keys", keys.to_string(), "from 1 to 10000000");
        let length = self.key_idle;
        unless(key_idle(length), "key_idle", shown_length(length).to_string(), "longer than zero");
        if let Some(share) = self.max_open_keys {
            unless(max_open_keys(share), "max_open_keys", format!("{share:?}"), "above 0 and at most 1");
        }
        problems
    }
}
