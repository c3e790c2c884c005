//! One process of the fleet: it calls its dependency all the time, and writes what happens.

use std::env;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use breaker_runtime::fleet::{self, Fleet, FleetOptions};
use breaker_runtime::{CircuitBreaker, State};

/// The variables of the environment by which a process gets its part.
pub const FOLDER: &str = "BREAKER_FLEET_FOLDER";
pub const URL: &str = "BREAKER_FLEET_URL";
pub const NUMBER: &str = "BREAKER_FLEET_NUMBER";

/// The group of all processes.
pub const GROUP: &str = "payments";

/// The open period, and the time for a probe.
pub const OPEN: Duration = Duration::from_secs(1);
pub const LEASE: Duration = Duration::from_millis(1_500);

/// The time between two calls.
const PAUSE: Duration = Duration::from_millis(20);
/// The time that a probe takes, and that of a dependency which hangs.
const PROBE: Duration = Duration::from_millis(40);
const HANG: Duration = Duration::from_millis(700);

/// Returns a line with the time, for the parent.
fn say(what: &str) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_micros();
    // The parent is gone if this fails, and this process ends with its folder.
    let _ = writeln!(io::stdout(), "> {now} {what}");
}

/// Runs only in a process that a test has started.
#[test]
fn process_of_a_fleet() {
    let (Ok(folder), Ok(url)) = (env::var(FOLDER), env::var(URL)) else { return };
    let number = env::var(NUMBER).expect("a number");
    // The test program has begun a line.
    let _ = writeln!(io::stdout());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(run(PathBuf::from(folder), &url, &number));
}

async fn run(folder: PathBuf, url: &str, number: &str) {
    let builder = CircuitBreaker::builder("payments").shared(GROUP).failure_threshold(5);
    let builder = builder.success_threshold(1).timeout(OPEN).probe_timeout(LEASE);
    let breaker = builder.build().expect("valid options");
    breaker.on_event(|event| say(&format!("event {} {}", event.to, event.reason))).detach();
    let options = FleetOptions::new().process_name(format!("child {number}"));
    let fleet = fleet::connect(url, options).expect("an address");
    let subscription = fleet.on_event(|event| say(&format!("fleet {event}")));
    say("ready");
    let own = folder.join(format!("down-{number}"));
    let mut shown = String::new();
    while folder.exists() {
        call(&breaker, &folder, &own).await;
        show(&fleet, &mut shown);
        tokio::time::sleep(PAUSE).await;
    }
    drop(subscription);
}

/// Writes what the process sees of the fleet, if that has changed.
fn show(fleet: &Fleet, shown: &mut String) {
    let status = fleet.status();
    let Some(group) = status.groups.first() else { return };
    let view = format!("view {:?} {:?} {}", status.store, group.phase, group.epoch);
    if view != *shown {
        say(&view);
        *shown = view;
    }
}

async fn call(breaker: &CircuitBreaker, folder: &Path, own: &Path) {
    let is_probe = breaker.state() != State::Closed;
    let Ok(permit) = breaker.try_acquire_owned() else { return };
    let stuck = folder.join("stuck");
    if is_probe && stuck.exists() {
        // The process has further calls meanwhile.
        tokio::spawn(async move {
            while stuck.exists() {
                tokio::time::sleep(PAUSE).await;
            }
            permit.success();
        });
        return;
    }
    if is_probe {
        say("probe begins");
        tokio::time::sleep(if folder.join("hang").exists() { HANG } else { PROBE }).await;
        say("probe ends");
    }
    if folder.join("down").exists() || own.exists() {
        permit.failure();
    } else {
        permit.success();
    }
}
