//! Bugs around the machines, which the search must find.

use crate::fleet::protocol::group::{Group, Stepped};
use crate::fleet::protocol::message::{
    Author, Body, Known, LeaseView, MAX_LENGTH, Millis, Phase, QuorumRule, Request, StandingOrder, View,
};
use crate::fleet::protocol::model::invariants::{Invariant, view};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Bug {
    /// The store opens the group for one process.
    NoQuorum,
    /// The store takes any successful result while the group is open.
    LateResultCounts,
    /// An emptied store numbers its epochs from 1.
    EpochsStartAgain,
    /// A process counts its lease from the time at which the answer arrives.
    LeaseCountsFromTheAnswer,
    /// A lease stays until its holder settles.
    LeaseWithoutDeadline,
    /// A process applies each view.
    OldViewApplies,
    /// A process that joins makes the group.
    JoiningWrites,
    /// A process that is open by an order which the store has lost does not vote by it.
    LostOrderIsNoVote,
    /// The store does not learn from its members that an order which it has lost has ended.
    EndOfLostOrderIsNotHeard,
    /// The store takes up a lost order for one process.
    LostOrderNeedsNoQuorum,
}

impl Bug {
    pub(super) const fn breaks(self) -> Invariant {
        match self {
            Self::NoQuorum | Self::LostOrderNeedsNoQuorum => Invariant::NoTripWithoutQuorum,
            Self::LateResultCounts => Invariant::OneResultPerEpoch,
            Self::EpochsStartAgain => Invariant::EpochsNeverReturn,
            Self::LeaseCountsFromTheAnswer => Invariant::OneProberAtATime,
            Self::LeaseWithoutDeadline => Invariant::HealthyFleetCloses,
            Self::OldViewApplies => Invariant::MembersOnlyAdvance,
            Self::JoiningWrites => Invariant::ReadersWriteNothing,
            Self::LostOrderIsNoVote => Invariant::FleetAgreesWithoutResults,
            Self::EndOfLostOrderIsNotHeard => Invariant::EndedOrderStaysEnded,
        }
    }

    /// Steps the store as it would with this bug.
    pub(super) fn step(self, group: Group, now: Millis, request: &Request) -> Stepped {
        let mut request = request.clone();
        let mut wall = now;
        let open = matches!(view(&group, now, &request).phase, Phase::Open { .. });
        match (self, &mut request.body) {
            (Self::NoQuorum, Body::Report(report)) => report.rules.quorum = QuorumRule::Processes(1),
            (Self::LeaseWithoutDeadline, Body::Report(report)) => report.rules.lease = MAX_LENGTH,
            (Self::LateResultCounts, Body::Settle(settle)) if open && settle.success => {
                request.body = Body::Reset(nameless());
            }
            (Self::EpochsStartAgain, _) if group == Group::default() => {
                (request.known, wall) = (Known::default(), 0);
            }
            (Self::LostOrderIsNoVote, Body::Report(report))
                if matches!(report.order, StandingOrder::Open { .. }) =>
            {
                report.order = StandingOrder::None;
            }
            (Self::EndOfLostOrderIsNotHeard, Body::Report(report))
                if matches!(report.order, StandingOrder::Ended { .. }) =>
            {
                report.order = StandingOrder::None;
            }
            (Self::LostOrderNeedsNoQuorum, Body::Report(report))
                if matches!(report.order, StandingOrder::Open { .. }) =>
            {
                report.rules.quorum = QuorumRule::Processes(1);
            }
            (Self::JoiningWrites, Body::Read { .. }) if group == Group::default() => {
                request.body = Body::Reset(nameless());
            }
            _ => {}
        }
        group.step(wall, &request)
    }

    /// Changes a view that arrives `late` after its request was sent, as the process would see it with
    /// this bug.
    pub(super) fn distort(self, late: Millis, view: &mut View) {
        if let (Self::LeaseCountsFromTheAnswer, LeaseView::Mine { remaining, .. }) =
            (self, &mut view.lease)
        {
            *remaining += late;
        }
    }
}

fn nameless() -> Author {
    Author { name: "".into(), reason: None }
}
