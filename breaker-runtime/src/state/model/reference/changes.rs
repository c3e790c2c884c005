//! Changes of state: by commands, by orders of a fleet, and what each begins.

use crate::state::model::reference::ramp::Ramp;
use crate::state::model::reference::{Closed, Phase, Reference, Transition};
use crate::state::model::rules::Micros;
use crate::{Mode, Reason, State};

impl Reference {
    pub(in crate::state::model) fn trip(&mut self) {
        if self.decides() && self.state() != State::Open {
            self.failed_probes = 0;
            self.open(self.rules.timeout, Reason::Tripped);
        }
    }

    pub(in crate::state::model) fn fleet_open(&mut self, period: Micros) {
        if self.decides() && self.state() != State::Open {
            self.failed_probes = 0;
            self.open(period, Reason::FleetOpened);
        }
    }

    pub(in crate::state::model) fn fleet_close(&mut self) {
        if self.decides() && !matches!(self.phase, Phase::Closed(_)) {
            let ramp = self.rules.ramp.map(|_| Ramp::new(self.now));
            let closed = Closed { ramp, ..Closed::default() };
            self.enter(Phase::Closed(closed), Reason::FleetClosed);
        }
    }

    pub(in crate::state::model) fn reset(&mut self) {
        self.enter(Phase::Closed(Closed::default()), Reason::Reset);
    }

    pub(in crate::state::model) fn set_mode(&mut self, mode: Mode) {
        if mode != self.mode {
            let from = self.phase_shown();
            self.mode = mode;
            self.enter_from(from, Phase::Closed(Closed::default()), Reason::ModeChanged);
        }
    }

    pub(super) fn open(&mut self, period: Micros, reason: Reason) {
        self.trips += 1;
        self.enter(Phase::Open { until: self.now + period }, reason);
    }

    pub(super) fn enter(&mut self, phase: Phase, reason: Reason) {
        self.enter_from(self.phase_shown(), phase, reason);
    }

    pub(super) fn enter_from(&mut self, from: State, phase: Phase, reason: Reason) {
        self.generation += 1;
        self.since = self.now;
        if matches!(phase, Phase::Closed(_)) {
            self.dropped = 0;
        }
        self.phase = phase;
        self.transitions.push(Transition {
            sequence: self.generation,
            from,
            to: self.phase_shown(),
            mode: self.mode,
            reason,
            at: self.now,
        });
    }
}
