//! One breaker of one process as a member of its group: [`Membership::step`].
//!
//! Times are those of the process's monotonic clock. The deadline of a lease is counted from the time at
//! which its request was sent, as the answer may have been under way for long: a process never takes a
//! lease for longer than the store does.
//!
//! One request is under way at a time, and only its answer counts. An answer that is late, or that
//! arrives twice, therefore never undoes a later one.

mod commands;
mod contact;
mod input;
mod order;

use std::sync::Arc;

use self::commands::KnownCommands;
use self::contact::{Asked, Contact, Pending};
pub(crate) use self::input::{Input, Local, MayProbe, Output};
use self::order::AppliedOrder;
use crate::fleet::protocol::message::{
    Body, Known, LeaseView, Millis, Phase, ProcessId, Report, Request, Settle, StandingOrder, View,
};
use crate::types::snapshot::State;

/// The longest time between two reports of a member.
pub(crate) const HEARTBEAT: Millis = 1_000;

/// The time without an answer after which a process decides for itself.
pub(crate) const LOST_AFTER: Millis = 1_000;

/// The longest time between two ticks. After a longer one the process was paused, and the store is not
/// to blame for the answers that it has not read.
pub(crate) const LONGEST_TICK: Millis = 500;

/// The membership of one breaker in its group.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Membership {
    process: ProcessId,
    name: Arc<str>,
    known: Known,
    phase: MemberPhase,
    order: AppliedOrder,
    lease: Option<HeldLease>,
    /// Whether the store has lost a state that this process has applied.
    forgotten: bool,
    commands: KnownCommands,
    contact: Contact,
    reported: Reported,
    gate: MayProbe,
}

/// The phase of the group, as this process has applied it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum MemberPhase {
    /// The breaker decides for itself.
    Free,
    /// The group is open, and the store refuses a lease until this time.
    Open { until: Millis },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct HeldLease {
    token: u64,
    deadline: Millis,
    asked: Asked,
}

/// The last report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Reported {
    seq: u64,
    successes: u64,
    failures: u64,
    rejected: u64,
    failing: bool,
    open: bool,
    /// Whether the process is a member: a report with a call was sent.
    joined: bool,
    /// The calls of reports that were given up.
    dropped: u64,
}

impl Membership {
    /// Creates the membership of a breaker in a process that is shown as `name`.
    pub(crate) fn new(process: ProcessId, name: Arc<str>, now: Millis) -> Self {
        Self {
            process,
            name,
            known: Known::default(),
            phase: MemberPhase::Free,
            order: AppliedOrder::None,
            lease: None,
            forgotten: false,
            commands: KnownCommands::default(),
            contact: Contact::new(now),
            reported: Reported::default(),
            gate: MayProbe::Free,
        }
    }

    /// Takes an input at a time of the process's clock.
    pub(crate) fn step(self, now: Millis, input: Input) -> (Self, Vec<Output>) {
        let (mut member, mut outputs) = (self, Vec::new());
        match input {
            Input::Tick { local, draw } => {
                member.contact.tick(now);
                member.order.note(now, &local);
                outputs.extend(member.send(now, &local, draw));
            }
            Input::Reply { number, view } => {
                if let Some(pending) = member.contact.end(number) {
                    member.contact.unanswered = None;
                    outputs.extend(member.commands.apply(now, &view));
                    outputs.extend(member.apply(now, pending, &view));
                }
            }
            Input::Notified => member.contact.notified = true,
            Input::Failed { number } => {
                let calls = member.contact.end(number).map_or(0, |pending| pending.calls);
                member.reported.dropped = member.reported.dropped.saturating_add(calls);
            }
        }
        let gate = member.gate_at(now);
        if gate != member.gate {
            member.gate = gate;
            outputs.push(Output::Gate(gate));
        }
        (member, outputs)
    }

    /// Returns the request with which the process leaves the group.
    pub(crate) fn leave(&self, draw: u64) -> Request {
        self.request(draw, Body::Leave)
    }

    /// Returns how many calls were in reports that were given up.
    pub(crate) fn dropped(&self) -> u64 {
        self.reported.dropped
    }

    fn gate_at(&self, now: Millis) -> MayProbe {
        let lost = self.contact.unanswered.is_some_and(|since| now.saturating_sub(since) >= LOST_AFTER);
        match (self.phase, self.lease) {
            (MemberPhase::Free, _) => MayProbe::Free,
            _ if lost || self.forgotten => MayProbe::Free,
            (MemberPhase::Open { .. }, None) => MayProbe::Held,
            (MemberPhase::Open { .. }, Some(lease)) => {
                MayProbe::Until(lease.deadline.saturating_sub(lease.asked.call))
            }
        }
    }
}

// What is sent.
impl Membership {
    fn request(&self, draw: u64, body: Body) -> Request {
        Request { process: self.process, known: self.known, draw, body }
    }

    /// Returns the next request, if one is due and none is under way.
    fn send(&mut self, now: Millis, local: &Local, draw: u64) -> Option<Output> {
        if self.contact.pending.is_some() {
            return None;
        }
        let mut asked = Asked { successes: local.successes, trips: local.trips, call: local.call };
        if local.state == State::Closed {
            // The successes that it reports are those that it vouches with.
            asked.successes = self.reported.successes;
        }
        let body = self
            .settle(now, local)
            .or_else(|| self.commands.restore(now))
            .or_else(|| self.report(now, local))?;
        let calls = match &body {
            Body::Report(report) => report.successes.saturating_add(report.failures),
            _ => 0,
        };
        let number = self.contact.begin(now, asked, calls);
        Some(Output::Send { number, request: self.request(draw, body) })
    }

    /// Returns the result of the probe, if this process holds the lease and has one.
    fn settle(&self, now: Millis, local: &Local) -> Option<Body> {
        let lease = self.lease.filter(|lease| now < lease.deadline)?;
        let success = if local.trips > lease.asked.trips {
            false
        } else if local.state == State::Closed && local.successes > lease.asked.successes {
            true
        } else {
            return None;
        };
        let open = if local.state == State::Open { local.remaining } else { local.rules.open };
        Some(Body::Settle(Settle { epoch: self.known.epoch, token: lease.token, success, open }))
    }

    /// Returns a report, or from a process without calls a question, if one is due.
    fn report(&mut self, now: Millis, local: &Local) -> Option<Body> {
        let mut report = self.reported.next(local, Arc::clone(&self.name), self.wants_probe(now, local));
        if self.reported.joined {
            report.order = self.order.report(now, local);
        }
        let calls = report.successes > 0 || report.failures > 0;
        let flags = (report.failing, report.open) != (self.reported.failing, self.reported.open);
        let silent = self.contact.last_sent.is_none_or(|last| now.saturating_sub(last) >= HEARTBEAT);
        if !(calls || flags || report.wants_probe || silent || self.contact.notified) {
            return None;
        }
        if !self.reported.joined && !report.is_active() {
            return Some(Body::Read { members: false });
        }
        self.reported = self.reported.after(&report, local);
        Some(Body::Report(report))
    }

    /// Returns whether it is time for a probe, and this process can make one: an open breaker that has
    /// rejected calls, or one that is closed again, with successes, though the group is open. That one
    /// has probed while the store was lost, or beyond its deadline; it vouches for the dependency.
    fn wants_probe(&self, now: Millis, local: &Local) -> bool {
        let due = matches!(self.phase, MemberPhase::Open { until } if until <= now);
        let holds = self.lease.is_some_and(|lease| now < lease.deadline);
        due && !holds
            && match local.state {
                State::Closed => local.successes > self.reported.successes && !local.failing,
                State::Open | State::HalfOpen => local.rejected > self.reported.rejected,
            }
    }
}

// What is applied.
impl Membership {
    /// Applies the state of the group, unless it is older than one that was applied.
    fn apply(&mut self, now: Millis, pending: Pending, view: &View) -> Option<Output> {
        let View { epoch, incarnation, .. } = *view;
        let before = self.known;
        let fork = epoch == before.epoch && incarnation != before.incarnation;
        self.forgotten = epoch < before.epoch || fork;
        if self.forgotten {
            self.lease = None;
            return None;
        }
        self.known = Known { incarnation, epoch };
        let newer = epoch > before.epoch;
        let was_open = matches!(self.phase, MemberPhase::Open { .. }) || self.order.is_open();
        self.order.see(now, newer, pending, view);
        self.lease = self.lease_of(pending, view);
        self.phase = phase_of(pending, view);
        match (&view.phase, self.phase) {
            (&Phase::Open { cause, .. }, MemberPhase::Open { until }) if newer => {
                Some(Output::OpenFor { epoch, remaining: until.saturating_sub(now), cause })
            }
            // A process that joins was not open for the group, and a reset of before is not for it.
            (Phase::Recovered { by }, _) if newer && before.epoch > 0 => {
                (was_open || by.is_some()).then(|| Output::Close { epoch, by: by.clone() })
            }
            _ => None,
        }
    }

    fn lease_of(&self, pending: Pending, view: &View) -> Option<HeldLease> {
        match (&view.phase, view.lease) {
            (Phase::Open { .. }, LeaseView::Mine { token, remaining }) => {
                let held = self.lease.filter(|held| held.token == token);
                let deadline = pending.sent.saturating_add(remaining);
                Some(held.unwrap_or(HeldLease { token, deadline, asked: pending.asked }))
            }
            _ => None,
        }
    }
}

/// Returns the phase that a view shows.
fn phase_of(pending: Pending, view: &View) -> MemberPhase {
    let Phase::Open { remaining, .. } = view.phase else { return MemberPhase::Free };
    let lease = match view.lease {
        LeaseView::Other { remaining, .. } => remaining,
        LeaseView::Mine { .. } | LeaseView::Free => 0,
    };
    MemberPhase::Open { until: pending.sent.saturating_add(remaining.max(lease)) }
}

impl Reported {
    /// Returns the report of the calls since the last one.
    fn next(&self, local: &Local, name: Arc<str>, wants_probe: bool) -> Report {
        Report {
            seq: self.seq + 1,
            name,
            successes: local.successes.saturating_sub(self.successes),
            failures: local.failures.saturating_sub(self.failures),
            streak: local.streak,
            failing: local.failing,
            open: local.own && local.state != State::Closed,
            order: StandingOrder::None,
            wants_probe,
            settings: local.settings,
            rules: local.rules,
        }
    }

    fn after(self, report: &Report, local: &Local) -> Self {
        Self {
            seq: report.seq,
            successes: local.successes,
            failures: local.failures,
            rejected: local.rejected,
            failing: report.failing,
            open: report.open,
            joined: self.joined || report.is_active(),
            ..self
        }
    }
}

/// Accessors for the search, and a bug that it plants.
#[cfg(test)]
impl Membership {
    pub(crate) fn process(&self) -> ProcessId {
        self.process
    }

    pub(crate) fn known(&self) -> Known {
        self.known
    }

    /// Returns the number of the request under way.
    pub(crate) fn pending(&self) -> Option<u64> {
        self.contact.pending.map(|_| self.contact.number)
    }

    /// Returns how many requests were sent.
    pub(crate) fn sent(&self) -> u64 {
        self.contact.number
    }

    /// Forgets the state that it has applied.
    pub(crate) fn forget(&mut self) {
        self.known = Known::default();
    }
}
