//! The readable state of a breaker: [`State`], [`Mode`], [`Snapshot`].

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::support::text::escaped;
use crate::types::finding::Finding;
use crate::types::ping_status::PingStatus;
use crate::types::totals::Totals;

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
#[expect(clippy::exhaustive_enums, reason = "a circuit breaker has these three")]
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
///
/// ```
/// use breaker_runtime::{Mode, ParseWordError};
///
/// let error: ParseWordError = "forced".parse::<Mode>().unwrap_err();
/// println!("{error}");
/// ```
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
/// State and probes are read at one moment; streak and totals are read one after the other while calls
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
    /// The end of the [game day](crate::guide::game_days) that injects faults into its calls; `None`
    /// without one.
    #[cfg(feature = "inject")]
    #[cfg_attr(
        feature = "serde",
        serde(
            default,
            serialize_with = "crate::time::seconds::optional_since_epoch",
            deserialize_with = "crate::time::seconds::read_optional_since_epoch",
            skip_serializing_if = "Option::is_none"
        )
    )]
    pub game_day: Option<std::time::SystemTime>,
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
    /// The share of the calls that the `ramp` admits now, after the breaker has closed; `None` if it
    /// admits all.
    pub ramp: Option<f64>,
    /// The number of probes in flight; 0 while not half-open. Other running calls are counted by
    /// `bulkhead` only.
    pub in_flight: u32,
    /// The pings in place of users' calls as probes; `None` without the option `probe`. A
    /// [template](crate::KeyedBreakers::template) sends none; its keys do.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub ping: Option<PingStatus>,
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
    #[cfg(feature = "shadow")]
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub(crate) shadow: Option<crate::types::shadow::ShadowStatus>,
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Vec::is_empty"))]
    pub(crate) findings: Vec<Finding>,
}

impl Snapshot {
    /// Returns the differences to the [shadow](crate::CircuitBreakerBuilder::shadow), the second policy
    /// of the breaker; `None` without one.
    ///
    /// ```
    /// use breaker_runtime::{CircuitBreaker, ShadowOptions};
    ///
    /// let shadow = ShadowOptions::new().failure_threshold(2);
    /// let breaker = CircuitBreaker::builder("prices").shadow(shadow).build()?;
    /// let snapshot = breaker.snapshot();
    /// assert_eq!(snapshot.shadow().map(|shadow| shadow.trips), Some(0));
    /// # Ok::<(), breaker_runtime::ConfigError>(())
    /// ```
    #[cfg(feature = "shadow")]
    pub const fn shadow(&self) -> Option<&crate::types::shadow::ShadowStatus> {
        self.shadow.as_ref()
    }

    /// Returns the signs that the breaker cannot do its work, such as a window that never has
    /// `min_calls` calls; empty if there are none.
    ///
    /// The findings about keys are in the snapshot of their [template](crate::KeyedBreakers::template);
    /// that of a key has none. [`findings`](crate::findings) lists those of all breakers.
    ///
    /// ```
    /// use breaker_runtime::CircuitBreaker;
    ///
    /// let breaker = CircuitBreaker::builder("payments").build()?;
    /// assert!(breaker.snapshot().findings().is_empty());
    /// # Ok::<(), breaker_runtime::ConfigError>(())
    /// ```
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
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
        #[cfg(feature = "inject")]
        if self.game_day.is_some() {
            f.write_str(" (game day)")?;
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
            ("ramp", self.ramp),
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
        #[cfg(feature = "shadow")]
        if let Some(shadow) = &self.shadow {
            write!(f, "; {shadow}")?;
        }
        write!(f, "; {}; ", counted(self.trips, "trip"))?;
        self.totals.fmt(f)
    }
}

/// Returns a number with its noun in the singular or the plural.
pub(crate) fn counted(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// The calls in a breaker's window: those that ended in success or failure.
///
/// ```
/// use breaker_runtime::{CircuitBreaker, WindowCounts};
///
/// let breaker = CircuitBreaker::builder("search").failure_rate(0.5).build()?;
/// let _ = breaker.call(|| "seven".parse::<u32>());
/// let counts: Option<WindowCounts> = breaker.snapshot().window;
/// assert_eq!(counts.map(|counts| (counts.calls, counts.failures)), Some((1, 1)));
/// # Ok::<(), breaker_runtime::ConfigError>(())
/// ```
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
///
/// ```
/// use breaker_runtime::{BulkheadCounts, CircuitBreaker};
///
/// let breaker = CircuitBreaker::builder("reports").max_concurrent(8).build()?;
/// let running = breaker.try_acquire()?;
/// let counts: Option<BulkheadCounts> = breaker.snapshot().bulkhead;
/// assert_eq!(counts.map(|counts| (counts.running, counts.pending)), Some((1, 0)));
/// # drop(running);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
///
/// ```
/// use breaker_runtime::{CircuitBreaker, KeyCounts};
///
/// let hosts = CircuitBreaker::builder("hosts").keyed().build()?;
/// hosts.get("eu-1");
/// let counts: Option<KeyCounts> = hosts.template().snapshot().keys;
/// assert_eq!(counts.map(|counts| (counts.keys, counts.evicted)), Some((1, 0)));
/// # Ok::<(), breaker_runtime::ConfigError>(())
/// ```
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
