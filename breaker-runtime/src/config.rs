//! The options of a breaker, their defaults and their ranges.
//!
//! Each range is checked by one function here, which the builder calls at run time and the attribute in a
//! `const` block, so that the two can't differ.

use std::time::Duration;

use crate::clock::ticks;
use crate::state::machine::Policy;

/// The most probes that a breaker lets run at once.
const MAX_PROBES: u32 = 1024;

/// The options of a breaker, from [`CircuitBreaker::config`](crate::CircuitBreaker::config).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    pub(crate) failure_threshold: u32,
    pub(crate) timeout: Duration,
    pub(crate) success_threshold: u32,
    pub(crate) max_probes: Option<u32>,
    pub(crate) probe_timeout: Option<Duration>,
}

impl Config {
    /// What a breaker does that was told nothing: opens after 5 failures in a row, stays open for 60 s,
    /// closes after 2 successful probes.
    pub const DEFAULT: Self = Self {
        failure_threshold: 5,
        timeout: Duration::from_secs(60),
        success_threshold: 2,
        max_probes: None,
        probe_timeout: None,
    };

    /// Consecutive failures that open the breaker.
    pub const fn failure_threshold(&self) -> u32 {
        self.failure_threshold
    }

    /// How long the breaker stays open.
    pub const fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Successful probes that close the breaker.
    pub const fn success_threshold(&self) -> u32 {
        self.success_threshold
    }

    /// Probes that may be in flight at once. Unless set: `success_threshold`, but at most 1024.
    pub const fn max_probes(&self) -> u32 {
        match self.max_probes {
            Some(max) => max,
            None if self.success_threshold > MAX_PROBES => MAX_PROBES,
            None => self.success_threshold,
        }
    }

    /// After how long a probe that has not ended loses its place. Unless set: `timeout`.
    pub const fn probe_timeout(&self) -> Duration {
        match self.probe_timeout {
            Some(lease) => lease,
            None => self.timeout,
        }
    }

    pub(crate) const fn policy(&self) -> Policy {
        Policy {
            failure_threshold: self.failure_threshold,
            open_for: ticks(self.timeout),
            success_threshold: self.success_threshold,
            // Checked to be at most MAX_PROBES.
            max_probes: self.max_probes() as u16,
            probe_lease: ticks(self.probe_timeout()),
        }
    }
}

/// What the attribute expands to. A value out of range is an error at compile time, as these run in a
/// `const` context only.
#[doc(hidden)]
#[allow(missing_docs)]
impl Config {
    #[must_use]
    pub const fn with_failure_threshold(mut self, count: u32) -> Self {
        assert!(range::failure_threshold(count), "failure_threshold must be at least 1");
        self.failure_threshold = count;
        self
    }

    #[must_use]
    pub const fn with_timeout(mut self, open_for: Duration) -> Self {
        assert!(range::length(open_for), "timeout must be longer than zero");
        self.timeout = open_for;
        self
    }

    #[must_use]
    pub const fn with_success_threshold(mut self, count: u32) -> Self {
        assert!(range::success_threshold(count), "success_threshold must be at least 1");
        self.success_threshold = count;
        self
    }

    #[must_use]
    pub const fn with_max_probes(mut self, count: u32) -> Self {
        assert!(range::max_probes(count), "max_probes must be from 1 to 1024");
        self.max_probes = Some(count);
        self
    }

    #[must_use]
    pub const fn with_probe_timeout(mut self, lease: Duration) -> Self {
        assert!(range::length(lease), "probe_timeout must be longer than zero");
        self.probe_timeout = Some(lease);
        self
    }
}

pub(crate) mod range {
    use super::{Duration, MAX_PROBES};

    pub(crate) const fn failure_threshold(count: u32) -> bool {
        count >= 1
    }

    pub(crate) const fn success_threshold(count: u32) -> bool {
        count >= 1
    }

    pub(crate) const fn max_probes(count: u32) -> bool {
        count >= 1 && count <= MAX_PROBES
    }

    pub(crate) const fn length(length: Duration) -> bool {
        !length.is_zero()
    }
}
