//! The operator behind a command, and the mode that a command has set: [`Operator`], [`ModeOverride`].

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::support::text::escaped;
use crate::types::snapshot::Mode;

/// The operator behind a command, the reason for it, and when a mode that it sets expires.
///
/// For [`CircuitBreaker::set_mode_by`](crate::CircuitBreaker::set_mode_by),
/// [`trip_by`](crate::CircuitBreaker::trip_by) and [`reset_by`](crate::CircuitBreaker::reset_by). It is
/// shown in the [`Event`](crate::Event) and in the [`TripReport`](crate::TripReport) of the command.
///
/// It prints as one line, with control characters escaped. With the feature `serde` it can be
/// serialised; `expires_after` is a number of seconds.
///
/// ```
/// use std::time::Duration;
/// use breaker_runtime::{CircuitBreaker, ManualClock, Mode, Operator};
///
/// let clock = ManualClock::new();
/// let breaker = CircuitBreaker::builder("search").clock(clock.clone()).build()?;
/// let on_call = Operator::new("ada").reason("index rebuild").expires_after(Duration::from_secs(1800));
/// breaker.set_mode_by(Mode::ForcedOpen, on_call);
/// let set = breaker.mode_override().expect("it is forced open");
/// assert_eq!(set.operator.unwrap().to_string(), "ada, for 1800 s: index rebuild");
///
/// clock.advance(Duration::from_secs(1800));
/// assert!(breaker.try_acquire().is_ok());
/// assert_eq!(breaker.mode_override(), None);
/// # Ok::<(), breaker_runtime::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Operator {
    /// The name of a person or of a program.
    pub author: Cow<'static, str>,
    /// The reason for the command, in the operator's words.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub reason: Option<Cow<'static, str>>,
    /// The time after which a mode that the command sets ends; `None` for a mode that stays.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::time::seconds::optional::serialize"))]
    pub expires_after: Option<Duration>,
}

impl Operator {
    /// Creates an operator without a reason, with commands that stay in force.
    pub fn new(author: impl Into<Cow<'static, str>>) -> Self {
        Self { author: author.into(), reason: None, expires_after: None }
    }

    /// Sets the reason for the command.
    #[must_use]
    pub fn reason(self, reason: impl Into<Cow<'static, str>>) -> Self {
        Self { reason: Some(reason.into()), ..self }
    }

    /// Sets the time after which a mode that the command sets ends, by the breaker's clock. The breaker
    /// then decides again, starting closed and empty. Has no effect on a trip, a reset, and the mode
    /// automatic.
    ///
    /// No thread waits for that time, so the mode ends with the first of these after it:
    ///
    /// - [`state`](crate::CircuitBreaker::state), [`snapshot`](crate::CircuitBreaker::snapshot) or
    ///   [`mode_override`](crate::CircuitBreaker::mode_override) of the breaker;
    /// - [`end_expired_overrides`](crate::end_expired_overrides), which a service may call every few
    ///   seconds;
    /// - in [`Mode::ForcedOpen`]: any call, which is then admitted;
    /// - in [`Mode::ForcedClosed`]: the end of any call, before the next one is admitted;
    /// - in [`Mode::Observe`]: the end of any call that fails or is slow. Other calls do not read the
    ///   clock.
    ///
    /// The change is an [`Event`](crate::Event) with the reason
    /// [`OverrideExpired`](crate::Reason::OverrideExpired). The mode of a
    /// [template](crate::CircuitBreaker::is_template) expires for the breaker of each key.
    #[must_use]
    pub fn expires_after(self, length: Duration) -> Self {
        Self { expires_after: Some(length), ..self }
    }
}

/// The author, the time after which it expires, and the reason: `ada, for 1800 s: index rebuild`.
impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", escaped(&self.author))?;
        if let Some(length) = self.expires_after {
            write!(f, ", for {}", crate::time::duration::shown(length))?;
        }
        self.reason.as_ref().map_or(Ok(()), |reason| write!(f, ": {}", escaped(reason)))
    }
}

/// A mode other than automatic that is in force; from
/// [`CircuitBreaker::mode_override`](crate::CircuitBreaker::mode_override).
///
/// With the feature `serde` it can be serialised; its times are numbers of seconds since the Unix epoch.
///
/// ```
/// use breaker_runtime::{CircuitBreaker, Mode, ModeOverride};
///
/// let breaker = CircuitBreaker::builder("payments").build()?;
/// assert_eq!(breaker.mode_override(), None);
/// breaker.force_open();
/// let set: Option<ModeOverride> = breaker.mode_override();
/// assert_eq!(set.map(|set| set.mode), Some(Mode::ForcedOpen));
/// # Ok::<(), breaker_runtime::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ModeOverride {
    /// The mode.
    pub mode: Mode,
    /// The operator that has set it; `None` if settings have, or a command that names no operator.
    pub operator: Option<Arc<Operator>>,
    /// The wall-clock time at which it was set.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::time::seconds::since_epoch"))]
    pub since: SystemTime,
    /// The wall-clock time from which on it ends, as [`Operator::expires_after`] says; `None` if it
    /// stays.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::time::seconds::optional_since_epoch"))]
    pub until: Option<SystemTime>,
}
