//! Processes and a store, request by request, with answers that are late or lost.

use std::sync::Arc;

use crate::fleet::protocol::group::Group;
use crate::fleet::protocol::membership::{
    Input, LONGEST_TICK, LOST_AFTER, Local, MayProbe, Membership, Output,
};
use crate::fleet::protocol::message::{
    Author, Body, FleetCommand, Known, Millis, ProcessId, Request, Rules, View,
};
use crate::types::snapshot::{Mode, State};

const RULES: Rules = Rules { lease: 600, ..Rules::OF_A_TEST };
const CALL: Millis = 100;

/// A process with a breaker that is changed by the test, and by what its membership demands.
struct Replica {
    member: Option<Membership>,
    local: Local,
    opened_for: Vec<u64>,
    closed: Vec<u64>,
    modes: Vec<Mode>,
    gate: MayProbe,
    sent: Option<(u64, Request)>,
    /// The changes of which the store has notified it.
    notified: u64,
}

#[derive(Default)]
struct World {
    now: Millis,
    draws: u64,
    group: Group,
    changes: u64,
}

impl Replica {
    fn new(id: u64) -> Self {
        let local = Local {
            state: State::Closed,
            own: false,
            probing: false,
            remaining: 0,
            trips: 0,
            successes: 0,
            failures: 0,
            rejected: 0,
            streak: 0,
            failing: false,
            call: CALL,
            settings: 1,
            rules: RULES,
        };
        let member = Some(Membership::new(ProcessId(id), Arc::from("host:1"), 0));
        let (opened_for, closed, modes) = (Vec::new(), Vec::new(), Vec::new());
        Self { member, local, opened_for, closed, modes, gate: MayProbe::Free, sent: None, notified: 0 }
    }

    fn fail(&mut self, failures: u64) {
        self.local.failures += failures;
        self.local.streak += failures;
        self.local.failing = true;
    }

    fn succeed(&mut self) {
        self.local.successes += 1;
        (self.local.streak, self.local.failing) = (0, false);
    }

    fn trip(&mut self) {
        (self.local.state, self.local.own, self.local.remaining) = (State::Open, true, 700);
        self.local.trips += 1;
    }

    fn input(&mut self, now: Millis, input: Input) {
        let (member, outputs) = self.member.take().expect("a member").step(now, input);
        self.member = Some(member);
        for output in outputs {
            match output {
                Output::Send { number, request } => self.sent = Some((number, request)),
                Output::OpenFor { epoch, .. } => {
                    self.opened_for.push(epoch);
                    (self.local.own, self.local.state) =
                        (self.local.own && self.local.state != State::Closed, State::Open);
                }
                Output::Close { epoch, .. } => {
                    self.closed.push(epoch);
                    self.local.state = State::Closed;
                    self.succeed();
                }
                Output::Gate(gate) => self.gate = gate,
                Output::SetMode { command, .. } => self.modes.push(command.mode),
            }
        }
    }
}

impl World {
    fn new() -> Self {
        Self { now: 1_000_000, ..Self::default() }
    }

    fn tick(&mut self, replica: &mut Replica) -> Option<(u64, Request)> {
        self.draws += 1;
        replica.input(self.now, Input::Tick { local: replica.local, draw: self.draws });
        replica.sent.take()
    }

    fn answer(&mut self, request: &Request) -> View {
        let stepped = self.group.clone().step(self.now, request);
        self.group = stepped.group;
        self.changes += u64::from(stepped.changed);
        stepped.view
    }

    /// Sends what is due, and applies the answer.
    fn exchange(&mut self, replica: &mut Replica) {
        if replica.notified != self.changes {
            replica.notified = self.changes;
            replica.input(self.now, Input::Notified);
        }
        if let Some((number, request)) = self.tick(replica) {
            let view = self.answer(&request);
            replica.input(self.now, Input::Reply { number, view });
        }
    }

    /// Lets time pass, with an exchange of each process every 100 ms.
    fn pass(&mut self, length: Millis, replicas: &mut [&mut Replica]) {
        for _ in 0..length / 100 {
            self.now += 100;
            for replica in &mut *replicas {
                self.exchange(replica);
            }
        }
    }
}

/// A world in which two processes have opened the group, its open period over.
fn opened() -> (World, Replica, Replica) {
    let (mut world, mut a, mut b) = (World::new(), Replica::new(1), Replica::new(2));
    a.fail(3);
    b.fail(3);
    world.pass(200, &mut [&mut a, &mut b]);
    assert_eq!((a.local.state, b.local.state), (State::Open, State::Open));
    assert_eq!((a.gate, b.gate), (MayProbe::Held, MayProbe::Held));
    world.pass(RULES.open, &mut [&mut a, &mut b]);
    (world, a, b)
}

#[test]
fn fleet_opens_once_and_closes_with_one_probe() {
    let (mut world, mut a, mut b) = opened();
    assert_eq!((a.opened_for.len(), b.opened_for.len()), (1, 1));
    a.local.rejected += 1;
    b.local.rejected += 1;
    world.pass(100, &mut [&mut a, &mut b]);
    assert_eq!(a.gate, MayProbe::Until(world.now + RULES.lease - CALL));
    assert_eq!(b.gate, MayProbe::Held);
    a.local.state = State::Closed;
    a.succeed();
    world.pass(100, &mut [&mut a, &mut b]);
    assert_eq!((b.local.state, a.gate, b.gate), (State::Closed, MayProbe::Free, MayProbe::Free));
    assert_eq!(a.closed, b.closed);
}

#[test]
fn failed_probe_keeps_the_fleet_open_for_the_holders_period() {
    let (mut world, mut a, mut b) = opened();
    a.local.rejected += 1;
    world.pass(100, &mut [&mut a, &mut b]);
    a.trip();
    world.pass(100, &mut [&mut a, &mut b]);
    assert_eq!((a.opened_for.len(), b.opened_for.len()), (2, 2));
    assert_eq!(b.gate, MayProbe::Held);
}

#[test]
fn process_without_traffic_asks_for_no_lease() {
    let (mut world, mut a, mut b) = opened();
    world.pass(5_000, &mut [&mut a]);
    assert_eq!(a.gate, MayProbe::Held);
    b.local.rejected += 1;
    world.pass(100, &mut [&mut b]);
    assert!(b.gate.admits(world.now));
}

#[test]
fn holder_that_was_paused_may_not_probe() {
    let (mut world, mut a, mut b) = opened();
    a.local.rejected += 1;
    let (number, request) = world.tick(&mut a).expect("it wants a lease");
    let view = world.answer(&request);
    world.now += RULES.lease - CALL;
    a.input(world.now, Input::Reply { number, view: view.clone() });
    assert!(!a.gate.admits(world.now), "the lease counts from the request");
    world.now += 60_000;
    world.tick(&mut a);
    assert!(!a.gate.admits(world.now), "the store is not lost, the process was away");
    b.local.rejected += 1;
    world.pass(100, &mut [&mut b]);
    assert!(b.gate.admits(world.now));
    a.input(world.now, Input::Reply { number, view });
    assert!(!a.gate.admits(world.now), "an answer counts once");
}

#[test]
fn lost_store_leaves_each_breaker_to_itself() {
    let (mut world, mut a, _) = opened();
    a.local.rejected += 1;
    let (number, _) = world.tick(&mut a).expect("it wants a lease");
    world.now += LONGEST_TICK;
    world.tick(&mut a);
    assert_eq!(a.gate, MayProbe::Held);
    world.now += LOST_AFTER - LONGEST_TICK;
    world.tick(&mut a);
    assert_eq!(a.gate, MayProbe::Free);
    a.input(world.now, Input::Failed { number });
    world.pass(100, &mut [&mut a]);
    assert_ne!(a.gate, MayProbe::Free, "the store answers again");
    assert_eq!(a.opened_for.len(), 1);
}

#[test]
fn breaker_that_recovered_without_the_store_vouches_for_the_fleet() {
    let (mut world, mut a, mut b) = opened();
    a.local.state = State::Closed;
    world.pass(2_000, &mut [&mut a, &mut b]);
    assert_eq!(b.local.state, State::Open, "a reset without a success vouches for nothing");
    a.succeed();
    world.pass(200, &mut [&mut a, &mut b]);
    assert_eq!((a.opened_for.len(), b.local.state), (1, State::Closed));
}

#[test]
fn process_that_joins_applies_an_open_group_and_no_old_recovery() {
    let (mut world, mut a, mut b) = opened();
    let mut late = Replica::new(3);
    world.pass(100, &mut [&mut late]);
    assert_eq!((late.opened_for.len(), late.gate), (1, MayProbe::Held));
    let by = Author { name: Arc::from("ada"), reason: None };
    let reset =
        Request { process: ProcessId(9), known: Known::default(), draw: 9, body: Body::Reset(by) };
    world.answer(&reset);
    let mut later = Replica::new(4);
    world.pass(1_000, &mut [&mut a, &mut b, &mut late, &mut later]);
    assert_eq!((late.closed.len(), later.closed.len()), (1, 0));
}

#[test]
fn emptied_store_agrees_again_with_its_members() {
    let (mut world, mut a, mut b) = opened();
    a.local.own = true;
    b.local.own = true;
    world.group = Group::default();
    world.pass(300, &mut [&mut a, &mut b]);
    assert_eq!((a.opened_for.len(), b.opened_for.len()), (2, 2), "both vote again");
    assert!(a.opened_for[1] > a.opened_for[0]);
    assert_eq!(a.opened_for, b.opened_for);
}

/// The processes of [`opened`] and one more that makes calls; none sees failures any more, as all are
/// open.
fn open_by_order() -> (World, [Replica; 3]) {
    let (mut world, mut a, mut b) = opened();
    let mut c = Replica::new(3);
    c.succeed();
    world.pass(300, &mut [&mut a, &mut b, &mut c]);
    let mut replicas = [a, b, c];
    for replica in &mut replicas {
        assert_eq!(replica.local.state, State::Open);
        (replica.local.own, replica.local.failing) = (false, false);
    }
    (world, replicas)
}

#[test]
fn members_take_up_an_order_that_the_store_has_lost_for_the_rest_of_its_time() {
    let (mut world, [_, mut b, mut c]) = open_by_order();
    world.group = Group::default();
    world.pass(200, &mut [&mut b, &mut c]);
    assert_eq!((b.opened_for.len(), c.opened_for.len()), (2, 2), "two of them are a quorum");
    assert_eq!((b.gate, c.gate), (MayProbe::Held, MayProbe::Held));
    b.local.rejected += 1;
    world.pass(100, &mut [&mut b]);
    assert!(b.gate.admits(world.now), "the order had ended: a process probes at once");
}

#[test]
fn order_that_has_ended_for_one_process_is_not_taken_up_by_the_others() {
    // The process that knows of the end speaks first, or last.
    for speaks_first in [true, false] {
        let (mut world, [mut a, mut b, mut c]) = open_by_order();
        a.local.rejected += 1;
        world.pass(100, &mut [&mut a]);
        a.local.state = State::Closed;
        a.succeed();
        world.pass(100, &mut [&mut a]);
        assert_eq!(a.closed.len(), 1, "its result has counted");
        world.group = Group::default();
        if speaks_first {
            a.succeed();
            world.pass(100, &mut [&mut a, &mut b, &mut c]);
        } else {
            world.pass(100, &mut [&mut b, &mut c]);
            world.pass(1_000, &mut [&mut a]);
        }
        world.pass(300, &mut [&mut a, &mut b, &mut c]);
        let states = [&a, &b, &c].map(|replica| replica.local.state);
        assert_eq!(states, [State::Closed; 3], "it speaks first: {speaks_first}");
        assert_eq!(a.opened_for.len(), 1, "it speaks first: {speaks_first}");
    }
}

#[test]
fn processes_that_were_away_do_not_open_a_fleet_by_an_old_order() {
    let (mut world, [mut a, mut b, mut c]) = open_by_order();
    world.now += RULES.lease;
    world.group = Group::default();
    c.local.state = State::Closed;
    c.succeed();
    world.pass(1_000, &mut [&mut a, &mut b, &mut c]);
    assert_eq!((a.opened_for.len(), b.opened_for.len(), c.opened_for.len()), (1, 1, 1));
    assert_eq!((a.gate, b.gate), (MayProbe::Free, MayProbe::Free), "they decide by themselves");
}

#[test]
fn one_process_takes_up_no_order_alone() {
    let (mut world, [mut a, ..]) = open_by_order();
    world.group = Group::default();
    world.pass(1_000, &mut [&mut a]);
    assert_eq!((a.opened_for.len(), a.gate), (1, MayProbe::Free));
}

#[test]
fn command_that_the_store_has_lost_is_restored() {
    let (mut world, mut a, mut b) = (World::new(), Replica::new(1), Replica::new(2));
    world.pass(100, &mut [&mut a, &mut b]);
    let backup = world.group.clone();
    let author = Author { name: Arc::from("ada"), reason: None };
    let command =
        |mode| Body::Command(FleetCommand { id: 0, mode, author: author.clone(), length: 60_000 });
    let issue = |world: &mut World, mode| {
        let known = Known::default();
        world.answer(&Request { process: ProcessId(9), known, draw: 9, body: command(mode) });
    };
    issue(&mut world, Mode::ForcedOpen);
    world.pass(1_000, &mut [&mut a]);
    let forced = world.group.clone();
    world.group = backup;
    world.pass(1_100, &mut [&mut a]);
    world.pass(1_000, &mut [&mut b]);
    assert_eq!((&a.modes[..], &b.modes[..]), (&[Mode::ForcedOpen][..], &[Mode::ForcedOpen][..]));

    issue(&mut world, Mode::Automatic);
    world.pass(1_000, &mut [&mut a]);
    world.group = forced;
    world.pass(1_100, &mut [&mut a]);
    let mut late = Replica::new(3);
    world.pass(1_000, &mut [&mut b, &mut late]);
    assert_eq!(b.modes, [Mode::ForcedOpen, Mode::Automatic]);
    assert!(late.modes.is_empty());
}

#[test]
fn report_that_is_given_up_counts_as_dropped() {
    let (mut world, mut a) = (World::new(), Replica::new(1));
    a.fail(4);
    let (number, request) = world.tick(&mut a).expect("a report");
    assert!(matches!(request.body, Body::Report(report) if report.failures == 4));
    a.input(world.now, Input::Failed { number });
    assert_eq!(a.member.as_ref().map(Membership::dropped), Some(4));
    a.fail(1);
    let (_, request) = world.tick(&mut a).expect("a report");
    assert!(matches!(request.body, Body::Report(report) if (report.seq, report.failures) == (2, 1)));
}

#[test]
fn process_that_leaves_counts_no_longer() {
    let (mut world, a, mut b) = opened();
    let leave = a.member.as_ref().expect("a member").leave(7);
    assert_eq!(world.answer(&leave).live, 1);
    b.local.rejected += 1;
    world.pass(100, &mut [&mut b]);
    assert!(b.gate.admits(world.now));
}
