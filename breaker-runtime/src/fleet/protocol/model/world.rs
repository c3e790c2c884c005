//! The state that is searched, and what its actions do.

mod starts;

use crate::fleet::protocol::group::Group;
use crate::fleet::protocol::membership::{Input, MayProbe};
use crate::fleet::protocol::message::{Millis, Phase, QuorumRule, Request, Rules, View};
use crate::fleet::protocol::model::action::{Action, Fault, Scene};
use crate::fleet::protocol::model::bugs::Bug;
use crate::fleet::protocol::model::invariants::{Invariant, Past, member_advances};
use crate::fleet::protocol::model::replica::{Called, Options, Replica};
use crate::types::snapshot::State;

/// The unit in which time passes.
const UNIT: Millis = 500;

/// The rounds within which a fleet agrees: two seconds.
pub(super) const TWO_SECONDS: usize = 4;

/// The longest call.
pub(super) const CALL: Millis = UNIT;

const OPTIONS: Options = Options {
    trip: 2,
    call: CALL,
    rules: Rules {
        streak: Some(2),
        volume: None,
        rate_ppm: None,
        min_calls: 0,
        window: 0,
        quorum: QuorumRule::Processes(2),
        open: UNIT,
        lease: 3 * UNIT,
    },
};

/// The time that a store takes to come back without its last writes: longer than the milliseconds by
/// which epochs may be ahead of its clock.
const RESTART: Millis = 10;

/// A message under way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Message {
    replica: usize,
    start: u64,
    number: u64,
    sent: Millis,
    content: Content,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Content {
    Request(Request),
    Reply(View),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct World {
    pub(super) scene: Scene,
    pub(super) bug: Option<Bug>,
    now: Millis,
    group: Group,
    /// The group before its last change of phase, and what the invariants knew of its results.
    backup: (Group, Past),
    pub(super) replicas: [Replica; 3],
    network: Vec<Message>,
    /// The replica for which the dependency fails, or all of them.
    failing: Failing,
    past: Past,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Failing {
    All,
    Only(usize),
    None,
}

impl World {
    /// Returns the actions that are possible.
    pub(super) fn actions(&self) -> Vec<Action> {
        let mut actions = Vec::new();
        actions.push(Action::Wait);
        if self.failing != Failing::None && !self.scene.hangs {
            actions.push(Action::Heal);
        }
        for (index, replica) in self.replicas.iter().enumerate() {
            if !replica.called {
                actions.push(Action::Call(index));
            }
            if replica.breaker.state == State::HalfOpen && !self.scene.hangs {
                actions.push(Action::ProbeEnds(index));
            }
            actions.push(Action::Tick(index));
            if replica.member.pending().is_some_and(|number| !self.is_under_way(index, number)) {
                actions.push(Action::GiveUp(index));
            }
        }
        actions.extend((0..self.network.len()).map(Action::Deliver));
        self.faults(&mut actions);
        actions
    }

    fn faults(&self, actions: &mut Vec<Action>) {
        let kinds = if self.scene.faults > 0 { self.scene.kinds } else { &[] };
        for &fault in kinds {
            let targets = match fault {
                Fault::Lose | Fault::Double => self.network.len(),
                Fault::Late | Fault::Crash => self.replicas.len(),
                Fault::Empty | Fault::RollBack => 1,
            };
            actions.extend((0..targets).map(|target| Action::Fail(fault, target)));
        }
    }

    /// Takes an action. Returns the invariant that it breaks.
    pub(super) fn take(&mut self, action: Action) -> Result<(), Invariant> {
        match action {
            Action::Wait => {
                self.now += UNIT;
                for replica in &mut self.replicas {
                    replica.called = false;
                }
            }
            Action::Call(index) => return self.call(index),
            Action::ProbeEnds(index) => {
                let succeeds = self.succeeds(index);
                self.replicas[index].breaker.settle(self.now, succeeds);
            }
            Action::Tick(index) => {
                self.tick(index);
                if self.scene.fast {
                    return self.settle_messages();
                }
            }
            Action::GiveUp(index) => self.give_up(index),
            Action::Deliver(at) => {
                let message = self.network.remove(at);
                return self.deliver(message);
            }
            Action::Heal => self.failing = Failing::None,
            Action::Fail(fault, target) => return self.fail(fault, target),
        }
        Ok(())
    }

    fn fail(&mut self, fault: Fault, target: usize) -> Result<(), Invariant> {
        self.scene.faults -= 1;
        match fault {
            Fault::Lose => drop(self.network.remove(target)),
            Fault::Double => return self.deliver(self.network[target].clone()),
            Fault::Late => self.give_up(target),
            Fault::Crash => {
                let next = self.replicas[target].restarted(target as u64, self.now);
                self.replicas[target] = next;
            }
            Fault::Empty | Fault::RollBack => {
                if fault == Fault::Empty {
                    self.group = Group::default();
                } else {
                    // A result that is lost has not counted.
                    self.group = self.backup.0.clone();
                    self.past.roll_back(&self.backup.1);
                }
                self.now += RESTART;
            }
        }
        Ok(())
    }

    fn succeeds(&self, index: usize) -> bool {
        match self.failing {
            Failing::All => false,
            Failing::Only(failing) => failing != index,
            Failing::None => true,
        }
    }

    fn call(&mut self, index: usize) -> Result<(), Invariant> {
        let succeeds = self.succeeds(index);
        let replica = &mut self.replicas[index];
        replica.called = true;
        match replica.breaker.call(self.now, succeeds) {
            Called::Probes { leased: true } => {
                self.past.probe_begins(self.now, index, replica.member.known().epoch)
            }
            Called::Probes { leased: false } | Called::Ran | Called::Rejected => Ok(()),
        }
    }

    fn tick(&mut self, index: usize) {
        let replica = &mut self.replicas[index];
        // Unique for a request, and a function of the state.
        let draw = (self.now * 100_000 + replica.member.process().0) * 100 + replica.member.sent() + 1;
        if let Some((number, request)) = replica.tick(self.now, draw) {
            self.post(index, number, self.now, Content::Request(request));
        }
    }

    fn give_up(&mut self, index: usize) {
        if let Some(number) = self.replicas[index].member.pending() {
            self.replicas[index].input(self.now, Input::Failed { number });
        }
    }

    fn is_under_way(&self, index: usize, number: u64) -> bool {
        let start = self.replicas[index].member.process().0;
        let same = |m: &Message| (m.replica, m.start, m.number) == (index, start, number);
        self.network.iter().any(same)
    }

    /// Adds a message in an order that does not depend on when each was sent.
    fn post(&mut self, replica: usize, number: u64, sent: Millis, content: Content) {
        let start = self.replicas[replica].member.process().0;
        let message = Message { replica, start, number, sent, content };
        let key = |m: &Message| (m.replica, m.start, m.number, matches!(m.content, Content::Reply(_)));
        let at = self.network.partition_point(|other| key(other) <= key(&message));
        self.network.insert(at, message);
    }

    fn deliver(&mut self, message: Message) -> Result<(), Invariant> {
        match message.content {
            Content::Request(ref request) => {
                let view = self.store(request)?;
                let reply = Message { content: Content::Reply(view), ..message };
                // A process that has ended reads nothing.
                if self.is_running(&reply) {
                    let Message { replica, number, sent, content, .. } = reply;
                    self.post(replica, number, sent, content);
                }
                Ok(())
            }
            Content::Reply(_) if !self.is_running(&message) => Ok(()),
            Content::Reply(view) => self.reply(message.replica, message.number, message.sent, view),
        }
    }

    fn is_running(&self, message: &Message) -> bool {
        self.replicas[message.replica].member.process().0 == message.start
    }

    fn store(&mut self, request: &Request) -> Result<View, Invariant> {
        let (before, now) = (self.group.clone(), self.now);
        let stepped = match self.bug {
            Some(bug) => bug.step(before.clone(), now, request),
            None => before.clone().step(now, request),
        };
        let past = self.past.clone();
        self.past.stored(now, request, &before, &stepped)?;
        if stepped.changed {
            for other in &mut self.replicas {
                other.notified = true;
            }
        }
        if stepped.view.epoch != self.epoch() {
            self.backup = (before, past);
            self.scene.epochs = self.scene.epochs.saturating_sub(1);
        }
        self.group = stepped.group;
        Ok(stepped.view)
    }

    fn reply(
        &mut self,
        index: usize,
        number: u64,
        sent: Millis,
        mut view: View,
    ) -> Result<(), Invariant> {
        let (now, bug) = (self.now, self.bug);
        if let Some(bug) = bug {
            bug.distort(now - sent, &mut view);
        }
        let member = &mut self.replicas[index].member;
        let before = member.known();
        if bug == Some(Bug::OldViewApplies) {
            member.forget();
        }
        self.replicas[index].input(now, Input::Reply { number, view });
        member_advances(before, self.replicas[index].member.known())
    }

    fn epoch(&self) -> u64 {
        self.view().epoch
    }

    fn view(&self) -> View {
        let reader = self.replicas[0].member.leave(0);
        crate::fleet::protocol::model::invariants::view(&self.group, self.now, &reader)
    }

    fn is_open(&self) -> bool {
        matches!(self.view().phase, Phase::Open { .. })
    }

    /// Returns whether further states are explored from this one, after so many actions.
    pub(super) fn is_within_bounds(&self, depth: usize) -> bool {
        depth < self.scene.depth && self.scene.epochs > 0
    }

    /// Returns whether the fleet has recovered: all is closed, and no process waits for another.
    pub(super) fn has_recovered(&self) -> bool {
        let closed = |replica: &Replica| {
            replica.breaker.state == State::Closed && replica.breaker.gate == MayProbe::Free
        };
        self.failing == Failing::None && self.replicas.iter().all(closed) && !self.is_open()
    }

    /// Returns whether all processes are open for the same epoch of the group, and none probes without
    /// its lease.
    pub(super) fn agrees(&self) -> bool {
        let epoch = self.epoch();
        let follows = |replica: &Replica| {
            replica.member.known().epoch == epoch
                && replica.breaker.state != State::Closed
                && replica.breaker.gate != MayProbe::Free
        };
        self.is_open() && self.replicas.iter().all(follows)
    }

    /// Ends the faults of store and network: all messages arrive.
    pub(super) fn end_faults(&mut self) -> Result<(), Invariant> {
        self.scene.faults = 0;
        self.settle_messages()
    }

    /// Ends all faults: the dependency recovers as well.
    pub(super) fn heal(&mut self) -> Result<(), Invariant> {
        (self.failing, self.scene.hangs) = (Failing::None, false);
        self.end_faults()
    }

    fn settle_messages(&mut self) -> Result<(), Invariant> {
        while !self.network.is_empty() {
            self.take(Action::Deliver(0))?;
        }
        for index in 0..3 {
            self.give_up(index);
        }
        Ok(())
    }

    /// Lets a unit of time pass, in which each process makes a call and exchanges messages, without a
    /// fault.
    pub(super) fn round(&mut self) -> Result<(), Invariant> {
        self.take(Action::Wait)?;
        for index in 0..3 {
            self.take(Action::Call(index))?;
            if self.replicas[index].breaker.state == State::HalfOpen && !self.scene.hangs {
                self.take(Action::ProbeEnds(index))?;
            }
            self.take(Action::Tick(index))?;
            self.settle_messages()?;
        }
        Ok(())
    }
}
