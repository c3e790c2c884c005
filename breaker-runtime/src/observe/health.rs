//! The health of the process, for a readiness check: [`health`].

use std::cmp::Reverse;
use std::fmt;
use std::time::Duration;

use crate::breaker::CircuitBreaker;
use crate::registry::breakers;
use crate::time::duration::shown;
use crate::types::key::{Key, label};
use crate::types::snapshot::{Mode, Snapshot, State};
use crate::types::trip::TripReport;

/// The number of breakers that a [`Health`] lists.
const LISTED: usize = 100;

/// The health of the process, as its breakers see it; from [`health`].
///
/// It prints as one line: `ready`, or `degraded: ..` with the first three breakers. With the feature
/// `serde` it can be serialised; lengths of time are numbers of seconds.
///
/// ```
/// use breaker_runtime::{Health, HealthStatus, health};
///
/// fn status(health: &Health) -> u16 {
///     let vital = health.degraded.iter().any(|breaker| breaker.breaker == "payments");
///     if health.status == HealthStatus::Degraded && vital { 503 } else { 200 }
/// }
///
/// assert_eq!(status(&health()), 200);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Health {
    /// Whether a breaker is degraded.
    pub status: HealthStatus,
    /// The breakers that do not run all calls, the one that has been so for longest first. At most 100:
    /// of more, those that have been in their state for longest.
    pub degraded: Vec<DegradedBreaker>,
    /// The number of these breakers, also of those that are not listed.
    pub total: usize,
}

/// The status in a [`Health`].
///
/// Prints as `ready` or `degraded`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum HealthStatus {
    /// Every breaker runs all calls.
    Ready,
    /// A breaker does not run all calls: some callers get rejections, fallbacks or old answers.
    Degraded,
}

/// A breaker that does not run all calls, in a [`Health`].
///
/// It prints as one sentence: `payments is open for 12 s, probes in 18 s: 5 failures in a row
/// (failure_threshold = 5); last cause: shop::Timeout`.
///
/// ```
/// use breaker_runtime::{CircuitBreaker, DegradedBreaker, State, health};
///
/// let breaker = CircuitBreaker::builder("payments").build()?;
/// breaker.trip();
/// let degraded: Vec<DegradedBreaker> = health().degraded;
/// assert_eq!((degraded[0].breaker, degraded[0].state), ("payments", State::Open));
/// # Ok::<(), breaker_runtime::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct DegradedBreaker {
    /// The breaker's name.
    pub breaker: &'static str,
    /// The key that the breaker is for; `None` without keys.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub key: Option<Key>,
    /// The state: open, closed while a `ramp` or a `throttle` rejects a part of the calls, or half-open
    /// from the end of the open period until the probes have succeeded, whether or not a call has
    /// probed.
    pub state: State,
    /// The operating mode.
    pub mode: Mode,
    /// The time since the breaker opened; of a breaker that is forced open or closed, the time since
    /// then.
    #[cfg_attr(feature = "serde", serde(with = "crate::time::seconds"))]
    pub lasted: Duration,
    /// The time until the breaker probes; `None` unless it is open by its own decision.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::time::seconds::optional::serialize"))]
    pub retry_after: Option<Duration>,
    /// The share of the calls that it rejects; `None` unless it is closed.
    pub rejects: Option<f64>,
    /// The condition that opened it, and the type of the last error; `None` for a throttled one. Of a
    /// breaker that is forced open, the [operator](crate::Operator) with the reason, or `None` if none
    /// is named.
    pub why: Option<String>,
}

/// Returns which breakers of the process do not run all calls, and why.
///
/// A breaker is degraded while it is open, half-open or forced open, and while it is closed and its
/// `ramp` or `throttle` rejects a part of the calls: all of these it does not run. One with an open
/// period that has ended is half-open until its probes have succeeded: that no call has asked since does
/// not make its dependency healthy. A breaker in a dry run or forced closed rejects nothing, and is not
/// degraded. `max_concurrent` is no sign of trouble at the dependency: a breaker at its limit is not
/// degraded. Of keyed breakers each key counts.
///
/// A process that is degraded can still answer. A readiness check that took it out of service would
/// take out all its siblings with it, as they call the same dependency: answer 200 and show the status,
/// or 503 only if a breaker on which every answer depends is among the degraded ones.
///
/// The [findings](crate::findings) that are new since the last reading become warnings.
///
/// It reads all breakers and takes time in proportion to their number.
///
/// ```
/// use breaker_runtime::{CircuitBreaker, HealthStatus, health};
///
/// let breaker = CircuitBreaker::builder("payments").failure_threshold(1).build()?;
/// assert_eq!(health().status, HealthStatus::Ready);
///
/// let _ = breaker.call(|| "seven".parse::<u32>());
/// let health = health();
/// assert_eq!(health.status, HealthStatus::Degraded);
/// assert_eq!(health.degraded[0].breaker, "payments");
/// let why = "1 failure (failure_threshold = 1); last cause: core::num::error::ParseIntError";
/// assert_eq!(health.degraded[0].why.as_deref(), Some(why));
/// # Ok::<(), breaker_runtime::ConfigError>(())
/// ```
pub fn health() -> Health {
    let all: Vec<_> = breakers().collect();
    // Their warnings: a service may have no other reader.
    for breaker in &all {
        drop(breaker.inner().current_findings());
    }
    let mut found: Vec<_> = all
        .into_iter()
        .filter(|breaker| !breaker.is_template() && may_reject(breaker))
        .map(|breaker| (breaker.snapshot(), breaker))
        .filter(|(snapshot, _)| is_degraded(snapshot))
        .collect();
    let total = found.len();
    // Reports are made for listed breakers only: thousands of keys may be open.
    found.sort_by_key(|(snapshot, _)| Reverse(snapshot.in_state));
    found.truncate(LISTED);
    let mut degraded: Vec<_> = found.into_iter().map(degraded).collect();
    degraded.sort_by_key(|breaker| Reverse(breaker.lasted));
    let status = if total == 0 { HealthStatus::Ready } else { HealthStatus::Degraded };
    Health { status, degraded, total }
}

/// Returns whether a snapshot is worth its time: most breakers are closed, without ramp and throttle.
fn may_reject(breaker: &CircuitBreaker) -> bool {
    breaker.state() != State::Closed || !breaker.inner().cell.has_fast_admission()
}

/// Returns whether the breaker may reject calls. The state is that of the snapshot, as it may have
/// changed since the breaker was found.
fn is_degraded(snapshot: &Snapshot) -> bool {
    let rejects = snapshot.state != State::Closed || rejected_share(snapshot).is_some();
    rejects && matches!(snapshot.mode, Mode::Automatic | Mode::ForcedOpen)
}

/// Returns the share of the calls that a closed breaker rejects; `None` for none.
fn rejected_share(snapshot: &Snapshot) -> Option<f64> {
    let (ramp, throttle) = (snapshot.ramp.unwrap_or(1.0), snapshot.throttle.unwrap_or(0.0));
    let share = 1.0 - ramp * (1.0 - throttle);
    (snapshot.state == State::Closed && share > 0.0).then_some(share)
}

fn degraded((snapshot, breaker): (Snapshot, CircuitBreaker)) -> DegradedBreaker {
    let forced = snapshot.mode == Mode::ForcedOpen;
    let rejects = rejected_share(&snapshot);
    let throttled = snapshot.state == State::Closed && snapshot.ramp.is_none();
    let report = breaker.last_trip().filter(|_| !forced && !throttled);
    let operator = breaker.mode_override().filter(|_| forced).and_then(|forced| forced.operator);
    DegradedBreaker {
        breaker: breaker.name(),
        key: snapshot.key,
        state: snapshot.state,
        mode: snapshot.mode,
        lasted: match &report {
            Some(report) if snapshot.state != State::Closed => report.lasted,
            _ => snapshot.in_state,
        },
        retry_after: snapshot.retry_after,
        rejects,
        why: report.as_ref().map(reason).or(operator.map(|operator| operator.to_string())),
    }
}

/// Returns the summary of a trip without the name before it.
fn reason(report: &TripReport) -> String {
    let summary = report.summary().to_string();
    let opened = format!("{} opened: ", label(report.breaker, report.key.as_ref()));
    summary.strip_prefix(&opened).unwrap_or(&summary).to_owned()
}

impl fmt::Display for HealthStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ready => "ready",
            Self::Degraded => "degraded",
        })
    }
}

impl fmt::Display for DegradedBreaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&label(self.breaker, self.key.as_ref()))?;
        let lasted = shown(self.lasted);
        match (self.mode, self.state) {
            (_, State::Closed) => {
                let share = self.rejects.unwrap_or_default() * 100.0;
                write!(f, " is closed for {lasted:.1}, and rejects {share:.0} % of the calls")?;
            }
            (Mode::ForcedOpen, _) => write!(f, " is forced open for {lasted:.1}")?,
            (_, State::HalfOpen) => {
                write!(f, " is half-open, and has not been closed for {lasted:.1}")?;
            }
            (_, state) => write!(f, " is {state} for {lasted:.1}")?,
        }
        if let Some(left) = self.retry_after {
            write!(f, ", probes in {:.1}", shown(left))?;
        }
        self.why.as_ref().map_or(Ok(()), |why| write!(f, ": {why}"))
    }
}

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.status.fmt(f)?;
        for (index, breaker) in self.degraded.iter().take(3).enumerate() {
            write!(f, "{}{breaker}", if index == 0 { ": " } else { "; " })?;
        }
        match self.total.saturating_sub(3) {
            0 => Ok(()),
            more => write!(f, "; and {more} more"),
        }
    }
}
