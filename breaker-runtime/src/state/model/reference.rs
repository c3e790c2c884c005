//! The rules once more, written from their table and as plainly as possible: lists instead of slots,
//! a counter instead of a generation that wraps, and one thread.

use crate::{ErrorKind, Mode, Reason, State};

/// Microseconds.
pub(super) type Micros = u64;

#[derive(Clone, Debug)]
pub(super) struct Rules {
    pub(super) failure_threshold: u64,
    pub(super) timeout: Micros,
    pub(super) success_threshold: u64,
    pub(super) max_probes: usize,
    pub(super) probe_timeout: Micros,
}

#[derive(Clone, Debug)]
enum Phase {
    Closed { streak: u64 },
    Open { until: Micros },
    HalfOpen { successes: u64, probes: Vec<Probe> },
}

#[derive(Clone, Debug)]
struct Probe {
    id: u64,
    until: Micros,
}

/// The right to run one call.
#[derive(Clone, Copy, Debug)]
pub(super) enum Pass {
    Call {
        generation: u64,
    },
    Probe {
        generation: u64,
        id: u64,
    },
    /// Would have been rejected outside a dry run.
    Spared,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Success,
    Failure,
    Ignored,
    Cancelled,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) kind: ErrorKind,
    pub(super) retry_after: Option<Micros>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Transition {
    pub(super) sequence: u64,
    pub(super) from: State,
    pub(super) to: State,
    pub(super) mode: Mode,
    pub(super) reason: Reason,
    pub(super) at: Micros,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sums {
    pub(super) success: u64,
    pub(super) failure: u64,
    pub(super) ignored: u64,
    pub(super) cancelled: u64,
    pub(super) late: u64,
    pub(super) rejected: u64,
    pub(super) would_reject: u64,
}

/// Everything that can be seen of a breaker from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct View {
    pub(super) state: State,
    pub(super) mode: Mode,
    pub(super) in_state: Micros,
    pub(super) retry_after: Option<Micros>,
    pub(super) streak: u64,
    pub(super) in_flight: usize,
    pub(super) trips: u64,
    pub(super) sums: Sums,
}

#[derive(Clone, Debug)]
pub(super) struct Reference {
    rules: Rules,
    mode: Mode,
    phase: Phase,
    generation: u64,
    now: Micros,
    since: Micros,
    sums: Sums,
    trips: u64,
    probes_so_far: u64,
    transitions: Vec<Transition>,
}

impl Reference {
    pub(super) fn new(rules: Rules, now: Micros) -> Self {
        Self {
            rules,
            mode: Mode::Automatic,
            phase: Phase::Closed { streak: 0 },
            generation: 0,
            now,
            since: now,
            sums: Sums::default(),
            trips: 0,
            probes_so_far: 0,
            transitions: Vec::new(),
        }
    }

    pub(super) fn advance(&mut self, by: Micros) {
        self.now += by;
        self.forget_lost_probes();
    }

    pub(super) fn begin(&mut self) -> Result<Pass, Refusal> {
        match self.mode {
            Mode::ForcedClosed => return Ok(Pass::Call { generation: self.generation }),
            Mode::ForcedOpen => return self.refuse(ErrorKind::ForcedOpen, None),
            Mode::Automatic | Mode::Observe => {}
        }
        if self.state() == State::HalfOpen && !matches!(self.phase, Phase::HalfOpen { .. }) {
            self.enter(Phase::HalfOpen { successes: 0, probes: Vec::new() }, Reason::TimeoutElapsed);
        }
        match &mut self.phase {
            Phase::Closed { .. } => Ok(Pass::Call { generation: self.generation }),
            Phase::Open { .. } => self.refuse(ErrorKind::Open, self.retry_after()),
            Phase::HalfOpen { probes, .. } if probes.len() < self.rules.max_probes => {
                self.probes_so_far += 1;
                let id = self.probes_so_far;
                probes.push(Probe { id, until: self.now + self.rules.probe_timeout });
                Ok(Pass::Probe { generation: self.generation, id })
            }
            Phase::HalfOpen { .. } => self.refuse(ErrorKind::HalfOpen, None),
        }
    }

    fn refuse(&mut self, kind: ErrorKind, retry_after: Option<Micros>) -> Result<Pass, Refusal> {
        if self.mode == Mode::Observe {
            self.sums.would_reject += 1;
            Ok(Pass::Spared)
        } else {
            self.sums.rejected += 1;
            Err(Refusal { kind, retry_after })
        }
    }

    pub(super) fn end(&mut self, pass: Pass, end: End) {
        let counts = match pass {
            Pass::Spared => true,
            Pass::Call { generation } => generation == self.generation,
            Pass::Probe { generation, id } => generation == self.generation && self.give_up(id),
        };
        if !counts {
            self.sums.late += 1;
            return;
        }
        match end {
            End::Success => self.sums.success += 1,
            End::Failure => self.sums.failure += 1,
            End::Ignored => self.sums.ignored += 1,
            End::Cancelled => self.sums.cancelled += 1,
        }
        if !matches!(pass, Pass::Spared) && matches!(self.mode, Mode::Automatic | Mode::Observe) {
            self.judge(end);
        }
    }

    fn judge(&mut self, end: End) {
        match (&mut self.phase, end) {
            (_, End::Ignored | End::Cancelled) | (Phase::Open { .. }, _) => {}
            (Phase::Closed { streak }, End::Success) => *streak = 0,
            (Phase::Closed { streak }, End::Failure) => {
                *streak += 1;
                if *streak == self.rules.failure_threshold {
                    self.open(Reason::FailureThreshold);
                }
            }
            (Phase::HalfOpen { successes, .. }, End::Success) => {
                *successes += 1;
                if *successes == self.rules.success_threshold {
                    self.enter(Phase::Closed { streak: 0 }, Reason::ProbesSucceeded);
                }
            }
            (Phase::HalfOpen { .. }, End::Failure) => self.open(Reason::ProbeFailed),
        }
    }

    /// Whether the probe was still there.
    fn give_up(&mut self, id: u64) -> bool {
        let Phase::HalfOpen { probes, .. } = &mut self.phase else { return false };
        let before = probes.len();
        probes.retain(|probe| probe.id != id);
        probes.len() < before
    }

    pub(super) fn trip(&mut self) {
        let decides = matches!(self.mode, Mode::Automatic | Mode::Observe);
        if decides && self.state() != State::Open {
            self.open(Reason::Tripped);
        }
    }

    pub(super) fn reset(&mut self) {
        self.enter(Phase::Closed { streak: 0 }, Reason::Reset);
    }

    pub(super) fn set_mode(&mut self, mode: Mode) {
        if mode != self.mode {
            let from = self.phase_shown();
            self.mode = mode;
            self.enter_from(from, Phase::Closed { streak: 0 }, Reason::ModeChanged);
        }
    }

    fn open(&mut self, reason: Reason) {
        self.trips += 1;
        self.enter(Phase::Open { until: self.now + self.rules.timeout }, reason);
    }

    fn enter(&mut self, phase: Phase, reason: Reason) {
        self.enter_from(self.phase_shown(), phase, reason);
    }

    fn enter_from(&mut self, from: State, phase: Phase, reason: Reason) {
        self.generation += 1;
        self.since = self.now;
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

    fn forget_lost_probes(&mut self) {
        if let Phase::HalfOpen { probes, .. } = &mut self.phase {
            probes.retain(|probe| self.now < probe.until);
        }
    }

    /// The state as the last transition left it.
    fn phase_shown(&self) -> State {
        match (self.mode, &self.phase) {
            (Mode::ForcedOpen, _) => State::Open,
            (Mode::ForcedClosed, _) | (_, Phase::Closed { .. }) => State::Closed,
            (_, Phase::Open { .. }) => State::Open,
            (_, Phase::HalfOpen { .. }) => State::HalfOpen,
        }
    }

    fn state(&self) -> State {
        match self.phase {
            Phase::Open { until } if self.now >= until => State::HalfOpen,
            _ => self.phase_shown(),
        }
    }

    fn retry_after(&self) -> Option<Micros> {
        match self.phase {
            Phase::Open { until } if self.now < until => Some(until - self.now),
            _ => None,
        }
    }

    pub(super) fn view(&self) -> View {
        View {
            state: self.state(),
            mode: self.mode,
            in_state: match self.phase {
                Phase::Open { until } if self.now >= until => self.now - until,
                _ => self.now - self.since,
            },
            retry_after: self.retry_after(),
            streak: match self.phase {
                Phase::Closed { streak } => streak,
                _ => 0,
            },
            in_flight: match &self.phase {
                Phase::HalfOpen { probes, .. } => probes.len(),
                _ => 0,
            },
            trips: self.trips,
            sums: self.sums,
        }
    }

    pub(super) fn transitions(&self) -> &[Transition] {
        &self.transitions
    }

    /// How long until something happens by the clock alone.
    pub(super) fn deadlines(&self) -> Vec<Micros> {
        let moments = match &self.phase {
            Phase::Closed { .. } => Vec::new(),
            Phase::Open { until } => vec![*until],
            Phase::HalfOpen { probes, .. } => probes.iter().map(|probe| probe.until).collect(),
        };
        moments.into_iter().filter(|moment| *moment > self.now).map(|moment| moment - self.now).collect()
    }
}
