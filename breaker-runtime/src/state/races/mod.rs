//! Calls and commands on several threads, in every order that loom explores.
//!
//! A model that loom does not get to vary passes whatever it asserts: a thread that starts with a load
//! keeps loom from exploring (loom 392). So every racer starts with a read-modify-write, nothing races
//! on the model's own thread, each model asserts how many executions it took at least, and for each
//! there is a bug in `seeds/` that it has to find (`.ci/loom`).

mod answer_slot;
mod borrows;
mod call_ring;
mod cold;
mod commands;
mod counters;
mod drops;
mod left_out;
mod open_quota;
mod outlier;
mod pings;
mod probe_gate;
mod probes;
mod reconfigured;
mod retry_budget;
mod semaphore;
mod shadow;
mod streaks;
mod timers;
mod transitions;
mod windows;

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Wake, Waker};

use loom::sync::atomic::AtomicU64;

use crate::state::cell::{Accounting, AtomicState, CallEnd, Transition};
use crate::state::counters::striped::ThreadSlot;
use crate::state::env::Env;
use crate::state::gate::CallGate;
use crate::state::policy::{Growth, Policy};
use crate::state::token::CallToken;
use crate::state::transition;
use crate::state::transition::{Command, Rejection};
use crate::state::word::{Flags, StateKind, StateWord};
use crate::time::Ticks;
use crate::types::error::ErrorKind;
use crate::types::outcome::Outcome;

const OPEN_FOR: Ticks = 10;
const LEASE: Ticks = 100;

const POLICY: Policy = Policy {
    failure_threshold: Some(2),
    window: None,
    slow_call: None,
    abandoned_threshold: None,
    open_for: OPEN_FOR,
    growth: Growth::CONSTANT,
    success_threshold: 1,
    probe_failure_threshold: 1,
    max_probes: 1,
    probe_lease: LEASE,
    ramp: 0,
    throttle: None,
    bulkhead: false,
    observed: false,
    coarse: false,
};

loom::thread_local! {
    static SLOT: Cell<ThreadSlot> = Cell::new(ThreadSlot(1));
}

/// An environment at a fixed time, in which the gate `G` says whether a call may probe.
struct Gated<G>(Ticks, G);

/// Returns an environment at a fixed time, in which any call may probe.
fn at(now: Ticks) -> Gated<fn(Ticks) -> bool> {
    Gated(now, |_| true)
}

impl<G: Fn(Ticks) -> bool> Env for Gated<G> {
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

    fn may_probe(&self, now: Ticks) -> bool {
        (self.1)(now)
    }
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
        Self::of(policy, AtomicState::new(policy.flags(false)))
    }

    /// Returns a breaker that gets its cold part in the race.
    fn without_cold(policy: Policy) -> Self {
        Self::of(policy, AtomicState::without_cold(policy.flags(false)))
    }

    fn of(policy: Policy, cell: AtomicState) -> Self {
        Self { cell, policy, trips: AtomicUsize::new(0), other_changes: AtomicUsize::new(0) }
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

    fn gate(&self) -> CallGate {
        CallGate::new(&self.policy, false)
    }

    fn admit(&self, now: Ticks) -> Result<CallToken, Rejection> {
        let timed = || {
            let gate = Some(self.gate()).filter(|gate| gate.is_timed())?;
            let word = Some(self.cell.word()).filter(|word| word.needs_slow_admit())?;
            AtomicState::try_timed_admit(word, gate, &at(now))
        };
        match self.cell.try_fast_admit().or_else(timed) {
            Some(token) => Ok(token),
            None => self.cell.admit(&self.policy, &at(now), |change| self.count(change)),
        }
    }

    /// Settles a call as the breaker does: the shortcuts first.
    fn settle(&self, token: CallToken, outcome: Outcome, now: Ticks) -> Accounting {
        let (env, end) = (at(now), CallEnd::from(outcome));
        if end == CallEnd::Success && self.cell.try_fast_success(token, env.thread_slot()) {
            return Accounting::Done;
        }
        // It would do the same as the one above for other policies, in more steps to explore.
        let has_flags = self.policy.flags(false) != Flags::default();
        if has_flags
            && end == CallEnd::Success
            && self.cell.try_idle_success(|| self.gate(), token, &env)
        {
            return Accounting::Done;
        }
        let (threshold, slot) = (self.policy.failure_threshold, env.thread_slot());
        let is_settled = match end {
            CallEnd::Success => self.cell.try_first_success(token, slot),
            CallEnd::Failure if self.policy.is_plain() => {
                let limit = threshold.unwrap_or(u32::MAX);
                self.cell.try_extend_streak_as_owner(limit, token, slot).is_some()
                    || self.cell.try_extend_streak(threshold, token, slot).is_some()
            }
            CallEnd::Failure => self.cell.try_fail_in_window(&self.policy, token, slot, now).is_some(),
            _ => false,
        };
        if is_settled {
            return Accounting::Done;
        }
        let settled = self.cell.settle(&self.policy, token, end, None, &env);
        if let Some(change) = settled.transition {
            self.count(change);
        }
        settled.accounting
    }

    fn control(&self, command: Command, now: Ticks) {
        if let Some(change) = self.cell.control(&self.policy, command, &at(now)) {
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

    /// Returns the failures in a row in the present state.
    fn streak(&self) -> u64 {
        self.cell.streak_of(self.cell.word())
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

/// Wakes a thread of the model.
struct Unpark(loom::thread::Thread);

impl Unpark {
    /// Returns the waker of the current thread.
    fn waker() -> Waker {
        Waker::from(Arc::new(Self(loom::thread::current())))
    }
}

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
