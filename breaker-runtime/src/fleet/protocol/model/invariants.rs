//! The claims that hold at each step, whatever fails.

use std::collections::BTreeMap;

use crate::fleet::protocol::group::{Group, Stepped};
use crate::fleet::protocol::message::{
    Body, Known, LIVENESS, LeaseView, Millis, OpenCause, Phase, ProcessId, Request, View,
};
use crate::fleet::protocol::model::world::CALL;

/// An invariant, or the claim that the fleet recovers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Invariant {
    /// At most one result counts for an epoch: that of the process which holds its lease.
    OneResultPerEpoch,
    /// A group opens only if a quorum of distinct live processes has seen failures.
    NoTripWithoutQuorum,
    /// Each change of phase has an epoch that no state of the store has had, even one that is lost.
    EpochsNeverReturn,
    /// The calls of two processes that probe for one epoch never overlap.
    OneProberAtATime,
    /// The state that a process applies is never older than the one before.
    MembersOnlyAdvance,
    /// Reading writes nothing.
    ReadersWriteNothing,
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
    /// The last probe by lease of each replica: its epoch and its beginning.
    probes: [Option<(u64, Millis)>; 3],
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Vote {
    heard: Millis,
    /// The number of its last report, and whether that spoke of failures in this phase.
    seq: u64,
    bad: bool,
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
        if let Body::Report(report) = &request.body {
            let vote = self.votes.entry(request.process).or_default();
            vote.heard = now;
            if report.seq > vote.seq {
                (vote.seq, vote.bad) = (report.seq, report.failing || report.open);
            }
        }
        if entered {
            self.trip_has_a_quorum(now, &stepped.view)?;
            check(stepped.view.epoch > self.highest, Invariant::EpochsNeverReturn)?;
            self.highest = stepped.view.epoch;
            // A report that has found the loss of writes counts after it.
            let kept = (stepped.view.phase == Phase::Idle).then_some(request.process);
            for (_, vote) in self.votes.iter_mut().filter(|(process, _)| Some(**process) != kept) {
                vote.bad = false;
            }
        }
        Ok(())
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
        let recent = |vote: &&Vote| vote.bad && now - vote.heard < LIVENESS;
        let votes = self.votes.values().filter(recent).count();
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
