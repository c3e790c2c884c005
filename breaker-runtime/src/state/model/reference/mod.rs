//! The rules once more, written from their table and as plainly as possible: lists instead of slots,
//! rings and buckets, a counter instead of a generation that wraps, and one thread.

// Counts in a test are far below 2^53.
#![expect(clippy::cast_precision_loss)]

mod changes;
mod pings;
mod ramp;
mod reconfigured;
mod seen;
mod window;

use crate::state::model::reference::ramp::Ramp;
pub(super) use crate::state::model::reference::seen::{Sums, Transition, View};
pub(super) use crate::state::model::reference::window::Counts;
use crate::state::model::reference::window::{Request, edges};
use crate::state::model::rules::{Last, Micros, Rules, Throttle};
use crate::time::clock::TimeSource;
use crate::{ErrorKind, Mode, Outcome, Reason, State};

/// The time of a breaker's clock when it gets it.
const HEAD_START: Micros = TimeSource::start();

#[derive(Clone, Debug)]
enum Phase {
    Closed(Closed),
    Open { until: Micros },
    HalfOpen { successes: u64, failures: u64, probes: Vec<Probe> },
}

#[derive(Clone, Debug, Default)]
struct Closed {
    streak: u64,
    /// The calls that ran while a rate was judged.
    ran: Vec<Request>,
    /// The calls since there is a throttle, with those that it rejected.
    requests: Vec<Request>,
    ramp: Option<Ramp>,
}

#[derive(Clone, Debug)]
struct Probe {
    id: u64,
    began: Micros,
    /// A ping is ended before it is lost.
    is_ping: bool,
}

/// The right to run one call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pass {
    began: Micros,
    of: PassOf,
}

#[derive(Clone, Copy, Debug)]
enum PassOf {
    Call {
        generation: u64,
        timed: bool,
    },
    Probe {
        generation: u64,
        id: u64,
    },
    /// A call that would be rejected outside observe mode.
    Bypassed {
        timed: bool,
    },
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

/// The calls that were rejected while closed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct HeldBack {
    pub(super) by_ramp: u64,
    pub(super) by_throttle: u64,
}

#[derive(Clone, Debug)]
pub(super) struct Reference {
    rules: Rules,
    mode: Mode,
    phase: Phase,
    generation: u64,
    /// The time at which the breaker got its clock.
    birth: Micros,
    now: Micros,
    since: Micros,
    chance: f64,
    /// Consecutive failed probes.
    failed_probes: i32,
    /// Consecutive dropped calls.
    dropped: u64,
    abandoned: u64,
    sums: Sums,
    held_back: HeldBack,
    trips: u64,
    probes_so_far: u64,
    /// Whether a ping is in flight: then no call probes.
    is_pinged: bool,
    transitions: Vec<Transition>,
}

impl Reference {
    pub(super) fn new(rules: Rules, now: Micros, chance: f64) -> Self {
        Self {
            rules,
            mode: Mode::Automatic,
            phase: Phase::Closed(Closed::default()),
            generation: 0,
            birth: now,
            now,
            since: now,
            chance,
            failed_probes: 0,
            dropped: 0,
            abandoned: 0,
            sums: Sums::default(),
            held_back: HeldBack::default(),
            trips: 0,
            probes_so_far: 0,
            is_pinged: false,
            transitions: Vec::new(),
        }
    }

    pub(super) fn advance(&mut self, by: Micros) {
        self.now += by;
        self.forget_lost_probes();
    }

    pub(super) fn set_chance(&mut self, chance: f64) {
        self.chance = chance;
    }

    pub(super) fn begin(&mut self) -> Result<Pass, Refusal> {
        match self.mode {
            Mode::ForcedClosed => return Ok(self.call()),
            Mode::ForcedOpen => return self.refuse(ErrorKind::ForcedOpen, None),
            Mode::Automatic | Mode::Observe => {}
        }
        if self.is_pinged && self.state() == State::HalfOpen {
            let is_half_open = matches!(self.phase, Phase::HalfOpen { .. });
            return self.refuse(if is_half_open { ErrorKind::HalfOpen } else { ErrorKind::Open }, None);
        }
        self.end_open_period();
        if let Some(kind) = self.held_back_by() {
            return self.refuse(kind, None);
        }
        match &mut self.phase {
            Phase::Closed(_) => Ok(self.call()),
            Phase::Open { .. } => self.refuse(ErrorKind::Open, self.retry_after()),
            Phase::HalfOpen { probes, .. } if probes.len() < self.rules.max_probes => {
                Ok(self.begin_probe(false))
            }
            Phase::HalfOpen { .. } => self.refuse(ErrorKind::HalfOpen, None),
        }
    }

    /// Makes it half-open if the open period is over.
    fn end_open_period(&mut self) {
        if self.state() == State::HalfOpen && !matches!(self.phase, Phase::HalfOpen { .. }) {
            let ended = self.now - self.time_in_state();
            self.enter(
                Phase::HalfOpen { successes: 0, failures: 0, probes: Vec::new() },
                Reason::TimeoutElapsed,
            );
            self.since = ended;
        }
    }

    /// Begins a probe of a half-open breaker.
    fn begin_probe(&mut self, is_ping: bool) -> Pass {
        self.probes_so_far += 1;
        let (id, began) = (self.probes_so_far, self.now);
        if let Phase::HalfOpen { probes, .. } = &mut self.phase {
            probes.push(Probe { id, began, is_ping });
        }
        Pass { began, of: PassOf::Probe { generation: self.generation, id } }
    }

    fn call(&self) -> Pass {
        let timed = self.rules.slow_call.is_some();
        Pass { began: self.now, of: PassOf::Call { generation: self.generation, timed } }
    }

    /// Returns the error of a call that the ramp or the throttle rejects.
    fn held_back_by(&mut self) -> Option<ErrorKind> {
        let (now, at, chance) = (self.now, self.tick(), self.chance);
        let Phase::Closed(closed) = &mut self.phase else { return None };
        if let (Some(ramp), Some(length)) = (&mut closed.ramp, self.rules.ramp) {
            if !ramp.next(length, now) {
                self.held_back.by_ramp += 1;
                return Some(ErrorKind::Recovering);
            }
        }
        let Throttle { k, span } = *self.rules.throttle.as_ref()?;
        if chance < Counts::of(&closed.requests, Last::Span(span), at).rejection(k) {
            closed.requests.push(Request { at, failed: true, slow: false });
            self.held_back.by_throttle += 1;
            return Some(ErrorKind::Throttled);
        }
        None
    }

    fn refuse(&mut self, kind: ErrorKind, retry_after: Option<Micros>) -> Result<Pass, Refusal> {
        if self.mode == Mode::Observe {
            self.sums.would_reject += 1;
            let timed = self.rules.slow_call.is_some();
            Ok(Pass { began: self.now, of: PassOf::Bypassed { timed } })
        } else {
            self.sums.rejected += 1;
            Err(Refusal { kind, retry_after })
        }
    }

    pub(super) fn end(&mut self, pass: Pass, end: End) {
        let counts = match pass.of {
            PassOf::Bypassed { .. } => true,
            PassOf::Call { generation, .. } => generation == self.generation,
            PassOf::Probe { generation, id } => generation == self.generation && self.remove_probe(id),
        };
        if !counts {
            self.sums.late += 1;
            return;
        }
        // A call that began without a limit is not timed.
        let timed = match pass.of {
            PassOf::Probe { .. } => true,
            PassOf::Call { timed, .. } | PassOf::Bypassed { timed } => timed,
        };
        let slow = timed && self.rules.is_slow(self.now - pass.began);
        self.sums.slow += u64::from(slow);
        let outcome = match end {
            End::Success => Outcome::Success,
            End::Failure => Outcome::Failure,
            // Callers that give up early must not hide a service that hangs.
            End::Cancelled if self.drop_is_failure(pass) || slow => Outcome::Failure,
            End::Ignored | End::Cancelled => Outcome::Ignored,
        };
        if end != End::Cancelled {
            self.dropped = 0;
        }
        match outcome {
            Outcome::Success => self.sums.success += 1,
            Outcome::Failure => self.sums.failure += 1,
            Outcome::Ignored if end == End::Cancelled => self.sums.cancelled += 1,
            Outcome::Ignored => self.sums.ignored += 1,
        }
        if self.decides() && outcome != Outcome::Ignored && !matches!(pass.of, PassOf::Bypassed { .. }) {
            self.judge(outcome == Outcome::Failure, slow);
        }
    }

    /// Counts a dropped call, and returns whether too many before it were dropped as well.
    fn drop_is_failure(&mut self, pass: Pass) -> bool {
        let Some(threshold) = self.rules.abandoned_threshold else { return false };
        if matches!(pass.of, PassOf::Bypassed { .. }) {
            return false;
        }
        self.dropped += 1;
        let fails = self.dropped > threshold;
        self.abandoned += u64::from(fails);
        fails
    }

    fn judge(&mut self, failed: bool, slow: bool) {
        let at = self.tick();
        match &mut self.phase {
            Phase::Open { .. } => {}
            Phase::Closed(closed) => {
                let request = Request { at, failed, slow };
                if self.rules.judges_rates() {
                    closed.ran.push(request);
                }
                if self.rules.throttle.is_some() {
                    closed.requests.push(request);
                }
                closed.streak = if failed { closed.streak + 1 } else { 0 };
                if let Some(reason) = self.reason_to_open() {
                    self.failed_probes = 0;
                    self.open(self.rules.period(0, self.chance), reason);
                }
            }
            Phase::HalfOpen { failures, .. } if failed || slow => {
                *failures += 1;
                if *failures >= self.rules.probe_failure_threshold {
                    self.failed_probes += 1;
                    self.open(self.rules.period(self.failed_probes, self.chance), Reason::ProbeFailed);
                }
            }
            Phase::HalfOpen { successes, .. } => {
                *successes += 1;
                if *successes >= self.rules.success_threshold {
                    let ramp = self.rules.ramp.map(|_| Ramp::new(self.now));
                    let closed = Closed { ramp, ..Closed::default() };
                    self.enter(Phase::Closed(closed), Reason::ProbesSucceeded);
                }
            }
        }
    }

    fn reason_to_open(&self) -> Option<Reason> {
        let Phase::Closed(closed) = &self.phase else { return None };
        let rates = &self.rules.rates;
        if self.rules.streak_that_trips().is_some_and(|failures| closed.streak >= failures) {
            return Some(Reason::FailureThreshold);
        }
        let counts = Counts::of(&closed.ran, rates.window, self.tick());
        if !self.rules.judges_rates() || counts.calls < rates.min_calls as u64 {
            None
        } else if rates.failure.is_some_and(|rate| counts.failure_rate() >= rate) {
            Some(Reason::FailureRate)
        } else if self.rules.slow_rate_that_trips().is_some_and(|rate| counts.slow_rate() >= rate) {
            Some(Reason::SlowCallRate)
        } else {
            None
        }
    }

    /// Removes a probe, and returns whether it was in flight.
    fn remove_probe(&mut self, id: u64) -> bool {
        let Phase::HalfOpen { probes, .. } = &mut self.phase else { return false };
        let before = probes.len();
        probes.retain(|probe| probe.id != id);
        probes.len() < before
    }

    fn forget_lost_probes(&mut self) {
        if let Phase::HalfOpen { probes, .. } = &mut self.phase {
            let lease = self.rules.probe_timeout;
            probes.retain(|probe| probe.is_ping || self.now < probe.began + lease);
        }
    }

    fn decides(&self) -> bool {
        matches!(self.mode, Mode::Automatic | Mode::Observe)
    }

    /// Returns the time since the origin of the breaker's clock.
    fn tick(&self) -> Micros {
        HEAD_START + self.now - self.birth
    }

    /// Returns the state after the last transition.
    fn phase_shown(&self) -> State {
        match (self.mode, &self.phase) {
            (Mode::ForcedOpen, _) => State::Open,
            (Mode::ForcedClosed, _) | (_, Phase::Closed(_)) => State::Closed,
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

    fn time_in_state(&self) -> Micros {
        match self.phase {
            Phase::Open { until } if self.now >= until => self.now - until,
            _ => self.now - self.since,
        }
    }

    pub(super) fn rules(&self) -> &Rules {
        &self.rules
    }

    pub(super) fn transitions(&self) -> &[Transition] {
        &self.transitions
    }

    /// Returns the number of consecutive failed probes.
    pub(super) fn failed_probes(&self) -> i32 {
        self.failed_probes
    }

    /// Returns the number of dropped calls that failed as too many before them were dropped.
    pub(super) fn abandoned(&self) -> u64 {
        self.abandoned
    }

    pub(super) fn held_back(&self) -> HeldBack {
        self.held_back
    }

    /// Returns the times until the next events that the clock alone causes.
    pub(super) fn deadlines(&self) -> Vec<Micros> {
        let moments = match &self.phase {
            Phase::Closed(closed) => {
                let ramp_ends = closed.ramp.as_ref().zip(self.rules.ramp);
                let mut moments: Vec<_> =
                    ramp_ends.map(|(ramp, length)| ramp.began + length).into_iter().collect();
                let window = match self.rules.rates.window {
                    Last::Span(span) if self.rules.judges_rates() => Some(span),
                    _ => None,
                };
                let throttle = self.rules.throttle.as_ref().map(|it| (it.span, &closed.requests));
                for (span, requests) in
                    window.map(|span| (span, &closed.ran)).into_iter().chain(throttle)
                {
                    let edges = edges(requests, span, self.tick());
                    moments.extend(edges.iter().map(|edge| edge - HEAD_START + self.birth));
                }
                moments
            }
            Phase::Open { until } => vec![*until],
            Phase::HalfOpen { probes, .. } => {
                probes.iter().map(|probe| probe.began + self.rules.probe_timeout).collect()
            }
        };
        moments.into_iter().filter(|moment| *moment > self.now).map(|moment| moment - self.now).collect()
    }
}
