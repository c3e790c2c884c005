//! The readable state of a breaker: [`State`], [`Mode`], [`Snapshot`] and its [`Totals`].

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::iter::Sum;
use std::ops::AddAssign;
use std::str::FromStr;
use std::time::Duration;

use crate::support::text::escaped;

/// The state of a breaker, as the next call meets it.
///
/// Prints as `closed`, `open` or `half-open`, and is parsed from the same words.
///
/// ```
/// use breaker_runtime::State;
///
/// assert_eq!("half-open".parse(), Ok(State::HalfOpen));
/// assert_eq!(State::HalfOpen.to_string(), "half-open");
/// ```
///
/// Exhaustive: a circuit breaker has these three states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum State {
    /// Calls run.
    Closed,
    /// Calls are rejected.
    Open,
    /// At most `max_probes` calls run at a time, as probes; others are rejected.
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

/// The operating mode of a breaker.
///
/// Prints as words for a person, such as `forced open`; is parsed from these and from the words of the
/// settings, such as `forced-open`.
///
/// ```
/// use breaker_runtime::Mode;
///
/// assert_eq!("forced-open".parse(), Ok(Mode::ForcedOpen));
/// assert_eq!(Mode::ForcedOpen.to_string(), "forced open");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Mode {
    /// The breaker decides by its policy.
    Automatic,
    /// Forced open: every call is rejected.
    ForcedOpen,
    /// Forced closed: every call runs.
    ForcedClosed,
    /// Dry run: the breaker decides and reports, and every call runs.
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

/// The error of a text that names no [`State`] or [`Mode`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseWordError {
    text: String,
    expected: &'static str,
}

impl fmt::Display for ParseWordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is unknown; write {}", escaped(&self.text), self.expected)
    }
}

impl Error for ParseWordError {}

impl FromStr for State {
    type Err = ParseWordError;

    fn from_str(text: &str) -> Result<Self, ParseWordError> {
        match text {
            "closed" => Ok(Self::Closed),
            "open" => Ok(Self::Open),
            "half-open" => Ok(Self::HalfOpen),
            _ => Err(ParseWordError { text: text.to_owned(), expected: "closed, open or half-open" }),
        }
    }
}

impl FromStr for Mode {
    type Err = ParseWordError;

    fn from_str(text: &str) -> Result<Self, ParseWordError> {
        match text {
            "automatic" => Ok(Self::Automatic),
            "forced-open" | "forced open" => Ok(Self::ForcedOpen),
            "forced-closed" | "forced closed" => Ok(Self::ForcedClosed),
            "observe" => Ok(Self::Observe),
            _ => Err(ParseWordError {
                text: text.to_owned(),
                expected: "automatic, forced-open, forced-closed or observe",
            }),
        }
    }
}

/// A breaker at one moment, from [`CircuitBreaker::snapshot`](crate::CircuitBreaker::snapshot).
///
/// State, streak and probes are read at one moment; the totals are read one after the other while calls
/// go on.
///
/// It prints as one line. With the feature `serde` it can be serialised and deserialised; durations are
/// numbers of seconds, to the microsecond. A key that is neither a text, a number nor a tuple of these
/// is deserialised as the text that it prints as.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Snapshot {
    /// The breaker's name.
    pub name: Cow<'static, str>,
    /// The key that the breaker is for; `None` without keys.
    #[cfg(not(breaker_loom))]
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub key: Option<crate::types::key::Key>,
    /// The state that the next call meets; in a dry run, the state that it would meet.
    pub state: State,
    /// The operating mode.
    pub mode: Mode,
    /// The time since the breaker entered this state. An open period that has ended counts as half-open
    /// from its end on, whether or not a call has probed. Before the first change of state it is the
    /// time since the breaker was built; for an annotated function since the process started, or on
    /// systems other than Linux and with the feature `test-util` since a breaker first read the default
    /// clock.
    #[cfg_attr(feature = "serde", serde(with = "crate::time::seconds"))]
    pub in_state: Duration,
    /// The time until the breaker probes; `None` unless it is open by its own decision.
    #[cfg_attr(feature = "serde", serde(default, with = "crate::time::seconds::optional"))]
    pub retry_after: Option<Duration>,
    /// The number of failures in a row; 0 while not closed.
    pub streak: u64,
    /// The calls in the window; `None` while not closed, and without a rate.
    pub window: Option<WindowCounts>,
    /// The share of failures in the window; `None` below `min_calls` and while not closed.
    pub failure_rate: Option<f64>,
    /// The share of slow calls in the window; `None` below `min_calls`, while not closed, and without
    /// `slow_call`.
    pub slow_call_rate: Option<f64>,
    /// The probability with which the throttle rejects a call now; `None` while not closed, and without
    /// one.
    pub throttle: Option<f64>,
    /// The number of probes in flight; 0 while not half-open. Other running calls are counted by
    /// `bulkhead` only.
    pub in_flight: u32,
    /// The calls that run and that wait; `None` without `max_concurrent`.
    pub bulkhead: Option<BulkheadCounts>,
    /// The number of times that the breaker has opened, by its own decision or by
    /// [`trip`](crate::CircuitBreaker::trip).
    pub trips: u64,
    /// The number of events that were dropped, because listeners were slow and 1,024 events waited.
    /// Events of keys count for the breakers of the keys.
    pub dropped_events: u64,
    /// The keys of a [template](crate::KeyedBreakers::template); `None` for every other breaker.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub keys: Option<KeyCounts>,
    /// The calls since the breaker was created. Those of a [template](crate::KeyedBreakers::template)
    /// are the sum over its keys: to add up all breakers of a process, leave out those that have a
    /// `key`.
    pub totals: Totals,
}

#[cfg(not(breaker_loom))]
impl Snapshot {
    /// Returns the name, followed by the key in brackets if there is one: `hosts[eu-1]`. Control
    /// characters are escaped.
    pub fn label(&self) -> String {
        crate::types::key::label(&self.name, self.key.as_ref())
    }
}

/// One line for a log: the state, the figures that the policy judges by, and the totals that are not
/// zero.
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
pub(super) fn counted(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// The calls in a breaker's window: those that ended in success or failure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default))]
#[non_exhaustive]
pub struct WindowCounts {
    /// The number of calls.
    pub calls: u64,
    /// The number of calls that failed.
    pub failures: u64,
    /// The number of calls that took longer than `slow_call`, failed or not.
    pub slow: u64,
}

/// The calls of a breaker with `max_concurrent`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default))]
#[non_exhaustive]
pub struct BulkheadCounts {
    /// The number of calls that run and hold a permit.
    pub running: u32,
    /// The number of calls that wait for a permit.
    pub pending: u32,
}

/// The breakers of keys behind one template.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default))]
#[non_exhaustive]
pub struct KeyCounts {
    /// The number of keys that have a breaker.
    pub keys: u64,
    /// The number of breakers evicted to make room for another key before they were idle for `key_idle`.
    pub evicted: u64,
    /// The number of these that were open or half-open: the knowledge that their keys fail was lost.
    pub evicted_open: u64,
}

/// The calls since a breaker was created.
///
/// Each call that ran adds one to exactly one of `success`, `failure`, `ignored`, `cancelled` and `late`
/// when it ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default))]
#[non_exhaustive]
pub struct Totals {
    /// Calls that succeeded.
    pub success: u64,
    /// Calls that failed, including panics, and calls that were dropped after they had run longer than
    /// `slow_call`, or until their `call_timeout`.
    pub failure: u64,
    /// Calls that ended in an ignored outcome.
    pub ignored: u64,
    /// Calls that were dropped before they ended.
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
