//! The last order of the group, as this process has applied it: [`AppliedOrder`].

use crate::fleet::protocol::membership::contact::Pending;
use crate::fleet::protocol::membership::input::Local;
use crate::fleet::protocol::message::{Millis, Phase, StandingOrder, View};
use crate::types::snapshot::State;

/// The last order of the group. It outlives the state of the store that has given it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum AppliedOrder {
    /// There was none, or the breaker has left it without a probe that succeeded.
    #[default]
    None,
    Open(OpenOrder),
    Ended {
        epoch: u64,
    },
}

/// The order to be open, and the breaker has been since.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct OpenOrder {
    epoch: u64,
    /// The end of its open period.
    until: Millis,
    /// The last time at which the store has shown it.
    confirmed: Millis,
    /// The trips and successes of the breaker when it was last seen open by it.
    trips: u64,
    successes: u64,
}

impl AppliedOrder {
    /// Notes a state of the group; `newer` if its epoch is.
    pub(super) fn see(&mut self, now: Millis, newer: bool, pending: Pending, view: &View) {
        match (&view.phase, &mut *self) {
            (Phase::Open { remaining, .. }, _) if newer => {
                *self = Self::Open(OpenOrder {
                    epoch: view.epoch,
                    until: pending.sent.saturating_add(*remaining),
                    confirmed: now,
                    trips: pending.asked.trips,
                    successes: pending.asked.successes,
                });
            }
            (Phase::Open { .. }, Self::Open(order)) if order.epoch == view.epoch => {
                order.confirmed = now;
            }
            (Phase::Recovered { .. }, _) if newer => *self = Self::Ended { epoch: view.epoch },
            _ => {}
        }
    }

    /// Notes the state of the breaker. A success after the open period ends the order; a breaker that
    /// has closed without one, or opens again by its own decision, has left it.
    pub(super) fn note(&mut self, now: Millis, local: &Local) {
        let Self::Open(order) = self else { return };
        if local.trips > order.trips {
            *self = Self::None;
        } else if local.state != State::Closed {
            order.successes = local.successes;
        } else if local.successes > order.successes && order.until <= now {
            *self = Self::Ended { epoch: order.epoch };
        } else {
            *self = Self::None;
        }
    }

    /// Returns whether the breaker is open by it.
    pub(super) fn is_open(self) -> bool {
        matches!(self, Self::Open(_))
    }

    /// Returns what the process reports. The order to be open lasts until its end, or until the store
    /// has last shown it, and then for as long as a probe may take. After that only a process with a
    /// probe under way votes by it: one that was away for long does not open a group which has
    /// recovered meanwhile.
    pub(super) fn report(self, now: Millis, local: &Local) -> StandingOrder {
        match self {
            Self::None => StandingOrder::None,
            Self::Ended { epoch } => StandingOrder::Ended { epoch },
            Self::Open(OpenOrder { epoch, until, confirmed, .. }) => {
                let lasts = until.max(confirmed).saturating_add(local.rules.lease);
                if local.state == State::Closed || now >= lasts && !local.probing {
                    return StandingOrder::None;
                }
                StandingOrder::Open { epoch, remaining: until.saturating_sub(now) }
            }
        }
    }
}
