//! The knowledge of a process about its fleet: [`FleetStatus`].

use std::fmt;
use std::time::{Duration, SystemTime};

use crate::types::operator::{ModeOverride, Operator};

/// The knowledge of this process about its fleet. From [`Fleet::status`](crate::fleet::Fleet::status),
/// which asks nothing of the store.
///
/// With the feature `serde` it can be serialised; times are numbers of seconds since the Unix epoch, and
/// lengths numbers of seconds.
///
/// ```
/// use breaker_runtime::fleet::{FleetGroup, FleetMember, FleetProber, FleetStatus};
///
/// fn open_groups(status: &FleetStatus) -> impl Iterator<Item = &FleetGroup> {
///     status.groups.iter().filter(|group| group.open > 0)
/// }
///
/// fn probes(group: &FleetGroup, member: &FleetMember) -> bool {
///     group.prober != FleetProber::None && member.probes
/// }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct FleetStatus {
    /// The name of this process.
    pub process: String,
    /// Where the store is, without user and password: `cache.internal:6379`, or the path of a socket.
    pub address: String,
    /// Whether the store answers.
    pub store: FleetReachability,
    /// Since when it does or does not; `None` before the first exchange.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::time::seconds::optional_since_epoch"))]
    pub since: Option<SystemTime>,
    /// The last error of the store, on one line and without secrets, while it is lost.
    pub error: Option<String>,
    /// The number of calls that could not be reported to the fleet.
    pub dropped: u64,
    /// The groups in which this process has breakers, by name.
    pub groups: Vec<FleetGroup>,
}

/// Whether the store answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum FleetReachability {
    /// There was no exchange yet.
    Unknown,
    /// It answers.
    Reached,
    /// It has not answered for a second: each breaker decides by itself.
    Lost,
}

/// A group of breakers that processes share, as this process last saw it.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct FleetGroup {
    /// The name of the group, with the key of keyed breakers: `payments[eu-1]`.
    pub name: String,
    /// The labels of the breakers that this process has in it.
    pub breakers: Vec<String>,
    /// The phase.
    pub phase: FleetPhase,
    /// Since when this process knows the group in it; `None` before the first answer of the store.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::time::seconds::optional_since_epoch"))]
    pub since: Option<SystemTime>,
    /// The time until a process may probe, in the phase [`Open`](FleetPhase::Open): zero once the open
    /// period is over.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::time::seconds::optional::serialize"))]
    pub remaining: Option<Duration>,
    /// The reason why the group opened, in the phase [`Open`](FleetPhase::Open).
    pub cause: Option<FleetOpenCause>,
    /// The operator who has reset the group, in the phase [`Recovered`](FleetPhase::Recovered); `None`
    /// after probes that succeeded.
    pub reset_by: Option<Operator>,
    /// The number of the phase, which only grows.
    pub epoch: u64,
    /// The number of live processes that have made calls.
    pub live: u64,
    /// How many of them see the dependency fail, or are open by their own decision.
    pub failing: u64,
    /// How many of them are open by their own decision.
    pub open: u64,
    /// Whether live processes have different versions or options.
    pub mixed_settings: bool,
    /// The process that may probe.
    pub prober: FleetProber,
    /// The time for which it may.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::time::seconds::optional::serialize"))]
    pub probe_remaining: Option<Duration>,
    /// The command in force.
    pub command: Option<ModeOverride>,
}

/// The phase of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum FleetPhase {
    /// Nothing is known of the group, or it was forgotten: each breaker decides by itself.
    Idle,
    /// All breakers are open, or one process probes.
    Open,
    /// The dependency has recovered.
    Recovered,
}

/// The reason why a group opened.
///
/// ```
/// use breaker_runtime::fleet::{FleetGroup, FleetOpenCause};
///
/// fn is_news(group: &FleetGroup) -> bool {
///     group.cause.is_some_and(|cause| cause != FleetOpenCause::Probe)
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum FleetOpenCause {
    /// A quorum of processes was open, each by its own decision.
    Members,
    /// Failures in a row, over the calls of all processes.
    FailureThreshold,
    /// The number of failures in the window, over the calls of all processes.
    FleetFailures,
    /// The share of failures in the window, over the calls of all processes.
    FailureRate,
    /// A probe failed.
    Probe,
}

/// The process that may probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum FleetProber {
    /// No process.
    None,
    /// This one.
    ThisProcess,
    /// Another one.
    AnotherProcess,
}

/// A live process of a group. From [`Fleet::members`](crate::fleet::Fleet::members).
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct FleetMember {
    /// The name of the process.
    pub name: String,
    /// Whether it is this process.
    pub is_this: bool,
    /// Whether it sees the dependency fail.
    pub failing: bool,
    /// Whether its breaker is open by its own decision.
    pub open: bool,
    /// Whether it holds the lease to probe.
    pub probes: bool,
    /// A number that differs between processes with different versions or options.
    pub settings: u64,
    /// The time since its last report.
    #[cfg_attr(feature = "serde", serde(with = "crate::time::seconds"))]
    pub idle: Duration,
}

impl FleetStatus {
    /// Returns that of a process that has heard nothing yet.
    pub(super) fn unknown(process: &str, address: String) -> Self {
        Self {
            process: process.to_owned(),
            address,
            store: FleetReachability::Unknown,
            since: None,
            error: None,
            dropped: 0,
            groups: Vec::new(),
        }
    }
}

/// One or two words.
impl fmt::Display for FleetReachability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown => "not asked yet",
            Self::Reached => "reached",
            Self::Lost => "lost",
        })
    }
}

/// One word.
impl fmt::Display for FleetPhase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Idle => "idle",
            Self::Open => "open",
            Self::Recovered => "recovered",
        })
    }
}

/// A few words, such as `failures in a row`.
impl fmt::Display for FleetOpenCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Members => "a quorum of processes was open",
            Self::FailureThreshold => "failures in a row",
            Self::FleetFailures => "number of failures",
            Self::FailureRate => "failure rate",
            Self::Probe => "a probe failed",
        })
    }
}

/// Two words.
impl fmt::Display for FleetProber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "no process",
            Self::ThisProcess => "this process",
            Self::AnotherProcess => "another process",
        })
    }
}
