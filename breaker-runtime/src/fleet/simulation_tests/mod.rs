//! A simulation: 1 to 10,000 processes before one dependency that is down for 30 seconds, each with its
//! own breaker, or with breakers that are shared. Groups and members take the same steps as in a real
//! fleet; only clock, network and breakers are simulated.
//!
//! `.ci/fleet-simulation` prints the table of all sizes, and draws it.

#![expect(clippy::cast_precision_loss, reason = "figures to print and to draw")]

mod chart;
mod events;
mod fleet;

use std::fmt;
use std::path::Path;

use crate::fleet::simulation_tests::fleet::{Figures, Plan, simulate};

/// A row of the table.
struct Row {
    plan: Plan,
    figures: Figures,
}

const HEAD: &str = "| processes | calls of each | breakers | open after | wasted | probes | closed after | \
                    requests | at most |\n|--:|--:|---|--:|--:|--:|--:|--:|--:|";

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { plan: Plan { processes, interval, shared }, figures } = self;
        let seconds = |length: Option<u64>| {
            length.map_or("never".to_owned(), |length| format!("{:.1} s", length as f64 / 1_000.0))
        };
        let breakers = if *shared { "shared" } else { "local" };
        let rate = 1_000.0 / *interval as f64;
        let (open, closed) = (seconds(figures.all_open), seconds(figures.all_closed));
        let Figures { wasted, probes, operations, peak, .. } = figures;
        let mean = operations / fleet::SECONDS;
        write!(
            f,
            "| {processes} | {rate} /s | {breakers} | {open} | {wasted} | {probes} | {closed} | {mean} /s | {peak} /s |"
        )
    }
}

fn rows(sizes: &[usize]) -> Vec<Row> {
    let mut rows = Vec::new();
    for interval in [200, 5_000] {
        for &processes in sizes {
            for shared in [false, true] {
                let plan = Plan { processes, interval, shared };
                rows.push(Row { figures: simulate(plan), plan });
            }
        }
    }
    rows
}

#[test]
fn shared_breakers_open_sooner_and_probe_once() {
    let path = std::env::var_os("FLEET_SIMULATION");
    let sizes: &[usize] =
        if path.is_some() { &[1, 2, 5, 10, 50, 100, 1_000, 10_000] } else { &[1, 10, 50] };
    let rows = rows(sizes);
    println!("{HEAD}");
    for row in &rows {
        println!("{row}");
    }
    if let Some(path) = path {
        std::fs::write(Path::new(&path), chart::draw(&rows)).expect("the picture is written");
    }
    for pair in rows.chunks(2) {
        let [local, shared] = pair else { unreachable!("rows come in pairs") };
        if local.plan.processes < 10 {
            continue;
        }
        let (plan, local, shared) = (local.plan, &local.figures, &shared.figures);
        assert!(shared.probes * 2 < local.probes, "{plan:?}: {local:?}, {shared:?}");
        assert!(shared.wasted < local.wasted, "{plan:?}: {local:?}, {shared:?}");
        assert!(shared.all_open.is_some() && shared.all_closed.is_some(), "{plan:?}: {shared:?}");
        assert_eq!(local.operations, 0);
    }
}

#[test]
fn fleet_of_one_gains_nothing() {
    let plan = |shared| Plan { processes: 1, interval: 200, shared };
    let (local, shared) = (simulate(plan(false)), simulate(plan(true)));
    assert_eq!((local.probes, local.all_open), (shared.probes, shared.all_open));
}
