//! Why a breaker opened, and what followed: [`TripReport`].

mod display;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::types::class::Class;
use crate::types::key::Key;
use crate::types::operator::Operator;
use crate::types::reason::Reason;
use crate::types::snapshot::Mode;

/// The report of a trip: why a closed breaker opened, and what its callers got until it closed.
///
/// From [`CircuitBreaker::trips`](crate::CircuitBreaker::trips), [`Event::trip`](crate::Event::trip) and
/// [`BreakerError::trip_report`](crate::BreakerError::trip_report). A failed probe makes no new report:
/// it is counted in [`failed_probes`](Self::failed_probes).
///
/// It prints as a text of at most ten lines, and [`summary`](Self::summary) is one line for a log. With
/// the feature `serde` it can be serialised; lengths of time are numbers of seconds.
///
/// ```
/// use breaker_runtime::CircuitBreaker;
///
/// let breaker = CircuitBreaker::builder("payments").failure_threshold(2).build()?;
/// for _ in 0..2 {
///     let _ = breaker.call(|| "seven".parse::<u32>());
/// }
/// let trips = breaker.trips();
/// assert_eq!(
///     trips[0].summary().to_string(),
///     "payments opened: 2 failures in a row (failure_threshold = 2); last cause: \
///      core::num::error::ParseIntError"
/// );
/// assert_eq!(trips[0].calls.len(), 2);
/// # Ok::<(), breaker_runtime::ConfigError>(())
/// ```
/// # Replay
///
/// The calls of a report that is [`complete`](Self::complete) open a new breaker with the same options,
/// at the same call and by the same condition. Before each call come its
/// [`successes_before`](RecordedCall::successes_before): those in its [`slices`](Self::slices) at their
/// times, and the others at the time of the call. A `Late` call counts for nothing.
///
/// ```
/// use std::time::Duration;
///
/// use breaker_runtime::{BreakerError, CallResult, CircuitBreaker, ConfigError};
/// use breaker_runtime::{ManualClock, State, SuccessSlice, TripReport};
///
/// fn build(clock: &ManualClock) -> Result<CircuitBreaker, ConfigError> {
///     let builder = CircuitBreaker::builder("payments").clock(clock.clone());
///     builder.failure_rate(0.5).window(Duration::from_secs(10)).min_calls(6).build()
/// }
///
/// fn succeed(breaker: &CircuitBreaker, times: u64) -> Result<(), BreakerError> {
///     (0..times).try_for_each(|_| breaker.try_acquire().map(|permit| permit.success()))
/// }
///
/// /// Returns the index of the call that opens the breaker. Calls may not overlap here.
/// fn replay(report: &TripReport) -> Result<Option<usize>, Box<dyn std::error::Error>> {
///     let clock = ManualClock::new();
///     clock.advance(report.clock_start);
///     let (breaker, mut now) = (build(&clock)?, report.clock_start);
///     let mut wait_until = |time: Duration| {
///         clock.advance(time.saturating_sub(now));
///         now = now.max(time);
///     };
///     for (index, call) in report.calls.iter().enumerate() {
///         let mut successes = call.successes_before;
///         for SuccessSlice { at, successes: number, .. } in report.slices_before(index) {
///             wait_until(*at);
///             succeed(&breaker, *number)?;
///             successes -= number;
///         }
///         // The call itself began before it ended, which matters if it was slow.
///         wait_until(call.at.saturating_sub(call.took.unwrap_or_default()));
///         let permit = breaker.try_acquire()?;
///         wait_until(call.at);
///         succeed(&breaker, successes)?;
///         match call.result {
///             CallResult::Success => permit.success(),
///             CallResult::Failure => permit.failure(),
///             _ => permit.ignore(),
///         }
///         if breaker.state() == State::Open {
///             return Ok(Some(index));
///         }
///     }
///     Ok(None)
/// }
///
/// let clock = ManualClock::new();
/// let breaker = build(&clock)?;
/// for works in [true, true, false, true, false, false] {
///     let permit = breaker.try_acquire()?;
///     if works { permit.success() } else { permit.failure() }
///     clock.advance(Duration::from_secs(1));
/// }
/// let report = breaker.last_trip().ok_or("it has not tripped")?;
/// assert!(report.complete);
/// assert_eq!((report.calls.len(), report.slices.len()), (3, 3));
/// assert_eq!(replay(&report)?, Some(2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A report is not complete where it lacks results or slices: more than 64 results under a policy with a
/// window; more slices than fit into 160 bytes, which are about 50; calls of an earlier trip that gave
/// way to those of later ones; a reset or another mode before the first result; a clock that was set
/// back. Nor is it if something else has decided: a command,
/// [`max_open_keys`](crate::KeyedBuilder::max_open_keys), or new values of `failure_threshold`,
/// `slow_call` or the window since the breaker closed. For calls that end at the same moment on several
/// threads the report has an order in which they can have ended.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct TripReport {
    /// The breaker's name.
    pub breaker: &'static str,
    /// The key that the breaker is for; `None` without keys.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub key: Option<Key>,
    /// The number of the change of state, as in [`Event::sequence`](crate::Event::sequence).
    pub sequence: u64,
    /// The time of the trip on the breaker's clock, as in [`Event::at`](crate::Event::at).
    #[cfg_attr(feature = "serde", serde(with = "crate::time::seconds"))]
    pub at: Duration,
    /// The wall-clock time of the trip, as in [`Event::time`](crate::Event::time).
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::time::seconds::since_epoch"))]
    pub time: SystemTime,
    /// The mode at the trip: in a [dry run](Mode::Observe) nothing was rejected.
    pub mode: Mode,
    /// The operator of a manual trip, if one was [named](crate::CircuitBreaker::trip_by).
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub operator: Option<Arc<Operator>>,
    /// The condition that was met, with its figures.
    pub condition: TripCondition,
    /// The results before the trip that were not plain successes, oldest first: those since the breaker
    /// last closed, at most 64. Of earlier trips fewer may be kept: a breaker keeps 64 in all for the
    /// trips in [`CircuitBreaker::trips`](crate::CircuitBreaker::trips), the newest first.
    pub calls: Vec<RecordedCall>,
    /// The number of results since the breaker last closed that came before those in `calls`.
    pub earlier_calls: u64,
    /// The slices of a window of time with the plain successes between the calls that ended in another
    /// slice than the call after them, oldest first; empty for any other policy.
    pub slices: Vec<SuccessSlice>,
    /// Whether `calls` and `slices` open a new breaker at the same call: see [Replay](#replay).
    pub complete: bool,
    /// The reading of the breaker's clock from which it counts its time, and the slices of a window.
    #[cfg_attr(feature = "serde", serde(with = "crate::time::seconds"))]
    pub clock_start: Duration,
    /// The options in force, with their values as texts. An option that is off is left out.
    pub options: Vec<OptionInForce>,
    /// The answers to callers since the trip, until the breaker closed.
    pub answers: OpenAnswers,
    /// The number of further open periods that failed probes began. With a `probe_failure_threshold`
    /// of 1, each failed probe begins one.
    pub failed_probes: u32,
    /// How long the breaker has not been closed: until it closed, or until the report was made.
    #[cfg_attr(feature = "serde", serde(with = "crate::time::seconds"))]
    pub lasted: Duration,
    /// How it ended: the reason for which the breaker closed or its mode changed. `None` while it is
    /// open or half-open.
    pub end: Option<Reason>,
    /// The operator of the command that ended it, if one was named.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub ended_by: Option<Arc<Operator>>,
}

/// The condition of the policy that a trip met.
///
/// ```
/// use breaker_runtime::{CircuitBreaker, TripCondition};
///
/// let breaker = CircuitBreaker::builder("payments").build()?;
/// breaker.trip();
/// let condition = breaker.last_trip().map(|trip| trip.condition);
/// assert_eq!(condition, Some(TripCondition::Command));
/// # Ok::<(), breaker_runtime::ConfigError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(tag = "kind", rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum TripCondition {
    /// `failure_threshold`: this many calls failed in a row.
    FailureThreshold {
        /// The number of failures in a row.
        failures: u64,
        /// The option's value.
        threshold: u32,
    },
    /// `failure_rate`: this many of the calls in the window failed.
    FailureRate {
        /// The number of calls in the window that failed.
        failures: u64,
        /// The number of calls in the window.
        calls: u64,
        /// The option's value: above 0.0, at most 1.0.
        rate: f64,
    },
    /// `slow_call_rate`: this many of the calls in the window were slow.
    SlowCallRate {
        /// The number of calls in the window that were slow.
        slow: u64,
        /// The number of calls in the window.
        calls: u64,
        /// The option's value: above 0.0, at most 1.0.
        rate: f64,
    },
    /// `outlier`: the success rate of the key was below the mean of its siblings by so many standard
    /// deviations.
    Outlier {
        /// The success rate of the key.
        rate: f64,
        /// The mean of the success rates of the keys that were counted, this one included.
        mean: f64,
        /// The standard deviation of these rates.
        stdev: f64,
        /// The number of these keys.
        keys: u64,
        /// The option's `stdev`.
        deviations: f64,
    },
    /// None: an operator called [`trip`](crate::CircuitBreaker::trip).
    Command,
    /// None here: the [fleet](crate::guide::fleet) opened.
    Fleet,
}

/// The result of a call that was not a plain success.
///
/// ```
/// use breaker_runtime::{CallResult, CircuitBreaker, RecordedCall};
///
/// let breaker = CircuitBreaker::builder("payments").failure_threshold(1).build()?;
/// let _ = breaker.call(|| "seven".parse::<u32>());
/// let calls: Vec<RecordedCall> = breaker.trips()[0].calls.clone();
/// assert_eq!(calls[0].result, CallResult::Failure);
/// assert_eq!(calls[0].cause, Some("core::num::error::ParseIntError"));
/// # Ok::<(), breaker_runtime::ConfigError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct RecordedCall {
    /// The number of plain successes between the recorded call before, or the start, and this one.
    pub successes_before: u64,
    /// The time when the call ended, on the breaker's clock, exact to a few milliseconds.
    #[cfg_attr(feature = "serde", serde(with = "crate::time::seconds"))]
    pub at: Duration,
    /// How long the call took; `None` if its policy does not time calls.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::time::seconds::optional::serialize"))]
    pub took: Option<Duration>,
    /// How the call counted.
    pub result: CallResult,
    /// Whether the call took longer than `slow_call`.
    pub slow: bool,
    /// How the dependency answered, if the function [classifies](crate::classify) its outputs.
    pub class: Option<Class>,
    /// The cause that the call's error names by [`Cause`](crate::Cause), in at most 64 bytes, or its
    /// type; `"panic"` for a panic, `"call_timeout"` for a call that was ended at its deadline, and
    /// `"failure_if"` or `"ignore_if"` where only that option knows. `None` if it is not known, as for a
    /// permit that was settled without an error.
    pub cause: Option<&'static str>,
}

/// Plain successes of a window of time that fell in one of its slices, a tenth of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct SuccessSlice {
    /// The index in [`TripReport::calls`] of the call after them. They are among its
    /// [`successes_before`](RecordedCall::successes_before).
    pub before_call: usize,
    /// The start of the slice, on the breaker's clock.
    #[cfg_attr(feature = "serde", serde(with = "crate::time::seconds"))]
    pub at: Duration,
    /// The number of plain successes.
    pub successes: u64,
}

/// How a recorded call counted.
///
/// ```
/// use breaker_runtime::CallResult;
///
/// assert_eq!(CallResult::Cancelled.to_string(), "cancelled");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum CallResult {
    /// A success; recorded because it was slow, or because it opened the breaker.
    Success,
    /// A failure.
    Failure,
    /// An ignored outcome.
    Ignored,
    /// The call was dropped before it ended.
    Cancelled,
    /// The call ended after the state that had admitted it.
    Late,
}

/// An option in force at a trip.
///
/// ```
/// use breaker_runtime::{CircuitBreaker, OptionInForce, OptionOrigin};
///
/// let breaker = CircuitBreaker::builder("payments").failure_threshold(3).build()?;
/// breaker.trip();
/// let options: Vec<OptionInForce> = breaker.trips()[0].options.clone();
/// let threshold = options.iter().find(|option| option.name == "failure_threshold");
/// assert_eq!(threshold.map(|option| option.value.as_str()), Some("3"));
/// assert_eq!(threshold.map(|option| option.origin), Some(OptionOrigin::Code));
/// # Ok::<(), breaker_runtime::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct OptionInForce {
    /// The name of the option.
    pub name: &'static str,
    /// Its value, as in settings: `5`, `0.5`, `30 s`.
    pub value: String,
    /// Where the value came from.
    pub origin: OptionOrigin,
}

/// Where the value of an option came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum OptionOrigin {
    /// It is the default.
    Default,
    /// The code: the attribute or the builder.
    Code,
    /// Settings from outside, by [`configure`](crate::configure).
    Settings,
    /// A call of [`reconfigure`](crate::CircuitBreaker::reconfigure).
    Reconfigure,
}

/// The answers to callers since a breaker had tripped.
///
/// ```
/// use breaker_runtime::{CircuitBreaker, OpenAnswers};
///
/// let breaker = CircuitBreaker::builder("payments").build()?;
/// breaker.trip();
/// assert!(breaker.try_acquire().is_err());
/// let answers: OpenAnswers = breaker.trips()[0].answers;
/// assert_eq!(answers.rejected, 1);
/// # Ok::<(), breaker_runtime::ConfigError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct OpenAnswers {
    /// The number of calls that were rejected.
    pub rejected: u64,
    /// The number of calls in a dry run that would have been rejected.
    pub would_reject: u64,
    /// The number of fallbacks that ran, that of the call which tripped the breaker included.
    pub fallback: u64,
    /// The number of calls that `last_good` answered.
    pub last_good: u64,
}
