//! The open slots of a group: a breaker that may not open stays as it is.

use std::cell::Cell;

use super::*;
use crate::state::word::StateKind;

/// The breakers of a group, of which only so many may be open. `meanwhile` runs where this one asks for
/// a slot: what another thread does at that moment.
struct Group<'a> {
    now: Ticks,
    slots: Cell<i32>,
    meanwhile: Cell<Option<&'a dyn Fn()>>,
}

impl Group<'_> {
    fn new(slots: i32) -> Self {
        Self { now: START, slots: Cell::new(slots), meanwhile: Cell::new(None) }
    }
}

impl Env for Group<'_> {
    fn now(&self) -> Ticks {
        self.now
    }

    fn coarse(&self) -> Ticks {
        self.now
    }

    fn random(&self) -> f64 {
        unreachable!("no policy here draws a number")
    }

    fn thread_slot(&self) -> ThreadSlot {
        SLOT
    }

    fn reserve_open_slot(&self, forced: bool) -> bool {
        if let Some(meanwhile) = self.meanwhile.take() {
            meanwhile();
        }
        let may = forced || self.slots.get() > 0;
        self.slots.set(self.slots.get() - i32::from(may));
        may
    }

    fn release_open_slot(&self) {
        self.slots.set(self.slots.get() + 1);
    }
}

#[test]
fn failed_probe_needs_no_slot_of_the_group_beside_its_own() {
    let policy = Policy { failure_threshold: Some(1), ..POLICY };
    let (cell, token) = cell(&policy);
    let mut group = Group::new(1);
    assert!(cell.settle(&policy, token, CallEnd::Failure, None, &group).transition.is_some());
    group.now = START + 1_000;
    let probe = cell.admit(&policy, &group, |_| {}).expect("the period is over");
    let change = cell.settle(&policy, probe, CallEnd::Failure, None, &group).transition;
    assert_eq!(change.map(|change| change.reason), Some(Reason::ProbeFailed));
    assert_eq!(group.slots.get(), 0);
    cell.control(&policy, Command::Reset, &group);
    assert_eq!(group.slots.get(), 1);
}

#[test]
fn slot_of_the_group_comes_back_if_another_thread_opened_first() {
    let policy = Policy { failure_threshold: Some(1), ..POLICY };
    let window = Policy { window: Some(WindowRule { min_calls: 1, ..WINDOW }), ..policy };
    for policy in [policy, window] {
        let (cell, token) = cell(&policy);
        let trip = || assert!(cell.control(&policy, Command::Trip, &At(START)).is_some());
        let group = Group { meanwhile: Cell::new(Some(&trip)), ..Group::new(1) };
        assert_eq!(cell.settle(&policy, token, CallEnd::Failure, None, &group).transition, None);
        assert_eq!(group.slots.get(), 1);
    }
}

#[test]
fn streak_goes_on_while_the_group_has_no_slot() {
    let window = WindowRule { shape: Shape::Calls(10), min_calls: 1, ..WINDOW };
    let window =
        Policy { failure_threshold: None, window: Some(window), slow_call: Some(100), ..POLICY };
    for policy in [Policy { failure_threshold: Some(1), ..POLICY }, window] {
        let (cell, token) = cell(&policy);
        let mut group = Group::new(0);
        for expected in 1..=3 {
            assert_eq!(cell.settle(&policy, token, CallEnd::Failure, None, &group).transition, None);
            assert_eq!(streak(&cell), expected);
        }
        if policy == window {
            group.now = START + 1_000;
            let slow = cell.settle(&policy, token, CallEnd::Success, None, &group);
            assert_eq!((slow.slow, slow.transition, streak(&cell)), (true, None, 0));
        }
        group.slots.set(1);
        assert!(cell.settle(&policy, token, CallEnd::Failure, None, &group).transition.is_some());
    }
}

/// An open word has its deadline where a closed one has its flags.
#[test]
fn result_that_may_not_open_leaves_the_deadline_of_another_thread() {
    let policy = Policy { window: Some(WindowRule { min_calls: 1, ..WINDOW }), ..POLICY };
    let (cell, token) = cell(&policy);
    let trip = || assert!(cell.control(&policy, Command::Trip, &At(START)).is_some());
    let group = Group { meanwhile: Cell::new(Some(&trip)), ..Group::new(0) };
    let settled = cell.settle(&policy, token, CallEnd::Failure, None, &group);
    assert_eq!((settled.accounting, settled.transition), (Accounting::Pending, None));
    assert_eq!(cell.word(), StateWord::new(StateKind::Open, 1, START + 1_000));
}
