//! The outages of a shop that is open for long, in a loop.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::dependencies::Dependencies;
use super::progress::headline;
use super::script::Phase;

/// The phases, with times in which a person can follow them.
const PHASES: [(Phase, Duration); 4] = [
    (Phase::Normal, Duration::from_secs(15)),
    (Phase::Outage, Duration::from_secs(20)),
    (Phase::WiderOutage, Duration::from_secs(15)),
    (Phase::Recovered, Duration::from_secs(20)),
];

/// Lets the dependencies fail and recover, except those that were switched manually.
pub(super) async fn repeat(dependencies: &Dependencies, started: Instant) {
    loop {
        for (phase, length) in PHASES {
            headline(started, phase);
            dependencies.play(phase.health());
            sleep(length).await;
        }
    }
}
