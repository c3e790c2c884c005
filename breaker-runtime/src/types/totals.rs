//! The numbers of calls since a breaker was created.

use std::fmt;
use std::iter::Sum;
use std::ops::AddAssign;

/// The calls since a breaker was created.
///
/// Each call that ran adds one to exactly one of `success`, `failure`, `ignored`, `cancelled` and `late`
/// when it ends.
///
/// ```
/// use breaker_runtime::{CircuitBreaker, Totals, breakers};
///
/// let breaker = CircuitBreaker::builder("search").build()?;
/// let _ = breaker.call(|| "seven".parse::<u32>());
/// assert_eq!(breaker.snapshot().totals.failure, 1);
///
/// let of_all: Totals = breakers()
///     .filter(|breaker| breaker.key().is_none())
///     .map(|breaker| breaker.snapshot().totals)
///     .sum();
/// println!("{of_all}");
/// # Ok::<(), breaker_runtime::ConfigError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default))]
#[non_exhaustive]
pub struct Totals {
    /// Calls that succeeded.
    pub success: u64,
    /// Calls that failed, including panics, and calls that were dropped after they had run longer than
    /// `slow_call`, or until their `call_timeout`, or after `abandoned_threshold` others.
    pub failure: u64,
    /// Calls that ended in an ignored outcome.
    pub ignored: u64,
    /// Calls that were dropped before they ended, and did not count as failures.
    pub cancelled: u64,
    /// Calls that ended, in any way, after the state that had admitted them; including probes that
    /// outlived their lease.
    pub late: u64,
    /// Calls that took longer than `slow_call`, whatever their outcome, except late ones.
    pub slow: u64,
    /// Calls that were rejected and did not run.
    pub rejected: u64,
    /// Calls that ran in a dry run and would have been rejected outside one.
    pub would_reject: u64,
    /// Calls that were ended at `call_timeout`, `first_item` or `idle`, or dropped by their callers
    /// after it. They also count as failures, or as late.
    pub timed_out: u64,
    /// Fallbacks that ran.
    pub fallback: u64,
    /// Attempts after the first one of a call, by the option `retry`. Counted when the retry is decided;
    /// each also counts in another total when it ends.
    pub retried: u64,
    /// Calls that `last_good` answered with an earlier success.
    pub last_good: u64,
    /// Probes in the background that succeeded, by the option `probe`. They are no calls, and count in
    /// no other total.
    pub pings: u64,
    /// Probes in the background that failed: by their result, by a panic, slower than `slow_call`, or
    /// ended at `probe_timeout`.
    pub failed_pings: u64,
    /// Probes in the background that decided nothing: ignored by their own result, or ended after the
    /// state in which they were sent, as by a reset.
    pub ignored_pings: u64,
}

/// Adds the totals of another breaker; each field saturates.
impl AddAssign for Totals {
    fn add_assign(&mut self, other: Self) {
        // Exhaustive, so that a new total cannot be left out.
        let Self {
            success,
            failure,
            ignored,
            cancelled,
            late,
            slow,
            rejected,
            would_reject,
            timed_out,
            fallback,
            retried,
            last_good,
            pings,
            failed_pings,
            ignored_pings,
        } = other;
        let add = |to: &mut u64, more| *to = to.saturating_add(more);
        add(&mut self.success, success);
        add(&mut self.failure, failure);
        add(&mut self.ignored, ignored);
        add(&mut self.cancelled, cancelled);
        add(&mut self.late, late);
        add(&mut self.slow, slow);
        add(&mut self.rejected, rejected);
        add(&mut self.would_reject, would_reject);
        add(&mut self.timed_out, timed_out);
        add(&mut self.fallback, fallback);
        add(&mut self.retried, retried);
        add(&mut self.last_good, last_good);
        add(&mut self.pings, pings);
        add(&mut self.failed_pings, failed_pings);
        add(&mut self.ignored_pings, ignored_pings);
    }
}

#[cfg(feature = "inject")]
impl Totals {
    /// Returns the calls after an earlier reading.
    pub(crate) fn since(self, earlier: Self) -> Self {
        let after = |now: u64, earlier| now.saturating_sub(earlier);
        Self {
            success: after(self.success, earlier.success),
            failure: after(self.failure, earlier.failure),
            ignored: after(self.ignored, earlier.ignored),
            cancelled: after(self.cancelled, earlier.cancelled),
            late: after(self.late, earlier.late),
            slow: after(self.slow, earlier.slow),
            rejected: after(self.rejected, earlier.rejected),
            would_reject: after(self.would_reject, earlier.would_reject),
            timed_out: after(self.timed_out, earlier.timed_out),
            fallback: after(self.fallback, earlier.fallback),
            retried: after(self.retried, earlier.retried),
            last_good: after(self.last_good, earlier.last_good),
            pings: after(self.pings, earlier.pings),
            failed_pings: after(self.failed_pings, earlier.failed_pings),
            ignored_pings: after(self.ignored_pings, earlier.ignored_pings),
        }
    }
}

/// The sum of the totals of several breakers.
impl Sum for Totals {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |mut sum, totals| {
            sum += totals;
            sum
        })
    }
}

/// The totals that are not zero, by the names of their fields: `95 success, 5 failure`; `no calls` if
/// all are.
impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Exhaustive, so that a new total cannot be left out.
        let Self {
            success,
            failure,
            ignored,
            cancelled,
            late,
            slow,
            rejected,
            would_reject,
            timed_out,
            fallback,
            retried,
            last_good,
            pings,
            failed_pings,
            ignored_pings,
        } = *self;
        let counts = [
            (success, "success"),
            (failure, "failure"),
            (ignored, "ignored"),
            (cancelled, "cancelled"),
            (late, "late"),
            (slow, "slow"),
            (rejected, "rejected"),
            (would_reject, "would_reject"),
            (timed_out, "timed_out"),
            (fallback, "fallback"),
            (retried, "retried"),
            (last_good, "last_good"),
            (pings, "pings"),
            (failed_pings, "failed_pings"),
            (ignored_pings, "ignored_pings"),
        ];
        let mut separator = "";
        for (count, name) in counts.into_iter().filter(|(count, _)| *count > 0) {
            write!(f, "{separator}{count} {name}")?;
            separator = ", ";
        }
        if separator.is_empty() { f.write_str("no calls") } else { Ok(()) }
    }
}

#[cfg(all(test, not(breaker_loom)))]
mod tests {
    use super::*;

    /// Pitfall: the sum of a template missed three of the totals.
    #[test]
    fn totals_added_up_are_the_sum_of_each_field() {
        let of = |factor: u64| Totals {
            success: factor,
            failure: 2 * factor,
            ignored: 3 * factor,
            cancelled: 4 * factor,
            late: 5 * factor,
            slow: 6 * factor,
            rejected: 7 * factor,
            would_reject: 8 * factor,
            timed_out: 9 * factor,
            fallback: 10 * factor,
            retried: 11 * factor,
            last_good: 12 * factor,
            pings: 13 * factor,
            failed_pings: 14 * factor,
            ignored_pings: 15 * factor,
        };
        let mut sum = of(1);
        sum += of(100);
        assert_eq!(sum, of(101));
        sum += Totals { success: u64::MAX, ..Totals::default() };
        assert_eq!((sum.success, sum.failure), (u64::MAX, 202));
    }
}
