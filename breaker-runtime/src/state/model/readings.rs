//! A decision by a reading of the coarse clock, which is not converted, is that by its time.

use proptest::prelude::*;

use crate::state::cell::{AtomicState, CallEnd};
use crate::state::counters::striped::{HotCounter, ThreadSlot};
use crate::state::gate::{CallGate, CurrentGate, ENDS_EXACTLY};
use crate::state::model::cases;
use crate::state::model::early::Clocks;
use crate::state::policy::{Policy, WindowRule};
use crate::state::token::CallToken;
use crate::state::window::Shape;
use crate::state::word::{StateKind, StateWord};
use crate::time::clock::{COARSE_ERROR, HEAD_START, ticks};
use crate::time::{TICKS_MAX, Ticks};

/// The time at which a clock begins.
const START: Ticks = ticks(HEAD_START);

/// The reading at time 0: one before the system's start, which wraps.
const ORIGIN: u64 = 0_u64.wrapping_sub(START / 2);

const SLOT: ThreadSlot = ThreadSlot(1);

fn windowed(span: Ticks) -> Policy {
    let shape = Shape::Span(span);
    let rule = WindowRule { shape, min_calls: 4, failure_rate: Some(0.5), slow_call_rate: None };
    Policy { window: Some(rule), failure_threshold: None, coarse: true, ..Policy::OF_TESTS }
}

/// Three readings for each tick.
fn reading_at(time: Ticks) -> u64 {
    3 * time
}

/// A breaker, and whether a success has needed no window.
struct Twin {
    cell: AtomicState,
    policy: Policy,
}

impl Twin {
    fn new(policy: Policy) -> Self {
        Self { cell: AtomicState::new(policy.flags(false)), policy }
    }

    fn token(&self) -> CallToken {
        self.cell.word().token()
    }

    fn settle(&self, token: CallToken, end: CallEnd, now: Ticks) {
        let env = Clocks::new(now, None);
        let in_window = end == CallEnd::Failure
            && self.cell.try_fail_in_window(&self.policy, token, SLOT, now).is_some();
        if !in_window {
            self.cell.settle(&self.policy, token, end, None, &env);
        }
    }

    /// Settles a success by the time.
    fn succeed(&self, now: Ticks) -> bool {
        let (token, gate, env) =
            (self.token(), CallGate::new(&self.policy, false), Clocks::new(now, None));
        let is_stable = self.cell.try_due_success(|| gate, self.cell.word(), token, SLOT, &env);
        if !is_stable {
            self.settle(token, CallEnd::Success, now);
        }
        is_stable
    }

    /// Settles a success by the reading, as a breaker does.
    fn succeed_by_reading(&self, now: Ticks, reading: u64) -> bool {
        let token = self.token();
        let is_stable =
            token.matches_due(self.cell.word()) && self.cell.try_success_at_reading(reading, SLOT);
        if !is_stable {
            self.settle(token, CallEnd::Success, now);
            self.cell.publish_readings(reading_at);
        }
        is_stable
    }
}

/// Returns whether a success of a call that took so long is counted by the reading at its end, and by
/// its time.
fn ended(policy: &Policy, has_clock: bool, took: Ticks, late: Ticks) -> (bool, bool) {
    let twins = [Twin::new(*policy), Twin::new(*policy)];
    let gate = CurrentGate::new(CallGate::new(policy, false), has_clock.then_some(ORIGIN));
    let start = Clocks::new(START, None);
    let tokens = twins.each_ref().map(|twin| {
        twin.settle(twin.token(), CallEnd::Success, START);
        AtomicState::try_timed_admit(twin.cell.word(), gate.get(), &start).expect("closed")
    });
    let [by_reading, by_time] = twins;
    let end = Clocks::new(START + took, Some(late));
    let micros = ORIGIN.wrapping_add(START + took - late);
    let is_quick = by_reading.cell.try_quick_success(micros, &gate, tokens[0], SLOT, &end);
    let is_idle = by_time.cell.try_idle_success(|| gate.get(), tokens[1], &end);
    for (twin, is_counted) in [(by_reading, is_quick), (by_time, is_idle)] {
        assert_eq!(twin.cell.counted(HotCounter::Success), 1 + u64::from(is_counted));
    }
    (is_quick, is_idle)
}

#[test]
fn reading_decides_where_the_clock_of_the_system_is_precise_enough() {
    let timed = |limit, coarse| Policy { slow_call: Some(limit), coarse, ..Policy::OF_TESTS };
    let limit = 50 * COARSE_ERROR;
    assert_eq!(ended(&timed(limit, true), true, limit, 0), (true, true));
    assert_eq!(ended(&timed(limit, true), true, limit + 1, 0), (false, false));
    assert_eq!(ended(&timed(limit, true), false, 1, 0), (false, true), "a clock of a user");
    let longest = ticks(HEAD_START) / 2;
    assert_eq!(ended(&timed(longest, true), true, 1, 0), (true, true));
    assert_eq!(ended(&timed(longest + 1, true), true, 1, 0), (false, true), "a limit too long");
    assert_eq!(ended(&timed(TICKS_MAX, true), true, 1, 0), (false, true), "a limit too long");
    let fine = timed(2 * COARSE_ERROR, false);
    assert_eq!(ended(&fine, true, COARSE_ERROR, 0), (true, true));
    assert_eq!(ended(&fine, true, COARSE_ERROR + 1, 0), (ENDS_EXACTLY, true));
    assert_eq!(ended(&timed(COARSE_ERROR, false), true, 0, 0), (ENDS_EXACTLY, true));
}

#[test]
fn windows_of_less_than_the_coarse_clock_are_not_decided_by_a_reading() {
    let twin = Twin::new(Policy { coarse: false, ..windowed(1_000_000) });
    for time in START..START + 3 {
        assert!(!twin.succeed_by_reading(time, reading_at(time)), "at {time}");
    }
}

#[test]
fn token_is_due_in_a_closed_word_with_that_flag_alone() {
    let words = StateKind::ALL.into_iter().flat_map(|kind| {
        [(kind, 0), (kind, 1 << 30), (kind, 1 << 31), (kind, TICKS_MAX)]
            .map(|(kind, payload)| StateWord::new(kind, 9, payload))
    });
    for word in words {
        let is_counted = matches!(word.kind(), StateKind::Closed | StateKind::ObserveClosed);
        let is_due = is_counted && word.payload() == 1 << 30;
        assert_eq!(word.token().matches_due(word), is_due, "{word:?}");
        let others = [word.token().with_permit(), CallToken::timed(word, 1 << 40)];
        assert!(others.iter().all(|token| !token.matches_due(word)), "{word:?}");
        assert!(!StateWord::new(word.kind(), 8, 0).token().matches_due(word));
    }
}

#[test]
fn start_is_compared_in_all_its_bits() {
    let word = StateWord::new(StateKind::Closed, 9, 0);
    let times = [31, 32, 40, 46].map(|bit| 1 << bit);
    for began in times.into_iter().flat_map(|time| [time, time + 1, time + (1 << 30)]) {
        let token = CallToken::timed_unclamped(word, began);
        let began = token.began().expect("it is timed");
        assert_eq!(token, CallToken::timed(word, began));
        let earliest = [0, began - (1 << 31), began - 1, began];
        assert!(earliest.iter().all(|time| token.began_since(*time)), "{began}");
        let later = [began + 1, began + (1 << 31), TICKS_MAX + 1, Ticks::MAX / 2, Ticks::MAX];
        assert!(later.iter().all(|time| !token.began_since(*time)), "{began}");
    }
    let began = |began| CallToken::timed_unclamped(word, began).began();
    assert_eq!([TICKS_MAX + 1, 1 << 62].map(began), [Some(TICKS_MAX); 2]);
    assert_eq!([0, Ticks::MAX].map(began), [CallToken::timed(word, 0).began(); 2], "set back");
}

proptest! {
    #![proptest_config(cases(3_000))]

    #[test]
    fn reading_at_the_end_of_a_call_decides_as_its_time_does(
        limit in 1..=100 * COARSE_ERROR,
        span in prop::option::of(1..=100 * COARSE_ERROR),
        coarse: bool,
        took in 0..=110 * COARSE_ERROR,
        late in 0..=COARSE_ERROR,
    ) {
        let base = span.map_or(Policy::OF_TESTS, windowed);
        let policy = Policy { slow_call: Some(limit), coarse, ..base };
        let is_exact = coarse || ENDS_EXACTLY;
        let late = if is_exact { 0 } else { late };
        let (is_quick, is_idle) = ended(&policy, true, took, late);
        if is_exact {
            prop_assert_eq!(is_quick, is_idle);
        } else {
            prop_assert!(is_idle || !is_quick);
        }
    }

    #[test]
    fn successes_by_readings_change_windows_as_those_by_times_do(
        span in 10..=2_000_u64,
        steps in prop::collection::vec((0..=600_u64, 0..3_u64, prop::bool::weighted(0.2)), 1..60),
    ) {
        let (by_reading, by_time) = (Twin::new(windowed(span)), Twin::new(windowed(span)));
        let mut now = START;
        let mut by_readings = 0;
        for (passed, rest, fails) in steps {
            now += passed;
            if !by_time.cell.word().is_closed() {
                break;
            }
            if fails {
                for twin in [&by_reading, &by_time] {
                    twin.settle(twin.token(), CallEnd::Failure, now);
                }
            } else {
                let is_stable = by_reading.succeed_by_reading(now, reading_at(now) + rest);
                prop_assert!(by_time.succeed(now) == is_stable || by_readings == 0);
                by_readings += 1;
            }
            let counts = |twin: &Twin| twin.cell.counts(twin.cell.word(), &twin.policy, now);
            prop_assert_eq!(counts(&by_reading), counts(&by_time));
            prop_assert_eq!(by_reading.cell.word(), by_time.cell.word());
        }
    }
}
