//! What can be read of a breaker: [`State`], [`Mode`], [`Snapshot`] and its [`Totals`].

use std::borrow::Cow;
use std::fmt;
use std::ops::AddAssign;
use std::time::Duration;

use crate::state::window::Tally;
use crate::support::text::escaped;

/// What the next call will meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum State {
    /// It runs.
    Closed,
    /// It is rejected.
    Open,
    /// It runs as a probe if there is a free one, and is rejected otherwise.
    HalfOpen,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half-open",
        })
    }
}

/// Who decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum Mode {
    /// The breaker.
    Automatic,
    /// Nobody: every call is rejected.
    ForcedOpen,
    /// Nobody: every call runs.
    ForcedClosed,
    /// The breaker decides and tells, and every call runs all the same.
    Observe,
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Automatic => "automatic",
            Self::ForcedOpen => "forced open",
            Self::ForcedClosed => "forced closed",
            Self::Observe => "observe",
        })
    }
}

/// A breaker at one moment, from [`CircuitBreaker::snapshot`](crate::CircuitBreaker::snapshot).
///
/// State, streak and probes are of one moment; the totals are read one after the other while calls go on.
///
/// It prints as one line. With the feature `serde` it can be serialised and deserialised; lengths of time are numbers
/// of seconds, to the microsecond. A key that is neither a text nor a number nor a tuple of these comes back as the
/// text that it reads as.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Snapshot {
    /// The breaker's name.
    pub name: Cow<'static, str>,
    /// The key that it is for, if it is one of several of that name.
    #[cfg(not(breaker_loom))]
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub key: Option<crate::types::key::Key>,
    /// What the next call will meet; in a dry run, what it would meet.
    pub state: State,
    /// Who decides.
    pub mode: Mode,
    /// How long the breaker has been in this state. An open period that has ended counts as half-open
    /// from its end on, whether or not a call has come to probe. Before the first change of state it is the time since
    /// the breaker was built; for an annotated function since the process started, or on systems other than Linux and
    /// with the feature `test-util` since a breaker first read the default clock.
    #[cfg_attr(feature = "serde", serde(with = "crate::time::seconds"))]
    pub in_state: Duration,
    /// How long until the breaker probes; only while it is open by itself.
    #[cfg_attr(feature = "serde", serde(default, with = "crate::time::seconds::optional"))]
    pub retry_after: Option<Duration>,
    /// Failures in a row; 0 while not closed.
    pub streak: u64,
    /// What is in the window; `None` while not closed, and without a rate to judge by.
    pub window: Option<WindowCounts>,
    /// The share of failures in the window; `None` below `min_calls` and while not closed.
    pub failure_rate: Option<f64>,
    /// The share of slow calls in the window; `None` below `min_calls`, while not closed, and without `slow_call`.
    pub slow_call_rate: Option<f64>,
    /// The probability with which the throttle rejects a call now; `None` while not closed, and without one.
    pub throttle: Option<f64>,
    /// Probes in flight; 0 while not half-open. Other calls are counted while they run by `bulkhead` alone.
    pub in_flight: u32,
    /// The calls that run and wait; `None` without `max_concurrent`.
    pub bulkhead: Option<BulkheadCounts>,
    /// How often the breaker has opened, by itself or by [`trip`](crate::CircuitBreaker::trip).
    pub trips: u64,
    /// Events that no listener heard of, as listeners were slow and 1,024 others waited. Those of keys count for the
    /// breakers of the keys.
    pub dropped_events: u64,
    /// The keys of a [template](crate::KeyedBreakers::template); `None` for every other breaker.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub keys: Option<KeyCounts>,
    /// Calls since the start. Those of a [template](crate::KeyedBreakers::template) are the sum over its keys: to add up all
    /// breakers of a process, leave out those that have a `key`.
    pub totals: Totals,
}

#[cfg(not(breaker_loom))]
impl Snapshot {
    /// Returns the name, and behind it the key in brackets if there is one: `hosts[eu-1]`. Control characters are escaped.
    pub fn label(&self) -> String {
        crate::types::key::label(&self.name, self.key.as_ref())
    }
}

/// One line for a log: state, what the breaker judges by, and the totals that are not zero.
///
/// `payments: open for 12.0 s, probes in 18.0 s; 1 trip; 95 success, 5 failure, 12 rejected`
impl fmt::Display for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        escaped(&self.name).fmt(f)?;
        #[cfg(not(breaker_loom))]
        if let Some(key) = &self.key {
            write!(f, "[{key}]")?;
        }
        write!(f, ": {} for {:.1} s", self.state, self.in_state.as_secs_f64())?;
        if self.mode != Mode::Automatic {
            write!(f, " ({})", self.mode)?;
        }
        if let Some(left) = self.retry_after {
            write!(f, ", probes in {:.1} s", left.as_secs_f64())?;
        }
        if self.streak > 0 {
            write!(f, "; {} in a row", counted(self.streak, "failure"))?;
        }
        if let Some(WindowCounts { calls, failures, slow }) = self.window {
            let (calls, failures) = (counted(calls, "call"), counted(failures, "failure"));
            write!(f, "; window: {calls}, {failures}, {slow} slow")?;
        }
        for (name, share) in [
            ("failure rate", self.failure_rate),
            ("slow call rate", self.slow_call_rate),
            ("throttled", self.throttle),
        ] {
            if let Some(share) = share {
                write!(f, "; {name} {:.1} %", share * 100.0)?;
            }
        }
        if self.in_flight > 0 {
            write!(f, "; {} in flight", counted(self.in_flight.into(), "probe"))?;
        }
        if let Some(BulkheadCounts { running, pending }) = self.bulkhead {
            write!(f, "; {running} running, {pending} pending")?;
        }
        if let Some(KeyCounts { keys, evicted, evicted_open }) = self.keys {
            let keys = counted(keys, "key");
            write!(f, "; {keys}, {evicted} evicted, {evicted_open} of them open")?;
        }
        if self.dropped_events > 0 {
            write!(f, "; {} dropped", counted(self.dropped_events, "event"))?;
        }
        write!(f, "; {}; ", counted(self.trips, "trip"))?;
        self.totals.fmt(f)
    }
}

/// Returns a number with its noun in the singular or the plural.
fn counted(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// The calls in a breaker's window, of those that ended in success or failure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default))]
#[non_exhaustive]
pub struct WindowCounts {
    /// All of them.
    pub calls: u64,
    /// Those that failed.
    pub failures: u64,
    /// Those that took longer than `slow_call`, failed or not.
    pub slow: u64,
}

/// The calls of a breaker with `max_concurrent`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default))]
#[non_exhaustive]
pub struct BulkheadCounts {
    /// Those that hold a place, as they run.
    pub running: u32,
    /// Those that wait for one.
    pub pending: u32,
}

/// The breakers of keys behind one template.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default))]
#[non_exhaustive]
pub struct KeyCounts {
    /// Keys that have a breaker.
    pub keys: u64,
    /// Breakers that were evicted to make room for another key, before they were idle for `key_idle`.
    pub evicted: u64,
    /// Those of them that were open or half-open: with them went the knowledge that their keys fail.
    pub evicted_open: u64,
}

impl From<Tally> for WindowCounts {
    fn from(Tally { calls, failures, slow }: Tally) -> Self {
        Self { calls, failures, slow }
    }
}

/// Calls since the breaker came to be. Each call that ran adds one to exactly one of `success`, `failure`,
/// `ignored`, `cancelled` and `late` when it ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default))]
#[non_exhaustive]
pub struct Totals {
    /// Calls that succeeded.
    pub success: u64,
    /// Calls that failed, panics included, and calls that were dropped after they had run longer than
    /// `slow_call`, or to their `call_timeout`.
    pub failure: u64,
    /// Calls that ended in an ignored outcome.
    pub ignored: u64,
    /// Calls that were dropped before they ended.
    pub cancelled: u64,
    /// Calls that ended, in whatever way, after the state that had admitted them; probes that outlived
    /// their lease included.
    pub late: u64,
    /// Calls that took longer than `slow_call`, however they ended, but for those that were late.
    pub slow: u64,
    /// Calls that were not run.
    pub rejected: u64,
    /// Calls that ran in a dry run and would have been rejected otherwise.
    pub would_reject: u64,
    /// Calls that were ended at `call_timeout`, `first_item` or `idle`, or dropped by their callers after it. They count as failures, or as late, as well.
    pub timed_out: u64,
    /// Fallbacks that ran.
    pub fallback: u64,
    /// Attempts after the first one of a call, by the option `retry`. Counted when it is decided that there is to be
    /// one; each is one of the other totals as well when it has ended.
    pub retried: u64,
    /// Calls that were answered from memory, by `last_good`.
    pub last_good: u64,
}

/// Adds what another breaker has counted.
impl AddAssign for Totals {
    fn add_assign(&mut self, other: Self) {
        // In full, so that a new total cannot be left out.
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
    }
}

/// The totals that are not zero, by the names of their fields: `95 success, 5 failure`; `no calls` if all are.
impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // In full, so that a new total cannot be left out.
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
        };
        let mut sum = of(1);
        sum += of(100);
        assert_eq!(sum, of(101));
        sum += Totals { success: u64::MAX, ..Totals::default() };
        assert_eq!((sum.success, sum.failure), (u64::MAX, 202));
    }
}
