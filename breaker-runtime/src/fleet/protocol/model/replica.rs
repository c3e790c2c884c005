//! One process of the search and of the simulation: a membership, and a breaker of few rules.

use std::sync::Arc;

use crate::fleet::protocol::membership::{Input, Local, MayProbe, Membership, Output};
use crate::fleet::protocol::message::{Millis, ProcessId, Request, Rules};
use crate::types::snapshot::State;

/// The options of a breaker.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Options {
    /// Failures in a row at which it opens by itself.
    pub(crate) trip: u64,
    /// The longest call.
    pub(crate) call: Millis,
    pub(crate) rules: Rules,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Replica {
    pub(crate) member: Membership,
    pub(crate) breaker: Breaker,
    /// Whether it has made a call in this unit of time.
    pub(crate) called: bool,
    /// Whether the store has notified it of a change since its last request.
    pub(crate) notified: bool,
    /// How often the process was started.
    starts: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Breaker {
    options: &'static Options,
    pub(crate) state: State,
    own: bool,
    until: Millis,
    trips: u64,
    successes: u64,
    failures: u64,
    rejected: u64,
    streak: u64,
    pub(crate) gate: MayProbe,
}

/// The effect of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Called {
    Ran,
    Rejected,
    /// It is a probe; `leased` if by the lease of the group.
    Probes {
        leased: bool,
    },
}

impl Breaker {
    fn new(options: &'static Options) -> Self {
        Self {
            options,
            state: State::Closed,
            own: false,
            until: 0,
            trips: 0,
            successes: 0,
            failures: 0,
            rejected: 0,
            streak: 0,
            gate: MayProbe::Free,
        }
    }

    fn local(&self, now: Millis) -> Local {
        Local {
            state: self.state,
            own: self.own,
            probing: self.state == State::HalfOpen,
            remaining: self.until.saturating_sub(now),
            trips: self.trips,
            successes: self.successes,
            failures: self.failures,
            rejected: self.rejected,
            streak: self.streak,
            failing: self.streak > 0,
            call: self.options.call,
            settings: 1,
            rules: self.options.rules,
        }
    }

    /// Makes a call, to a dependency that succeeds or fails. A probe ends later.
    pub(crate) fn call(&mut self, now: Millis, succeeds: bool) -> Called {
        match self.state {
            State::Closed => {
                self.settle(now, succeeds);
                Called::Ran
            }
            State::Open if self.until <= now && self.gate.admits(now) => {
                self.state = State::HalfOpen;
                Called::Probes { leased: self.gate != MayProbe::Free }
            }
            State::Open | State::HalfOpen => {
                self.rejected += 1;
                Called::Rejected
            }
        }
    }

    /// Counts the result of a call or of a probe.
    pub(crate) fn settle(&mut self, now: Millis, succeeds: bool) {
        if succeeds {
            self.successes += 1;
            (self.state, self.own, self.streak) = (State::Closed, false, 0);
            return;
        }
        self.failures += 1;
        self.streak += 1;
        if self.state == State::HalfOpen || self.streak >= self.options.trip {
            (self.state, self.own, self.until) = (State::Open, true, now + self.options.rules.open);
            self.trips += 1;
        }
    }

    fn open_for(&mut self, now: Millis, remaining: Millis) {
        let until = if self.state == State::Open { self.until } else { 0 };
        self.own &= self.state != State::Closed;
        (self.state, self.until) = (State::Open, until.max(now + remaining));
    }
}

impl Replica {
    pub(crate) fn new(options: &'static Options, index: u64, starts: u64, now: Millis) -> Self {
        let process = ProcessId(1 + index + 10_000 * starts);
        Self {
            member: Membership::new(process, Arc::from(""), now),
            breaker: Breaker::new(options),
            called: false,
            notified: false,
            starts,
        }
    }

    /// Returns the process that is started after this one has crashed.
    pub(crate) fn restarted(&self, index: u64, now: Millis) -> Self {
        Self::new(self.breaker.options, index, self.starts + 1, now)
    }

    /// Ticks. Returns the request that is sent.
    pub(crate) fn tick(&mut self, now: Millis, draw: u64) -> Option<(u64, Request)> {
        if std::mem::take(&mut self.notified) {
            self.input(now, Input::Notified);
        }
        let local = self.breaker.local(now);
        self.input(now, Input::Tick { local, draw })
    }

    /// Gives an input to the membership, and does what it demands.
    pub(crate) fn input(&mut self, now: Millis, input: Input) -> Option<(u64, Request)> {
        let (member, outputs) = self.member.clone().step(now, input);
        self.member = member;
        let mut sent = None;
        for output in outputs {
            match output {
                Output::Send { number, request } => sent = Some((number, request)),
                Output::OpenFor { remaining, .. } => self.breaker.open_for(now, remaining),
                Output::Close { .. } => {
                    let breaker = &mut self.breaker;
                    (breaker.state, breaker.own, breaker.streak) = (State::Closed, false, 0);
                }
                Output::Gate(gate) => self.breaker.gate = gate,
                Output::SetMode { .. } => {}
            }
        }
        sent
    }
}
