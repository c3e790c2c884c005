//! Trips of the whole fleet, and what is none.

use std::time::Duration;

use tokio::time::sleep;

use super::{HALF_A_SECOND, Process, SECOND, Scene, options};
use crate::fleet::status::{FleetOpenCause, FleetPhase};
use crate::{CircuitBreaker, Reason, State, TripCondition};

#[tokio::test(start_paused = true)]
async fn failures_in_a_quorum_of_processes_open_all() {
    let scene = Scene::new("quorum", 5);
    let reasons = scene.reasons(4);
    sleep(SECOND).await;
    scene.trip().await;
    assert_eq!(*reasons.lock().unwrap(), [Reason::FleetOpened]);
    assert_eq!(scene.breaker(4).last_trip().map(|trip| trip.condition), Some(TripCondition::Fleet));
    let group = scene.processes[4].fleet.status().groups.remove(0);
    assert_eq!((group.name.as_str(), group.phase), ("payments", FleetPhase::Open));
    assert_eq!(group.breakers, ["quorum 4"]);
    let left = scene.breaker(4).snapshot().retry_after.expect("it is open");
    assert!(left > 4 * SECOND && left <= 5 * SECOND, "{left:?}");
}

#[tokio::test(start_paused = true)]
async fn bad_process_alone_opens_its_own_breaker_and_no_other() {
    let scene = Scene::new("alone", 4);
    sleep(SECOND).await;
    for _ in 0..200 {
        scene.fail(2, 4);
        for other in [0, 1, 3] {
            assert_eq!(scene.breaker(other).call(|| Ok::<_, ()>(())), Ok(()));
        }
        sleep(Duration::from_millis(100)).await;
        let trips = [0, 1, 3].map(|other| scene.breaker(other).snapshot().trips);
        assert_eq!(trips, [0, 0, 0]);
    }
    assert!(scene.breaker(2).snapshot().trips > 0);
}

#[tokio::test(start_paused = true)]
async fn local_trip_is_in_force_at_once_and_its_process_probes_by_itself() {
    let scene = Scene::new("local", 2);
    sleep(SECOND).await;
    scene.fail(0, 4);
    assert_eq!(scene.states(), [State::Open, State::Closed]);
    sleep(5 * SECOND).await;
    assert_eq!(scene.breaker(0).call(|| Ok::<_, ()>(())), Ok(()));
    assert_eq!(scene.states(), [State::Closed, State::Closed]);
}

/// Otherwise a bad process with two breakers would be a quorum.
#[tokio::test(start_paused = true)]
async fn breakers_of_one_process_in_one_group_are_one_member() {
    let mut scene = Scene::new("one member", 1);
    let breaker = |name: &str| options(CircuitBreaker::builder(name)).build().expect("valid");
    let both = [breaker("one member a"), breaker("one member b")];
    let fleet = scene.start(9, both.to_vec());
    sleep(SECOND).await;
    for _ in 0..4 {
        for breaker in &both {
            let _ = breaker.call(|| Err::<(), _>("down"));
        }
    }
    sleep(2 * SECOND).await;
    assert_eq!(scene.states(), [State::Closed]);
    // With a second process they are open for the group, both of them.
    scene.processes.push(Process { fleet, breaker: both[1].clone() });
    both.iter().for_each(CircuitBreaker::reset);
    sleep(SECOND).await;
    scene.fail(0, 2);
    scene.fail(1, 2);
    scene.until(HALF_A_SECOND, "all open", || scene.are_all(State::Open)).await;
    assert_eq!(both[0].state(), State::Open);
}

/// No process has its own threshold, as successes come between: the group counts for all.
#[tokio::test(start_paused = true)]
async fn failures_of_all_processes_together_open_the_group_by_fleet_failures() {
    let mut scene = Scene::new("volume", 0);
    let few = |builder| options(builder).failure_threshold(50).fleet_failures(12).quorum(3);
    (0..5).for_each(|_| scene.join(few));
    sleep(SECOND).await;
    // Two processes are no quorum, however many failures they have.
    for _ in 0..10 {
        (0..2).for_each(|process| scene.fail(process, 1));
        scene.call_all(true);
        sleep(HALF_A_SECOND).await;
    }
    assert!(scene.are_all(State::Closed), "{:?}", scene.states());
    scene.fail(2, 1);
    scene.call_all(true);
    scene.until(HALF_A_SECOND, "all open", || scene.are_all(State::Open)).await;
    let group = scene.processes[4].fleet.status().groups.remove(0);
    assert_eq!(group.cause, Some(FleetOpenCause::FleetFailures));
}

#[tokio::test(start_paused = true)]
async fn failures_that_have_left_the_window_do_not_count_for_fleet_failures() {
    let mut scene = Scene::new("old volume", 0);
    // Two fail each second. A window takes in three seconds of them if the first was reported late.
    let few = |builder| {
        options(builder).failure_threshold(50).fleet_failures(7).window(Duration::from_secs(2))
    };
    (0..3).for_each(|_| scene.join(few));
    sleep(SECOND).await;
    for _ in 0..10 {
        (0..2).for_each(|process| scene.fail(process, 1));
        scene.call_all(true);
        sleep(SECOND).await;
    }
    assert!(scene.are_all(State::Closed), "{:?}", scene.states());
}
