//! The answers of a group, request by request.

use std::sync::Arc;

use crate::fleet::protocol::group::{Group, Stepped};
use crate::fleet::protocol::message::{
    Author, Body, FleetCommand, Known, LIVENESS, LeaseView, MAX_LENGTH, Millis, OpenCause, Phase,
    ProcessId, QuorumRule, Report, Request, Rules, Settle, StandingOrder, View,
};
use crate::types::snapshot::Mode;

const RULES: Rules = Rules::OF_A_TEST;

/// A store with one group, and its clock.
struct Store {
    wall: Millis,
    group: Group,
    draws: u64,
}

/// A process that applies each view.
struct Process {
    id: u64,
    seq: u64,
    known: Known,
}

impl Store {
    fn new() -> Self {
        Self { wall: 1_000_000, group: Group::default(), draws: 100 }
    }

    fn step(&mut self, process: &mut Process, body: Body) -> Stepped {
        self.draws += 1;
        let request =
            Request { process: ProcessId(process.id), known: process.known, draw: self.draws, body };
        let stepped = self.group.clone().step(self.wall, &request);
        if stepped.wrote {
            self.group = stepped.group.clone();
        } else {
            assert_eq!(stepped.group, self.group, "nothing is written");
        }
        let View { incarnation, epoch, .. } = stepped.view;
        process.known = Known { incarnation, epoch };
        stepped
    }

    fn report(&mut self, process: &mut Process, change: impl FnOnce(&mut Report)) -> View {
        let report = process.report(change);
        self.step(process, Body::Report(report)).view
    }

    fn fail(&mut self, process: &mut Process, failures: u64) -> View {
        self.report(process, |report| (report.failures, report.failing) = (failures, true))
    }

    fn read(&mut self, process: &mut Process) -> View {
        self.step(process, Body::Read { members: false }).view
    }

    fn probe(&mut self, process: &mut Process) -> View {
        self.report(process, |report| report.wants_probe = true)
    }

    fn settle(&mut self, process: &mut Process, epoch: u64, token: u64, success: bool) -> View {
        self.step(process, Body::Settle(Settle { epoch, token, success, open: 2_000 })).view
    }
}

impl Process {
    fn new(id: u64) -> Self {
        Self { id, seq: 0, known: Known::default() }
    }

    fn report(&mut self, change: impl FnOnce(&mut Report)) -> Report {
        self.seq += 1;
        let mut report = Report {
            seq: self.seq,
            name: Arc::from("host:1"),
            successes: 0,
            failures: 0,
            streak: 0,
            failing: false,
            open: false,
            order: StandingOrder::None,
            wants_probe: false,
            settings: 1,
            rules: RULES,
        };
        change(&mut report);
        report
    }
}

fn cause(view: &View) -> Option<OpenCause> {
    match view.phase {
        Phase::Open { cause, .. } => Some(cause),
        _ => None,
    }
}

fn token(view: &View) -> u64 {
    match view.lease {
        LeaseView::Mine { token, .. } => token,
        other => panic!("no lease: {other:?}"),
    }
}

/// A group that two processes have opened, its open period over.
fn opened() -> (Store, Process, Process) {
    let (mut store, mut a, mut b) = (Store::new(), Process::new(1), Process::new(2));
    store.fail(&mut a, 3);
    assert_eq!(cause(&store.fail(&mut b, 3)), Some(OpenCause::Streak));
    store.read(&mut a);
    store.wall += RULES.open;
    (store, a, b)
}

#[test]
fn bad_process_alone_opens_no_group() {
    let (mut store, mut bad, mut good) = (Store::new(), Process::new(1), Process::new(2));
    for _ in 0..50 {
        store.report(&mut good, |report| report.successes = 1);
        let view = store.report(&mut bad, |report| {
            (report.failures, report.failing, report.open) = (100, true, true);
        });
        assert_eq!((view.phase, view.failing, view.live), (Phase::Idle, 1, 2));
        store.wall += 200;
    }
    assert_eq!(cause(&store.fail(&mut good, 1)), Some(OpenCause::Streak), "two of two see failures");
}

#[test]
fn quorum_counts_live_processes_once() {
    let (mut store, mut a, mut b) = (Store::new(), Process::new(1), Process::new(2));
    let open = |report: &mut Report| report.open = true;
    store.report(&mut a, open);
    assert_eq!(store.report(&mut a, open).phase, Phase::Idle, "one process twice is one process");
    store.wall += LIVENESS;
    assert_eq!(store.report(&mut b, open).phase, Phase::Idle, "the first is gone");
    store.wall += LIVENESS - 1;
    assert_eq!(cause(&store.report(&mut a, open)), Some(OpenCause::Members));
}

#[test]
fn share_as_quorum_is_rounded_up_and_never_below_two() {
    let tenth = QuorumRule::Share(100_000);
    assert_eq!([0, 1, 2, 20, 21, 30, 500].map(|live| tenth.of(live)), [2, 2, 2, 2, 3, 3, 50]);
    assert_eq!([QuorumRule::Processes(0).of(9), QuorumRule::Processes(3).of(1)], [1, 3]);
}

#[test]
fn reading_and_joining_write_nothing() {
    let (mut store, mut a) = (Store::new(), Process::new(1));
    assert_eq!(store.read(&mut a), View::default());
    assert_eq!(store.report(&mut a, |_| ()), View::default(), "a report without a call");
    assert_eq!(store.group, Group::default());
    let (mut store, ..) = opened();
    let before = store.group.clone();
    assert!(cause(&store.read(&mut Process::new(9))).is_some());
    assert_eq!(store.group, before);
}

#[test]
fn report_that_arrives_twice_counts_once() {
    let (mut store, mut a, mut b) = (Store::new(), Process::new(1), Process::new(2));
    let report = a.report(|report| (report.failures, report.failing) = (2, true));
    for _ in 0..3 {
        store.step(&mut a, Body::Report(report.clone()));
    }
    assert_eq!(store.fail(&mut b, 2).phase, Phase::Idle);
    assert_eq!(cause(&store.fail(&mut b, 1)), Some(OpenCause::Streak));
}

#[test]
fn success_of_any_process_ends_the_streak() {
    let (mut store, mut a, mut b) = (Store::new(), Process::new(1), Process::new(2));
    store.fail(&mut a, 4);
    store.report(&mut b, |report| {
        (report.successes, report.failures, report.streak, report.failing) = (1, 9, 3, true);
    });
    assert_eq!(store.fail(&mut a, 1).phase, Phase::Idle, "three and one");
    assert_eq!(cause(&store.fail(&mut a, 1)), Some(OpenCause::Streak));
}

#[test]
fn lease_goes_to_one_process_until_its_deadline() {
    let (mut store, mut a, mut b) = opened();
    store.wall -= 1;
    assert_eq!(store.probe(&mut a).lease, LeaseView::Free, "the open period is not over");
    store.wall += 1;
    let first = token(&store.probe(&mut a));
    let other = LeaseView::Other { process: ProcessId(1), remaining: RULES.lease };
    assert_eq!(store.probe(&mut b).lease, other);
    store.wall += RULES.lease;
    let second = token(&store.probe(&mut b));
    let epoch = a.known.epoch;
    assert_eq!(store.settle(&mut a, epoch, first, true).epoch, epoch, "its deadline is over");
    let view = store.settle(&mut b, epoch, second, true);
    assert_eq!(view.phase, Phase::Recovered { by: None });
    assert_eq!(store.settle(&mut b, epoch, second, false), view, "one result per epoch");
}

#[test]
fn failed_probe_begins_the_period_of_its_holder() {
    let (mut store, mut a, mut b) = opened();
    let token = token(&store.probe(&mut a));
    let epoch = a.known.epoch;
    let view = store.settle(&mut a, epoch, token, false);
    assert_eq!(view.phase, Phase::Open { remaining: 2_000, cause: OpenCause::Probe });
    assert!(view.epoch > epoch);
    store.wall += 1_999;
    assert_eq!(store.probe(&mut b).lease, LeaseView::Free);
}

#[test]
fn process_that_leaves_releases_its_lease() {
    let (mut store, mut a, mut b) = opened();
    token(&store.probe(&mut a));
    assert_eq!(store.step(&mut a, Body::Leave).view.live, 1);
    token(&store.probe(&mut b));
}

#[test]
fn votes_of_before_the_recovery_do_not_reopen_the_group() {
    let (mut store, mut a, mut b) = opened();
    let (mut c, epoch) = (Process::new(3), a.known.epoch);
    store.report(&mut c, |report| report.open = true);
    let token = token(&store.probe(&mut a));
    store.settle(&mut a, epoch, token, true);
    for process in [&mut b, &mut c] {
        let known = process.known;
        let view = store.report(process, |report| (report.open, report.failures) = (true, 9));
        assert!(known.epoch < view.epoch);
        assert_eq!((view.phase, view.open), (Phase::Recovered { by: None }, 0));
    }
    store.report(&mut b, |report| report.open = true);
    assert_eq!(cause(&store.report(&mut c, |report| report.open = true)), Some(OpenCause::Members));
}

#[test]
fn emptied_store_begins_above_all_known_epochs() {
    let (mut store, mut a, mut b) = opened();
    let before = a.known;
    (store.group, store.wall) = (Group::default(), 1);
    let view = store.report(&mut a, |report| report.open = true);
    assert_eq!((view.phase, view.open), (Phase::Idle, 1));
    assert!(view.epoch > before.epoch && view.incarnation != before.incarnation);
    assert_eq!(cause(&store.report(&mut b, |report| report.open = true)), Some(OpenCause::Members));
}

#[test]
fn restored_backup_begins_above_all_known_epochs() {
    let (mut store, mut a, mut b) = opened();
    let backup = store.group.clone();
    let token = token(&store.probe(&mut a));
    let epoch = a.known.epoch;
    store.settle(&mut a, epoch, token, true);
    let known = a.known;
    store.group = backup;
    let view = store.report(&mut a, |report| report.successes = 1);
    assert_eq!(view.phase, Phase::Idle);
    assert!(view.epoch > known.epoch && view.incarnation != known.incarnation);
    assert_eq!(store.probe(&mut b).epoch, view.epoch);
}

#[test]
fn clock_of_the_store_set_back_prolongs_nothing() {
    let (mut store, mut a, mut b) = (Store::new(), Process::new(1), Process::new(2));
    store.fail(&mut a, 3);
    store.fail(&mut b, 3);
    store.wall -= 500_000;
    store.report(&mut a, |_| ());
    store.wall += RULES.open;
    token(&store.probe(&mut a));
}

#[test]
fn command_is_in_force_until_its_end_or_the_next() {
    let (mut store, mut a) = (Store::new(), Process::new(1));
    let author = Author { name: Arc::from("ada"), reason: None };
    let command =
        |id, mode| Body::Command(FleetCommand { id, mode, author: author.clone(), length: 5_000 });
    let first = store.step(&mut a, command(0, Mode::ForcedOpen));
    assert!(first.changed);
    store.wall += 4_999;
    let mode = |view: View| view.command.map(|command| (command.mode, command.remaining));
    assert_eq!(mode(store.read(&mut a)), Some((Mode::ForcedOpen, 1)));
    store.wall += 1;
    assert_eq!(mode(store.read(&mut a)), Some((Mode::ForcedOpen, 0)));

    store.step(&mut a, command(0, Mode::ForcedClosed));
    let view = store.step(&mut a, command(first.view.command_id, Mode::ForcedOpen)).view;
    assert_eq!(mode(view), Some((Mode::ForcedClosed, 5_000)), "an older command changes nothing");
    let view = store.step(&mut a, command(0, Mode::Automatic)).view;
    assert_eq!(mode(view), Some((Mode::Automatic, 5_000)));
}

#[test]
fn group_is_kept_longer_than_all_that_it_holds() {
    let (mut store, mut a, _) = opened();
    let longest = MAX_LENGTH;
    let author = Author { name: Arc::from("ada"), reason: None };
    let command = FleetCommand { id: 0, mode: Mode::ForcedOpen, author, length: longest };
    assert!((RULES.open..longest).contains(&store.group.kept_for()));
    store.step(&mut a, Body::Command(command));
    assert!(store.group.kept_for() > longest);
}

#[test]
fn reset_closes_the_group_and_forgets_its_evidence() {
    let (mut store, mut a, mut b) = opened();
    let by = Author { name: Arc::from("ada"), reason: Some(Arc::from("deployed")) };
    let view = store.step(&mut a, Body::Reset(by.clone())).view;
    assert_eq!((view.phase, view.failing), (Phase::Recovered { by: Some(by) }, 0));
    store.read(&mut b);
    store.fail(&mut a, 2);
    assert!(matches!(store.fail(&mut b, 2).phase, Phase::Recovered { .. }));
}
