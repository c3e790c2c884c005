//! Probes, and the recovery of the whole fleet.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{HALF_A_SECOND, SECOND, Scene, options};
use crate::fleet::status::{FleetPhase, FleetProber};
use crate::{Reason, State};

#[tokio::test(start_paused = true)]
async fn one_process_probes_and_its_success_closes_all() {
    let scene = Scene::new("recovery", 6);
    let reasons = (0..6).map(|process| scene.reasons(process)).collect::<Vec<_>>();
    sleep(SECOND).await;
    scene.trip().await;
    let prober = scene.first_probe(true).await;
    scene.until(HALF_A_SECOND, "all closed", || scene.are_all(State::Closed)).await;
    for (process, reasons) in reasons.iter().enumerate() {
        let closed = if process == prober { Reason::ProbesSucceeded } else { Reason::FleetClosed };
        assert_eq!(reasons.lock().unwrap().last(), Some(&closed), "process {process}");
    }
    let group = scene.processes[0].fleet.status().groups.remove(0);
    assert_eq!((group.phase, group.prober), (FleetPhase::Recovered, FleetProber::None));
}

#[tokio::test(start_paused = true)]
async fn failed_probe_keeps_all_open_for_another_period() {
    let scene = Scene::new("failed probe", 4);
    sleep(SECOND).await;
    scene.trip().await;
    scene.first_probe(false).await;
    let probed = Instant::now();
    sleep(HALF_A_SECOND).await;
    assert!(scene.are_all(State::Open), "{:?}", scene.states());
    scene.first_probe(true).await;
    assert!(probed.elapsed() >= 5 * SECOND, "{:?}", probed.elapsed());
}

/// The probe ends after the lease of its process: its success is late, and another process probes.
#[tokio::test(start_paused = true)]
async fn result_after_the_lease_does_not_close_the_fleet() {
    let scene = Scene::new("late", 3);
    sleep(SECOND).await;
    scene.trip().await;
    let mut permit = None;
    let mut holder = 0;
    while permit.is_none() {
        sleep(Duration::from_millis(20)).await;
        for process in 0..3 {
            if let Ok(probe) = scene.breaker(process).try_acquire_owned() {
                (permit, holder) = (Some(probe), process);
                break;
            }
        }
    }
    sleep(2 * SECOND + HALF_A_SECOND).await;
    permit.expect("a probe").success();
    sleep(HALF_A_SECOND).await;
    let others = (0..3).filter(|process| *process != holder);
    for other in others {
        assert_eq!(scene.processes[other].fleet.status().groups[0].phase, FleetPhase::Open);
    }
    scene.first_probe(true).await;
    scene.until(2 * SECOND, "all closed", || scene.are_all(State::Closed)).await;
}

/// Each call comes long after the lease that the call before it has asked for.
#[tokio::test(start_paused = true)]
async fn process_with_few_calls_probes_all_the_same() {
    let mut scene = Scene::new("seldom", 0);
    for _ in 0..2 {
        scene.join(|builder| options(builder).probe_timeout(Duration::from_millis(300)));
    }
    sleep(SECOND).await;
    scene.trip().await;
    for _ in 0..12 {
        sleep(7 * SECOND).await;
        if !scene.call_all(true).is_empty() {
            sleep(HALF_A_SECOND).await;
            assert!(scene.are_all(State::Closed), "{:?}", scene.states());
            return;
        }
    }
    panic!("no probe in 84 s: {:?}", scene.states());
}
