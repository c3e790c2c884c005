//! The options of the retry layer: the table of the parts of `retry(..)`, and the type that holds them.
//!
//! A value out of range is an error at compile time, as the setters run in a constant only.

use std::time::Duration;

use crate::config::constant::require;
use crate::config::group::define_group;
use crate::config::range;

const MAX_BACKOFF: Duration = Duration::from_secs(5);

/// Calls a macro with the parts of `retry`, after the tokens of `$context`. Rows are described in
/// [`config::group`](crate::config::group).
///
/// The part `if` is no row: it is code, and so neither a value nor a setting.
macro_rules! retry_options {
    ([$($generate:tt)*] $($context:tt)*) => {
        $($generate)*! {
            $($context)*

            /// Sets how many times the body runs at most, the first run included.
            attempts {
                with: (with_attempts, runs),
                value: (fixed count in attempts),
                default: (3, "3"),
                off: (),
            }

            /// Sets the pause before the first retry.
            backoff {
                with: (with_backoff, first),
                value: (fixed length in longer_than_zero),
                default: (Duration::from_millis(100), "100 ms"),
                off: (),
            }

            /// Sets the longest pause.
            max_backoff {
                with: (own),
                value: (fixed length in longer_than_zero),
                default: (MAX_BACKOFF, "5 s"),
                off: (),
            }

            /// Sets the number by which each retry multiplies the pause.
            factor {
                with: (with_factor, factor),
                value: (fixed decimal in factor),
                default: (2.0, "2.0"),
                off: (),
            }

            /// Sets whether a pause has a random length, up to its full one.
            jitter {
                with: (with_jitter, jitter),
                value: (fixed flag in any),
                default: (true, "`true`"),
                off: (),
            }

            /// Sets the retries as a share of the recent calls.
            budget {
                with: (with_budget, share),
                value: (fixed share in fraction),
                default: (0.2, "0.2"),
                off: (),
            }
        }
    };
}

pub(crate) use retry_options;

retry_options! { [define_group] "The retry policy of a function.", Retry, RetryParts, "retry", "retry"; }

/// The changes that settings make to a [`Retry`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct RetryChange {
    pub(crate) off: bool,
    pub(crate) parts: RetryParts,
}

impl RetryChange {
    pub(crate) const NOTHING: Self = Self { off: false, parts: RetryParts::NOTHING };

    /// Returns both changes, of which `later` holds over this one. One that is not off switches retries
    /// on again.
    pub(crate) fn merged(self, later: Self) -> Self {
        Self { off: later.off, parts: self.parts.merged(later.parts) }
    }

    /// Returns the options that apply in place of the code's; `None` if nothing is retried. A
    /// `max_backoff` that is shorter than `backoff` counts as that.
    pub(crate) fn of(self, code: &Retry) -> Option<Retry> {
        let retry = code.with(self.parts);
        (!self.off).then(|| Retry { max_backoff: retry.max_backoff.max(retry.backoff), ..retry })
    }
}

/// `max_backoff` comes after `backoff`, which it must fit.
#[doc(hidden)]
#[allow(missing_docs)]
impl Retry {
    #[cfg(feature = "retry")]
    #[expect(clippy::new_without_default, reason = "for a static")]
    #[must_use]
    pub const fn new() -> Self {
        Self::DEFAULTS
    }

    #[cfg(not(feature = "retry"))]
    #[expect(clippy::new_without_default, reason = "for a static")]
    #[must_use]
    pub const fn new() -> Self {
        let _ = Self::DEFAULTS;
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

    /// Requires that a pause can end before the whole call has to.
    #[must_use]
    #[track_caller]
    pub const fn within(self, total: Duration) -> Self {
        require(
            self.fits_within(total),
            "backoff must be shorter than total_timeout if jitter is false, or nothing is retried",
        );
        self
    }

    /// Returns whether a pause can end before the whole call has to. With jitter any can.
    pub(crate) const fn fits_within(&self, total: Duration) -> bool {
        self.jitter || self.backoff.as_nanos() < total.as_nanos()
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
}

#[cfg(all(test, not(feature = "retry")))]
mod tests {
    #[test]
    #[should_panic(expected = "needs the feature `retry`")]
    fn without_the_feature_there_is_no_retry() {
        let _ = super::Retry::new();
    }
}
