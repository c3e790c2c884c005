//! Makes breakers: [`Builder`], and [`ConfigError`] for what it refuses.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use crate::breaker::CircuitBreaker;
use crate::clock::{Clock, Time};
use crate::config::{Config, range};
use crate::engine::Engine;
use crate::registry;

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
