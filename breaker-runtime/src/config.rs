//! The options of a breaker, their defaults and their ranges.
//!
//! Each range is checked by one function here, which the [`Builder`] calls at run time and the
//! attribute in a `const` block, so that the two can't differ.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use crate::breaker::CircuitBreaker;
use crate::clock::{Clock, Time, ticks};
use crate::engine::Engine;
use crate::registry;
use crate::state::machine::Policy;

/// The most probes that a breaker lets run at once.
const MAX_PROBES: u32 = 1024;

/// The options of a breaker, from [`CircuitBreaker::config`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    failure_threshold: u32,
    timeout: Duration,
    success_threshold: u32,
    max_probes: Option<u32>,
    probe_timeout: Option<Duration>,
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

mod range {
    use super::{Duration, MAX_PROBES};

    pub(super) const fn failure_threshold(count: u32) -> bool {
        count >= 1
    }

    pub(super) const fn success_threshold(count: u32) -> bool {
        count >= 1
    }

    pub(super) const fn max_probes(count: u32) -> bool {
        count >= 1 && count <= MAX_PROBES
    }

    pub(super) const fn length(length: Duration) -> bool {
        !length.is_zero()
    }
}

/// Makes a [`CircuitBreaker`]; from [`CircuitBreaker::builder`].
///
/// | option | default | range |
/// |---|---|---|
/// | [`failure_threshold`](Self::failure_threshold) | 5 | 1 to `u32::MAX` |
/// | [`timeout`](Self::timeout) | 60 s | longer than zero |
/// | [`success_threshold`](Self::success_threshold) | 2 | 1 to `u32::MAX` |
/// | [`max_probes`](Self::max_probes) | `success_threshold`, at most 1024 | 1 to 1024 |
/// | [`probe_timeout`](Self::probe_timeout) | `timeout` | longer than zero |
/// | [`clock`](Self::clock) | [`MonotonicClock`](crate::MonotonicClock) | |
///
/// Lengths of time have a resolution of one microsecond and are rounded up; what is longer than four
/// years and five months counts as that.
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct Builder {
    name: String,
    config: Config,
    time: Time,
}

impl Builder {
    pub(crate) fn new(name: String) -> Self {
        Self { name, config: Config::DEFAULT, time: Time::DEFAULT }
    }

    /// Consecutive failures that open the breaker: at least 1. Default: 5.
    pub fn failure_threshold(mut self, failures: u32) -> Self {
        self.config.failure_threshold = failures;
        self
    }

    /// How long the breaker stays open; at exactly this time the next call probes. Default: 60 s.
    ///
    /// This is not a deadline for calls.
    pub fn timeout(mut self, open_for: Duration) -> Self {
        self.config.timeout = open_for;
        self
    }

    /// Successful probes that close the breaker: at least 1. Default: 2.
    pub fn success_threshold(mut self, successes: u32) -> Self {
        self.config.success_threshold = successes;
        self
    }

    /// Probes that may be in flight at once: 1 to 1024. Default: `success_threshold`, but at most 1024.
    pub fn max_probes(mut self, probes: u32) -> Self {
        self.config.max_probes = Some(probes);
        self
    }

    /// After how long a probe that has not ended loses its place, and its result is late. Default:
    /// `timeout`.
    pub fn probe_timeout(mut self, lease: Duration) -> Self {
        self.config.probe_timeout = Some(lease);
        self
    }

    /// Where the breaker gets the time.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.time = Time::from_clock(clock);
        self
    }

    /// Makes the breaker and lists it in the registry until the last handle to it is dropped.
    ///
    /// Where another breaker of that name lives, this one is called `name#2`, then `name#3`, and so on.
    /// The text of a name is kept for the life of the process; using it again costs nothing.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with every value that is out of range.
    pub fn build(self) -> Result<CircuitBreaker, ConfigError> {
        let mut problems = Vec::new();
        let mut check = |fine: bool, option, value: &dyn fmt::Debug, range| {
            if !fine {
                problems.push(BadValue { option, value: format!("{value:?}"), range });
            }
        };
        let Config { failure_threshold, timeout, success_threshold, max_probes, probe_timeout } =
            self.config;
        let positive = "longer than zero";
        check(!self.name.trim().is_empty(), "name", &self.name, "a text that is not blank");
        check(
            range::failure_threshold(failure_threshold),
            "failure_threshold",
            &failure_threshold,
            "at least 1",
        );
        check(range::length(timeout), "timeout", &timeout, positive);
        check(
            range::success_threshold(success_threshold),
            "success_threshold",
            &success_threshold,
            "at least 1",
        );
        if let Some(probes) = max_probes {
            check(range::max_probes(probes), "max_probes", &probes, "from 1 to 1024");
        }
        if let Some(lease) = probe_timeout {
            check(range::length(lease), "probe_timeout", &lease, positive);
        }
        if !problems.is_empty() {
            return Err(ConfigError { breaker: self.name, problems });
        }
        let born = self.time.now();
        Ok(registry::add(&self.name, |name| Engine::named(name, self.config, self.time, born)))
    }
}

/// An option that a builder refused.
#[derive(Clone, Debug, PartialEq, Eq)]
struct BadValue {
    option: &'static str,
    value: String,
    range: &'static str,
}

/// A builder was given values out of range; tells all of them.
///
/// ```
/// use breaker_runtime::CircuitBreaker;
///
/// let error = CircuitBreaker::builder("payments").failure_threshold(0).build().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "circuit breaker `payments` cannot be built: failure_threshold is 0 and must be at least 1"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    breaker: String,
    problems: Vec<BadValue>,
}

impl ConfigError {
    /// The name that the breaker was to have.
    pub fn breaker(&self) -> &str {
        &self.breaker
    }

    /// The options that were refused, in the order of the builder's table.
    pub fn options(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.problems.iter().map(|problem| problem.option)
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "circuit breaker `{}` cannot be built: ", self.breaker)?;
        for (index, BadValue { option, value, range }) in self.problems.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{option} is {value} and must be {range}")?;
        }
        Ok(())
    }
}

impl Error for ConfigError {}
