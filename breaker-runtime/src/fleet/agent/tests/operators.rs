//! Operators' commands, and what they see.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::sleep;

use super::{HALF_A_SECOND, SECOND, Scene, options};
use crate::fleet::event::FleetEvent;
use crate::fleet::status::{FleetOpenCause, FleetPhase, FleetProber};
use crate::{Mode, Operator, Reason, State};

#[tokio::test(start_paused = true)]
async fn command_is_in_force_everywhere_and_for_a_process_that_joins_until_its_end() {
    let mut scene = Scene::new("commands", 3);
    let operators = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&operators);
    scene
        .breaker(2)
        .on_event(move |event| {
            let operator = event.operator.as_ref().map(ToString::to_string);
            log.lock().unwrap().push((event.reason, event.mode, operator));
        })
        .detach();
    sleep(SECOND).await;
    let fleet = scene.processes[0].fleet.clone();
    let ada = || Operator::new("ada").reason("maintenance").expires_after(60 * SECOND);
    fleet.force_open("payments", ada()).await.expect("the store answers");
    scene.until(HALF_A_SECOND, "forced open", || scene.are_all(State::Open)).await;
    {
        let operators = operators.lock().unwrap();
        let (reason, mode, operator) = &operators[0];
        assert_eq!((*reason, *mode), (Reason::ModeChanged, Mode::ForcedOpen));
        let operator = operator.as_ref().expect("an operator");
        assert!(operator.starts_with("ada, for ") && operator.ends_with(": maintenance"), "{operator}");
    }
    sleep(20 * SECOND).await;
    scene.join(options);
    scene.until(HALF_A_SECOND, "forced open", || scene.are_all(State::Open)).await;
    let command = scene.processes[3].fleet.status().groups[0].command.clone().expect("a command");
    assert_eq!(
        (command.mode, command.operator.map(|by| by.author.clone())),
        (Mode::ForcedOpen, Some("ada".into()))
    );
    sleep(40 * SECOND).await;
    scene.until(HALF_A_SECOND, "ended", || scene.are_all(State::Closed)).await;
    fleet.force_closed("payments", ada()).await.expect("the store answers");
    sleep(HALF_A_SECOND).await;
    assert!(scene.processes.iter().all(|process| process.breaker.snapshot().mode == Mode::ForcedClosed));
    fleet.automatic("payments", ada()).await.expect("the store answers");
    sleep(HALF_A_SECOND).await;
    assert!(scene.processes.iter().all(|process| process.breaker.snapshot().mode == Mode::Automatic));
    let week = Duration::from_secs(7 * 24 * 3600 + 1);
    let refused = fleet.force_open("payments", ada().expires_after(week)).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "command for the fleet: expires_after is 604801 s; give from 1 ms to 7 days"
    );
}

#[tokio::test(start_paused = true)]
async fn reset_closes_all_and_names_its_operator() {
    let scene = Scene::new("reset", 3);
    sleep(SECOND).await;
    scene.trip().await;
    let fleet = scene.processes[1].fleet.clone();
    fleet.reset("payments", Operator::new("ada").reason("fixed")).await.expect("the store answers");
    scene.until(HALF_A_SECOND, "all closed", || scene.are_all(State::Closed)).await;
    let trip = scene.breaker(0).last_trip().expect("a trip");
    assert_eq!(trip.end, Some(Reason::FleetClosed));
    assert_eq!(trip.ended_by.map(|by| by.to_string()), Some("ada: fixed".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn status_says_why_a_group_is_open_since_when_and_who_probes_until_when() {
    let scene = Scene::new("status", 2);
    sleep(SECOND).await;
    let status = |process: usize| scene.processes[process].fleet.status();
    let group = |process: usize| status(process).groups.remove(0);
    assert_eq!((status(0).address.as_str(), group(0).cause, group(0).remaining), ("memory", None, None));
    let before = group(0).since.expect("the store has answered");
    scene.trip().await;
    let open = group(1);
    assert_eq!(open.cause, Some(FleetOpenCause::FailureThreshold));
    assert!(open.since.expect("a time") > before);
    sleep(2 * SECOND).await;
    let left = group(1).remaining.expect("it is open");
    assert!((2 * SECOND..=4 * SECOND).contains(&left), "of 5 s and their jitter: {left:?}");
    assert_eq!(group(1).since, open.since);
    sleep(4 * SECOND).await;
    assert_eq!((group(1).remaining, group(1).probe_remaining), (Some(Duration::ZERO), None));
    scene.call_all(true);
    scene.until(SECOND, "a prober", || group(0).prober != FleetProber::None).await;
    let left = group(0).probe_remaining.expect("a lease");
    assert!(left > SECOND && left <= 2 * SECOND, "{left:?}");
    let ada = Operator::new("ada").reason("fixed");
    scene.processes[1].fleet.reset("payments", ada.clone()).await.expect("the store answers");
    scene.until(SECOND, "recovered", || group(0).phase == FleetPhase::Recovered).await;
    assert_eq!((group(0).reset_by, group(0).cause, group(0).remaining), (Some(ada), None, None));
}

#[tokio::test(start_paused = true)]
async fn processes_with_other_options_are_reported_by_an_event() {
    let mut scene = Scene::new("mixed", 2);
    let events = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&events);
    let _subscription =
        scene.processes[0].fleet.on_event(move |event| log.lock().unwrap().push(event.to_string()));
    scene.join(|builder| options(builder).failure_threshold(7));
    sleep(SECOND).await;
    for _ in 0..10 {
        scene.call_all(true);
        sleep(Duration::from_millis(200)).await;
    }
    let group = || "payments".to_owned();
    let mixed = FleetEvent::SettingsMixed { group: group() }.to_string();
    assert!(events.lock().unwrap().contains(&mixed), "{events:?}");
    let leaving = scene.processes.pop().expect("three");
    leaving.fleet.leave().await;
    for _ in 0..10 {
        scene.call_all(true);
        sleep(Duration::from_millis(200)).await;
    }
    let agree = FleetEvent::SettingsAgree { group: group() }.to_string();
    assert_eq!(events.lock().unwrap().last(), Some(&agree));
}
