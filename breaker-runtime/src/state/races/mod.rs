//! Calls and commands on several threads, in every order that loom explores.
//!
//! A model that loom does not get to vary passes whatever it asserts: a thread that starts with a load
//! keeps loom from exploring (loom 392). So every racer starts with a read-modify-write, nothing races
//! on the model's own thread, each model asserts how many executions it took at least, and for each
//! there is a bug in `seeds/` that it has to find (`.ci/loom`).

mod commands;
mod counters;
mod open_quota;
mod reconfigured;
mod retry_budget;
mod semaphore;
mod windows;

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use loom::sync::atomic::AtomicU64;

use crate::state::cell::{Accounting, AtomicState, CallEnd, Transition};
use crate::state::counters::striped::ThreadSlot;
use crate::state::env::Env;
use crate::state::policy::{Growth, Policy};
use crate::state::token::CallToken;
use crate::state::transition;
use crate::state::transition::{Command, Rejection};
use crate::state::word::{StateKind, StateWord};
use crate::time::Ticks;
use crate::types::error::ErrorKind;
use crate::types::outcome::Outcome;

const OPEN_FOR: Ticks = 10;
const LEASE: Ticks = 100;

const POLICY: Policy = Policy {
    failure_threshold: Some(2),
    window: None,
    slow_call: None,
    open_for: OPEN_FOR,
    growth: Growth::CONSTANT,
    success_threshold: 1,
    max_probes: 1,
    probe_lease: LEASE,
    ramp: 0,
    throttle: None,
    bulkhead: false,
    coarse: false,
};

loom::thread_local! {
    static SLOT: Cell<ThreadSlot> = Cell::new(ThreadSlot(1));
}

/// An environment at a fixed time.
struct At(Ticks);

impl Env for At {
    fn now(&self) -> Ticks {
        self.0
    }

    fn coarse(&self) -> Ticks {
        self.0
    }

    fn random(&self) -> f64 {
        0.5
    }

    fn thread_slot(&self) -> ThreadSlot {
        SLOT.with(Cell::get)
    }

    fn reserve_open_slot(&self, _: bool) -> bool {
        true
    }

    fn release_open_slot(&self) {}
}

/// A breaker in a model, and its changes of state.
struct Scene {
    cell: AtomicState,
    policy: Policy,
    trips: AtomicUsize,
    other_changes: AtomicUsize,
}

impl Scene {
    fn new(policy: Policy) -> Self {
        Self {
            cell: AtomicState::new(policy.flags(false)),
            policy,
            trips: AtomicUsize::new(0),
            other_changes: AtomicUsize::new(0),
        }
    }

    /// Returns a breaker that is open until [`OPEN_FOR`].
    fn open(policy: Policy) -> Self {
        let scene = Self::new(policy);
        scene.control(Command::Trip, 0);
        scene
    }

    /// Returns a breaker that is half-open at [`OPEN_FOR`], and its probe in flight.
    fn half_open(policy: Policy) -> (Self, CallToken) {
        let scene = Self::open(policy);
        let probe = scene.admit(OPEN_FOR).expect("the period is over");
        (scene, probe)
    }

    fn admit(&self, now: Ticks) -> Result<CallToken, Rejection> {
        match self.cell.try_fast_admit() {
            Some(token) => Ok(token),
            None => self.cell.admit(&self.policy, &At(now), |change| self.count(change)),
        }
    }

    /// Settles a call as the breaker does: the shortcuts first.
    fn settle(&self, token: CallToken, outcome: Outcome, now: Ticks) -> Accounting {
        let (at, end) = (At(now), CallEnd::from(outcome));
        if end == CallEnd::Success && self.cell.try_fast_success(token, at.thread_slot()) {
            return Accounting::Done;
        }
        if self.cell.try_settle_streak(&self.policy, token, end, at.thread_slot()) {
            return Accounting::Done;
        }
        let settled = self.cell.settle(&self.policy, token, end, None, &at);
        if let Some(change) = settled.transition {
            self.count(change);
        }
        settled.accounting
    }

    fn control(&self, command: Command, now: Ticks) {
        if let Some(change) = self.cell.control(&self.policy, command, &At(now)) {
            self.count(change);
        }
    }

    fn count(&self, change: Transition) {
        let counter = if change.reason.is_trip() { &self.trips } else { &self.other_changes };
        counter.fetch_add(1, Ordering::Relaxed);
        assert_eq!(change.after.generation(), change.before.generation() + 1);
    }

    fn trips(&self) -> usize {
        self.trips.load(Ordering::Relaxed)
    }

    fn changes(&self) -> usize {
        self.trips() + self.other_changes.load(Ordering::Relaxed)
    }

    fn in_flight(&self, now: Ticks) -> u32 {
        self.cell.probes_in_flight(self.cell.word(), &self.policy, now)
    }
}

/// Explores `model`, within so many preemptions, in at least `minimum` executions.
fn explore(preemptions: usize, minimum: usize, model: impl Fn() + Send + Sync + 'static) {
    let executions = Arc::new(AtomicUsize::new(0));
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.check({
        let executions = Arc::clone(&executions);
        move || {
            executions.fetch_add(1, Ordering::Relaxed);
            model();
        }
    });
    let executions = executions.load(Ordering::Relaxed);
    println!("{executions} executions");
    assert!(executions >= minimum, "loom explored {executions} executions, less than {minimum}");
}

/// Threads that race.
#[derive(Default)]
struct Race {
    racers: Vec<loom::thread::JoinHandle<()>>,
    start: Arc<AtomicU64>,
}

impl Race {
    fn with(mut self, racer: impl FnOnce() + 'static) -> Self {
        let start = Arc::clone(&self.start);
        let slot = ThreadSlot(2 + self.racers.len() as u64);
        self.racers.push(loom::thread::spawn(move || {
            start.fetch_add(1, Ordering::Relaxed);
            SLOT.with(|current| current.set(slot));
            racer();
        }));
        self
    }

    fn run(self) {
        for racer in self.racers {
            racer.join().expect("a racer that does not panic");
        }
    }
}

/// Polly 219: the event fired several times per trip.
#[test]
fn racing_failures_trip_once() {
    explore(3, 4_500, || {
        let scene = Arc::new(Scene::new(POLICY));
        let counted = Arc::new(AtomicUsize::new(0));
        let mut race = Race::default();
        for _ in 0..3 {
            let token = scene.admit(0).expect("closed");
            let (scene, counted) = (Arc::clone(&scene), Arc::clone(&counted));
            race = race.with(move || {
                let accounting = scene.settle(token, Outcome::Failure, 1);
                counted.fetch_add(usize::from(accounting != Accounting::Late), Ordering::Relaxed);
            });
        }
        race.run();
        assert_eq!(scene.trips.load(Ordering::Relaxed), 1);
        assert_eq!(counted.load(Ordering::Relaxed), 2, "the third comes after the trip");
        assert_eq!(scene.cell.word(), StateWord::new(StateKind::Open, 1, 1 + OPEN_FOR));
    });
}

/// Hystrix 1806, 1781: a state paired with the deadline of another.
#[test]
fn state_is_read_with_its_own_deadline() {
    explore(2, 1_700, || {
        let scene = Arc::new(Scene::new(POLICY));
        let mut race = Race::default();
        for command in [Command::Trip, Command::Trip] {
            let scene = Arc::clone(&scene);
            race = race.with(move || scene.control(command, 0));
        }
        for _ in 0..2 {
            let scene = Arc::clone(&scene);
            race = race.with(move || match scene.admit(4) {
                Ok(token) => assert_eq!(token.generation(), 0, "it came before the trip"),
                Err(rejection) => assert_eq!(
                    rejection,
                    Rejection { kind: ErrorKind::Open, retry_after: Some(OPEN_FOR - 4) }
                ),
            });
        }
        race.run();
        assert_eq!(scene.changes(), 1);
    });
}

/// Several callers at the end of the open period: one of them changes the state.
#[test]
fn one_caller_starts_the_half_open_state() {
    explore(2, 6_500, || {
        let scene = Arc::new(Scene::open(Policy { max_probes: 2, ..POLICY }));
        let admitted = Arc::new(AtomicUsize::new(0));
        let mut race = Race::default();
        for _ in 0..3 {
            let (scene, admitted) = (Arc::clone(&scene), Arc::clone(&admitted));
            race = race.with(move || match scene.admit(OPEN_FOR) {
                Ok(_) => {
                    admitted.fetch_add(1, Ordering::Relaxed);
                }
                Err(rejection) => assert_eq!(rejection.kind, ErrorKind::HalfOpen),
            });
        }
        race.run();
        assert_eq!(scene.changes(), 2, "the trip, and the end of the period");
        assert_eq!(admitted.load(Ordering::Relaxed), 2);
        assert_eq!(scene.in_flight(OPEN_FOR), 2);
    });
}

/// The probes that run, by the generation that admitted them.
#[derive(Default)]
struct Running([AtomicUsize; 8]);

impl Running {
    /// Runs one probe, if it is admitted, and checks the number of running probes. The count starts
    /// after the slot is taken and ends before it is freed, so that it is never too high by itself.
    fn probe(&self, scene: &Scene, now: Ticks) {
        let Ok(token) = scene.admit(now) else { return };
        let running = &self.0[token.generation() as usize];
        let others = running.fetch_add(1, Ordering::Relaxed);
        assert!(others < usize::from(scene.policy.max_probes), "{others} others are running");
        loom::thread::yield_now();
        running.fetch_sub(1, Ordering::Relaxed);
        let accounting = scene.settle(token, Outcome::Ignored, now);
        assert!(
            accounting != Accounting::Late || !token.belongs_to(scene.cell.word()),
            "it lost its slot"
        );
    }
}

/// Polly 216; a check-then-decrement that let 1600 of 1600 in.
#[test]
fn running_probes_stay_within_max_probes() {
    explore(3, 1_450, || {
        let (scene, first) = Scene::half_open(POLICY);
        let scene = Arc::new(scene);
        let running = Arc::new(Running::default());
        let mut race = Race::default().with({
            let scene = Arc::clone(&scene);
            move || {
                scene.settle(first, Outcome::Ignored, OPEN_FOR);
            }
        });
        for _ in 0..2 {
            let (scene, running) = (Arc::clone(&scene), Arc::clone(&running));
            race = race.with(move || running.probe(&scene, OPEN_FOR));
        }
        race.run();
        assert_eq!(scene.in_flight(OPEN_FOR), 0);
    });
}

/// A caller that slept from one half-open period to the next must not take a probe's slot there.
#[test]
fn caller_of_an_earlier_period_takes_no_slot() {
    const LATER: Ticks = 3 * OPEN_FOR;
    explore(3, 600, || {
        let (scene, first) = Scene::half_open(POLICY);
        let scene = Arc::new(scene);
        let running = Arc::new(Running::default());
        Race::default()
            .with({
                let (scene, running) = (Arc::clone(&scene), Arc::clone(&running));
                move || {
                    scene.settle(first, Outcome::Failure, OPEN_FOR);
                    running.probe(&scene, LATER);
                }
            })
            .with({
                let (scene, running) = (Arc::clone(&scene), Arc::clone(&running));
                move || running.probe(&scene, LATER)
            })
            .run();
        assert_eq!(scene.in_flight(LATER), 0);
    });
}

/// Polly PR 223: a call of an earlier state moved a later one.
#[test]
fn late_result_changes_nothing() {
    explore(3, 1_000, || {
        let scene = Arc::new(Scene::new(POLICY));
        let mut race = Race::default().with({
            let scene = Arc::clone(&scene);
            move || scene.control(Command::Reset, 0)
        });
        for outcome in [Outcome::Failure, Outcome::Failure] {
            let token = scene.admit(0).expect("closed");
            let scene = Arc::clone(&scene);
            race = race.with(move || {
                scene.settle(token, outcome, 0);
            });
        }
        race.run();
        let word = scene.cell.word();
        assert_eq!((word.kind(), transition::streak(word)), (StateKind::Closed, 0));
        assert_eq!(word.generation() as usize, scene.changes());
    });
}

/// The same for a probe: its result must not undo a trip.
#[test]
fn late_probe_changes_nothing() {
    explore(3, 2_500, || {
        let (scene, first) = Scene::half_open(Policy { max_probes: 2, ..POLICY });
        let second = scene.admit(OPEN_FOR).expect("room for two");
        let scene = Arc::new(scene);
        let mut race = Race::default().with({
            let scene = Arc::clone(&scene);
            move || scene.control(Command::Trip, OPEN_FOR)
        });
        for (token, outcome) in [(first, Outcome::Success), (second, Outcome::Failure)] {
            let scene = Arc::clone(&scene);
            race = race.with(move || {
                scene.settle(token, outcome, OPEN_FOR);
            });
        }
        race.run();
        let word = scene.cell.word();
        assert_eq!((word.kind(), word.payload()), (StateKind::Open, 2 * OPEN_FOR));
        assert_eq!(word.generation() as usize, scene.changes());
    });
}

/// resilience4j 544, Hystrix PR 1621: a probe's slot was never freed.
#[test]
fn slot_of_an_ended_probe_is_free() {
    explore(3, 950, || {
        let policy = Policy { max_probes: 2, ..POLICY };
        let (scene, first) = Scene::half_open(policy);
        let second = scene.admit(OPEN_FOR).expect("room for two");
        let scene = Arc::new(scene);
        let mut race = Race::default();
        for token in [first, second] {
            let scene = Arc::clone(&scene);
            race = race.with(move || {
                assert_eq!(scene.settle(token, Outcome::Ignored, OPEN_FOR), Accounting::Pending);
            });
        }
        let third = Arc::clone(&scene);
        race = race.with(move || {
            if let Ok(token) = third.admit(OPEN_FOR) {
                assert_eq!(third.settle(token, Outcome::Ignored, OPEN_FOR), Accounting::Pending);
            }
        });
        race.run();
        assert_eq!(scene.in_flight(OPEN_FOR), 0);
        let again = (0..3).filter(|_| scene.admit(OPEN_FOR).is_ok()).count();
        assert_eq!(again, 2);
    });
}

/// A probe ends while its lease does: its slot goes to one other probe, and the first one must not free
/// it.
#[test]
fn lost_slot_goes_to_one_probe() {
    const LOST: Ticks = OPEN_FOR + LEASE;
    explore(3, 3_000, || {
        let (scene, first) = Scene::half_open(POLICY);
        let scene = Arc::new(scene);
        let admitted = Arc::new(AtomicUsize::new(0));
        let mut race = Race::default().with({
            let scene = Arc::clone(&scene);
            move || {
                scene.settle(first, Outcome::Ignored, LOST - 1);
            }
        });
        for _ in 0..2 {
            let (scene, admitted) = (Arc::clone(&scene), Arc::clone(&admitted));
            race = race.with(move || {
                admitted.fetch_add(usize::from(scene.admit(LOST).is_ok()), Ordering::Relaxed);
            });
        }
        race.run();
        assert_eq!(admitted.load(Ordering::Relaxed), 1);
        assert_eq!(scene.in_flight(LOST), 1);
    });
}

/// A permit is dropped while the breaker is reset, trips and probes again: the new probe keeps its slot.
#[test]
fn dropped_permit_frees_only_its_own_slot() {
    const LATER: Ticks = 3 * OPEN_FOR;
    explore(3, 190, || {
        let (scene, first) = Scene::half_open(POLICY);
        let scene = Arc::new(scene);
        Race::default()
            .with({
                let scene = Arc::clone(&scene);
                move || {
                    scene.settle(first, Outcome::Ignored, OPEN_FOR);
                }
            })
            .with({
                let scene = Arc::clone(&scene);
                move || {
                    scene.control(Command::Reset, OPEN_FOR);
                    scene.control(Command::Trip, OPEN_FOR);
                    scene.admit(LATER).expect("a free slot");
                }
            })
            .run();
        assert_eq!(scene.in_flight(LATER), 1);
        assert!(scene.admit(LATER).is_err(), "one probe is in flight");
    });
}
