//! Random deaths, pauses, clock steps and failures of everything, with a seed that repeats them.

use std::env;
use std::thread;
use std::time::{Duration, Instant};

use crate::child::{LEASE, OPEN};
use crate::fleet::Fleet;

/// The variables that `.ci/fleet-soak` sets.
const SECONDS: &str = "BREAKER_SOAK_SECONDS";
const SEED: &str = "BREAKER_SOAK_SEED";

/// The length of the soak among the other tests.
const SHORT: u64 = 12;

const PROCESSES: usize = 5;

/// A random act. The same seed gives the same acts; the processes still run as fast as they can.
fn act(random: &mut fastrand::Rng, fleet: &mut Fleet, server_is_up: &mut bool) -> String {
    let process = random.usize(..PROCESSES);
    match random.u32(..13) {
        0..=2 => {
            fleet.set_down(true);
            "the dependency fails".to_owned()
        }
        3..=5 => {
            fleet.set_down(false);
            "the dependency works".to_owned()
        }
        6 => {
            let down = random.bool();
            fleet.set_down_for(process, down);
            format!("the dependency of process {process} fails: {down}")
        }
        7 => {
            fleet.set_hanging(random.bool());
            "probes may hang".to_owned()
        }
        8 => {
            if fleet.lives(process) {
                fleet.kill(process);
            } else {
                fleet.spawn(process);
            }
            format!("process {process} dies or starts")
        }
        12 => {
            let millis = random.i64(-7_200_000..=7_200_000);
            if *server_is_up {
                fleet.step_clock(millis);
            }
            format!("the clock of the server is set by {millis} ms")
        }
        9 | 10 => {
            let stopped = !fleet.is_stopped(process);
            fleet.pause(process, stopped);
            format!("process {process} is stopped: {stopped}")
        }
        _ => {
            if *server_is_up {
                fleet.server.kill();
            } else {
                fleet.server.start_again();
            }
            *server_is_up = !*server_is_up;
            format!("the server runs: {server_is_up}")
        }
    }
}

#[test]
fn random_deaths_and_failures_wedge_nothing_and_leave_no_key_without_expiry() {
    let number = |name: &str| env::var(name).ok().map(|text| text.parse().expect("a number"));
    let seed = number(SEED).unwrap_or_else(|| fastrand::u64(..));
    let length = Duration::from_secs(number(SECONDS).unwrap_or(SHORT));
    println!("{SEED}={seed} {SECONDS}={}", length.as_secs());
    let mut random = fastrand::Rng::with_seed(seed);
    let mut fleet = Fleet::start(PROCESSES);
    let (start, mut server_is_up) = (Instant::now(), true);
    let mut acts = Vec::new();
    while start.elapsed() < length {
        acts.push(act(&mut random, &mut fleet, &mut server_is_up));
        // The time between two acts is part of the scenario.
        thread::sleep(Duration::from_millis(random.u64(50..900)));
    }
    // Everything works again.
    if !server_is_up {
        fleet.server.start_again();
    }
    fleet.set_down(false);
    fleet.set_hanging(false);
    for process in 0..PROCESSES {
        fleet.set_down_for(process, false);
        fleet.pause(process, false);
        if !fleet.lives(process) {
            fleet.spawn(process);
        }
    }
    // Until the open period and the lease that are under way have ended, in the time of the processes.
    thread::sleep(OPEN + LEASE);
    println!("{}", acts.join("\n"));
    fleet.until("all are closed", |lines| fleet.are_all(lines, "closed"));
    // The fleet still trips and recovers as one.
    fleet.set_down(true);
    fleet.until("all are open", |lines| fleet.are_all(lines, "open"));
    fleet.set_down(false);
    fleet.until("all are closed again", |lines| fleet.are_all(lines, "closed"));
    fleet.assert_keys_expire();
}
