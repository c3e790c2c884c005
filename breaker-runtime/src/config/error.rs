//! The error of options that are refused: [`ConfigError`].

use std::error::Error;
use std::fmt;

use crate::config::{InvalidOption, list};
use crate::support::text::escaped;

/// Options were refused, by a builder or by
/// [`CircuitBreaker::reconfigure`](crate::CircuitBreaker::reconfigure); has every issue.
///
/// It is printed on one line.
///
/// ```
/// use breaker_runtime::CircuitBreaker;
///
/// let error = CircuitBreaker::builder("payments").failure_threshold(0).build().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "circuit breaker `payments` cannot be built: failure_threshold is 0 and must be at least 1"
/// );
/// for issue in error.issues() {
///     assert_eq!((issue.option(), issue.value()), ("failure_threshold", "0"));
///     assert_eq!(issue.expected(), "at least 1");
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    breaker: String,
    issues: Vec<ConfigIssue>,
    /// Whether there is a breaker, which keeps its options.
    is_built: bool,
}

impl ConfigError {
    /// Creates the error of a breaker that is not built.
    pub(crate) fn of_builder(breaker: String, issues: Vec<InvalidOption>) -> Self {
        Self { breaker, issues: issues.into_iter().map(ConfigIssue).collect(), is_built: false }
    }

    /// Creates the error of a breaker that keeps its options.
    pub(crate) fn of_built(breaker: &str, issues: Vec<InvalidOption>) -> Self {
        Self { is_built: true, ..Self::of_builder(breaker.to_owned(), issues) }
    }

    /// Returns the name of the breaker, or the name that it would have.
    pub fn breaker(&self) -> &str {
        &self.breaker
    }

    /// Returns everything that is wrong with the options, in the order of the builder's table.
    pub fn issues(&self) -> impl ExactSizeIterator<Item = &ConfigIssue> {
        self.issues.iter()
    }

    /// Returns the names of the options that were refused, in the order of the builder's table.
    ///
    /// ```
    /// use breaker_runtime::CircuitBreaker;
    ///
    /// let builder = CircuitBreaker::builder("payments").failure_threshold(0).max_probes(0);
    /// let error = builder.build().unwrap_err();
    /// assert!(error.options().eq(["failure_threshold", "max_probes"]));
    /// ```
    pub fn options(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.issues().map(ConfigIssue::option)
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = if self.is_built { "keeps its options" } else { "cannot be built" };
        let issues = self.issues.iter().map(|issue| &issue.0);
        write!(f, "circuit breaker `{}` {end}: {}", escaped(&self.breaker), list(issues))
    }
}

impl Error for ConfigError {}

/// One issue of a [`ConfigError`]: an option, and why its value is refused.
///
/// It is printed as `failure_threshold is 0 and must be at least 1`.
///
/// ```
/// use breaker_runtime::{CircuitBreaker, ConfigIssue};
///
/// let error = CircuitBreaker::builder("payments").failure_threshold(0).build().unwrap_err();
/// let lines: Vec<String> = error.issues().map(ConfigIssue::to_string).collect();
/// assert_eq!(lines, ["failure_threshold is 0 and must be at least 1"]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigIssue(InvalidOption);

impl ConfigIssue {
    /// Returns the name of the option; `throttle.k` for a part of one, `name` for the name of the
    /// breaker.
    pub fn option(&self) -> &'static str {
        self.0.option
    }

    /// Returns the value that was given, as text with its unit.
    pub fn value(&self) -> &str {
        &self.0.value
    }

    /// Returns what the value must be, such as `at least 1` or
    /// `given together with failure_rate or slow_call`.
    pub fn expected(&self) -> &str {
        &self.0.must_be
    }
}

impl fmt::Display for ConfigIssue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
