//! Processes and breakers that join, and keys.

use std::sync::{Arc, Mutex};

use tokio::runtime::Handle;
use tokio::time::sleep;

use super::{HALF_A_SECOND, SECOND, Scene, options};
use crate::fleet::connect::Fleet;
use crate::{CircuitBreaker, SharedGroup, State};

#[tokio::test(start_paused = true)]
async fn process_that_joins_an_open_fleet_opens_and_writes_nothing() {
    let mut scene = Scene::new("joins", 3);
    sleep(SECOND).await;
    scene.trip().await;
    sleep(SECOND).await;
    scene.join(options);
    scene.until(HALF_A_SECOND, "open", || scene.breaker(3).state() == State::Open).await;
    let left = scene.breaker(3).snapshot().retry_after.expect("open");
    assert!(left <= 4 * SECOND, "the rest of the period of all: {left:?}");
    let members = scene.processes[0].fleet.members("payments").await.expect("the store answers");
    let names: Vec<_> = members.iter().map(|member| member.name.as_str()).collect();
    assert!(!names.contains(&"host:3"), "{names:?}");
}

#[tokio::test(start_paused = true)]
async fn each_key_is_a_group_of_its_own() {
    let scene = Scene::new("keys", 0);
    let keyed = |name: &str| {
        let builder = options(CircuitBreaker::builder(name)).shared("hosts");
        builder.keyed().build().expect("valid options")
    };
    let all = [keyed("keys a"), keyed("keys b")];
    let fleets: Vec<_> = all
        .iter()
        .enumerate()
        .map(|(number, keyed)| {
            let keyed = keyed.clone();
            let find = move || keyed.iter().collect();
            let store = Arc::new(scene.store.clone());
            Fleet::start(
                store,
                format!("host:{number}").into(),
                Arc::new(find),
                &Handle::current(),
                false,
            )
        })
        .collect();
    for keyed in &all {
        for host in ["eu-1", "us-1"] {
            let _ = keyed.get(host).call(|| Ok::<_, ()>(()));
        }
    }
    sleep(SECOND).await;
    for _ in 0..2 {
        for keyed in &all {
            let _ = keyed.get("eu-1").call(|| Err::<(), _>("down"));
        }
    }
    sleep(HALF_A_SECOND).await;
    for keyed in &all {
        assert_eq!(["eu-1", "us-1"].map(|host| keyed.get(host).state()), [State::Open, State::Closed]);
    }
    let names: Vec<_> = fleets[0].status().groups.iter().map(|group| group.name.clone()).collect();
    assert_eq!(names, ["hosts[eu-1]", "hosts[us-1]"]);
}

#[tokio::test(start_paused = true)]
async fn breaker_made_after_the_connection_joins_and_one_in_a_group_gets_its_orders() {
    let scene = Scene::new("made later", 2);
    let later = Arc::new(Mutex::new(Vec::new()));
    let find = Arc::clone(&later);
    let store = Arc::new(scene.store.clone());
    let find = Arc::new(move || find.lock().unwrap().clone());
    let fleet = Fleet::start(store, "host:9".into(), find, &Handle::current(), false);
    sleep(SECOND).await;
    scene.trip().await;
    let build = |name: &str| options(CircuitBreaker::builder(name)).build().expect("valid");
    for name in ["made later a", "made later b"] {
        let breaker = build(name);
        later.lock().unwrap().push(breaker.clone());
        scene.until(HALF_A_SECOND, name, || breaker.state() == State::Open).await;
    }
    let own =
        CircuitBreaker::builder("made later c").shared(SharedGroup::OfName).build().expect("valid");
    later.lock().unwrap().push(own);
    sleep(HALF_A_SECOND).await;
    assert_eq!(fleet.status().groups.len(), 2);
}
