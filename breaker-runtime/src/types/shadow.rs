//! The figures of a shadow: [`ShadowStatus`], and [`ShadowCounts`] inside of the crate.

#[cfg(feature = "shadow")]
use std::fmt;
#[cfg(feature = "shadow")]
use std::time::SystemTime;

use crate::time::Ticks;
#[cfg(feature = "shadow")]
use crate::types::reason::Reason;
#[cfg(feature = "shadow")]
use crate::types::snapshot::State;

/// The differences between a breaker and its shadow, the second policy of
/// [`CircuitBreakerBuilder::shadow`](crate::CircuitBreakerBuilder::shadow); from
/// [`Snapshot::shadow`](crate::Snapshot::shadow).
///
/// The figures begin with the shadow, and anew when its policy changes. Those of a
/// [template](crate::KeyedBreakers::template) are the sums over its keys.
///
/// It prints as one line.
///
/// ```
/// use breaker_runtime::{CircuitBreaker, ShadowOptions, ShadowStatus, State};
///
/// let shadow = ShadowOptions::new().failure_threshold(1);
/// let breaker = CircuitBreaker::builder("payments").shadow(shadow).build()?;
/// let _ = breaker.call(|| "seven".parse::<u32>());
/// let _ = breaker.call(|| "7".parse::<u32>());
///
/// let snapshot = breaker.snapshot();
/// let status: &ShadowStatus = snapshot.shadow().expect("it has a shadow");
/// assert_eq!((snapshot.state, status.state), (State::Closed, State::Open));
/// assert_eq!((status.trips, status.rejected_successes), (1, 1));
/// # Ok::<(), breaker_runtime::ConfigError>(())
/// ```
#[cfg(feature = "shadow")]
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct ShadowStatus {
    /// The state of the shadow. That of a template is closed: the keys have states of their own.
    pub state: State,
    /// The number of times that the shadow has opened.
    pub trips: u64,
    /// The calls that ran, and that the shadow would have rejected. Also those that have not ended.
    pub rejected: u64,
    /// The calls among [`rejected`](Self::rejected) that succeeded: what the shadow would have cost.
    pub rejected_successes: u64,
    /// The calls among [`rejected`](Self::rejected) that failed: what the shadow would have spared.
    pub rejected_failures: u64,
    /// The calls that the breaker rejected by its policy, and that the shadow would have let through.
    /// How they would have ended is not known: they change nothing in the shadow.
    pub admitted: u64,
    /// The calls that the shadow does not know, as too many ran at once: more than 65,536.
    pub unknown: u64,
    /// The time of the first difference: a call on which the two decided differently, or a trip of one
    /// of them alone.
    #[cfg_attr(
        feature = "serde",
        serde(
            default,
            serialize_with = "crate::time::seconds::optional_since_epoch",
            deserialize_with = "crate::time::seconds::read_optional_since_epoch"
        )
    )]
    pub first_difference: Option<SystemTime>,
    /// The time of the last difference.
    #[cfg_attr(
        feature = "serde",
        serde(
            default,
            serialize_with = "crate::time::seconds::optional_since_epoch",
            deserialize_with = "crate::time::seconds::read_optional_since_epoch"
        )
    )]
    pub last_difference: Option<SystemTime>,
    /// The last 8 trips of one of the two while the other one was closed, oldest first.
    pub differing_trips: Vec<ShadowTrip>,
}

/// A trip of a breaker or of its shadow while the other one was closed, from
/// [`ShadowStatus::differing_trips`].
///
/// ```
/// use breaker_runtime::{CircuitBreaker, Reason, ShadowOptions, ShadowTrip};
///
/// let shadow = ShadowOptions::new().failure_threshold(1);
/// let breaker = CircuitBreaker::builder("payments").shadow(shadow).build()?;
/// let _ = breaker.call(|| "seven".parse::<u32>());
/// let snapshot = breaker.snapshot();
/// let trip: &ShadowTrip = &snapshot.shadow().expect("it has a shadow").differing_trips[0];
/// assert!(trip.of_shadow && trip.reason == Reason::FailureThreshold);
/// # Ok::<(), breaker_runtime::ConfigError>(())
/// ```
#[cfg(feature = "shadow")]
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct ShadowTrip {
    /// When it was.
    #[cfg_attr(
        feature = "serde",
        serde(
            serialize_with = "crate::time::seconds::since_epoch",
            deserialize_with = "crate::time::seconds::read_since_epoch"
        )
    )]
    pub at: SystemTime,
    /// Whether the shadow opened, and not the breaker.
    pub of_shadow: bool,
    /// The reason.
    pub reason: Reason,
    /// The key of the breaker; `None` without keys.
    #[cfg(not(breaker_loom))]
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub key: Option<crate::types::key::Key>,
}

/// The counts of a shadow, or the sums of several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ShadowCounts {
    pub(crate) trips: u64,
    pub(crate) rejected: u64,
    pub(crate) rejected_successes: u64,
    pub(crate) rejected_failures: u64,
    pub(crate) admitted: u64,
    pub(crate) unknown: u64,
    /// The times of the first and the last difference.
    pub(crate) differences: Option<(Ticks, Ticks)>,
}

impl ShadowCounts {
    /// Notes a difference.
    pub(crate) fn differ(&mut self, at: Ticks) {
        let (first, last) = self.differences.unwrap_or((at, at));
        self.differences = Some((first.min(at), last.max(at)));
    }

    /// Adds those of another shadow; each saturates.
    #[cfg(feature = "shadow")]
    pub(crate) fn add(&mut self, other: &Self) {
        let counts = [
            (&mut self.trips, other.trips),
            (&mut self.rejected, other.rejected),
            (&mut self.rejected_successes, other.rejected_successes),
            (&mut self.rejected_failures, other.rejected_failures),
            (&mut self.admitted, other.admitted),
            (&mut self.unknown, other.unknown),
        ];
        for (count, more) in counts {
            *count = count.saturating_add(more);
        }
        for at in other.differences.into_iter().flat_map(|(first, last)| [first, last]) {
            self.differ(at);
        }
    }
}

#[cfg(feature = "shadow")]
impl fmt::Display for ShadowStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { state, trips, rejected, rejected_successes, rejected_failures, admitted, .. } = self;
        let trips = crate::types::snapshot::counted(*trips, "trip");
        write!(
            f,
            "shadow {state}; {trips}; would reject {rejected}, of them {rejected_successes} good and \
             {rejected_failures} failed; would admit {admitted}"
        )
    }
}
