//! Ten processes, one dependency: the trip, the probes, the recovery, and what kills them.

use std::thread;
use std::time::Duration;

use crate::child::{LEASE, OPEN};
use crate::fleet::{BUSY, Fleet, HALF_A_SECOND, Line, assert_one_probe_at_a_time, probes};

const OPENED_BY_FLEET: &str = "event open opened by the fleet";
const PROBES_SUCCEEDED: &str = "event closed the probes succeeded";

/// Returns how long after the first line that begins with `first` the last one that begins with `last`
/// came.
fn spread(lines: &[Line], first: &str, last: &str) -> Duration {
    let first = lines.iter().find(|line| line.what.starts_with(first)).expect(first).at;
    let last = lines.iter().rev().find(|line| line.what.starts_with(last)).expect(last).at;
    Duration::from_micros(last.saturating_sub(first))
}

#[test]
fn ten_processes_trip_once_probe_one_at_a_time_and_recover_together() {
    let fleet = Fleet::start(10);
    let mark = fleet.mark();
    // Three processes see it first: the others have not called it when the fleet opens.
    (0..3).for_each(|process| fleet.set_down_for(process, true));
    fleet.until("all are open", |lines| fleet.are_all(lines, "open"));
    fleet.set_down(true);
    let opened = spread(&fleet.since(mark), OPENED_BY_FLEET, "event open");
    let trips = fleet.since(mark);
    for process in 0..fleet.len() {
        let events =
            trips.iter().filter(|line| line.process == process && line.what.starts_with("event"));
        assert_eq!(events.count(), 1, "one trip of process {process}: {}", fleet.tail());
    }
    // Three open periods of the processes: two probes fail, or three.
    thread::sleep(3 * OPEN);
    let failed = fleet.since(mark).iter().filter(|line| line.what == "probe begins").count();
    assert!((1..=4).contains(&failed), "{failed} probes in three open periods:\n{}", fleet.tail());
    let mark_up = fleet.mark();
    (0..3).for_each(|process| fleet.set_down_for(process, false));
    fleet.set_down(false);
    fleet.until("all are closed", |lines| fleet.are_all(lines, "closed"));
    let lines = fleet.since(mark_up);
    let closed = spread(&lines, PROBES_SUCCEEDED, "event closed");
    let successes = lines.iter().filter(|line| line.what == PROBES_SUCCEEDED).count();
    assert_eq!(successes, 1, "one process has probed:\n{}", fleet.tail());
    assert_one_probe_at_a_time(&fleet.since(mark));
    println!("all open {opened:?} after the trip, all closed {closed:?} after the recovery");
    assert!(opened < HALF_A_SECOND + BUSY && closed < HALF_A_SECOND + BUSY, "{opened:?}, {closed:?}");
    fleet.assert_keys_expire();
}

#[test]
fn bad_process_alone_opens_no_other() {
    let fleet = Fleet::start(4);
    fleet.set_down_for(1, true);
    fleet.until("it is open", |lines| lines.iter().any(|line| line.what.starts_with("event open")));
    // Time enough for the others to open, if they did. They send nothing that could be waited for.
    thread::sleep(4 * OPEN);
    let lines = fleet.since(0);
    let others = lines.iter().filter(|line| line.process != 1 && line.what.starts_with("event"));
    assert_eq!(others.count(), 0, "{}", fleet.tail());
}

/// The holder of the lease dies, and the next one is paused beyond its deadline.
#[test]
fn lease_of_a_process_that_dies_or_stops_goes_to_another() {
    let mut fleet = Fleet::start(5);
    fleet.set_down(true);
    fleet.set_hanging(true);
    let prober = |mark: usize, fleet: &Fleet| {
        fleet.until("a probe", |lines| lines[mark..].iter().any(|line| line.what == "probe begins"));
        let lines = fleet.since(mark);
        lines.iter().find(|line| line.what == "probe begins").expect("a probe").process
    };
    let killed = prober(0, &fleet);
    fleet.kill(killed);
    let mark = fleet.mark();
    let stopped = prober(mark, &fleet);
    fleet.pause(stopped, true);
    let mark = fleet.mark();
    fleet.set_hanging(false);
    fleet.set_down(false);
    // Another process probes once the lease is over, and closes the fleet.
    fleet.until("the others are closed", |lines| {
        lines[mark..].iter().any(|line| line.what == PROBES_SUCCEEDED)
            && (0..fleet.len()).filter(|process| ![killed, stopped].contains(process)).all(|process| {
                let last = lines
                    .iter()
                    .rev()
                    .find(|line| line.process == process && line.what.starts_with("event"));
                last.is_some_and(|line| line.what.starts_with("event closed"))
            })
    });
    let mark = fleet.mark();
    fleet.pause(stopped, false);
    fleet.until("it is closed as well", |lines| fleet.are_all(lines, "closed"));
    // Time enough for the late result to open the fleet again, if it counted.
    thread::sleep(LEASE);
    let lines = fleet.since(mark);
    let reopened = lines.iter().filter(|line| line.what.starts_with(OPENED_BY_FLEET)).count();
    assert_eq!(
        (reopened, probes(&lines).len()),
        (0, 0),
        "the late result counts for nothing:\n{}",
        fleet.tail()
    );
}

#[test]
fn killed_server_leaves_local_breakers_and_the_fleet_agrees_again_after_it() {
    let mut fleet = Fleet::start(4);
    fleet.server.kill();
    let mark = fleet.mark();
    fleet.until("all have lost it", |lines| {
        lines[mark..].iter().filter(|line| line.what.contains("each breaker decides")).count() == 4
    });
    fleet.set_down_for(0, true);
    fleet.until("it is open", |lines| {
        lines[mark..].iter().any(|line| line.process == 0 && line.what.starts_with("event open"))
    });
    fleet.set_down_for(0, false);
    fleet.until("closed again", |lines| fleet.are_all(lines, "closed"));
    let of_others = |line: &&Line| line.process != 0 && line.what.starts_with("event");
    assert_eq!(fleet.since(mark).iter().filter(of_others).count(), 0, "{}", fleet.tail());
    let mark = fleet.mark();
    fleet.server.start_again();
    fleet.until("all have reached it", |lines| {
        lines[mark..].iter().filter(|line| line.what.contains("the store answers")).count() == 4
    });
    // Time enough for a second line, if there were one.
    thread::sleep(Duration::from_secs(2));
    let lines = fleet.since(mark);
    assert_eq!(
        lines.iter().filter(|line| line.what.starts_with("fleet")).count(),
        4,
        "{}",
        fleet.tail()
    );
    (0..2).for_each(|process| fleet.set_down_for(process, true));
    fleet.until("all are open", |lines| fleet.are_all(lines, "open"));
    assert!(fleet.since(mark).iter().any(|line| line.what == OPENED_BY_FLEET), "{}", fleet.tail());
    (0..2).for_each(|process| fleet.set_down_for(process, false));
    fleet.set_down(false);
    fleet.until("all are closed", |lines| fleet.are_all(lines, "closed"));
    fleet.assert_keys_expire();
}

#[test]
fn clock_of_the_server_that_is_set_opens_nothing_and_wedges_nothing() {
    const HOUR: i64 = 3_600_000;
    let fleet = Fleet::start(4);
    for step in [HOUR, -HOUR] {
        let mark = fleet.mark();
        fleet.step_clock(step);
        // Time enough for some reports of all processes, which work.
        thread::sleep(Duration::from_millis(800));
        let lines = fleet.since(mark);
        assert!(!lines.iter().any(|line| line.what.starts_with("event")), "{}", fleet.tail());
        fleet.set_down(true);
        fleet.until("all are open", |lines| fleet.are_all(lines, "open"));
        fleet.step_clock(step);
        let mark = fleet.mark();
        fleet.until("a process probes", |lines| {
            lines[mark..].iter().any(|line| line.what == "probe begins")
        });
        fleet.step_clock(-step);
        fleet.set_down(false);
        fleet.until("all are closed", |lines| fleet.are_all(lines, "closed"));
    }
    fleet.assert_keys_expire();
}

#[test]
fn store_that_is_lost_during_a_probe_is_no_reason_to_stay_open_or_to_open_again() {
    let mut fleet = Fleet::start(4);
    fleet.set_down(true);
    fleet.set_hanging(true);
    fleet.until("a process probes", |lines| lines.iter().any(|line| line.what == "probe begins"));
    fleet.server.kill();
    fleet.set_down(false);
    fleet.set_hanging(false);
    fleet.until("each has probed for itself", |lines| fleet.are_all(lines, "closed"));
    let mark = fleet.mark();
    fleet.server.start_again();
    fleet.until("all have reached it", |lines| {
        lines[mark..].iter().filter(|line| line.what.contains("the store answers")).count() == 4
    });
    // Time enough for a stale order to open a breaker, if there were one.
    thread::sleep(2 * OPEN);
    let lines = fleet.since(mark);
    assert!(!lines.iter().any(|line| line.what.starts_with("event")), "{}", fleet.tail());
    fleet.set_down(true);
    fleet.until("all are open", |lines| fleet.are_all(lines, "open"));
    fleet.set_down(false);
    fleet.until("all are closed", |lines| fleet.are_all(lines, "closed"));
    fleet.assert_keys_expire();
}
