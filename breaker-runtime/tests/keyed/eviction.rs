//! The breakers of keys that stay, that are evicted, and that count for `max_open_keys`.

use std::cell::Cell;
use std::hash::{Hash, Hasher};
use std::panic::resume_unwind;
use std::time::Duration;

use breaker_runtime::{BreakerKey, CircuitBreaker, KeyRef, KeyedBreakers, ManualClock, State};

use crate::{TIMEOUT, call, keyed, states};

const IDLE: Duration = Duration::from_secs(600);
const SECOND: Duration = Duration::from_secs(1);

fn fail(breakers: &KeyedBreakers, key: u32) {
    (0..2).for_each(|_| assert!(!call(breakers, key, false)));
}

fn is_there(breakers: &KeyedBreakers, key: u32) -> bool {
    breakers.find(&key).is_some()
}

fn evicted(breakers: &KeyedBreakers) -> (u64, u64) {
    let counts = breakers.template().snapshot().keys.expect("a template");
    assert_eq!(counts.keys, breakers.len() as u64);
    (counts.evicted, counts.evicted_open)
}

/// Resilience4j 273, 650, 703; Envoy PR 261: ten pods are replaced, and each opens before
/// it is removed.
#[test]
fn removed_open_keys_keep_no_other_key_from_opening() {
    let clock = ManualClock::new();
    let breakers = keyed("eviction: gone pods", &clock, |builder| builder.max_open_keys(0.5));
    let living = 10..20;
    let all_work = || living.clone().all(|key| call(&breakers, key, true));
    assert!(all_work());
    (0..10).for_each(|key| fail(&breakers, key));
    // Rejected calls count as uses.
    clock.advance(SECOND);
    assert!(!call(&breakers, 9, true));
    for _ in 0..9 {
        clock.advance(IDLE / 10);
        assert!(all_work());
    }
    clock.advance(58 * SECOND);
    fail(&breakers, 10);
    assert_eq!(breakers.get(&10).state(), State::Closed, "ten of twenty are open");
    clock.advance(SECOND);
    assert!(!call(&breakers, 10, false));
    assert_eq!(breakers.get(&10).state(), State::Open, "nine are not called any longer");
    for key in 11..14 {
        fail(&breakers, key);
        assert_eq!(breakers.get(&key).state(), State::Open, "{key}");
    }
    // Open are 10 to 13 and 9, of eleven keys.
    fail(&breakers, 14);
    assert_eq!(breakers.get(&14).state(), State::Closed);
    // The last one of the removed keys does not count either: 10 to 13, of ten.
    clock.advance(SECOND);
    assert!(!call(&breakers, 14, false));
    assert_eq!(breakers.get(&14).state(), State::Open);
    // A key that is called again counts again.
    breakers.get(&13).reset();
    clock.advance(IDLE / 8);
    assert!(!call(&breakers, 0, false), "a probe");
    assert!(!call(&breakers, 1, false), "a probe");
    clock.advance(IDLE / 8);
    fail(&breakers, 15);
    assert_eq!(breakers.get(&15).state(), State::Closed, "0, 1, 10, 11, 12 and 14, of twelve");
}

/// The share is one of the keys in use.
#[test]
fn removed_closed_keys_do_not_raise_the_number_that_may_open() {
    let clock = ManualClock::new();
    let breakers = keyed("eviction: gone and closed", &clock, |builder| builder.max_open_keys(0.5));
    (4..100).for_each(|key| assert!(call(&breakers, key, true)));
    clock.advance(599 * SECOND);
    (0..4).for_each(|key| assert!(call(&breakers, key, true)));
    clock.advance(SECOND);
    (0..4).for_each(|key| fail(&breakers, key));
    assert_eq!(states(&breakers, 4), "oocc");
}

#[test]
fn open_keys_that_are_idle_are_evicted() {
    const KEYS: u32 = 1_000;
    let clock = ManualClock::new();
    let breakers = keyed("eviction: a month", &clock, |builder| builder.max_keys(KEYS));
    (0..KEYS).for_each(|key| fail(&breakers, key));
    clock.advance(Duration::from_secs(30 * 24 * 60 * 60));
    assert!(breakers.get(&KEYS).key().is_some());
    assert_eq!(breakers.len(), 1);
    let total = breakers.template().snapshot();
    assert_eq!((total.trips, total.totals.failure), (u64::from(KEYS), 2 * u64::from(KEYS)));
    assert_eq!(evicted(&breakers), (0, 0));
}

/// Each new key has its own breaker, and rejects no call of another.
#[test]
fn table_full_of_open_keys_rejects_no_new_key() {
    const KEYS: u32 = 300;
    let clock = ManualClock::new();
    let breakers = keyed("eviction: attack", &clock, |builder| builder.max_keys(KEYS));
    for key in 0..KEYS {
        fail(&breakers, key);
        clock.advance(SECOND / 100);
    }
    // Each second key is still called.
    (0..KEYS).step_by(2).for_each(|key| assert!(!call(&breakers, key, true)));
    for newcomer in KEYS..KEYS + 150 {
        clock.advance(SECOND / 100);
        let breaker = breakers.get(&newcomer);
        assert_eq!(breaker.key().map(ToString::to_string), Some(newcomer.to_string()));
        drop(breaker);
        fail(&breakers, newcomer);
        assert_eq!(breakers.get(&newcomer).state(), State::Open, "by its own failures");
    }
    assert_eq!(breakers.len(), KEYS as usize);
    assert_eq!(evicted(&breakers), (150, 150));
    for key in 0..KEYS {
        assert_eq!(is_there(&breakers, key), key % 2 == 0, "{key}: the one called longest ago goes");
    }
    // A working key is not evicted for each new one: it is removed once, and has no state to lose.
    assert!(call(&breakers, 10_000, true));
    assert_eq!(breakers.get(&10_000).key().map(ToString::to_string).as_deref(), Some("10000"));
}

#[test]
fn open_key_is_removed_an_idle_time_after_its_period() {
    let clock = ManualClock::new();
    let breakers = keyed("eviction: open", &clock, |builder| builder.key_idle(IDLE));
    fail(&breakers, 0);
    breakers.get(&1).force_open();
    clock.advance(TIMEOUT / 2);
    assert!(!call(&breakers, 0, true), "rejected, before the period is over");
    clock.advance(TIMEOUT / 2 + 599 * SECOND);
    assert_eq!(breakers.len(), 2);
    clock.advance(SECOND + IDLE / 4);
    assert_eq!(breakers.len(), 1, "without a new key");
    assert!(is_there(&breakers, 1), "a command is kept");
    clock.advance(100 * IDLE);
    assert_eq!(breakers.len(), 1);
}

/// A sweep four times in `key_idle` bounds the time that an idle breaker may stay longer.
#[test]
fn idle_keys_are_removed_within_the_documented_time() {
    let clock = ManualClock::new();
    let breakers = keyed("eviction: idle", &clock, |builder| builder.key_idle(IDLE));
    (0..2).for_each(|_| assert!(call(&breakers, 0, true)));
    assert!(call(&breakers, 1, true));
    clock.advance(IDLE / 4);
    assert!(call(&breakers, 2, true), "a sweep finds that 0 was called");
    clock.advance(3 * (IDLE / 4));
    assert!(call(&breakers, 3, true));
    assert!(is_there(&breakers, 0) && !is_there(&breakers, 1), "1 was called once, when it was new");
    clock.advance(IDLE / 4);
    assert!(call(&breakers, 4, true));
    assert!(!is_there(&breakers, 0) && !is_there(&breakers, 2));
    assert!(is_there(&breakers, 3) && is_there(&breakers, 4));
}

/// A key that fails 50 times in a row never opened if 200 others came between.
#[test]
fn failing_key_opens_despite_more_other_keys_than_max_keys() {
    let clock = ManualClock::new();
    let builder = CircuitBreaker::builder("eviction: between").clock(clock.clone()).failure_threshold(5);
    let breakers = builder.keyed().max_keys(100).build().expect("in range");
    let mut others = 1..;
    for failures in 1..=5 {
        assert_eq!(breakers.get(&0).state(), State::Closed);
        assert!(!call(&breakers, 0, false));
        assert!(others.by_ref().take(200).all(|key| call(&breakers, key, true)));
        assert_eq!(breakers.find(&0).map(|found| found.snapshot().totals.failure), Some(failures));
    }
    assert_eq!(breakers.get(&0).state(), State::Open);
}

/// The same holds if failures are counted in a window, with successes between them.
#[test]
fn key_with_failures_in_its_window_is_evicted_after_those_without() {
    let builder = CircuitBreaker::builder("eviction: window").failure_rate(0.5).min_calls(20);
    let breakers = builder.keyed().max_keys(3).build().expect("in range");
    assert!(!call(&breakers, 0, false) && call(&breakers, 0, true));
    (1..10).for_each(|key| assert!(call(&breakers, key, true)));
    assert!(is_there(&breakers, 0));
}

#[test]
fn keys_in_use_are_evicted_last_and_their_calls_still_count() {
    let clock = ManualClock::new();
    let breakers = keyed("eviction: in use", &clock, |builder| builder.max_keys(2).max_open_keys(1.0));
    let [first, second] = [0, 1].map(|key| breakers.get(&key));
    let permit = first.try_acquire().expect("closed");
    second.trip();
    clock.advance(SECOND);
    assert!(call(&breakers, 2, true));
    assert!(!is_there(&breakers, 0) && is_there(&breakers, 1));
    permit.success();
    drop(first);
    assert_eq!(breakers.template().snapshot().totals.success, 2);
    assert!(call(&breakers, 3, true));
    assert!(!is_there(&breakers, 2) && is_there(&breakers, 1), "2 is not in use");
    let total = breakers.template().snapshot();
    assert_eq!((total.totals.success, total.trips), (3, 1));
    assert_eq!(evicted(&breakers), (2, 0));
}

#[test]
fn removed_key_begins_anew_and_its_calls_stay_in_the_sum() {
    let clock = ManualClock::new();
    let breakers = keyed("eviction: removed", &clock, |builder| builder.max_open_keys(0.5));
    (0..4).for_each(|key| assert!(call(&breakers, key, true)));
    fail(&breakers, 0);
    fail(&breakers, 1);
    let in_flight = breakers.get(&2);
    let permit = in_flight.try_acquire().expect("closed");
    assert_eq!(breakers.remove(&0).expect("there").state(), State::Open);
    assert!(breakers.remove(&0).is_none() && breakers.remove(&9).is_none());
    assert_eq!(breakers.get(&0).state(), State::Closed);
    fail(&breakers, 3);
    assert_eq!(states(&breakers, 4), "coco", "its quota is free");
    breakers.template().keyed().expect("a template").retain(|breaker| breaker.state() == State::Open);
    assert_eq!(breakers.len(), 2);
    permit.success();
    in_flight.trip();
    let total = breakers.template().snapshot();
    assert_eq!((total.totals.success, total.totals.failure, total.trips), (5, 6, 4));
    assert_eq!(total.keys.map(|counts| counts.evicted), Some(0));
    breakers.get(&0);
    breakers.get(&1).reset();
    fail(&breakers, 2);
    assert_eq!(states(&breakers, 4), "ccoo", "a removed breaker takes no quota");
}

thread_local! {
    static DROPS: Cell<u32> = const { Cell::new(0) };
}

/// Panics where a clone of it is dropped, which happens when its breaker is removed.
#[derive(Debug)]
struct Explosive {
    number: u32,
    is_clone: bool,
}

impl PartialEq for Explosive {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Eq for Explosive {}

impl Hash for Explosive {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.number.hash(state);
    }
}

impl Clone for Explosive {
    fn clone(&self) -> Self {
        Self { number: self.number, is_clone: true }
    }
}

impl Drop for Explosive {
    fn drop(&mut self) {
        if self.is_clone {
            DROPS.set(DROPS.get() + 1);
            resume_unwind(Box::new("dropped"));
        }
    }
}

impl BreakerKey for Explosive {
    fn with_key<R>(&self, look: impl FnOnce(KeyRef<'_>) -> R) -> R {
        look(KeyRef::value(self))
    }
}

#[test]
fn key_that_panics_in_its_drop_harms_no_other_key() {
    let clock = ManualClock::new();
    let breakers = keyed("eviction: explosive", &clock, |builder| builder.max_keys(2).key_idle(SECOND));
    let key = |number| Explosive { number, is_clone: false };
    for number in 0..5 {
        let made = breakers.get(&key(number));
        assert_eq!(made.call(|| Ok::<_, ()>(number)), Ok(number));
    }
    assert_eq!(DROPS.get(), 3, "three were evicted");
    clock.advance(10 * SECOND);
    assert!(breakers.len() <= 2);
    clock.advance(10 * SECOND);
    assert_eq!(breakers.len(), 0);
    assert_eq!(DROPS.get(), 5, "all idle ones are removed, though the first panics");
    assert_eq!(breakers.template().snapshot().totals.success, 5);
}
