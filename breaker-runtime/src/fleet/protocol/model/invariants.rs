//! The claims that hold at each step, whatever fails.

use std::collections::BTreeMap;

use crate::fleet::protocol::group::{Group, Stepped};
use crate::fleet::protocol::message::{
    Body, Known, LIVENESS, LeaseView, Millis, OpenCause, Phase, ProcessId, Report, Request,
    StandingOrder, View,
};
use crate::fleet::protocol::model::world::CALL;

/// An invariant, or the claim that the fleet recovers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Invariant {
    /// At most one result counts for an epoch: that of the process which holds its lease.
    OneResultPerEpoch,
    /// A group opens only if a quorum of distinct live processes has seen failures, or is open by an
    /// order that the store has lost.
    NoTripWithoutQuorum,
    /// No order is taken up again once a process has reported its end.
    EndedOrderStaysEnded,
    /// Each change of phase has an epoch that no state of the store has had, even one that is lost.
    EpochsNeverReturn,
    /// The calls of two processes that probe for one epoch never overlap.
    OneProberAtATime,
    /// The state that a process applies is never older than the one before.
    MembersOnlyAdvance,
    /// Reading writes nothing.
    ReadersWriteNothing,
    /// Once processes and store are healthy, all are open for the same epoch within two seconds, though
    /// the dependency hangs and no probe has a result.
    FleetAgreesWithoutResults,
    /// Once dependency, processes and store are healthy, all breakers close.
    HealthyFleetCloses,
}

/// The past, as far as the invariants need it. No machine sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Past {
    /// The highest epoch that the store has had.
    highest: u64,
    /// The last epoch for which a result has counted.
    settled: u64,
    /// The last report of each process.
    votes: BTreeMap<ProcessId, Vote>,
    /// The last epoch for which a process has reported to this state of the store that it has ended.
    ended: u64,
    /// The lost order that an open group has taken up.
    taken_up: Option<u64>,
    /// The last probe by lease of each replica: its epoch and its beginning.
    probes: [Option<(u64, Millis)>; 3],
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Vote {
    heard: Millis,
    /// The number of its last report, and whether that spoke of failures in this phase.
    seq: u64,
    bad: bool,
    /// The order by which it is open.
    order: Option<u64>,
}

impl Vote {
    fn is_for_an_open_group(&self, now: Millis) -> bool {
        (self.bad || self.order.is_some()) && now - self.heard < LIVENESS
    }

    fn note(&mut self, now: Millis, report: &Report) {
        self.heard = now;
        if report.seq > self.seq {
            self.seq = report.seq;
            (self.bad, self.order) = match report.order {
                StandingOrder::Open { epoch, .. } => (report.failing, Some(epoch)),
                _ => (report.failing || report.open, None),
            };
        }
    }
}

type Checked = Result<(), Invariant>;

fn check(holds: bool, invariant: Invariant) -> Checked {
    if holds { Ok(()) } else { Err(invariant) }
}

impl Past {
    /// Forgets the results and reports that a store has lost, which has the state of before again.
    pub(super) fn roll_back(&mut self, before: &Self) {
        self.settled = before.settled;
        self.votes = before.votes.clone();
        (self.ended, self.taken_up) = (before.ended, before.taken_up);
    }

    /// Checks a step of the store, and notes it.
    pub(super) fn stored(
        &mut self,
        now: Millis,
        request: &Request,
        before: &Group,
        stepped: &Stepped,
    ) -> Checked {
        let entered = stepped.view.epoch != view(before, now, request).epoch;
        reads_write_nothing(request, before, &stepped.group)?;
        self.result_counts_once(now, request, before, entered)?;
        let mut end = 0;
        if let Body::Report(report) = &request.body {
            let vote = self.votes.entry(request.process).or_default();
            if let StandingOrder::Ended { epoch } = report.order {
                end = if report.seq > vote.seq { epoch } else { 0 };
            }
            vote.note(now, report);
        }
        self.ended = self.ended.max(end);
        if !entered {
            return self.no_ended_order_is_in_force(end);
        }
        self.trip_has_a_quorum(now, &stepped.view)?;
        self.trip_takes_up_no_ended_order(now, &stepped.view)?;
        check(stepped.view.epoch > self.highest, Invariant::EpochsNeverReturn)?;
        self.highest = stepped.view.epoch;
        let reports = matches!(request.body, Body::Report(_));
        self.begin_epoch(reports.then_some(request.process), end, &stepped.view);
        Ok(())
    }

    /// Forgets what counted for the epoch before. A report that has found the loss of writes counts
    /// after it.
    fn begin_epoch(&mut self, reporter: Option<ProcessId>, end: u64, view: &View) {
        let is_lost = view.phase == Phase::Idle;
        let is_open = matches!(view.phase, Phase::Open { cause: OpenCause::Members, .. });
        let order = self.votes.values().filter_map(|vote| vote.order).max();
        self.taken_up = order.filter(|_| is_open);
        self.ended = if is_lost { end } else { 0 };
        let kept = reporter.filter(|_| is_lost);
        for (_, vote) in self.votes.iter_mut().filter(|(process, _)| Some(**process) != kept) {
            (vote.bad, vote.order) = (false, None);
        }
    }

    fn trip_takes_up_no_ended_order(&self, now: Millis, view: &View) -> Checked {
        let is_trip = matches!(view.phase, Phase::Open { cause: OpenCause::Members, .. });
        let counts = |vote: &&Vote| {
            let by_order = vote.order.is_some_and(|order| order > self.ended);
            (vote.bad || by_order) && now - vote.heard < LIVENESS
        };
        let votes = self.votes.values().filter(counts).count();
        check(!is_trip || votes >= 2, Invariant::EndedOrderStaysEnded)
    }

    /// Checks a report of an end that has changed no phase.
    fn no_ended_order_is_in_force(&self, end: u64) -> Checked {
        let is_in_force = self.taken_up.is_some_and(|order| order <= end && end < self.highest);
        check(!is_in_force, Invariant::EndedOrderStaysEnded)
    }

    fn result_counts_once(
        &mut self,
        now: Millis,
        request: &Request,
        before: &Group,
        entered: bool,
    ) -> Checked {
        let Body::Settle(settle) = request.body else { return Ok(()) };
        let view = view(before, now, request);
        let newer = request.known.epoch > view.epoch;
        if !entered || newer {
            return Ok(());
        }
        let holds = matches!(view.lease, LeaseView::Mine { token, .. } if token == settle.token);
        let first = settle.epoch > self.settled && settle.epoch == view.epoch;
        self.settled = settle.epoch;
        check(holds && first, Invariant::OneResultPerEpoch)
    }

    fn trip_has_a_quorum(&self, now: Millis, view: &View) -> Checked {
        let trip = matches!(view.phase, Phase::Open { cause, .. } if cause != OpenCause::Probe);
        let votes = self.votes.values().filter(|vote| vote.is_for_an_open_group(now)).count();
        check(!trip || votes >= 2, Invariant::NoTripWithoutQuorum)
    }

    /// Checks a probe that begins by the lease of an epoch, and notes it.
    pub(super) fn probe_begins(&mut self, now: Millis, replica: usize, epoch: u64) -> Checked {
        let overlaps = |probe: &Option<(u64, Millis)>| {
            probe.is_some_and(|(other, begun)| other == epoch && now - begun < CALL)
        };
        let others = (0..3).filter(|&other| other != replica);
        let alone = !others.into_iter().any(|other| overlaps(&self.probes[other]));
        self.probes[replica] = Some((epoch, now));
        check(alone, Invariant::OneProberAtATime)
    }
}

/// Checks that a process applies no state that is older than the one before.
pub(super) fn member_advances(before: Known, after: Known) -> Checked {
    check(after.epoch >= before.epoch, Invariant::MembersOnlyAdvance)
}

fn reads_write_nothing(request: &Request, before: &Group, after: &Group) -> Checked {
    let reads = matches!(request.body, Body::Read { .. });
    check(!reads || before == after, Invariant::ReadersWriteNothing)
}

/// Returns what a process sees of a group.
pub(super) fn view(group: &Group, now: Millis, request: &Request) -> View {
    let body = Body::Read { members: false };
    group.clone().step(now, &Request { body, ..request.clone() }).view
}
