//! Processes, their calls, and the store that they share.

use std::mem;

use crate::fleet::protocol::group::Group;
use crate::fleet::protocol::membership::Input;
use crate::fleet::protocol::message::{Millis, Request, Rules};
use crate::fleet::protocol::model::replica::{Called, Options, Replica};
use crate::fleet::simulation_tests::events::{Event, Events};
use crate::types::snapshot::State;

/// The dependency is down from `DOWN` to `UP`.
const DOWN: Millis = 10_000;
const UP: Millis = 40_000;
const END: Millis = 100_000;

/// The length of the simulation.
pub(super) const SECONDS: u64 = END / 1_000;

/// The way of a message to the store, or back.
const NETWORK: Millis = 1;

/// The time that a probe takes.
const PROBE: Millis = 20;

const OPTIONS: Options =
    Options { trip: 5, call: 1_000, rules: Rules { open: 5_000, lease: 8_000, ..Rules::OF_A_TEST } };

/// A simulation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    pub(super) processes: usize,
    /// The mean time between two calls of one process.
    pub(super) interval: Millis,
    pub(super) shared: bool,
}

/// The results of a simulation.
#[derive(Clone, Debug, Default)]
pub(super) struct Figures {
    /// The time from the outage until all breakers are open.
    pub(super) all_open: Option<Millis>,
    /// The time from the end of the outage until all breakers are closed.
    pub(super) all_closed: Option<Millis>,
    /// Calls that ran during the outage, probes included.
    pub(super) wasted: u64,
    /// Calls that ran as probes.
    pub(super) probes: u64,
    /// Requests to the store, and the most of them in one second.
    pub(super) operations: u64,
    pub(super) peak: u64,
}

struct Simulation {
    plan: Plan,
    now: Millis,
    /// The times of calls, and all other random numbers. Sharing changes no call.
    calls: fastrand::Rng,
    rng: fastrand::Rng,
    events: Events,
    group: Group,
    replicas: Vec<Replica>,
    closed: usize,
    /// The second that is counted, and its requests.
    second: (u64, u64),
    figures: Figures,
}

/// Runs a simulation. The same plan has the same figures.
pub(super) fn simulate(plan: Plan) -> Figures {
    let mut simulation = Simulation {
        plan,
        now: 0,
        calls: fastrand::Rng::with_seed(7),
        rng: fastrand::Rng::with_seed(8),
        events: Events::default(),
        group: Group::default(),
        replicas: (0..plan.processes).map(|index| Replica::new(&OPTIONS, index as u64, 0, 0)).collect(),
        closed: plan.processes,
        second: (0, 0),
        figures: Figures::default(),
    };
    for index in 0..plan.processes {
        let first = simulation.calls.u64(0..plan.interval);
        simulation.events.add(first, Event::Call(index));
        if plan.shared {
            let first = simulation.rng.u64(0..250);
            simulation.events.add(first, Event::Tick(index));
        }
    }
    simulation.run();
    simulation.figures
}

impl Simulation {
    fn run(&mut self) {
        while let Some((now, event)) = self.events.next() {
            if now > END {
                return;
            }
            self.now = now;
            match event {
                Event::Call(index) => self.call(index),
                Event::ProbeEnds(index) => self.probe_ends(index),
                Event::Tick(index) => {
                    let next = now + self.rng.u64(100..=250);
                    self.events.add(next, Event::Tick(index));
                    self.tick(index);
                }
                Event::Notice(index) => {
                    self.replicas[index].notified = true;
                    self.tick(index);
                }
                Event::Request(index, number, request) => self.store(index, number, &request),
                Event::Reply(index, number, view) => self.input(index, Input::Reply { number, view }),
            }
        }
    }

    fn succeeds(&self) -> bool {
        !(DOWN..UP).contains(&self.now)
    }

    fn call(&mut self, index: usize) {
        let mean = self.plan.interval;
        let next = self.now + self.calls.u64(mean / 2..=mean + mean / 2);
        self.events.add(next, Event::Call(index));
        let (now, succeeds) = (self.now, self.succeeds());
        let called = self.change(index, |replica| replica.breaker.call(now, succeeds));
        match called {
            Called::Ran if !succeeds => {
                self.figures.wasted += 1;
                self.wake(index);
            }
            Called::Probes { .. } => {
                self.figures.probes += 1;
                self.figures.wasted += u64::from(!succeeds);
                self.events.add(now + PROBE, Event::ProbeEnds(index));
            }
            Called::Ran | Called::Rejected => {}
        }
    }

    fn probe_ends(&mut self, index: usize) {
        let (now, succeeds) = (self.now, self.succeeds());
        if self.replicas[index].breaker.state == State::HalfOpen {
            self.change(index, |replica| replica.breaker.settle(now, succeeds));
            self.wake(index);
        }
    }

    /// Lets a process report at once that its breaker is not closed, or was a probe's.
    fn wake(&mut self, index: usize) {
        if self.plan.shared {
            self.tick(index);
        }
    }

    fn tick(&mut self, index: usize) {
        let draw = self.rng.u64(1..1 << 53);
        let now = self.now;
        let sent = self.change(index, |replica| replica.tick(now, draw));
        self.send(index, sent);
    }

    fn input(&mut self, index: usize, input: Input) {
        let now = self.now;
        let sent = self.change(index, |replica| replica.input(now, input));
        self.send(index, sent);
        if self.replicas[index].notified {
            self.tick(index);
        }
    }

    fn send(&mut self, index: usize, sent: Option<(u64, Request)>) {
        if let Some((number, request)) = sent {
            self.events.add(self.now + NETWORK, Event::Request(index, number, request));
        }
    }

    fn store(&mut self, index: usize, number: u64, request: &Request) {
        self.count();
        let stepped = mem::take(&mut self.group).step(self.now, request);
        self.group = stepped.group;
        self.events.add(self.now + NETWORK, Event::Reply(index, number, stepped.view));
        if stepped.changed {
            for other in 0..self.replicas.len() {
                self.events.add(self.now + NETWORK, Event::Notice(other));
            }
        }
    }

    fn count(&mut self) {
        self.figures.operations += 1;
        let second = self.now / 1_000;
        let requests = if self.second.0 == second { self.second.1 + 1 } else { 1 };
        self.second = (second, requests);
        self.figures.peak = self.figures.peak.max(requests);
    }

    /// Changes a replica, and notes when the last one opens or closes.
    fn change<T>(&mut self, index: usize, change: impl FnOnce(&mut Replica) -> T) -> T {
        let replica = &mut self.replicas[index];
        let before = replica.breaker.state == State::Closed;
        let result = change(replica);
        let after = replica.breaker.state == State::Closed;
        self.closed = self.closed + usize::from(after) - usize::from(before);
        if before && self.closed == 0 {
            self.figures.all_open.get_or_insert(self.now.saturating_sub(DOWN));
        }
        if after && !before && self.closed == self.replicas.len() {
            self.figures.all_closed = self.now.checked_sub(UP);
        }
        result
    }
}
