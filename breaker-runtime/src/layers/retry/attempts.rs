//! Whether a call that failed is tried again.

use std::time::Duration;

use crate::breaker::inner::Inner;
use crate::config::retry::Retry;
use crate::layers::retry::backoff;
use crate::state::counters::striped::LayerCounter;
use crate::state::counters::thread_slot;
use crate::state::env::Env;
use crate::support::log::warn_operator;
use crate::time::duration::shown;

/// One call's attempts.
#[derive(Debug)]
pub(crate) struct RetryState<'e> {
    inner: &'e Inner,
    retry: &'e Retry,
    failed: u32,
}

impl<'e> RetryState<'e> {
    /// Counts the call as one of the recent calls of the breaker's budget. Functions that share a
    /// breaker share the budget: each takes its own share of the calls of all of them, less what the
    /// others took.
    pub(crate) fn new(inner: &'e Inner, retry: &'e Retry) -> Self {
        let now = inner.coarse();
        inner.budget(now).count(now, thread_slot::current());
        Self { inner, retry, failed: 0 }
    }

    /// Returns the number of the present attempt, from 1.
    #[cfg(feature = "record")]
    #[inline]
    pub(crate) fn number(&self) -> u32 {
        self.failed.saturating_add(1)
    }

    /// Returns the pause as [`pause_within`](Self::pause_within) does, for a call without a deadline.
    #[cfg(all(test, feature = "retry"))]
    pub(crate) fn pause(&mut self, asked: Option<Duration>) -> Option<Duration> {
        self.pause_within(asked.unwrap_or_default(), None)
    }

    /// Returns the pause between a failed attempt and the next one; `None` if there is none: the
    /// attempts are used up, the dependency `asked` for a longer pause than `max_backoff`, the breaker
    /// would reject the next attempt now, the pause would take all that is `left` of the whole call, or
    /// the budget allows none.
    ///
    /// A pause takes a retry out of the budget, and counts it.
    pub(crate) fn pause_within(&mut self, asked: Duration, left: Option<Duration>) -> Option<Duration> {
        let Self { inner, retry: code, .. } = *self;
        let changed;
        let retry = match inner.retry_change() {
            None => code,
            Some(change) => {
                changed = change.of(code)?;
                &changed
            }
        };
        self.failed = self.failed.saturating_add(1);
        if self.failed >= retry.attempts || asked > retry.max_backoff || inner.rejects_all() {
            return None;
        }
        let whole = backoff::whole(retry, self.failed - 1);
        let pause = if retry.jitter { backoff::part(whole, inner.random()) } else { whole };
        let pause = pause.max(asked);
        if left.is_some_and(|left| pause >= left) {
            warn_if_no_pause_fits(inner, retry);
            return None;
        }
        let now = inner.coarse();
        let budget = inner.budget(now);
        if !budget.take(retry.budget, now) {
            budget.count_refused();
            return None;
        }
        inner.count_layer(LayerCounter::Retried);
        Some(pause)
    }
}

/// Warns once for each breaker if no pause can end within `total_timeout`, as settings may have it. The
/// code alone cannot: that is an error at compile time.
#[cold]
fn warn_if_no_pause_fits(inner: &Inner, retry: &Retry) {
    let Some(total) = inner.config().total_timeout() else { return };
    if !retry.fits_within(total) && inner.budget(inner.coarse()).note_unfit() {
        let (pause, total) = (shown(retry.backoff), shown(total));
        warn_operator!(
            "retry_without_effect", breaker = inner.name();
            "{}: nothing is retried, as retry.backoff is {pause} and total_timeout is {total}; make retry.backoff \
             shorter, or total_timeout longer", inner.name()
        );
    }
}
