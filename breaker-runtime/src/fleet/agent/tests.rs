//! Several processes in one test: agents with their own breakers, and one store in memory. Time is
//! virtual.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::{Instant, sleep};

use crate::fleet::connect::Fleet;
use crate::fleet::event::FleetEvent;
use crate::fleet::status::{FleetOpenCause, FleetPhase, FleetProber, FleetReachability};
use crate::fleet::store::memory::{MemoryStore, StoreFault};
use crate::{
    CircuitBreaker, CircuitBreakerBuilder, Mode, Operator, Reason, SharedGroup, State, TripCondition,
};

/// The time within which an order is in force everywhere.
const HALF_A_SECOND: Duration = Duration::from_millis(500);
const SECOND: Duration = Duration::from_secs(1);

/// A process with one breaker.
struct Process {
    fleet: Fleet,
    breaker: CircuitBreaker,
}

/// The processes of one test, and their store.
struct Scene {
    name: &'static str,
    store: MemoryStore,
    processes: Vec<Process>,
}

fn options(builder: CircuitBreakerBuilder) -> CircuitBreakerBuilder {
    let builder = builder.shared("payments").failure_threshold(4).success_threshold(1);
    builder.timeout(5 * SECOND).probe_timeout(2 * SECOND)
}

impl Scene {
    fn new(name: &'static str, processes: usize) -> Self {
        let mut scene =
            Self { name, store: MemoryStore::new(Duration::from_millis(200)), processes: Vec::new() };
        (0..processes).for_each(|_| scene.join(options));
        scene
    }

    /// Starts one more process.
    fn join(&mut self, options: impl FnOnce(CircuitBreakerBuilder) -> CircuitBreakerBuilder) {
        let number = self.processes.len();
        let builder = CircuitBreaker::builder(format!("{} {number}", self.name));
        let breaker = options(builder).build().expect("valid options");
        let fleet = self.start(number, vec![breaker.clone()]);
        self.processes.push(Process { fleet, breaker });
    }

    fn start(&self, number: usize, breakers: Vec<CircuitBreaker>) -> Fleet {
        let store = Arc::new(self.store.clone());
        let name = format!("host:{number}").into();
        Fleet::start(store, name, Arc::new(move || breakers.clone()), &Handle::current(), false)
    }

    fn breaker(&self, process: usize) -> &CircuitBreaker {
        &self.processes[process].breaker
    }

    fn states(&self) -> Vec<State> {
        self.processes.iter().map(|process| process.breaker.state()).collect()
    }

    /// Fails calls, which are rejected once the breaker is open.
    fn fail(&self, process: usize, calls: usize) {
        for _ in 0..calls {
            let _ = self.breaker(process).call(|| Err::<(), _>("down"));
        }
    }

    /// Lets two processes see two failures each, which is the threshold, and waits for the trip.
    async fn trip(&self) {
        self.fail(0, 2);
        self.fail(1, 2);
        self.until(HALF_A_SECOND, "all open", || self.are_all(State::Open)).await;
    }

    fn are_all(&self, state: State) -> bool {
        self.states().iter().all(|one| *one == state)
    }

    /// Waits until a condition holds, for at most `limit`.
    async fn until(&self, limit: Duration, what: &str, condition: impl Fn() -> bool) {
        let start = Instant::now();
        while !condition() {
            assert!(start.elapsed() < limit, "{what}: not within {limit:?}: {:?}", self.states());
            sleep(Duration::from_millis(5)).await;
        }
    }

    /// Makes one call in each process; returns the processes in which it ran.
    fn call_all(&self, succeeds: bool) -> Vec<usize> {
        let call = |process: &Process| {
            let outcome = process.breaker.call(|| if succeeds { Ok(()) } else { Err("down") });
            !matches!(outcome, Err(crate::CallError::Breaker(_)))
        };
        (0..self.processes.len()).filter(|number| call(&self.processes[*number])).collect()
    }

    /// Makes calls in all processes until one runs; returns its process.
    async fn first_probe(&self, succeeds: bool) -> usize {
        let start = Instant::now();
        loop {
            let ran = self.call_all(succeeds);
            if let [one] = ran[..] {
                return one;
            }
            assert_eq!(ran, [0; 0], "one process probes at a time");
            assert!(start.elapsed() < 20 * SECOND, "no probe: {:?}", self.processes[0].fleet.status());
            sleep(Duration::from_millis(20)).await;
        }
    }

    fn reasons(&self, process: usize) -> Arc<Mutex<Vec<Reason>>> {
        let reasons = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&reasons);
        self.breaker(process).on_event(move |event| log.lock().unwrap().push(event.reason)).detach();
        reasons
    }
}

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
async fn result_after_the_lease_does_not_close_thefleet() {
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

#[tokio::test(start_paused = true)]
async fn faults_of_the_store_neither_wedge_nor_open_thefleet() {
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

#[tokio::test(start_paused = true)]
async fn process_that_joins_an_openfleet_opens_and_writes_nothing() {
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
