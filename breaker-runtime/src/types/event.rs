//! Changes of state, as listeners receive them: [`Event`].

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::support::text::escaped;
use crate::types::key::Key;
use crate::types::operator::Operator;
use crate::types::reason::Reason;
use crate::types::snapshot::{Mode, State};
use crate::types::trip::TripReport;

/// A change of a breaker's state.
///
/// Each change makes one event, including one that restarts the same state, such as a reset while
/// closed.
///
/// It prints as one line. With the feature `serde` it can be serialised; `at` is a number of seconds,
/// and `time` one since the Unix epoch.
///
/// ```
/// use breaker_runtime::{CircuitBreaker, Event};
///
/// fn log(event: &Event) {
///     println!("{event}"); // payments: closed -> open (tripped manually)
/// }
///
/// let breaker = CircuitBreaker::builder("payments").build()?;
/// breaker.on_event(log).detach();
/// breaker.trip();
/// # Ok::<(), breaker_runtime::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Event {
    /// The breaker's name.
    pub breaker: &'static str,
    /// The key that the breaker is for; `None` without keys.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub key: Option<Key>,
    /// The number of this change of the breaker's state, from 1 and without gaps.
    pub sequence: u64,
    /// The number of events dropped directly before this one, because listeners were slow and 1,024
    /// events waited; else 0.
    pub dropped: u64,
    /// The state before.
    pub from: State,
    /// The state after.
    pub to: State,
    /// The mode after the change.
    pub mode: Mode,
    /// The cause of the change.
    pub reason: Reason,
    /// The time of the change on the breaker's clock: monotonic, counted from an origin that the clock
    /// chooses.
    #[cfg_attr(feature = "serde", serde(with = "crate::time::seconds"))]
    pub at: Duration,
    /// Whether a [probe in the background](crate::circuit_breaker#probe) made the change, and no
    /// call of a user.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "std::ops::Not::not"))]
    pub background: bool,
    /// The operator of the command that made the change, if [one was
    /// named](crate::CircuitBreaker::set_mode_by).
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub operator: Option<Arc<Operator>>,
    /// The report of the trip that this change begins or ends; `None` for any other change.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub trip: Option<Arc<TripReport>>,
    /// The wall-clock time of the change: [`Clock::system_time`](crate::Clock::system_time) of `at`.
    /// Compare it with other logs; for the time between two events use `at`, because the system's time
    /// can be set.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::time::seconds::since_epoch"))]
    pub time: SystemTime,
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", escaped(self.breaker))?;
        if let Some(key) = &self.key {
            write!(f, "[{key}]")?;
        }
        write!(f, ": {} -> {} ({}", self.from, self.to, self.reason)?;
        if self.background {
            f.write_str("; in the background")?;
        }
        match self.mode {
            Mode::Automatic => f.write_str(")")?,
            mode => write!(f, "; {mode})")?,
        }
        if let Some(operator) = &self.operator {
            write!(f, " by {operator}")?;
        }
        match self.dropped {
            0 => Ok(()),
            dropped => write!(f, "; events dropped before this one: {dropped}"),
        }
    }
}
