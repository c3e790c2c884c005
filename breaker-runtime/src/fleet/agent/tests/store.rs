//! A store that is lost, emptied, or answers wrongly, and the end of the runtime.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{Process, SECOND, Scene};
use crate::State;
use crate::fleet::event::FleetEvent;
use crate::fleet::status::{FleetPhase, FleetReachability};
use crate::fleet::store::memory::StoreFault;

#[tokio::test(start_paused = true)]
async fn lost_store_leaves_local_breakers_and_is_reported_once() {
    let scene = Scene::new("lost store", 3);
    let events = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&events);
    let _subscription =
        scene.processes[2].fleet.on_event(move |event| log.lock().unwrap().push(event.clone()));
    sleep(SECOND).await;
    scene.trip().await;
    scene.store.set_down(true);
    sleep(5 * SECOND).await;
    // Each process probes by itself.
    assert_eq!(scene.call_all(true), [0, 1, 2]);
    assert!(scene.are_all(State::Closed));
    let status = scene.processes[2].fleet.status();
    assert_eq!(status.store, FleetReachability::Lost);
    assert!(status.error.is_some() && status.since.is_some(), "{status:?}");
    scene.fail(2, 4);
    assert_eq!(scene.states(), [State::Closed, State::Closed, State::Open]);
    sleep(60 * SECOND).await;
    scene.store.set_down(false);
    sleep(2 * SECOND).await;
    let status = scene.processes[2].fleet.status();
    assert_eq!((status.store, status.error), (FleetReachability::Reached, None));
    assert!(status.dropped > 0, "the calls of a lost report");
    let kinds: Vec<_> = events
        .lock()
        .unwrap()
        .iter()
        .map(|event| match event {
            FleetEvent::StoreReached => "reached",
            FleetEvent::StoreLost { .. } => "lost",
            _ => "other",
        })
        .collect();
    assert_eq!(kinds, ["reached", "lost", "reached"]);
}

#[tokio::test(start_paused = true)]
async fn fleet_agrees_again_after_the_store_was_emptied_or_rolled_back() {
    for (name, empty) in [("emptied", true), ("rolled back", false)] {
        let scene = Scene::new(name, 4);
        sleep(SECOND).await;
        scene.call_all(true);
        sleep(SECOND).await;
        scene.store.save();
        scene.trip().await;
        if empty {
            scene.store.empty();
        } else {
            scene.store.roll_back();
        }
        sleep(2 * SECOND).await;
        let epochs: Vec<_> = scene
            .processes
            .iter()
            .map(|process| {
                (process.fleet.status().groups[0].epoch, process.fleet.status().groups[0].phase)
            })
            .collect();
        assert!(epochs.windows(2).all(|pair| pair[0] == pair[1]), "{name}: {epochs:?}");
        sleep(4 * SECOND).await;
        scene
            .until(30 * SECOND, "closed again", || {
                scene.call_all(true);
                scene.are_all(State::Closed)
            })
            .await;
    }
}

/// No probe has a result, so that no process knows more than the order which the store has lost.
#[tokio::test(start_paused = true)]
async fn fleet_agrees_within_two_seconds_after_the_store_was_lost_while_probes_hang() {
    for (name, down, empty) in [
        ("hanging, emptied", 0, true),
        ("hanging, down for a second", 1, true),
        ("hanging, down for 3 s", 3, true),
        ("hanging, down for 30 s", 30, true),
        ("hanging, rolled back", 0, false),
        ("hanging, down and rolled back", 3, false),
    ] {
        let scene = Scene::new(name, 5);
        sleep(SECOND).await;
        scene.call_all(true);
        sleep(SECOND).await;
        scene.store.save();
        scene.trip().await;
        sleep(5 * SECOND).await;
        let lost = scene.processes[0].fleet.status().groups[0].epoch;
        scene.store.set_down(down > 0);
        if empty {
            scene.store.empty();
        } else {
            scene.store.roll_back();
        }
        let mut probes = Vec::new();
        let mut hang = || {
            let permit = |process: &Process| process.breaker.try_acquire_owned().ok();
            probes.extend(scene.processes.iter().filter_map(permit));
        };
        for _ in 0..down * 10 {
            hang();
            sleep(SECOND / 10).await;
        }
        scene.store.set_down(false);
        let agree = || {
            let groups = scene.processes.iter().map(|process| process.fleet.status().groups.remove(0));
            let views: Vec<_> = groups.map(|group| (group.phase, group.epoch)).collect();
            let (phase, epoch) = views[0];
            phase == FleetPhase::Open && epoch > lost && views.iter().all(|view| *view == views[0])
        };
        let back = Instant::now();
        while !agree() {
            let status = scene.processes[0].fleet.status();
            assert!(back.elapsed() < 2 * SECOND, "{name}: {status:?}");
            hang();
            sleep(SECOND / 20).await;
        }
        let states = scene.states();
        let probing = states.iter().filter(|state| **state == State::HalfOpen).count();
        assert!(probing <= 1 && !states.contains(&State::Closed), "one has the lease: {states:?}");
        drop(probes);
    }
}

#[tokio::test(start_paused = true)]
async fn faults_of_the_store_neither_wedge_nor_open_the_fleet() {
    let scene = Scene::new("faults", 3);
    sleep(SECOND).await;
    for round in 0..40 {
        let faults = [
            StoreFault::LoseRequests,
            StoreFault::LoseAnswers,
            StoreFault::Double,
            StoreFault::Reorder,
            StoreFault::Break,
        ];
        scene.store.plant(faults[round % faults.len()]);
        assert_eq!(scene.call_all(true), [0, 1, 2]);
        sleep(Duration::from_millis(300)).await;
    }
    assert!(scene.are_all(State::Closed));
    scene.trip().await;
}

#[test]
fn end_of_the_runtime_frees_the_breakers() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .expect("a runtime");
    let (scene, breaker) = runtime.block_on(async {
        let scene = Scene::new("runtime", 2);
        sleep(SECOND).await;
        scene.trip().await;
        let breaker = scene.breaker(0).clone();
        (scene, breaker)
    });
    let link = || breaker.own_inner().fleet.get().expect("it is shared");
    assert!(!link().gate().is_free());
    drop(runtime);
    assert!(link().gate().is_free(), "it decides by itself");
    assert_eq!(scene.processes[0].fleet.status().groups, []);
}
