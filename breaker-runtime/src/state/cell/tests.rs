//! The shortcuts: which calls take one, and that it has the effect of the full path.

mod group;

use super::*;
use crate::state::counters::striped::ThreadSlot;
use crate::state::gate::CallGate;
use crate::state::policy::{ThrottleRule, WindowRule};
use crate::state::token::CallToken;
use crate::state::transition::Command;
use crate::state::window::Shape;
use crate::state::word::GENERATION_MASK;
use crate::types::snapshot::Mode;

const POLICY: Policy = Policy::OF_TESTS;

const WINDOW: WindowRule = WindowRule {
    shape: Shape::Span(10_000),
    min_calls: 4,
    failure_rate: Some(0.5),
    slow_call_rate: None,
};

/// Late enough for a token to hold the time, and the beginning of a bucket.
const START: Ticks = 8_600_000_000;

const SLOT: ThreadSlot = ThreadSlot(1);

struct At(Ticks);

impl Env for At {
    fn now(&self) -> Ticks {
        self.0
    }

    fn coarse(&self) -> Ticks {
        self.0
    }

    /// Fails: no policy here has jitter or a throttle.
    fn random(&self) -> f64 {
        unreachable!("no policy here draws a number")
    }

    fn thread_slot(&self) -> ThreadSlot {
        SLOT
    }

    fn reserve_open_slot(&self, _: bool) -> bool {
        true
    }

    fn release_open_slot(&self) {}
}

fn cell(policy: &Policy) -> (AtomicState, CallToken) {
    let cell = AtomicState::new(policy.flags(false));
    let token = cell.admit(policy, &At(START), |_| {}).expect("it is closed");
    (cell, token)
}

/// A plain success touches the first 24 bytes: the word, the owner, and its count.
#[test]
fn the_hot_part_takes_64_bytes() {
    assert_eq!((size_of::<Hot>(), align_of::<Hot>()), (64, 8));
    assert_eq!(std::mem::offset_of!(Hot, word), 0);
    assert_eq!(std::mem::offset_of!(Hot, counters), 8);
}

#[test]
fn closed_breaker_without_a_gate_admits_on_sight() {
    let (plain, token) = cell(&POLICY);
    assert_eq!(plain.try_fast_admit(), Some(token));
    assert_eq!(plain.open_word(), None);
    let (gated, _) = cell(&Policy { bulkhead: true, ..POLICY });
    assert_eq!(gated.try_fast_admit(), None);
    plain.control(&POLICY, Command::Trip, &At(START));
    assert_eq!((plain.try_fast_admit(), plain.open_word()), (None, Some(plain.word())));
}

#[test]
fn open_breaker_rejects_without_a_precise_reading() {
    let policy = Policy { open_for: 1_000_000, ..POLICY };
    let (cell, _) = cell(&policy);
    cell.control(&policy, Command::Trip, &At(START));
    let rejection = cell.reject_early(cell.word(), START + 500_000);
    assert_eq!(rejection.and_then(|rejection| rejection.retry_after), Some(500_000));
}

#[test]
fn success_is_counted_on_sight_once_the_thread_has_a_counter() {
    let (cell, token) = cell(&POLICY);
    assert!(!cell.try_fast_success(token, SLOT) && !cell.try_count(HotCounter::Success, SLOT));
    assert_eq!(cell.counted(HotCounter::Success), 0);
    cell.count(HotCounter::Success, SLOT);
    assert!(cell.try_fast_success(token, SLOT) && cell.try_count(HotCounter::Success, SLOT));
    assert_eq!(cell.counted(HotCounter::Success), 3);
    cell.control(&POLICY, Command::Reset, &At(START));
    assert!(!cell.try_fast_success(token, SLOT), "it is late");
    assert_eq!(cell.counted(HotCounter::Success), 3);
}

/// Returns the failures in a row.
fn streak(cell: &AtomicState) -> u64 {
    cell.streak_of(cell.word())
}

/// Otherwise each success after a failure would write a cache line that all threads read.
#[test]
fn success_on_sight_ends_a_streak() {
    let (cell, token) = cell(&POLICY);
    cell.count(HotCounter::Success, SLOT);
    for expected in [1, 2] {
        cell.settle(&POLICY, token, CallEnd::Failure, None, &At(START));
        assert_eq!(streak(&cell), expected);
    }
    assert!(cell.try_fast_success(token, SLOT));
    assert_eq!(streak(&cell), 0);
    cell.settle(&POLICY, token, CallEnd::Failure, None, &At(START));
    assert_eq!(streak(&cell), 1);
}

/// A streak is that of its state, even if no success is counted from one state to the next.
#[test]
fn streak_begins_again_with_each_state() {
    let (cell, token) = cell(&POLICY);
    let fail = |token| {
        cell.settle(&POLICY, token, CallEnd::Failure, None, &At(START));
        streak(&cell)
    };
    assert_eq!([fail(token), fail(token)], [1, 2]);
    let reset = || cell.control(&POLICY, Command::Reset, &At(START)).expect("it has an effect");
    assert_eq!((reset().streak, streak(&cell)), (2, 0));
    assert_eq!(fail(token), 0, "it is late");
    let token = cell.word().token();
    assert_eq!([fail(token), fail(token)], [1, 2]);
    // As many as there are generations: the number of the state is the same again.
    let generation = cell.word().generation();
    for _ in 0..=GENERATION_MASK {
        reset();
    }
    assert_eq!((cell.word().generation(), streak(&cell)), (generation, 0));
    assert_eq!(fail(token), 1);
}

#[test]
fn trip_reports_the_failures_in_a_row_with_the_last_one() {
    let rate = WindowRule { shape: Shape::Calls(10), ..WINDOW };
    let by_rate = Policy { failure_threshold: None, window: Some(rate), ..POLICY };
    for (policy, reason, expected) in
        [(POLICY, Reason::FailureThreshold, 3), (by_rate, Reason::FailureRate, 2)]
    {
        let (cell, token) = cell(&policy);
        let settle = |end| cell.settle(&policy, token, end, None, &At(START)).transition;
        let ends = [CallEnd::Success, CallEnd::Success, CallEnd::Failure];
        assert_eq!(ends.map(settle), [None; 3]);
        let change = (0..3).find_map(|_| settle(CallEnd::Failure)).expect("it trips");
        assert_eq!((change.reason, change.streak), (reason, expected));
    }
    let (cell, token) = cell(&POLICY);
    cell.settle(&POLICY, token, CallEnd::Failure, None, &At(START));
    let change = cell.control(&POLICY, Command::Trip, &At(START));
    assert_eq!(change.map(|change| change.streak), Some(1));
}

/// If a success after it could trip, `WINDOW_DUE` has to be set.
#[test]
fn failure_enters_a_window_of_calls_on_sight_unless_it_or_the_next_success_trips() {
    let rule = WindowRule {
        shape: Shape::Calls(4),
        min_calls: 3,
        failure_rate: Some(0.6),
        slow_call_rate: None,
    };
    let policy = Policy { failure_threshold: Some(3), window: Some(rule), ..POLICY };
    let (cell, token) = cell(&policy);
    let settle = |end| cell.settle(&policy, token, end, None, &At(START));
    let on_sight = || {
        let failed = cell.try_fail_in_window(&policy, token, SLOT, START);
        failed.map(|failed| failed.success_count)
    };
    assert_eq!(on_sight(), None, "there is no window yet");
    settle(CallEnd::Failure);
    settle(CallEnd::Success);
    assert_eq!(on_sight(), None, "two of three reach the rate");
    settle(CallEnd::Success);
    let tally =
        || cell.counts(cell.word(), &policy, START).tally.map(|tally| (tally.calls, tally.failures));
    assert_eq!(tally(), Some((3, 1)));
    assert_eq!(on_sight(), Some(2));
    assert_eq!((tally(), streak(&cell)), (Some((4, 2)), 1));
    assert_eq!(on_sight(), Some(2), "the oldest result, a failure, leaves the window");
    assert_eq!((tally(), cell.counted(HotCounter::Failure)), (Some((4, 2)), 2));
    assert_eq!(on_sight(), None, "it is the third in a row");
    assert_eq!((tally(), streak(&cell)), (Some((4, 2)), 2));
}

#[test]
fn success_behind_a_gate_is_counted_and_ends_a_streak() {
    let policy = Policy { bulkhead: true, ..POLICY };
    let (cell, token) = cell(&policy);
    assert!(cell.try_success_slow_admit(token, SLOT));
    assert_eq!(cell.counted(HotCounter::Success), 1);
    cell.settle(&policy, token, CallEnd::Failure, None, &At(START));
    assert_eq!(streak(&cell), 1);
    assert!(cell.try_success_slow_admit(token, SLOT));
    assert_eq!((streak(&cell), cell.counted(HotCounter::Success)), (0, 2));
}

fn timed_admit(cell: &AtomicState, gate: CallGate) -> Option<CallToken> {
    let word = Some(cell.word()).filter(|word| word.needs_slow_admit())?;
    AtomicState::try_timed_admit(word, gate, &At(START))
}

#[test]
fn timed_success_is_counted_unless_it_was_slow_and_ends_a_streak() {
    let policy = Policy { slow_call: Some(100), ..POLICY };
    let (cell, _) = cell(&policy);
    let admit = || timed_admit(&cell, CallGate::new(&policy, false)).expect("closed");
    assert!(cell.try_idle_success(|| CallGate::new(&policy, false), admit(), &At(START + 100)));
    assert_eq!(cell.counted(HotCounter::Success), 1);
    assert!(
        !cell.try_idle_success(|| CallGate::new(&policy, false), admit(), &At(START + 101)),
        "it was slow"
    );
    let fail = || {
        cell.settle(&policy, admit(), CallEnd::Failure, None, &At(START));
        streak(&cell)
    };
    assert_eq!(fail(), 1);
    assert!(cell.try_idle_success(|| CallGate::new(&policy, false), admit(), &At(START)));
    assert_eq!((streak(&cell), cell.counted(HotCounter::Success)), (0, 2));
    assert_eq!([fail(), fail()], [1, 2]);
    cell.settle(&policy, admit(), CallEnd::Success, None, &At(START + 101));
    assert_eq!((streak(&cell), cell.counted(HotCounter::Success)), (0, 2), "it was slow");
    assert_eq!(fail(), 1);
}

#[test]
fn call_that_has_more_to_pass_than_a_clock_takes_no_shortcut() {
    let timed = Policy { slow_call: Some(100), ..POLICY };
    let (cell, _) = cell(&timed);
    let admit = |gate| timed_admit(&cell, gate);
    let began = |gate| admit(gate).map(CallToken::began);
    let of = |policy: Policy| CallGate::new(&policy, false);
    assert_eq!(began(of(timed)), Some(Some(START)));
    assert_eq!(began(CallGate::new(&timed, true)), Some(Some(START)));
    assert_eq!(
        admit(CallGate::new(&Policy { bulkhead: true, ..POLICY }, true)),
        None,
        "it is not timed"
    );
    assert_eq!(admit(of(timed).with_more_checks()), None);
    assert_eq!(admit(of(Policy { ramp: 1, ..timed })), None);
    assert_eq!(admit(of(Policy { throttle: Some(ThrottleRule { k: 2.0, span: 1 }), ..timed })), None);
    assert_eq!(admit(of(POLICY)), None, "the full path clears the flag");
    cell.control(&timed, Command::Trip, &At(START));
    assert_eq!(admit(of(timed)), None);
}

#[test]
fn streak_below_the_threshold_is_settled_on_sight() {
    let (cell, token) = cell(&POLICY);
    let settle = |end| cell.try_settle_streak(&POLICY, token, end, SLOT);
    assert!(!settle(CallEnd::Failure), "there is no cold part yet");
    cell.settle(&POLICY, token, CallEnd::Failure, None, &At(START));
    assert!(settle(CallEnd::Success));
    for expected in [1, 2] {
        assert!(settle(CallEnd::Failure));
        assert_eq!((streak(&cell), cell.counted(HotCounter::Failure)), (expected, expected));
    }
    assert!(!settle(CallEnd::Failure), "it would trip");
    assert!(!settle(CallEnd::Ignored) && !settle(CallEnd::Cancelled));
    assert_eq!((streak(&cell), cell.counted(HotCounter::Failure)), (2, 2));
    assert!(settle(CallEnd::Success));
    assert_eq!((streak(&cell), cell.counted(HotCounter::Success)), (0, 2));
    cell.control(&POLICY, Command::Reset, &At(START));
    assert!(!settle(CallEnd::Success), "it is late");
}

#[test]
fn owner_of_the_counters_extends_a_streak_without_the_stripes() {
    let (cell, token) = cell(&POLICY);
    let extend = |slot| cell.try_extend_streak_as_owner(3, token, slot);
    assert_eq!(extend(SLOT), None, "it owns no counters yet");
    cell.count(HotCounter::Success, SLOT);
    assert_eq!(extend(SLOT), None, "there is no cold part yet");
    cell.settle(&POLICY, token, CallEnd::Failure, None, &At(START));
    assert_eq!(extend(ThreadSlot(2)), None, "it is not the owner");
    assert_eq!((extend(SLOT), streak(&cell)), (Some(1), 2));
    assert_eq!((extend(SLOT), streak(&cell)), (None, 2), "it would trip");
    cell.count(HotCounter::Success, SLOT);
    assert_eq!((extend(SLOT), streak(&cell)), (Some(2), 1));
    assert_eq!(cell.counted(HotCounter::Failure), 2);
    // Another thread contends until it has a stripe.
    (0..1_000).for_each(|_| cell.count(HotCounter::Success, ThreadSlot(2)));
    assert_eq!((extend(SLOT), streak(&cell)), (None, 0));
    cell.control(&POLICY, Command::Reset, &At(START));
    assert_eq!(extend(SLOT), None, "it is late");
}

#[test]
fn failure_that_a_window_records_takes_no_shortcut() {
    let window = WindowRule { shape: Shape::Calls(10), min_calls: 2, failure_rate: Some(0.9), ..WINDOW };
    let policy = Policy { window: Some(window), ..POLICY };
    let (cell, token) = cell(&policy);
    cell.count(HotCounter::Success, SLOT);
    assert!(!cell.try_settle_streak(&policy, token, CallEnd::Failure, SLOT));
    cell.settle(&policy, token, CallEnd::Failure, None, &At(START));
    assert!(cell.try_settle_streak(&policy, token, CallEnd::Success, SLOT), "it only ends the streak");
    assert_eq!((streak(&cell), cell.counted(HotCounter::Success)), (0, 2));
}

/// The first success of a bucket moves the window on; the others have nothing to do with it.
#[test]
fn success_within_a_bucket_leaves_the_window_alone() {
    let policy = Policy { window: Some(WINDOW), ..POLICY };
    let (cell, token) = cell(&policy);
    assert!(
        !cell.try_idle_success(|| CallGate::new(&policy, false), token, &At(START)),
        "there is no window"
    );
    cell.settle(&policy, token, CallEnd::Success, None, &At(START));
    assert!(cell.try_idle_success(|| CallGate::new(&policy, false), token, &At(START + 999)));
    assert!(!cell.try_idle_success(|| CallGate::new(&policy, false), token, &At(START + 1_000)));
    assert_eq!(cell.counted(HotCounter::Success), 2);
    // The coarse clock ends the bucket at the same time.
    let coarse = Policy { coarse: true, ..policy };
    assert!(!cell.try_idle_success(|| CallGate::new(&coarse, false), token, &At(START + 1_000)));
    let tally = cell.counts(cell.word(), &policy, START + 999).tally;
    assert_eq!(tally, Some(Tally { calls: 2, ..Tally::default() }));
}

#[test]
fn trip_by_a_rate_holds_the_window_that_reached_it() {
    let policy = Policy { failure_threshold: None, window: Some(WINDOW), ..POLICY };
    let (cell, token) = cell(&policy);
    let ends = [CallEnd::Success, CallEnd::Success, CallEnd::Failure, CallEnd::Failure];
    let changes = ends.map(|end| cell.settle(&policy, token, end, None, &At(START)).transition);
    let tallies = changes.map(|change| change.map(|change| change.tally));
    let reached = Tally { calls: 4, failures: 2, ..Tally::default() };
    assert_eq!(tallies, [None, None, None, Some(reached)]);
}

#[test]
fn success_with_a_measured_time_is_counted_without_a_change_of_the_word() {
    let policy = Policy { slow_call: Some(100), ..POLICY };
    let (cell, token) = cell(&policy);
    let settled = cell.settle(&policy, token, CallEnd::Success, None, &At(START + 100));
    let passed = Settled {
        accounting: Accounting::Done,
        outcome: Outcome::Success,
        slow: false,
        took: Some(100),
        at: None,
        slices: None,
        transition: None,
    };
    assert_eq!(settled, passed);
}

/// Without a rate of slow calls, slowness matters for probes alone.
#[test]
fn slow_success_without_a_window_is_no_failure() {
    let policy = Policy { slow_call: Some(100), ..POLICY };
    let (cell, token) = cell(&policy);
    let settled = cell.settle(&policy, token, CallEnd::Success, None, &At(START + 101));
    assert_eq!((settled.accounting, settled.slow), (Accounting::Pending, true));
    assert_eq!(streak(&cell), 0);
}

#[test]
fn gate_of_a_ramp_goes_with_the_ramp_and_that_of_a_bulkhead_stays() {
    for (bulkhead, gone) in [(false, true), (true, false)] {
        let policy = Policy { ramp: 100, success_threshold: 1, bulkhead, ..POLICY };
        let (cell, _) = cell(&policy);
        cell.control(&policy, Command::Trip, &At(START));
        let probe = cell.admit(&policy, &At(START + 1_000), |_| {}).expect("the period is over");
        cell.settle(&policy, probe, CallEnd::Success, None, &At(START + 1_000));
        for (now, no_gate) in [(1_099, false), (1_100, gone)] {
            cell.admit(&policy, &At(START + now), |_| {}).expect("the first one, and all of them");
            assert_eq!(
                (cell.has_fast_admission(), cell.try_fast_admit().is_some()),
                (no_gate, no_gate),
                "{now}"
            );
        }
    }
}

#[test]
fn gate_follows_a_change_of_the_policy() {
    let gated = Policy { bulkhead: true, ..POLICY };
    let (cell, _) = cell(&POLICY);
    cell.refresh_flags(&gated, START);
    assert!(!cell.has_fast_admission());
    cell.reconfigure(&POLICY, &At(START), || Some(gated), || {});
    assert!(cell.has_fast_admission());
    cell.control(&POLICY, Command::Mode(Mode::ForcedClosed), &At(START));
    assert!(cell.has_fast_admission());
    cell.control(&POLICY, Command::Mode(Mode::ForcedOpen), &At(START));
    assert!(!cell.has_fast_admission());
}

#[test]
fn call_that_finds_no_permit_still_runs_in_a_dry_run() {
    let (cell, token) = cell(&POLICY);
    assert_eq!(cell.withdraw(&POLICY, token, &At(START)), None);
    cell.control(&POLICY, Command::Mode(Mode::Observe), &At(START));
    let token = cell.admit(&POLICY, &At(START), |_| {}).expect("it is closed");
    assert!(cell.withdraw(&POLICY, token, &At(START)).is_some_and(CallToken::is_bypassed));
}
