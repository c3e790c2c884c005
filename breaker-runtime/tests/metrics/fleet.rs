//! The figures of the fleet of this process, with a store that does not answer.

use std::sync::OnceLock;

use breaker_runtime::fleet::{FleetOptions, FleetReachability, connect as connect_fleet, connected};
use breaker_runtime::{CircuitBreaker, metrics};
use tokio::runtime::{Builder, Runtime};

use crate::wait::wait_until;

/// Connects this process to a fleet, once for all tests.
pub(crate) fn connect() {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let entered = runtime.enter();
        // The connection lasts as long as the runtime.
        let _ = connect_fleet("redis+unix:///nowhere/breaker.sock", FleetOptions::new()).unwrap();
        drop(entered);
        runtime
    });
}

/// Returns the samples of the fleet as they are scraped.
fn samples() -> Vec<String> {
    let text = metrics::render();
    text.lines().filter(|line| line.starts_with("breaker_fleet_")).map(str::to_owned).collect()
}

#[test]
fn store_that_does_not_answer_is_reported_to_every_library() {
    connect();
    let builder = CircuitBreaker::builder("metrics.fleet").shared("metrics.fleet");
    let _breaker = builder.build().unwrap();
    // The agent finds the breaker by itself, and the store is lost after a second.
    wait_until("the agent finds the breaker", || {
        let status = connected().expect("connected").status();
        status.store == FleetReachability::Lost && !status.groups.is_empty()
    });
    let wanted = [
        "breaker_fleet_reachable 0.0",
        "breaker_fleet_dropped_total 0",
        "breaker_fleet_groups{phase=\"idle\"} 1.0",
        "breaker_fleet_groups{phase=\"open\"} 0.0",
        "breaker_fleet_groups{phase=\"recovered\"} 0.0",
        "breaker_fleet_mixed_groups 0.0",
        "breaker_fleet_commands{mode=\"forced_open\"} 0.0",
        "breaker_fleet_commands{mode=\"forced_closed\"} 0.0",
    ];
    assert_eq!(samples(), wanted);
    #[cfg(feature = "metrics-facade")]
    {
        let recorder = metrics_util::debugging::DebuggingRecorder::new();
        ::metrics::with_local_recorder(&recorder, breaker_runtime::metrics_facade::publish);
        let published = recorder.snapshotter().snapshot().into_vec();
        let of_fleet =
            published.iter().filter(|(key, ..)| key.key().name().starts_with("breaker_fleet_"));
        assert_eq!(of_fleet.count(), wanted.len());
    }
    #[cfg(feature = "opentelemetry")]
    assert_eq!(crate::telemetry::points_of_process("breaker.fleet."), wanted.len());
}
