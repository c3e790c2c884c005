//! Random runs of a breaker, step by step beside a naive [`reference`] and beside the [`classic`] breaker
//! that the pattern is known by.

mod classic;
mod found;
mod reference;
mod wayward;

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::strategy::ValueTree;
use proptest::test_runner::{TestCaseError, TestRunner};

use crate::{CallError, CircuitBreaker, ErrorKind, Event, ManualClock, Mode, Permit, Reason, Snapshot};
use reference::{End, Micros, Pass, Reference, Refusal, Rules, Sums, Transition, View};

#[derive(Clone, Debug)]
enum Op {
    Begin,
    /// Ends one of the calls in flight.
    End(Index, End),
    /// Calls that end at once, with nothing in between.
    Calls(usize, End),
    Panic,
    Wait(Micros),
    /// Exactly until a period or a lease ends, or one microsecond less.
    WaitForDeadline(Index, Micros),
    Trip,
    Reset,
    Mode(Mode),
}

fn end() -> impl Strategy<Value = End> {
    prop_oneof![
        6 => Just(End::Success),
        6 => Just(End::Failure),
        2 => Just(End::Ignored),
        2 => Just(End::Cancelled),
    ]
}

fn mode() -> impl Strategy<Value = Mode> {
    prop_oneof![
        4 => Just(Mode::Automatic),
        2 => Just(Mode::Observe),
        1 => Just(Mode::ForcedOpen),
        1 => Just(Mode::ForcedClosed),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        14 => Just(Op::Begin),
        14 => (any::<Index>(), end()).prop_map(|(which, end)| Op::End(which, end)),
        4 => (1..=9_usize, end()).prop_map(|(many, end)| Op::Calls(many, end)),
        1 => Just(Op::Panic),
        3 => (0..=8_u64).prop_map(|millis| Op::Wait(millis * 1_000)),
        8 => (any::<Index>(), 0..=1_u64).prop_map(|(which, short)| Op::WaitForDeadline(which, short)),
        2 => Just(Op::Trip),
        1 => Just(Op::Reset),
        1 => mode().prop_map(Op::Mode),
    ]
}

fn rules() -> impl Strategy<Value = Rules> {
    (1..=4_u64, 1..=8_u64, 1..=3_u64, 1..=6_usize, 1..=8_u64).prop_map(
        |(failure_threshold, timeout, success_threshold, max_probes, probe_timeout)| Rules {
            failure_threshold,
            timeout: timeout * 1_000,
            success_threshold,
            max_probes,
            probe_timeout: probe_timeout * 1_000,
        },
    )
}

fn scenario() -> impl Strategy<Value = (Rules, Vec<Op>)> {
    (rules(), prop::collection::vec(op(), 1..80))
}

fn breaker(name: &str, rules: &Rules, clock: impl crate::Clock + 'static) -> CircuitBreaker {
    let small = |number: u64| u32::try_from(number).expect("a small number");
    CircuitBreaker::builder(name)
        .failure_threshold(small(rules.failure_threshold))
        .timeout(Duration::from_micros(rules.timeout))
        .success_threshold(small(rules.success_threshold))
        .max_probes(small(rules.max_probes as u64))
        .probe_timeout(Duration::from_micros(rules.probe_timeout))
        .clock(clock)
        .build()
        .expect("in range")
}

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
        in_flight: snapshot.in_flight as usize,
        trips: snapshot.trips,
        sums: Sums {
            success: totals.success,
            failure: totals.failure,
            ignored: totals.ignored,
            cancelled: totals.cancelled,
            late: totals.late,
            rejected: totals.rejected,
            would_reject: totals.would_reject,
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

/// A breaker and its reference, side by side.
struct Run<'b> {
    breaker: &'b CircuitBreaker,
    clock: ManualClock,
    reference: Reference,
    in_flight: Vec<(Permit<'b>, Pass)>,
    told: Arc<Mutex<Vec<Transition>>>,
    /// How many of the events told were compared before.
    compared: usize,
    refusals: HashSet<ErrorKind>,
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
            Op::Panic => self.panic()?,
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
        }
        Ok(())
    }

    fn begin(&mut self) -> Result<Option<(Permit<'b>, Pass)>, TestCaseError> {
        match (self.breaker.try_acquire(), self.reference.begin()) {
            (Ok(permit), Ok(pass)) => Ok(Some((permit, pass))),
            (Err(error), Err(refusal)) => {
                let told = Refusal { kind: error.kind(), retry_after: error.retry_after().map(micros) };
                prop_assert_eq!(told, refusal);
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

    fn wait(&mut self, time: Micros) {
        self.clock.advance(Duration::from_micros(time));
        self.reference.advance(time);
    }

    fn compare(&mut self) -> Result<(), TestCaseError> {
        let expected = self.reference.view();
        prop_assert_eq!(self.breaker.state(), expected.state);
        prop_assert_eq!(view(&self.breaker.snapshot()), expected);
        let told = self.told.lock().unwrap();
        let transitions = self.reference.transitions();
        prop_assert_eq!(&told[self.compared..], &transitions[self.compared..]);
        self.compared = told.len();
        Ok(())
    }
}

/// What a run came across.
#[derive(Default)]
struct Seen {
    reasons: HashSet<Reason>,
    refusals: HashSet<ErrorKind>,
    sums: Sums,
}

fn run(name: &str, rules: &Rules, ops: &[Op]) -> Result<Seen, TestCaseError> {
    const START: Micros = 5_000;
    let clock = ManualClock::new();
    clock.advance(Duration::from_micros(START));
    let breaker = breaker(name, rules, clock.clone());
    let told = Arc::new(Mutex::new(Vec::new()));
    let _subscription = breaker.on_event({
        let told = Arc::clone(&told);
        move |event| told.lock().unwrap().push(transition(event))
    });
    let mut run = Run {
        breaker: &breaker,
        clock,
        reference: Reference::new(rules.clone(), START),
        in_flight: Vec::new(),
        told,
        compared: 0,
        refusals: HashSet::new(),
    };
    for op in ops {
        run.step(op)?;
        run.compare()?;
    }
    while let Some((permit, pass)) = run.in_flight.pop() {
        permit.success();
        run.reference.end(pass, End::Success);
        run.compare()?;
    }
    Ok(Seen {
        reasons: run.reference.transitions().iter().map(|transition| transition.reason).collect(),
        refusals: run.refusals,
        sums: run.reference.view().sums,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn a_breaker_does_what_the_rules_say((rules, ops) in scenario()) {
        run("model", &rules, &ops)?;
    }
}

/// A model whose runs never got anywhere would agree with everything.
#[test]
fn random_runs_come_across_everything() {
    let mut runner = TestRunner::deterministic();
    let mut seen = Seen::default();
    for _ in 0..200 {
        let (rules, ops) = scenario().new_tree(&mut runner).expect("no filters").current();
        let one = run("coverage", &rules, &ops).expect("a run as the rules say");
        seen.reasons.extend(one.reasons);
        seen.refusals.extend(one.refusals);
        seen.sums.late += one.sums.late;
        seen.sums.would_reject += one.sums.would_reject;
    }
    assert_eq!(seen.reasons.len(), 7, "{:?}", seen.reasons);
    assert_eq!(seen.refusals.len(), 3, "{:?}", seen.refusals);
    assert!(seen.sums.late > 100 && seen.sums.would_reject > 100, "{:?}", seen.sums);
}
