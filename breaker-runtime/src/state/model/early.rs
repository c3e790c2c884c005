//! A decision by the coarse clock is that of the precise clock.

use std::cell::Cell;

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use crate::state::cell::{AtomicState, CallEnd};
use crate::state::counters::striped::{HotCounter, ThreadSlot};
use crate::state::env::Env;
use crate::state::gate::CallGate;
use crate::state::model::cases;
use crate::state::policy::{Policy, WindowRule};
use crate::state::transition::{Admit, admit, reject_early};
use crate::state::window::Shape;
use crate::state::word::{StateKind, StateWord};
use crate::time::Ticks;
use crate::time::clock::COARSE_ERROR;

/// Generates times near `time`, within twice the error of the coarse clock, or far from it.
fn near(time: Ticks) -> impl Strategy<Value = Ticks> {
    let around = time.saturating_sub(2 * COARSE_ERROR)..=time + 2 * COARSE_ERROR;
    prop_oneof![3 => around, 1 => 0..=3 * time]
}

fn moment() -> impl Strategy<Value = (Ticks, Ticks, Ticks)> {
    (1..=50 * COARSE_ERROR, 51 * COARSE_ERROR..=200 * COARSE_ERROR).prop_flat_map(|(longest, end)| {
        let now = prop_oneof![near(end), near(end - longest)];
        (Just(longest), Just(end), now)
    })
}

/// Late enough for a token to hold the time, and the beginning of a bucket.
const START: Ticks = 8_600_000_000;

const POLICY: Policy = Policy { slow_call: Some(5 * COARSE_ERROR), ..Policy::OF_TESTS };

fn windowed(span: Ticks) -> Policy {
    let shape = Shape::Span(span);
    let rule = WindowRule { shape, min_calls: 4, failure_rate: Some(0.5), slow_call_rate: None };
    Policy { window: Some(rule), ..POLICY }
}

/// A precise clock that is counted, and a coarse one, if any, that is late.
pub(super) struct Clocks {
    now: Ticks,
    late: Option<Ticks>,
    read: Cell<u32>,
}

impl Clocks {
    pub(super) fn new(now: Ticks, late: Option<Ticks>) -> Self {
        Self { now, late, read: Cell::new(0) }
    }
}

impl Env for Clocks {
    fn now(&self) -> Ticks {
        self.read.set(self.read.get() + 1);
        self.now
    }

    fn coarse(&self) -> Ticks {
        self.now - self.late.unwrap_or(0)
    }

    fn coarse_end(&self) -> Option<Ticks> {
        Some(self.now - self.late?)
    }

    fn random(&self) -> f64 {
        unreachable!("no policy here draws a number")
    }

    fn thread_slot(&self) -> ThreadSlot {
        ThreadSlot(1)
    }

    fn reserve_open_slot(&self, _: bool) -> bool {
        true
    }

    fn release_open_slot(&self) {}
}

/// Returns how often the precise clock is read at the end of a success, and whether the shortcut counts
/// that. An earlier success has moved the window to the start.
fn ended(policy: &Policy, took: Ticks, late: Option<Ticks>) -> (u32, bool) {
    let cell = AtomicState::new(policy.flags(false));
    let start = Clocks::new(START, None);
    let first = cell.admit(policy, &start, |_| {}).expect("closed");
    cell.settle(policy, first, CallEnd::Success, None, &start);
    let gate = CallGate::new(policy, false);
    let token = AtomicState::try_timed_admit(cell.word(), gate, &start).expect("closed");
    let end = Clocks::new(START + took, late);
    let is_counted = cell.try_idle_success(|| gate, token, &end);
    assert_eq!(cell.counted(HotCounter::Success), 1 + u64::from(is_counted));
    (end.read.get(), is_counted)
}

#[test]
fn precise_clock_ends_a_call_only_near_the_limit() {
    for (took, late, expected) in [
        (0, 0, (0, true)),
        (0, COARSE_ERROR, (0, true)),
        (4 * COARSE_ERROR, 0, (0, true)),
        (5 * COARSE_ERROR, COARSE_ERROR, (0, true)),
        (4 * COARSE_ERROR + 1, 0, (1, true)),
        (5 * COARSE_ERROR, 0, (1, true)),
        (5 * COARSE_ERROR + 1, COARSE_ERROR, (1, false)),
        (9 * COARSE_ERROR, 0, (1, false)),
    ] {
        assert_eq!(ended(&POLICY, took, Some(late)), expected, "{took} {late}");
    }
}

#[test]
fn coarse_clock_alone_ends_no_other_call() {
    let reads = |policy: &Policy| ended(policy, 9, Some(3)).0;
    let limit = |limit| Policy { slow_call: Some(limit), ..POLICY };
    assert_eq!((reads(&limit(COARSE_ERROR)), reads(&limit(COARSE_ERROR + 6))), (1, 0));
    // The end of a bucket, of which a span has ten.
    assert_eq!((reads(&windowed(10 * COARSE_ERROR)), reads(&windowed(20 * COARSE_ERROR))), (1, 0));
    assert_eq!(ended(&POLICY, 9, None), (1, true), "there is no coarse clock");
}

proptest! {
    #![proptest_config(cases(3_000))]

    #[test]
    fn early_rejection_is_right_for_any_error_of_the_coarse_clock(
        (longest, end, now) in moment(),
        off in 0..=2 * COARSE_ERROR,
    ) {
        let open = StateWord::new(StateKind::Open, 7, end);
        let coarse = (now + off).saturating_sub(COARSE_ERROR);
        if let Some(early) = reject_early(open, longest, coarse) {
            let Admit::Rejected(precise) = admit(open, longest, now) else {
                return Err(TestCaseError::fail("it is not rejected"));
            };
            prop_assert_eq!(early.kind, precise.kind);
            let [early, precise] = [early, precise].map(|one| one.retry_after.unwrap_or(0));
            prop_assert!(early.abs_diff(precise) <= COARSE_ERROR, "{} and {}", early, precise);
        }
    }

    #[test]
    fn early_success_is_right_for_any_error_of_the_coarse_clock(
        limit in 1..=8 * COARSE_ERROR,
        span in prop::option::of(1..=100 * COARSE_ERROR),
        took in 0..=9 * COARSE_ERROR,
        late in 0..=COARSE_ERROR,
    ) {
        let base = span.map_or(POLICY, windowed);
        let policy = Policy { slow_call: Some(limit), ..base };
        let (_, precise) = ended(&policy, took, None);
        prop_assert_eq!(ended(&policy, took, Some(late)).1, precise);
    }
}
