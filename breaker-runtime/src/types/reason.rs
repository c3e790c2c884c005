//! Why a breaker changed its state: [`Reason`].

use std::fmt;

/// The cause of a change of state, from [`Event::reason`](crate::Event::reason).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Reason {
    /// `failure_threshold` calls failed in a row.
    FailureThreshold,
    /// The share of failures in the window reached `failure_rate`.
    FailureRate,
    /// The share of slow calls in the window reached `slow_call_rate`.
    SlowCallRate,
    /// The success rate of the key was an [outlier](crate::KeyedBuilder::outlier) among its siblings.
    Outlier,
    /// The open period ended and a call asked to run.
    TimeoutElapsed,
    /// A probe failed.
    ProbeFailed,
    /// `success_threshold` probes succeeded.
    ProbesSucceeded,
    /// An operator called [`trip`](crate::CircuitBreaker::trip).
    Tripped,
    /// An operator called [`reset`](crate::CircuitBreaker::reset).
    Reset,
    /// An operator or the settings changed the [`Mode`](crate::Mode).
    ModeChanged,
    /// The mode that an operator had set [expired](crate::Operator::expires_after).
    OverrideExpired,
    /// The [fleet](crate::guide::fleet) opened: enough processes saw the dependency fail, or the probe
    /// of another process failed.
    FleetOpened,
    /// The [fleet](crate::guide::fleet) recovered: the probes of another process succeeded, or an
    /// operator reset the fleet.
    FleetClosed,
}

impl Reason {
    /// Returns whether the results of calls are the reason for a trip of a closed breaker.
    pub(crate) const fn is_decided(self) -> bool {
        matches!(self, Self::FailureThreshold | Self::FailureRate | Self::SlowCallRate)
    }

    /// Returns whether the breaker opened by a decision on calls, by an operator's trip, or by its
    /// fleet.
    pub(crate) fn is_trip(self) -> bool {
        matches!(
            self,
            Self::FailureThreshold
                | Self::FailureRate
                | Self::SlowCallRate
                | Self::Outlier
                | Self::ProbeFailed
                | Self::Tripped
                | Self::FleetOpened
        )
    }
}

/// A few words for a log, such as "too many failures in a row".
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::FailureThreshold => "too many failures in a row",
            Self::FailureRate => "too many failures in the window",
            Self::SlowCallRate => "too many slow calls in the window",
            Self::Outlier => "an outlier among the keys",
            Self::TimeoutElapsed => "the open period is over",
            Self::ProbeFailed => "a probe failed",
            Self::ProbesSucceeded => "the probes succeeded",
            Self::Tripped => "tripped manually",
            Self::Reset => "reset manually",
            Self::ModeChanged => "the mode changed",
            Self::OverrideExpired => "the mode expired",
            Self::FleetOpened => "opened by the fleet",
            Self::FleetClosed => "closed by the fleet",
        })
    }
}
