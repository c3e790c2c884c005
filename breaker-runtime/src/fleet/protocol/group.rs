//! One group of breakers as the store keeps it, and its answer to a request: [`Group::step`].
//!
//! The store's clock may be set back, so a group has its own: `clock`, which advances by what the
//! store's clock has advanced between two requests, and stands still when that was set back. All times
//! that are stored are times of this clock.

mod evidence;

use std::sync::Arc;

use crate::fleet::protocol::group::evidence::GroupEvidence;
use crate::fleet::protocol::members::{GroupMember, Members};
use crate::fleet::protocol::message::{
    Author, Body, CommandView, FleetCommand, Known, LeaseView, MAX_EPOCH, Millis, OpenCause, Phase,
    ProcessId, Report, Request, Rules, Settle, StandingOrder, View,
};
use crate::types::snapshot::Mode;

/// The state of one group. The default is that of a group which does not exist.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Group {
    /// The group's clock at the last request that wrote, and the store's at the same moment.
    clock: Millis,
    wall: Millis,
    incarnation: u64,
    epoch: u64,
    phase: GroupPhase,
    lease: Option<ProbeLease>,
    evidence: GroupEvidence,
    orders: LostOrders,
    members: Members,
    command_id: u64,
    command: Option<StoredCommand>,
}

/// The result of [`Group::step`].
#[derive(Clone, Debug)]
pub(crate) struct Stepped {
    /// The group from here on.
    pub(crate) group: Group,
    pub(crate) view: View,
    /// Whether the store must store `group`.
    pub(crate) wrote: bool,
    /// Whether other processes must be notified: epoch, lease or command has changed.
    pub(crate) changed: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
enum GroupPhase {
    #[default]
    Idle,
    Open {
        until: Millis,
        cause: OpenCause,
    },
    Recovered {
        by: Option<Author>,
    },
}

/// The right of one process to probe in the current epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct ProbeLease {
    process: ProcessId,
    token: u64,
    deadline: Millis,
}

/// The orders of lost states of the store, as its members know them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct LostOrders {
    /// The last epoch in which a member is still open; in an open group that of the order which it has
    /// taken up again.
    open: u64,
    /// The last epoch that a member knows to have ended.
    ended: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct StoredCommand {
    mode: Mode,
    author: Author,
    until: Millis,
}

impl Group {
    /// Answers a request that arrives when the store's clock shows `wall`.
    pub(crate) fn step(self, wall: Millis, request: &Request) -> Stepped {
        if !self.is_written_by(request) {
            let view = self.view(self.time(wall), request);
            return Stepped { group: self, view, wrote: false, changed: false };
        }
        let before = self.published();
        let mut group = self;
        group.clock = group.time(wall);
        group.wall = wall;
        group.members.forget_absent(group.clock);
        group.note_lost_writes(request);
        match &request.body {
            Body::Read { .. } => {}
            Body::Report(report) => group.report(request, report),
            Body::Settle(settle) => group.settle(*settle),
            Body::Command(command) => group.command(command),
            Body::Reset(by) => group.recover(Some(by.clone())),
            Body::Leave => group.leave(request.process),
        }
        let view = group.view(group.clock, request);
        let changed = group.published() != before;
        Stepped { group, view, wrote: true, changed }
    }

    /// Returns how long the store must keep the group after the last request that wrote, unless another
    /// one writes: until all that it holds has ended, and an hour.
    pub(crate) fn kept_for(&self) -> Millis {
        let until = match self.phase {
            GroupPhase::Open { until, .. } => until,
            GroupPhase::Idle | GroupPhase::Recovered { .. } => 0,
        };
        let command = self.command.as_ref().map_or(0, |command| command.until);
        let lease = self.lease.map_or(0, |lease| lease.deadline);
        let ends = until.max(command).max(lease).saturating_sub(self.clock);
        ends.max(self.evidence.window).saturating_add(3_600_000)
    }

    fn exists(&self) -> bool {
        self.incarnation != 0
    }

    /// Returns the time on the group's clock when the store's shows `wall`.
    fn time(&self, wall: Millis) -> Millis {
        self.clock.saturating_add(wall.saturating_sub(self.wall))
    }

    /// Returns whether a request writes. One that reads must not, and a process that has seen no call
    /// joins nothing.
    fn is_written_by(&self, request: &Request) -> bool {
        match &request.body {
            Body::Read { .. } => false,
            Body::Report(report) => report.is_active() || self.members.contains(request.process),
            Body::Settle(_) | Body::Leave => self.exists(),
            Body::Command(_) | Body::Reset(_) => true,
        }
    }

    /// Returns what other processes must learn at once when it changes.
    fn published(&self) -> (u64, Option<u64>, u64) {
        (self.epoch, self.lease.map(|lease| lease.token), self.command_id)
    }

    /// Starts a new incarnation if there is no group, or if the sender has applied a state that this
    /// group has never had: writes were lost. Nothing is known then.
    fn note_lost_writes(&mut self, request: &Request) {
        let Request { known, draw, .. } = *request;
        let known = if known.epoch <= MAX_EPOCH { known } else { Known::default() };
        let forked = known.epoch == self.epoch && known.incarnation != self.incarnation;
        if !self.exists() || known.epoch > self.epoch || forked {
            self.incarnation = draw;
            self.epoch = self.epoch.max(known.epoch);
            self.enter(GroupPhase::Idle);
        }
    }

    /// Begins a new epoch. Its number is not below the clock: one that a lost state has had does not
    /// come back, even if the sender does not know it.
    fn enter(&mut self, phase: GroupPhase) {
        self.epoch = (self.epoch + 1).max(self.clock);
        self.phase = phase;
        self.lease = None;
        self.evidence = GroupEvidence::default();
        self.orders = LostOrders::default();
        self.members.clear_flags();
    }

    fn recover(&mut self, by: Option<Author>) {
        self.enter(GroupPhase::Recovered { by });
    }

    fn report(&mut self, request: &Request, report: &Report) {
        if !self.note_member(request, report) {
            return;
        }
        match self.phase {
            GroupPhase::Idle | GroupPhase::Recovered { .. } if self.is_stale(request.known) => {}
            GroupPhase::Idle | GroupPhase::Recovered { .. } => {
                self.evidence.add(self.clock, report);
                if self.orders.have_ended() {
                    self.recover(None);
                } else if let Some(cause) = self.judge(&report.rules) {
                    self.open(report, cause);
                }
            }
            GroupPhase::Open { .. } if self.orders.have_ended() => self.recover(None),
            GroupPhase::Open { until, .. } if report.wants_probe && until <= self.clock => {
                self.lend(request, report.rules.lease);
            }
            GroupPhase::Open { .. } => {}
        }
    }

    /// Opens the group. One that takes up a lost order keeps its end.
    fn open(&mut self, report: &Report, cause: OpenCause) {
        let length = match report.order {
            StandingOrder::Open { remaining, .. } if cause == OpenCause::Members => remaining,
            _ => report.rules.open,
        };
        let taken_up = if self.members.sums().ordered > 0 { self.orders.open } else { 0 };
        self.enter(GroupPhase::Open { until: self.clock.saturating_add(length), cause });
        self.orders.open = taken_up;
    }

    /// Notes the order that a sender has applied, if the store has lost orders. An epoch that is still
    /// to come was never one of this group. Returns whether the sender is open by a lost order, and with
    /// it whether that is a vote.
    fn note_order(&mut self, report: &Report) -> Option<bool> {
        let is_idle = self.phase == GroupPhase::Idle;
        let heard = is_idle || self.orders.open > 0;
        match report.order {
            StandingOrder::Open { epoch, .. } if is_idle && epoch < self.epoch => {
                self.orders.open = self.orders.open.max(epoch);
                Some(epoch > self.orders.ended)
            }
            StandingOrder::Ended { epoch } if epoch < self.epoch && heard => {
                self.orders.ended = self.orders.ended.max(epoch);
                None
            }
            _ => None,
        }
    }

    /// Returns whether a sender does not know of the recovery: what it has seen is older.
    fn is_stale(&self, known: Known) -> bool {
        matches!(self.phase, GroupPhase::Recovered { .. }) && known.epoch != self.epoch
    }

    /// Notes that the sender lives. Returns whether its report is new.
    fn note_member(&mut self, request: &Request, report: &Report) -> bool {
        let seen = self.clock;
        if self.members.last_seq(request.process).is_some_and(|last| report.seq <= last) {
            self.members.touch(request.process, seen);
            return false;
        }
        let counts = !self.is_stale(request.known);
        // A lost order supersedes the member's own decision, which was before it.
        let order = self.note_order(report);
        let member = GroupMember {
            seen,
            seq: report.seq,
            name: Arc::clone(&report.name),
            failing: counts && report.failing,
            open: counts && report.open && order.is_none(),
            ordered: order == Some(true),
            settings: report.settings,
        };
        self.members.insert(request.process, member);
        true
    }

    /// Returns the rule by which the group opens, judged by the rules of one report.
    fn judge(&self, rules: &Rules) -> Option<OpenCause> {
        let sums = self.members.sums();
        let quorum = rules.quorum.of(sums.live);
        if sums.open + sums.ordered >= quorum {
            return Some(OpenCause::Members);
        }
        if sums.failing >= quorum { self.evidence.judge(self.clock, rules) } else { None }
    }

    /// Gives the probe lease to the sender, unless a process holds it.
    fn lend(&mut self, request: &Request, length: Millis) {
        if self.lease.is_none_or(|lease| lease.deadline <= self.clock) {
            let deadline = self.clock.saturating_add(length);
            self.lease = Some(ProbeLease { process: request.process, token: request.draw, deadline });
        }
    }

    /// Counts the result of the holder of the lease. A result of an earlier epoch or lease, or after the
    /// deadline, has no effect.
    fn settle(&mut self, settle: Settle) {
        let holds = |lease: ProbeLease| lease.token == settle.token && self.clock < lease.deadline;
        if settle.epoch != self.epoch || !self.lease.is_some_and(holds) {
            return;
        }
        if settle.success {
            self.recover(None);
        } else {
            let until = self.clock.saturating_add(settle.open);
            self.enter(GroupPhase::Open { until, cause: OpenCause::Probe });
        }
    }

    fn command(&mut self, command: &FleetCommand) {
        let next = self.command_id.saturating_add(1).max(self.clock);
        let id = if command.id == 0 { next } else { command.id };
        if id <= self.command_id {
            return;
        }
        self.command_id = id;
        let FleetCommand { mode, ref author, length, .. } = *command;
        let until = self.clock.saturating_add(length);
        self.command = Some(StoredCommand { mode, author: author.clone(), until });
    }

    fn leave(&mut self, process: ProcessId) {
        self.members.remove(process);
        self.lease = self.lease.filter(|lease| lease.process != process);
    }
}

impl LostOrders {
    /// Returns whether a member is open only because it has not learned of the end.
    fn have_ended(self) -> bool {
        self.open > 0 && self.ended >= self.open
    }
}

impl Group {
    /// Returns what a sender sees at a time of the group's clock.
    fn view(&self, time: Millis, request: &Request) -> View {
        let sums = self.members.sums_at(time);
        let listed = matches!(request.body, Body::Read { members: true });
        View {
            incarnation: self.incarnation,
            epoch: self.epoch,
            phase: self.phase.view(time),
            lease: self.lease.map_or(LeaseView::Free, |lease| lease.view(time, request.process)),
            command_id: self.command_id,
            command: self.command.as_ref().map(|command| command.view(time)),
            live: sums.live,
            failing: sums.failing,
            open: sums.open,
            mixed_settings: sums.mixed_settings(),
            members: if listed { self.members.list(time) } else { Vec::new() },
        }
    }
}

impl GroupPhase {
    fn view(&self, time: Millis) -> Phase {
        match self {
            Self::Idle => Phase::Idle,
            Self::Open { until, cause } => {
                Phase::Open { remaining: until.saturating_sub(time), cause: *cause }
            }
            Self::Recovered { by } => Phase::Recovered { by: by.clone() },
        }
    }
}

impl ProbeLease {
    fn view(self, time: Millis, sender: ProcessId) -> LeaseView {
        let remaining = self.deadline.saturating_sub(time);
        match self {
            _ if remaining == 0 => LeaseView::Free,
            Self { process, token, .. } if process == sender => LeaseView::Mine { token, remaining },
            Self { process, .. } => LeaseView::Other { process, remaining },
        }
    }
}

impl StoredCommand {
    fn view(&self, time: Millis) -> CommandView {
        let Self { mode, ref author, until } = *self;
        CommandView { mode, author: author.clone(), remaining: until.saturating_sub(time) }
    }
}
