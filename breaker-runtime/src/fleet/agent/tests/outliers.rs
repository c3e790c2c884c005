//! Outliers among the keys of processes that share their breakers.

use crate::fleet::agent::tests::*;
use crate::{KeyedBreakers, Outlier, TripCondition};

const WINDOW: Duration = Duration::from_secs(10);

/// The breakers of five hosts, and of one that begins and ends the intervals.
fn hosts(name: &str) -> KeyedBreakers {
    let builder = CircuitBreaker::builder(name.to_owned()).shared("hosts").failure_threshold(1_000);
    let builder = builder.success_threshold(1).timeout(30 * SECOND).keyed();
    let hosts = builder.outlier(Outlier::new().min_calls(10)).build().expect("valid options");
    (1..=6).for_each(|host| drop(hosts.get(&host)));
    hosts
}

fn call(hosts: &KeyedBreakers, host: u32, works: bool) {
    let _ = hosts.get(&host).call(|| if works { Ok(()) } else { Err("down") });
}

/// Plays an interval in which half of the calls of host 5 fail.
async fn play(hosts: &[&KeyedBreakers]) {
    for hosts in hosts {
        call(hosts, 6, false);
    }
    for works in [true, false].repeat(10) {
        for hosts in hosts {
            (1..=5).for_each(|host| call(hosts, host, works || host != 5));
        }
    }
    sleep(WINDOW).await;
    for hosts in hosts {
        call(hosts, 6, false);
    }
}

fn open(hosts: &KeyedBreakers) -> Vec<String> {
    let open = hosts.iter().filter(|breaker| breaker.state() == State::Open);
    open.map(|breaker| breaker.key().expect("a key").to_string()).collect()
}

/// A process with a bad network has an outlier of its own. It is that of the fleet once a second
/// process finds it, also in a process that has not called that host.
#[tokio::test(start_paused = true)]
async fn outlier_of_two_processes_opens_in_the_whole_fleet_and_that_of_one_does_not() {
    let scene = Scene::new("outliers", 0);
    let processes = ["first", "second", "third"].map(hosts);
    let start = |(number, hosts): (usize, &KeyedBreakers)| scene.start(number, hosts.iter().collect());
    let fleets: Vec<_> = processes.iter().enumerate().map(start).collect();
    sleep(SECOND).await;

    play(&[&processes[0]]).await;
    assert_eq!(open(&processes[0]), ["5"]);
    sleep(SECOND).await;
    assert_eq!(processes.each_ref().map(open), [vec!["5".to_owned()], vec![], vec![]]);

    play(&[&processes[1]]).await;
    scene
        .until(SECOND, "host 5 open in all", || processes.iter().all(|hosts| open(hosts) == ["5"]))
        .await;
    let trip = processes[1].get(&5).last_trip().expect("a trip");
    assert!(matches!(trip.condition, TripCondition::Outlier { keys: 5, .. }), "{trip}");

    // One process probes, and its success closes it in all.
    sleep(31 * SECOND).await;
    let began = Instant::now();
    while processes.iter().any(|hosts| hosts.get(&5).state() != State::Closed) {
        assert!(began.elapsed() < 20 * SECOND, "{}", processes[2].get(&5).snapshot());
        for hosts in &processes {
            call(hosts, 5, true);
        }
        sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(processes.each_ref().map(open), [vec![], vec![], Vec::<String>::new()]);
    drop(fleets);
}
