//! A group as users see it.

use std::time::Duration;

use super::{TrackedGroup, operator};
use crate::fleet::protocol::message::{LeaseView, Millis, OpenCause, Phase, View};
use crate::fleet::status::{FleetGroup, FleetOpenCause, FleetPhase, FleetProber};

impl TrackedGroup {
    /// Returns what users see of the group.
    pub(in crate::fleet::agent) fn status(&self, now: Millis) -> FleetGroup {
        let View { phase, epoch, lease, live, failing, open, mixed_settings, .. } = &self.view;
        let command = self.command.as_ref().filter(|(_, end)| *end > now);
        // The rest of a length in the view, which was right when the view arrived.
        let left = |length: &Millis| {
            Duration::from_millis(length.saturating_sub(now.saturating_sub(self.viewed)))
        };
        FleetGroup {
            name: self.name.as_str().to_owned(),
            breakers: self.breakers.iter().map(|tracked| tracked.label.clone()).collect(),
            phase: phase_of(phase),
            since: self.since,
            remaining: match phase {
                Phase::Open { remaining, .. } => Some(left(remaining)),
                Phase::Idle | Phase::Recovered { .. } => None,
            },
            cause: cause_of(phase),
            reset_by: match phase {
                Phase::Recovered { by } => by.as_ref().map(operator),
                Phase::Idle | Phase::Open { .. } => None,
            },
            epoch: *epoch,
            live: *live,
            failing: *failing,
            open: *open,
            mixed_settings: *mixed_settings,
            prober: match lease {
                LeaseView::Free => FleetProber::None,
                LeaseView::Mine { .. } => FleetProber::ThisProcess,
                LeaseView::Other { .. } => FleetProber::AnotherProcess,
            },
            probe_remaining: match lease {
                LeaseView::Free => None,
                LeaseView::Mine { remaining, .. } | LeaseView::Other { remaining, .. } => {
                    Some(left(remaining))
                }
            },
            command: command.map(|(command, _)| command.clone()),
        }
    }
}

fn phase_of(phase: &Phase) -> FleetPhase {
    match phase {
        Phase::Idle => FleetPhase::Idle,
        Phase::Open { .. } => FleetPhase::Open,
        Phase::Recovered { .. } => FleetPhase::Recovered,
    }
}

fn cause_of(phase: &Phase) -> Option<FleetOpenCause> {
    let Phase::Open { cause, .. } = phase else { return None };
    Some(match cause {
        OpenCause::Members => FleetOpenCause::Members,
        OpenCause::Streak => FleetOpenCause::FailureThreshold,
        OpenCause::Volume => FleetOpenCause::FleetFailures,
        OpenCause::Rate => FleetOpenCause::FailureRate,
        OpenCause::Probe => FleetOpenCause::Probe,
    })
}
