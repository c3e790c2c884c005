//! The order of eviction in a group that is larger than one sample.

use std::sync::Arc;
use std::time::Duration;

use crate::breaker::CircuitBreaker;
use crate::breaker::inner::Inner;
use crate::breaker::keyed_breakers::KeyedBreakers;
use crate::config::keyed::Limits;
use crate::keyed::evictor::STRIDE;
use crate::keyed::group::KeyedGroup;
use crate::time::clock::ManualClock;
use crate::time::{TICKS_MAX, Ticks};
use crate::types::key::BreakerKey;

/// More keys than one insertion samples, so that the next candidates are queued.
const KEYS: u32 = 2 * STRIDE as u32;
const IDLE: Duration = Duration::from_secs(1_600);

struct Keys {
    breakers: KeyedBreakers,
    clock: ManualClock,
}

impl Keys {
    /// Makes a full group. Each key has one failure, a millisecond after that of the key before it.
    fn marked(name: &str) -> Self {
        let clock = ManualClock::new();
        let builder = CircuitBreaker::builder(name).clock(clock.clone()).failure_threshold(3);
        let breakers = builder.keyed().max_keys(KEYS).key_idle(IDLE).build().expect("in range");
        let keys = Self { breakers, clock };
        for key in 0..KEYS {
            keys.fail(key);
            keys.clock.advance(Duration::from_millis(1));
        }
        keys
    }

    /// Makes a failed call of a key.
    fn fail(&self, key: u32) {
        let _ = self.breakers.get(&key).call(|| Err::<(), _>(()));
    }

    fn later(&self) {
        self.clock.advance(Duration::from_secs(1));
    }

    fn are_there(&self, keys: impl IntoIterator<Item = u32>) -> Vec<bool> {
        keys.into_iter().map(|key| self.breakers.find(&key).is_some()).collect()
    }

    fn group(&self) -> &KeyedGroup<Inner> {
        self.breakers.template().inner().group().expect("a template")
    }
}

#[test]
fn candidate_called_since_it_was_queued_stays() {
    let keys = Keys::marked("eviction: called");
    keys.later();
    keys.fail(KEYS);
    keys.fail(1);
    keys.later();
    keys.fail(KEYS + 1);
    assert_eq!(keys.are_there([0, 1, 2, 3]), [false, true, false, true]);
}

#[test]
fn candidate_opened_since_it_was_queued_stays() {
    let keys = Keys::marked("eviction: opened");
    keys.fail(KEYS);
    keys.breakers.find(&1).expect("it is there").trip();
    keys.fail(KEYS + 1);
    assert_eq!(keys.are_there([0, 1, 2, 3]), [false, true, false, true]);
}

/// So many that one of them is in any sample.
#[test]
fn key_without_failures_is_evicted_before_queued_candidates() {
    let keys = Keys::marked("eviction: clean");
    keys.fail(KEYS);
    let clean = STRIDE as u32 / 2..STRIDE as u32 * 3 / 2;
    for key in clean.clone() {
        keys.breakers.find(&key).expect("it is there").reset();
    }
    keys.fail(KEYS + 1);
    assert_eq!(keys.are_there([1]), [true]);
    assert_eq!(keys.are_there(clean).into_iter().filter(|there| !there).count(), 1);
}

/// A newcomer may have the slot of the key that was evicted for it.
#[test]
fn newcomer_is_not_evicted_as_a_candidate() {
    let keys = Keys::marked("eviction: newcomer");
    keys.fail(KEYS);
    keys.fail(KEYS + 1);
    assert_eq!(keys.are_there([0, 1, 2, KEYS, KEYS + 1]), [false, false, true, true, true]);
}

#[test]
fn newcomer_is_evicted_by_its_cost() {
    let keys = Keys::marked("eviction: rank");
    keys.fail(KEYS);
    keys.breakers.find(&KEYS).expect("it is there").trip();
    keys.fail(KEYS + 1);
    assert_eq!(keys.are_there([1, 2, KEYS]), [false, true, true], "an open newcomer stays");
    (0..=KEYS).filter_map(|key| keys.breakers.find(&key)).for_each(|breaker| breaker.trip());
    keys.fail(KEYS + 2);
    assert_eq!(keys.are_there([KEYS + 1]), [false], "all others are open");
    keys.fail(KEYS + 3);
    assert_eq!(keys.are_there([2, 3, KEYS + 2, KEYS + 3]), [true, true, false, true]);
}

#[test]
fn lowered_max_keys_holds_from_the_next_key_on() {
    let keys = Keys::marked("eviction: lowered");
    let limits = Limits::DEFAULT.with_max_keys(2).with_key_idle(IDLE);
    assert!(keys.group().set_limits(limits) && !keys.group().set_limits(limits));
    assert_eq!(keys.breakers.len(), KEYS as usize);
    keys.fail(KEYS);
    assert_eq!(keys.breakers.len(), 2);
}

/// Otherwise each key removed during a call would be kept for ever.
#[test]
fn removed_breaker_is_freed_after_its_last_call() {
    let keys = Keys::marked("eviction: removed");
    let breaker = 0.with_key(|key| keys.group().peek(key)).map(|breaker| Arc::downgrade(&breaker));
    let breaker = breaker.expect("it is there");
    let removed = keys.breakers.remove(&0);
    keys.fail(KEYS);
    assert!(breaker.upgrade().is_some(), "it is in use");
    let _ = removed.map(|removed| removed.call(|| Err::<(), _>(())));
    keys.fail(KEYS + 1);
    assert!(breaker.upgrade().is_none());
    assert_eq!(keys.breakers.template().snapshot().totals.failure, u64::from(KEYS) + 3);
}

/// A refresh visits all keys.
#[test]
fn quota_is_refreshed_only_when_a_key_may_have_become_idle() {
    let builder = CircuitBreaker::builder("eviction: looks").clock(ManualClock::new());
    let builder = builder.keyed().key_idle(IDLE).max_open_keys(0.5);
    let breakers = builder.build().expect("in range");
    let group = breakers.template().inner().group().expect("a template");
    let next = || group.next_refresh.load(std::sync::atomic::Ordering::Relaxed);
    let look = |second: Ticks| {
        let before = next();
        group.refresh_quota(second * 1_000_000);
        (next() != before).then(|| next() / 1_000_000)
    };
    assert_eq!([1_000, 1_099, 1_100].map(look), [Some(1_100), None, Some(1_200)]);
    assert_eq!(look(0), None, "the clock was set back by less than the idle time");
    assert_eq!(look(100_000), Some(100_100));
    assert_eq!(look(98_500), None);
    assert_eq!(look(98_499), Some(98_599), "the clock was set back");
    group.refresh_quota(TICKS_MAX);
}
