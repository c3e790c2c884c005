//! The options of the retry layer: `retry(..)` in the attribute, and the changes that settings make to
//! it.
//!
//! A value out of range is an error at compile time, as the setters run in a constant only.

use std::time::Duration;

use crate::config::constant::require;
use crate::config::range;

/// The retry policy of a function.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Retry {
    pub(crate) attempts: u32,
    pub(crate) backoff: Duration,
    pub(crate) max_backoff: Duration,
    pub(crate) factor: f64,
    pub(crate) jitter: bool,
    pub(crate) budget: f64,
}

/// The changes that settings make to a [`Retry`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct RetryChange {
    pub(crate) off: bool,
    pub(crate) attempts: Option<u32>,
    pub(crate) backoff: Option<Duration>,
    pub(crate) max_backoff: Option<Duration>,
    pub(crate) factor: Option<f64>,
    pub(crate) jitter: Option<bool>,
    pub(crate) budget: Option<f64>,
}

impl RetryChange {
    pub(crate) const NOTHING: Self = Self {
        off: false,
        attempts: None,
        backoff: None,
        max_backoff: None,
        factor: None,
        jitter: None,
        budget: None,
    };

    /// Returns both changes, of which `later` holds over this one. One that is not off switches retries
    /// on again.
    pub(crate) fn merged(self, later: Self) -> Self {
        Self {
            off: later.off,
            attempts: later.attempts.or(self.attempts),
            backoff: later.backoff.or(self.backoff),
            max_backoff: later.max_backoff.or(self.max_backoff),
            factor: later.factor.or(self.factor),
            jitter: later.jitter.or(self.jitter),
            budget: later.budget.or(self.budget),
        }
    }

    /// Returns the options that apply in place of the code's; `None` if nothing is retried. A
    /// `max_backoff` that is shorter than `backoff` counts as that.
    pub(crate) fn of(self, code: &Retry) -> Option<Retry> {
        let backoff = self.backoff.unwrap_or(code.backoff);
        (!self.off).then(|| Retry {
            attempts: self.attempts.unwrap_or(code.attempts),
            backoff,
            max_backoff: self.max_backoff.unwrap_or(code.max_backoff).max(backoff),
            factor: self.factor.unwrap_or(code.factor),
            jitter: self.jitter.unwrap_or(code.jitter),
            budget: self.budget.unwrap_or(code.budget),
        })
    }
}

const MAX_BACKOFF: Duration = Duration::from_secs(5);

/// `max_backoff` comes after `backoff`, which it must fit.
#[doc(hidden)]
#[allow(missing_docs)]
impl Retry {
    #[cfg(feature = "retry")]
    #[expect(clippy::new_without_default, reason = "for a static")]
    #[must_use]
    pub const fn new() -> Self {
        Self {
            attempts: 3,
            backoff: Duration::from_millis(100),
            max_backoff: MAX_BACKOFF,
            factor: 2.0,
            jitter: true,
            budget: 0.2,
        }
    }

    #[cfg(not(feature = "retry"))]
    #[expect(clippy::new_without_default, reason = "for a static")]
    #[must_use]
    pub const fn new() -> Self {
        panic!("retry needs the feature `retry` of breaker-runtime; add it in Cargo.toml")
    }

    /// Requires what a function needs that awaits its pauses.
    #[must_use]
    #[track_caller]
    pub const fn in_future(self) -> Self {
        require(
            range::has_timers(),
            "retry on an async function needs the feature `tokio` of breaker-runtime; add it in Cargo.toml",
        );
        self
    }

    #[must_use]
    #[track_caller]
    pub const fn with_attempts(mut self, runs: u32) -> Self {
        require(range::attempts(runs), concat!("attempts must be ", range::text!(attempts)));
        self.attempts = runs;
        self
    }

    #[must_use]
    #[track_caller]
    pub const fn with_backoff(mut self, first: Duration) -> Self {
        let must_be = concat!("backoff must be ", range::text!(longer_than_zero));
        require(range::longer_than_zero(first), must_be);
        self.backoff = first;
        self
    }

    /// Sets `backoff` where `max_backoff` has its default.
    #[must_use]
    #[track_caller]
    pub const fn with_backoff_alone(self, first: Duration) -> Self {
        require(
            range::max_backoff(MAX_BACKOFF, first),
            "backoff must be at most max_backoff, which is 5 s unless it is given",
        );
        self.with_backoff(first)
    }

    /// Sets `max_backoff`, after `backoff`.
    #[must_use]
    #[track_caller]
    pub const fn with_max_backoff(mut self, longest: Duration) -> Self {
        require(
            range::max_backoff(longest, self.backoff),
            "max_backoff must be at least backoff, which is 100 ms unless it is given",
        );
        self.max_backoff = longest;
        self
    }

    #[must_use]
    #[track_caller]
    pub const fn with_factor(mut self, factor: f64) -> Self {
        require(range::factor(factor), concat!("factor must be ", range::text!(factor)));
        self.factor = factor;
        self
    }

    #[must_use]
    #[track_caller]
    pub const fn with_jitter(mut self, jitter: bool) -> Self {
        self.jitter = jitter;
        self
    }

    #[must_use]
    #[track_caller]
    pub const fn with_budget(mut self, share: f64) -> Self {
        require(range::fraction(share), concat!("budget must be ", range::text!(fraction)));
        self.budget = share;
        self
    }
}

#[cfg(all(test, not(feature = "retry")))]
mod tests {
    #[test]
    #[should_panic(expected = "needs the feature `retry`")]
    fn without_the_feature_there_is_no_retry() {
        let _ = super::Retry::new();
    }
}
