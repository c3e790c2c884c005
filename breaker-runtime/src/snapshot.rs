//! What can be read of a breaker: [`State`], [`Mode`], [`Snapshot`] and its [`Totals`].

use std::fmt;
use std::time::Duration;

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
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Snapshot {
    /// The breaker's name.
    pub name: &'static str,
    /// What the next call will meet; in a dry run, what it would meet.
    pub state: State,
    /// Who decides.
    pub mode: Mode,
    /// How long the breaker has been in this state. An open period that has ended counts as half-open
    /// from its end on, whether or not a call has come to probe.
    pub in_state: Duration,
    /// How long until the breaker probes; only while it is open by itself.
    pub retry_after: Option<Duration>,
    /// Failures in a row; 0 while not closed.
    pub streak: u64,
    /// Probes in flight; 0 while not half-open. Other calls are not counted while they run.
    pub in_flight: u32,
    /// How often the breaker has opened, by itself or by [`trip`](crate::CircuitBreaker::trip).
    pub trips: u64,
    /// Calls since the start.
    pub totals: Totals,
}

/// Calls since the breaker came to be. Each call that ran adds one to exactly one of `success`, `failure`,
/// `ignored`, `cancelled` and `late` when it ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Totals {
    /// Calls that succeeded.
    pub success: u64,
    /// Calls that failed, panics included.
    pub failure: u64,
    /// Calls that ended in an ignored outcome.
    pub ignored: u64,
    /// Calls that were dropped before they ended.
    pub cancelled: u64,
    /// Calls that ended, in whatever way, after the state that had admitted them; probes that outlived
    /// their lease included.
    pub late: u64,
    /// Calls that were not run.
    pub rejected: u64,
    /// Calls that ran in a dry run and would have been rejected otherwise.
    pub would_reject: u64,
    /// Fallbacks that ran.
    pub fallback: u64,
}
