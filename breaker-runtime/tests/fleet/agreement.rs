//! Failures of the store while the fleet is open and no probe has a result: within two seconds after the
//! store answers again, all processes show the same epoch.

use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use redis::Value;

use crate::child::{GROUP, OPEN};
use crate::fleet::{BUSY, Fleet, Line};
use crate::redis_server::RedisServer;

/// The time within which the fleet agrees again.
const TWO_SECONDS: Duration = Duration::from_secs(2);

/// Longer than an open period and than the time after which a store is lost.
const AWAY: Duration = Duration::from_secs(2);

const PROCESSES: usize = 5;

fn micros_since_1970() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    now.as_micros().try_into().expect("a time of this age")
}

/// Starts a fleet with a server that can have a replica, and returns the server's port.
fn fleet() -> (Fleet, String) {
    let port = RedisServer::free_port().to_string();
    (Fleet::start_with(RedisServer::with_options(&["--port", &port]), PROCESSES), port)
}

/// Lets the dependency fail, and then have no end. All are open by the time that it returns, and the
/// open period is over.
fn open(fleet: &Fleet) {
    fleet.set_stuck(true);
    fleet.set_down(true);
    fleet.until("all are open", |lines| epoch_of_all(fleet, lines, 0).is_some());
    // In the time of the processes.
    thread::sleep(OPEN);
}

/// Returns the epoch in which all processes are open for the group, if it is later than `lost`.
fn epoch_of_all(fleet: &Fleet, lines: &[Line], lost: u64) -> Option<u64> {
    let views = fleet.views(lines);
    let epoch = views.first()?.1.strip_prefix("Reached Open ")?.parse().ok()?;
    (epoch > lost && views.iter().all(|view| view.1 == views[0].1)).then_some(epoch)
}

/// Waits until all have noticed that their store is away.
fn all_have_lost_it(fleet: &Fleet) {
    fleet.until("all have lost it", |lines| {
        fleet.views(lines).iter().all(|(_, view)| view.starts_with("Lost"))
    });
}

/// Waits until the fleet agrees in a later epoch than `lost`, and checks how long after `since` that
/// was.
fn agrees(fleet: &Fleet, what: &str, since: u64, lost: u64) {
    fleet.until(&format!("{what}: all agree"), |lines| epoch_of_all(fleet, lines, lost).is_some());
    let last = fleet.views(&fleet.since(0)).into_iter().map(|(at, _)| at).max().expect("views");
    let took = Duration::from_micros(last.saturating_sub(since));
    println!("{what}: the fleet agrees after {took:?}");
    assert!(took < TWO_SECONDS + BUSY, "{what}: {took:?}\n{}", fleet.tail());
}

fn recover(fleet: &Fleet) {
    fleet.set_down(false);
    fleet.set_stuck(false);
    fleet.until("all are closed", |lines| fleet.are_all(lines, "closed"));
    fleet.assert_keys_expire();
}

fn epoch(fleet: &Fleet) -> u64 {
    epoch_of_all(fleet, &fleet.since(0), 0).expect("all are open")
}

/// Opens the fleet, lets `disturb` do something to its server, which loses the epoch or `keeps` it, and
/// waits until the fleet agrees. The server answers again when `disturb` returns.
fn survives(fleet: &mut Fleet, what: &str, keeps: bool, disturb: impl FnOnce(&mut Fleet)) {
    open(fleet);
    let before = epoch(fleet);
    disturb(fleet);
    agrees(fleet, what, micros_since_1970(), before - u64::from(keeps));
    recover(fleet);
}

fn key(ending: &str) -> String {
    format!("{{breaker:1:{GROUP}}}:{ending}")
}

#[test]
fn server_that_is_slow_or_answers_errors_is_followed_by_agreement() {
    let (mut fleet, _) = fleet();
    survives(&mut fleet, "slow", true, |fleet| {
        fleet.server.pause();
        all_have_lost_it(fleet);
        fleet.server.resume();
    });
    survives(&mut fleet, "answers errors", true, |fleet| {
        fleet.server.command(&["CONFIG", "SET", "maxmemory", "1"]);
        all_have_lost_it(fleet);
        fleet.server.command(&["CONFIG", "SET", "maxmemory", "0"]);
    });
}

#[test]
fn server_that_was_down_and_is_empty_is_followed_by_agreement() {
    let (mut fleet, _) = fleet();
    survives(&mut fleet, "restarted empty at once", false, |fleet| {
        fleet.server.kill();
        fleet.server.start_again();
    });
    survives(&mut fleet, "down, and empty", false, |fleet| {
        fleet.server.kill();
        all_have_lost_it(fleet);
        // In the time of the server: the length of the outage is part of the scenario.
        thread::sleep(AWAY);
        fleet.server.start_again();
    });
}

#[test]
fn server_that_holds_garbage_or_a_backup_is_followed_by_agreement() {
    let (mut fleet, _) = fleet();
    survives(&mut fleet, "garbage", false, |fleet| {
        for ending in ["state", "members", "seen"] {
            fleet.server.command(&["SET", &key(ending), "garbage"]);
        }
    });
    let backup = fleet.server.backup();
    survives(&mut fleet, "a restored backup", false, |fleet| fleet.server.restore(&backup));
}

#[test]
fn replica_that_has_missed_the_trip_is_followed_by_agreement() {
    let (mut fleet, port) = fleet();
    let replica = RedisServer::with_options(&["--replicaof", "127.0.0.1", &port]);
    fleet.until("it has a copy", |_| replica.command(&["DBSIZE"]) != Value::Int(0));
    // From here on it misses what is written.
    replica.command(&["REPLICAOF", "NO", "ONE"]);
    survives(&mut fleet, "failed over", false, |fleet| fleet.server.fail_over(replica));
}

#[test]
fn server_that_was_down_at_the_start_is_followed_by_agreement() {
    let mut fleet = Fleet::start_with(RedisServer::stopped(&[]), PROCESSES);
    fleet.set_stuck(true);
    fleet.set_down(true);
    let has_opened = |lines: &[Line], process: usize| {
        lines.iter().any(|line| line.process == process && line.what.starts_with("event open"))
    };
    fleet.until("each has opened by itself", |lines| {
        (0..PROCESSES).all(|process| has_opened(lines, process))
    });
    fleet.server.start_again();
    agrees(&fleet, "down at the start", micros_since_1970(), 0);
    recover(&fleet);
}
