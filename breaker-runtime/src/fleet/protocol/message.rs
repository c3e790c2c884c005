//! The messages between a process and the store: a [`Request`], answered by a [`View`].
//!
//! All numbers stay below 2^53, as scripts of the store compute with doubles. A sender limits lengths of
//! time to [`MAX_LENGTH`].

use std::sync::Arc;

use crate::types::snapshot::Mode;

/// A number of milliseconds: a length, or a time on the clock that its user names.
pub(crate) type Millis = u64;

/// The time for which a process counts as live after its last report.
pub(crate) const LIVENESS: Millis = 3_000;

/// The longest length of time in a message: a thousand years.
pub(crate) const MAX_LENGTH: Millis = 1 << 45;

/// The largest epoch. A process that claims to know a later one knows nothing, so that it cannot use up
/// the epochs of its group.
pub(crate) const MAX_EPOCH: u64 = 1 << 52;

/// The parts of a window of time, each of which is kept or dropped as a whole.
pub(crate) const BUCKETS: u64 = 10;

/// The largest number of buckets that a group keeps. Processes with different windows fill more than
/// [`BUCKETS`].
pub(crate) const MOST_BUCKETS: usize = 100;

/// The random number of a process, drawn when it starts: 1 to 2^53 - 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ProcessId(pub(crate) u64);

/// The last state of the group that a process has applied. All zero before the first one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Known {
    pub(crate) incarnation: u64,
    pub(crate) epoch: u64,
}

/// A question or a statement of one process about one group.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Request {
    pub(crate) process: ProcessId,
    pub(crate) known: Known,
    /// A random number of this request, 1 to 2^53 - 1: the incarnation of a group that it creates, the
    /// token of a lease that it takes.
    pub(crate) draw: u64,
    pub(crate) body: Body,
}

/// The content of a request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Body {
    /// Reads, and writes nothing. A process joins with it.
    Read {
        /// Whether the view lists the members.
        members: bool,
    },
    /// The calls since the last report.
    Report(Report),
    /// The result of a probe.
    Settle(Settle),
    /// Sets the mode of all breakers of the group.
    Command(FleetCommand),
    /// Closes the group, and clears its evidence.
    Reset(Author),
    /// Ends the membership of the process, and releases its lease.
    Leave,
}

/// The results of a process's breaker since its last report, and the rules of its options.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Report {
    /// The number of the report, increasing, from 1. A report that is not above the last one of its
    /// process is a copy or late, and only shows that the process lives.
    pub(crate) seq: u64,
    /// The host and process id, as people read them.
    pub(crate) name: Arc<str>,
    pub(crate) successes: u64,
    pub(crate) failures: u64,
    /// The failures of this process since its last success, also those of earlier reports.
    pub(crate) streak: u64,
    /// Whether the process's own evidence is bad: its last call failed, or the rate in its own window is
    /// at its threshold.
    pub(crate) failing: bool,
    /// Whether its breaker is open by its own decision, rather than because the fleet is.
    pub(crate) open: bool,
    pub(crate) order: StandingOrder,
    /// Whether its breaker is open and has rejected calls since the last report.
    pub(crate) wants_probe: bool,
    /// A fingerprint of the version and of the options that decide.
    pub(crate) settings: u64,
    pub(crate) rules: Rules,
}

impl Report {
    /// Returns whether the breaker has something to say. Otherwise the process becomes no member.
    pub(crate) fn is_active(&self) -> bool {
        let has_calls = self.successes > 0 || self.failures > 0;
        let has_order = self.order != StandingOrder::None;
        has_calls || self.failing || self.open || self.wants_probe || has_order
    }
}

/// The last order of the group that a process has applied. A store that has lost it learns it from its
/// members.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum StandingOrder {
    /// There was none, or it no longer holds.
    #[default]
    None,
    /// To be open, and the breaker still is: a vote for an open group, if the store has lost the epoch.
    Open {
        epoch: u64,
        /// The rest of its open period.
        remaining: Millis,
    },
    /// To close, or to be open until a probe of this process has succeeded: the epoch and those before
    /// it have ended, whatever others vote.
    Ended { epoch: u64 },
}

/// The numbers that the options of a breaker give to the rules. The group judges each report by its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Rules {
    /// Failures in a row at which the group opens.
    pub(crate) streak: Option<u64>,
    /// Failures in the window at which the group opens.
    pub(crate) volume: Option<u64>,
    /// The share of failures in the window at which the group opens, in millionths.
    pub(crate) rate_ppm: Option<u64>,
    /// The calls in the window below which the share is not judged.
    pub(crate) min_calls: u64,
    /// The length of the window; 0 if there is none.
    pub(crate) window: Millis,
    pub(crate) quorum: QuorumRule,
    /// The open period after a trip.
    pub(crate) open: Millis,
    /// The time that a process has for a probe.
    pub(crate) lease: Millis,
}

#[cfg(test)]
impl Rules {
    /// Rules for tests, which replace what they are about.
    pub(crate) const OF_A_TEST: Self = Self {
        streak: Some(5),
        volume: None,
        rate_ppm: None,
        min_calls: 0,
        window: 0,
        quorum: QuorumRule::Processes(2),
        open: 1_000,
        lease: 500,
    };
}

/// How many distinct live processes must see failures before the group opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum QuorumRule {
    /// A number of them, at least 1.
    Processes(u64),
    /// A share of the live processes in millionths, rounded up, and at least 2 of them.
    Share(u64),
}

impl QuorumRule {
    /// Returns the number of processes that are needed when `live` of them are live.
    pub(crate) fn of(self, live: u64) -> u64 {
        match self {
            Self::Processes(number) => number.max(1),
            Self::Share(ppm) => live.saturating_mul(ppm).div_ceil(1_000_000).max(2),
        }
    }
}

/// The result of the probe of one epoch, by the holder of its lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Settle {
    pub(crate) epoch: u64,
    pub(crate) token: u64,
    pub(crate) success: bool,
    /// The next open period, after a failure.
    pub(crate) open: Millis,
}

/// A mode for all breakers of a group.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct FleetCommand {
    /// 0 for a new command. Otherwise the number of one that the store may have lost: it is stored only
    /// if the store's last number is lower.
    pub(crate) id: u64,
    /// [`Mode::Automatic`] ends the command before it.
    pub(crate) mode: Mode,
    pub(crate) author: Author,
    /// The time after which it ends.
    pub(crate) length: Millis,
}

/// The author of a command, and the reason for it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Author {
    pub(crate) name: Arc<str>,
    pub(crate) reason: Option<Arc<str>>,
}

/// The state of a group, as the store answers it. A store without a group answers [`View::default`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct View {
    /// Drawn when the group was created, and again when it had lost writes; 0 if there is no group.
    pub(crate) incarnation: u64,
    pub(crate) epoch: u64,
    pub(crate) phase: Phase,
    pub(crate) lease: LeaseView,
    /// The number of the last command; 0 if there was none.
    pub(crate) command_id: u64,
    /// The last command, also if it has ended.
    pub(crate) command: Option<CommandView>,
    /// Members that are live, that are failing or open, and that are open.
    pub(crate) live: u64,
    pub(crate) failing: u64,
    pub(crate) open: u64,
    /// Whether live members have different settings.
    pub(crate) mixed_settings: bool,
    /// All live members, if the request has asked for them.
    pub(crate) members: Vec<MemberView>,
}

/// Whether a group is open.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Phase {
    /// Nothing is known: each breaker decides for itself.
    #[default]
    Idle,
    /// All breakers are open.
    Open {
        /// The time until a process may probe.
        remaining: Millis,
        cause: OpenCause,
    },
    /// The dependency has recovered: breakers that were open for the group are closed.
    Recovered {
        /// The operator that has reset the group; `None` if a probe has succeeded.
        by: Option<Author>,
    },
}

/// The rule that has opened a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum OpenCause {
    /// A quorum of breakers was open, each by its own decision.
    Members,
    /// Failures in a row.
    Streak,
    /// Failures in the window.
    Volume,
    /// The share of failures in the window.
    Rate,
    /// A failed probe.
    Probe,
}

/// The probe lease, as one process sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum LeaseView {
    /// No process holds it.
    #[default]
    Free,
    /// The process that asks holds it.
    Mine { token: u64, remaining: Millis },
    /// Another process holds it.
    Other { process: ProcessId, remaining: Millis },
}

/// The last command of a group.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct CommandView {
    pub(crate) mode: Mode,
    pub(crate) author: Author,
    /// The time until it ends; 0 after its end.
    pub(crate) remaining: Millis,
}

/// A live member of a group.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct MemberView {
    pub(crate) process: ProcessId,
    pub(crate) name: Arc<str>,
    pub(crate) failing: bool,
    pub(crate) open: bool,
    pub(crate) settings: u64,
    /// The time since its last report.
    pub(crate) idle: Millis,
}
