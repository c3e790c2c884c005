//! Random runs of a breaker, step by step beside a naive [`reference`] and beside the [`classic`]
//! breaker that the pattern is known by.

mod classic;
mod early;
mod found;
mod ops;
mod pings;
mod readings;
mod reference;
mod rules;
mod wayward;

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{RngAlgorithm, TestCaseError, TestRunner};

use crate::state::model::ops::{Op, scenario};
use crate::state::model::pings::PingInFlight;
use crate::state::model::reference::{
    Counts, End, HeldBack, Pass, Reference, Refusal, Sums, Transition, View,
};
use crate::state::model::rules::{Micros, Rules, SharedRandom, breaker, config};
use crate::state::transition::Command;
use crate::{
    CallError, CircuitBreaker, ErrorKind, Event, ManualClock, Mode, Permit, Reason, Snapshot, State,
};

fn micros(length: Duration) -> Micros {
    u64::try_from(length.as_micros()).expect("a short time")
}

fn view(snapshot: &Snapshot) -> View {
    let totals = snapshot.totals;
    View {
        state: snapshot.state,
        mode: snapshot.mode,
        in_state: micros(snapshot.in_state),
        retry_after: snapshot.retry_after.map(micros),
        streak: snapshot.streak,
        window: snapshot.window.map(|window| Counts {
            calls: window.calls,
            failures: window.failures,
            slow: window.slow,
        }),
        failure_rate: snapshot.failure_rate,
        slow_call_rate: snapshot.slow_call_rate,
        throttle: snapshot.throttle,
        in_flight: snapshot.in_flight as usize,
        trips: snapshot.trips,
        sums: Sums {
            success: totals.success,
            failure: totals.failure,
            ignored: totals.ignored,
            cancelled: totals.cancelled,
            late: totals.late,
            slow: totals.slow,
            rejected: totals.rejected,
            would_reject: totals.would_reject,
            pings: totals.pings,
            failed_pings: totals.failed_pings,
            ignored_pings: totals.ignored_pings,
        },
    }
}

fn transition(event: &Event) -> Transition {
    Transition {
        sequence: event.sequence,
        from: event.from,
        to: event.to,
        mode: event.mode,
        reason: event.reason,
        at: micros(event.at),
    }
}

fn settle(permit: Permit<'_>, end: End) {
    match end {
        End::Success => permit.success(),
        End::Failure => permit.failure(),
        End::Ignored => permit.ignore(),
        End::Cancelled => drop(permit),
    }
}

/// Configures this many cases, with a fast generator: in a debug build proptest's default one takes most
/// of the time.
fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, rng_algorithm: RngAlgorithm::XorShift, ..ProptestConfig::default() }
}

/// A breaker and its reference, side by side.
struct Run<'b> {
    breaker: &'b CircuitBreaker,
    clock: ManualClock,
    random: SharedRandom,
    reference: Reference,
    in_flight: Vec<(Permit<'b>, Pass)>,
    ping: Option<PingInFlight>,
    events: Arc<Mutex<Vec<Transition>>>,
    /// The number of events that have been compared.
    compared: usize,
    refusals: HashSet<ErrorKind>,
    /// The states in which the rules were changed.
    reconfigured: HashSet<State>,
    slow_call: Micros,
}

impl<'b> Run<'b> {
    fn step(&mut self, op: &Op) -> Result<(), TestCaseError> {
        match op {
            Op::Begin => {
                if let Some(call) = self.begin()? {
                    self.in_flight.push(call);
                }
            }
            Op::End(which, end) => {
                if !self.in_flight.is_empty() {
                    let (permit, pass) = self.in_flight.swap_remove(which.index(self.in_flight.len()));
                    settle(permit, *end);
                    self.reference.end(pass, *end);
                }
            }
            Op::Calls(many, end) => {
                for _ in 0..*many {
                    if let Some((permit, pass)) = self.begin()? {
                        settle(permit, *end);
                        self.reference.end(pass, *end);
                    }
                }
            }
            Op::Long(short, end) => {
                if let Some((permit, pass)) = self.begin()? {
                    self.wait(self.slow_call + 1 - short);
                    settle(permit, *end);
                    self.reference.end(pass, *end);
                }
            }
            Op::Panic => self.panic()?,
            Op::BeginPing => self.begin_ping()?,
            Op::EndPing(end) => self.end_ping(*end),
            Op::Look => self.look()?,
            Op::Rng(chance) => {
                self.random.set(*chance);
                self.reference.set_chance(*chance);
            }
            Op::Wait(time) => self.wait(*time),
            Op::WaitForDeadline(which, short) => {
                let deadlines = self.reference.deadlines();
                if !deadlines.is_empty() {
                    self.wait(which.get(&deadlines) - short);
                }
            }
            Op::Trip => {
                self.breaker.trip();
                self.reference.trip();
            }
            Op::FleetOpen(period) => {
                self.breaker.inner().control(Command::FleetOpen(*period));
                self.reference.fleet_open(*period);
            }
            Op::FleetClose => {
                self.breaker.inner().control(Command::FleetClose);
                self.reference.fleet_close();
            }
            Op::Reset => {
                self.breaker.reset();
                self.reference.reset();
            }
            Op::Mode(mode) => {
                match mode {
                    Mode::Automatic => self.breaker.automatic(),
                    Mode::ForcedOpen => self.breaker.force_open(),
                    Mode::ForcedClosed => self.breaker.force_closed(),
                    Mode::Observe => self.breaker.observe(),
                }
                self.reference.set_mode(*mode);
            }
            Op::Reconfigure(change) => {
                // A task keeps the limit with which a ping began.
                self.end_ping(End::Ignored);
                self.reconfigured.insert(self.breaker.state());
                let rules = change.apply(self.reference.rules());
                let inner = self.breaker.inner();
                inner.reconfigure(inner.config(), config(&rules));
                self.slow_call = rules.slow_call.unwrap_or(1_000);
                self.reference.reconfigure(rules);
            }
        }
        Ok(())
    }

    fn begin(&mut self) -> Result<Option<(Permit<'b>, Pass)>, TestCaseError> {
        match (self.breaker.try_acquire(), self.reference.begin()) {
            (Ok(permit), Ok(pass)) => Ok(Some((permit, pass))),
            (Err(error), Err(refusal)) => {
                let rejected =
                    Refusal { kind: error.kind(), retry_after: error.retry_after().map(micros) };
                prop_assert_eq!(rejected, refusal);
                self.refusals.insert(refusal.kind);
                Ok(None)
            }
            (ours, expected) => {
                Err(TestCaseError::fail(format!("admission: {ours:?}, expected {expected:?}")))
            }
        }
    }

    fn panic(&mut self) -> Result<(), TestCaseError> {
        let expected = self.reference.begin();
        // Unwinds without the message that `panic!` would print.
        let call = || self.breaker.call(|| -> Result<(), ()> { resume_unwind(Box::new("boom")) });
        match (catch_unwind(AssertUnwindSafe(call)), expected) {
            (Err(_), Ok(pass)) => self.reference.end(pass, End::Failure),
            (Ok(Err(CallError::Breaker(error))), Err(refusal)) => {
                prop_assert_eq!(error.kind(), refusal.kind);
            }
            (ours, expected) => {
                return Err(TestCaseError::fail(format!("panic: {ours:?}, expected {expected:?}")));
            }
        }
        Ok(())
    }

    /// Lets time pass. A ping that reaches its limit has failed.
    fn wait(&mut self, time: Micros) {
        let limit = self.ping.as_ref().map(PingInFlight::left).filter(|left| *left <= time);
        if let Some(left) = limit {
            self.pass(left);
            self.end_ping(End::Failure);
        }
        self.pass(time - limit.unwrap_or_default());
    }

    fn pass(&mut self, time: Micros) {
        if let Some(ping) = &mut self.ping {
            ping.pass(time);
        }
        self.clock.advance(Duration::from_micros(time));
        self.reference.advance(time);
    }

    fn compare(&mut self) -> Result<(), TestCaseError> {
        prop_assert_eq!(self.breaker.state(), self.reference.view().state);
        let events = self.events.lock().unwrap();
        let transitions = self.reference.transitions();
        prop_assert_eq!(&events[self.compared..], &transitions[self.compared..]);
        self.compared = events.len();
        Ok(())
    }

    /// Compares snapshots. Not after each step: a snapshot makes the windows slide, and would hide what
    /// they miss without one.
    fn look(&mut self) -> Result<(), TestCaseError> {
        prop_assert_eq!(view(&self.breaker.snapshot()), self.reference.view());
        Ok(())
    }
}

/// The events of a run.
#[derive(Default)]
struct Seen {
    reasons: HashSet<Reason>,
    refusals: HashSet<ErrorKind>,
    reconfigured: HashSet<State>,
    sums: Sums,
    held_back: HeldBack,
    /// The longest series of failed probes.
    failed_probes: i32,
    /// The number of dropped calls that failed as too many before them were dropped.
    abandoned: u64,
}

fn run(name: &str, rules: &Rules, chance: f64, ops: &[Op]) -> Result<Seen, TestCaseError> {
    const START: Micros = 5_000;
    let clock = ManualClock::new();
    clock.advance(Duration::from_micros(START));
    let random = SharedRandom::new(chance);
    let breaker = breaker(name, rules, clock.clone(), random.clone());
    let events = Arc::new(Mutex::new(Vec::new()));
    let _subscription = breaker.on_event({
        let events = Arc::clone(&events);
        move |event| events.lock().unwrap().push(transition(event))
    });
    let mut run = Run {
        breaker: &breaker,
        clock,
        random,
        reference: Reference::new(rules.clone(), START, chance),
        in_flight: Vec::new(),
        ping: None,
        events,
        compared: 0,
        refusals: HashSet::new(),
        reconfigured: HashSet::new(),
        slow_call: rules.slow_call.unwrap_or(1_000),
    };
    let mut failed_probes = 0;
    for op in ops {
        run.step(op)?;
        run.compare()?;
        failed_probes = failed_probes.max(run.reference.failed_probes());
    }
    run.look()?;
    run.end_ping(End::Success);
    run.compare()?;
    while let Some((permit, pass)) = run.in_flight.pop() {
        permit.success();
        run.reference.end(pass, End::Success);
        run.compare()?;
        run.look()?;
    }
    Ok(Seen {
        reasons: run.reference.transitions().iter().map(|transition| transition.reason).collect(),
        refusals: run.refusals,
        reconfigured: run.reconfigured,
        sums: run.reference.view().sums,
        held_back: run.reference.held_back(),
        failed_probes,
        abandoned: run.reference.abandoned(),
    })
}

proptest! {
    #![proptest_config(cases(10_000))]

    #[test]
    fn breaker_agrees_with_the_reference((rules, chance, ops) in scenario()) {
        run("model", &rules, chance, &ops)?;
    }
}

/// A model with runs that reach nothing would agree with everything.
#[test]
fn random_runs_reach_every_reason_and_rejection() {
    let mut runner = TestRunner::deterministic();
    let mut seen = Seen::default();
    for _ in 0..900 {
        let (rules, chance, ops) = scenario().new_tree(&mut runner).expect("no filters").current();
        let one = run("coverage", &rules, chance, &ops).expect("a run as the rules say");
        seen.reasons.extend(one.reasons);
        seen.refusals.extend(one.refusals);
        seen.reconfigured.extend(one.reconfigured);
        seen.sums.late += one.sums.late;
        seen.sums.slow += one.sums.slow;
        seen.sums.would_reject += one.sums.would_reject;
        seen.sums.pings += one.sums.pings;
        seen.sums.failed_pings += one.sums.failed_pings;
        seen.sums.ignored_pings += one.sums.ignored_pings;
        seen.held_back.by_ramp += one.held_back.by_ramp;
        seen.held_back.by_throttle += one.held_back.by_throttle;
        seen.abandoned += one.abandoned;
        seen.failed_probes = seen.failed_probes.max(one.failed_probes);
    }
    assert_eq!(seen.reasons.len(), 11, "{:?}", seen.reasons);
    assert_eq!(seen.refusals.len(), 5, "{:?}", seen.refusals);
    assert_eq!(seen.reconfigured.len(), 3, "{:?}", seen.reconfigured);
    let Seen { sums, held_back, failed_probes, abandoned, .. } = seen;
    assert!(abandoned > 50, "{abandoned} dropped calls");
    assert!(sums.late > 50 && sums.slow > 50 && sums.would_reject > 50, "{sums:?}");
    #[cfg(feature = "tokio")]
    assert!(sums.pings > 50 && sums.failed_pings > 50 && sums.ignored_pings > 50, "{sums:?}");
    assert!(held_back.by_ramp > 20 && held_back.by_throttle > 20, "{held_back:?}");
    assert!(failed_probes >= 3, "{failed_probes} in a row");
}
