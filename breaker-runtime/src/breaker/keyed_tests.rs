//! The identity of keyed breakers while keys come and go.

use std::collections::HashMap;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use proptest::prelude::*;

use crate::breaker::CircuitBreaker;
use crate::breaker::inner::Inner;
use crate::breaker::keyed_breakers::KeyedBreakers;
use crate::time::clock::ManualClock;
use crate::types::key::BreakerKey;
use crate::types::snapshot::{Mode, State};

const IDLE: Duration = Duration::from_secs(100);

fn breakers(name: &str, max_keys: u32, clock: &ManualClock) -> KeyedBreakers {
    let builder =
        CircuitBreaker::builder(name).clock(clock.clone()).failure_threshold(1).success_threshold(1);
    let builder = builder.timeout(Duration::from_secs(30)).keyed().max_keys(max_keys).key_idle(IDLE);
    builder.build().expect("in range")
}

fn of_key(breakers: &KeyedBreakers, key: u64) -> Option<Arc<Inner>> {
    let template = breakers.template().inner();
    key.with_key(|key| template.group()?.get_or_insert(template, key))
}

/// All callers of a key get the breaker that is in use, however many keys come and go meanwhile, as long
/// as there are others to evict.
#[test]
fn call_in_flight_keeps_its_breaker_while_threads_race() {
    const THREADS: u64 = 4;
    const ROUNDS: u64 = 3_000;
    // One for each thread, and one that is not in use.
    let breakers = breakers("keyed: race", 5, &ManualClock::new());
    let group = breakers.template().inner().group().expect("a template");
    thread::scope(|scope| {
        for seed in 0..THREADS {
            let breakers = &breakers;
            scope.spawn(move || {
                let mut random = fastrand::Rng::with_seed(seed);
                for round in 0..ROUNDS {
                    let key = random.u64(..8);
                    let template = breakers.template().inner();
                    let borrowed = key.with_key(|key| group.borrow_or_insert(template, key));
                    let inner = borrowed.as_ref().expect("every key has its own");
                    let token = inner.try_acquire().expect("closed").into_token();
                    if round % 64 == 0 {
                        thread::yield_now();
                    }
                    let found = key.with_key(|key| group.peek(key)).expect("in use, and so there");
                    assert!(Arc::ptr_eq(&found, inner));
                    inner.succeed(token);
                }
            });
        }
    });
    assert!(breakers.len() <= 5);
    // Evicted breakers keep their counts in the sum.
    assert_eq!(breakers.template().snapshot().totals.success, THREADS * ROUNDS);
}

#[test]
fn new_key_used_by_several_threads_gets_one_breaker() {
    let breakers = breakers("keyed: new keys", 10_000, &ManualClock::new());
    for key in 0..200 {
        let found: Vec<_> = thread::scope(|scope| {
            let ask = || scope.spawn(|| of_key(&breakers, key).expect("there is room"));
            [ask(), ask(), ask()].map(|thread| thread.join().expect("no panic")).into()
        });
        assert!(found.iter().all(|inner| Arc::ptr_eq(inner, &found[0])));
    }
    assert_eq!(breakers.len(), 200);
}

#[test]
fn retries_of_all_keys_share_one_budget() {
    let breakers = breakers("keyed: budget", 10, &ManualClock::new());
    let [one, other] = [1, 2].map(|key| of_key(&breakers, key).expect("there is room"));
    assert!(std::ptr::eq(one.budget(0), other.budget(0)));
    assert!(std::ptr::eq(one.budget(0), breakers.template().inner().budget(0)));
}

/// Once no call is in flight, the quota equals the number of open and half-open breakers.
#[test]
fn quota_in_use_equals_the_number_of_open_breakers() {
    let builder = CircuitBreaker::builder("keyed: allowances").failure_threshold(1).success_threshold(1);
    let builder = builder.timeout(Duration::from_micros(1)).keyed().max_open_keys(0.25).max_keys(32);
    let breakers = builder.build().expect("in range");
    let group = breakers.template().inner().group().expect("a template");
    for round in 0..20 {
        thread::scope(|scope| {
            for seed in 0..3 {
                let breakers = &breakers;
                scope.spawn(move || {
                    let mut random = fastrand::Rng::with_seed(round * 3 + seed);
                    for _ in 0..300 {
                        let breaker = breakers.get(&random.u64(..40));
                        match random.u8(..32) {
                            0 => breaker.trip(),
                            1 => breaker.reset(),
                            2 => breaker.force_open(),
                            3 => breaker.automatic(),
                            4 => breaker.observe(),
                            _ => {
                                let fails = random.u8(..3) > 0;
                                let _ = breaker.call(|| if fails { Err(()) } else { Ok(()) });
                            }
                        }
                    }
                });
            }
        });
        let open = group.members().iter().filter(|inner| !inner.is_closed()).count();
        assert_eq!(group.shared().quota.reserved(), open as u64);
        breakers.template().force_open();
        breakers.template().automatic();
        breakers.template().reset();
        assert_eq!(group.shared().quota.reserved(), 0);
    }
}

#[derive(Clone, Debug)]
enum Op {
    Call { key: u64, fails: bool },
    Begin { key: u64 },
    End { call: usize },
    Force { key: u64 },
    Reset { key: u64 },
    Remove { key: u64 },
    Wait { seconds: u64 },
}

fn op() -> impl Strategy<Value = Op> {
    let key = 0..KEYS;
    prop_oneof![
        6 => (key.clone(), prop::bool::weighted(0.4)).prop_map(|(key, fails)| Op::Call { key, fails }),
        2 => key.clone().prop_map(|key| Op::Begin { key }),
        2 => (0..8_usize).prop_map(|call| Op::End { call }),
        1 => key.clone().prop_map(|key| Op::Force { key }),
        2 => key.clone().prop_map(|key| Op::Reset { key }),
        1 => key.prop_map(|key| Op::Remove { key }),
        3 => (1..80_u64).prop_map(|seconds| Op::Wait { seconds }),
    ]
}

const KEYS: u64 = 12;
const OPEN_FOR: Duration = Duration::from_secs(30);

/// The state of a breaker before an operation.
#[derive(Debug)]
struct Before {
    key: u64,
    address: usize,
    in_use: bool,
    /// 0 like a new one, 1 with a streak, 2 not closed, 3 with its own mode.
    rank: u8,
    last_call: Duration,
    open_until: Duration,
    /// Whether the last call is known exactly.
    timed: bool,
}

/// The documented rules, next to the group that is tested.
struct Model {
    breakers: KeyedBreakers,
    clock: ManualClock,
    now: Duration,
    last_calls: HashMap<u64, Duration>,
    calls: Vec<(u64, CircuitBreaker)>,
}

impl Model {
    fn new(max_keys: u32) -> Self {
        let clock = ManualClock::new();
        let builder = CircuitBreaker::builder("keyed: model").clock(clock.clone()).failure_threshold(2);
        let builder = builder.success_threshold(1).timeout(OPEN_FOR).keyed().max_keys(max_keys);
        let breakers = builder.key_idle(IDLE).build().expect("in range");
        Self { breakers, clock, now: Duration::ZERO, last_calls: HashMap::new(), calls: Vec::new() }
    }

    fn all(&self) -> Vec<Before> {
        let found = (0..KEYS).filter_map(|key| Some((key, self.breakers.find(&key)?)));
        found.map(|(key, breaker)| self.look(key, &breaker)).collect()
    }

    fn look(&self, key: u64, breaker: &CircuitBreaker) -> Before {
        let snapshot = breaker.snapshot();
        let closed = snapshot.state == State::Closed;
        let rank = match snapshot.mode {
            Mode::Automatic if !closed => 2,
            Mode::Automatic => u8::from(snapshot.streak > 0),
            _ => 3,
        };
        let open_until = self.now + snapshot.retry_after.unwrap_or_default();
        let address = address(breaker);
        Before {
            key,
            address,
            in_use: self.calls.iter().any(|(_, held)| self::address(held) == address),
            rank,
            last_call: self.last_calls[&key],
            open_until,
            timed: snapshot.state == State::Open,
        }
    }

    /// Returns the key that was called, if one was.
    fn run(&mut self, op: &Op) -> Option<u64> {
        match *op {
            Op::Call { key, fails } => {
                let breaker = self.breakers.get(&key);
                assert!(breaker.key().is_some(), "{key} has no breaker of its own");
                let _ = breaker.call(|| if fails { Err(()) } else { Ok(()) });
                return Some(key);
            }
            Op::Begin { key } => {
                self.calls.push((key, self.breakers.get(&key)));
                return Some(key);
            }
            Op::End { call } if call < self.calls.len() => drop(self.calls.swap_remove(call)),
            Op::End { .. } => {}
            Op::Force { key } => {
                self.breakers.find(&key).inspect(CircuitBreaker::force_closed);
            }
            Op::Reset { key } => {
                self.breakers
                    .find(&key)
                    .inspect(CircuitBreaker::automatic)
                    .inspect(CircuitBreaker::reset);
            }
            Op::Remove { key } => {
                self.breakers.remove(&key);
                assert!(self.breakers.find(&key).is_none());
            }
            Op::Wait { seconds } => {
                self.clock.advance(Duration::from_secs(seconds));
                self.now += Duration::from_secs(seconds);
            }
        }
        None
    }

    /// Records a lookup as a call, as the group does. An open breaker times its calls, and only those
    /// count.
    fn note_call(&mut self, key: u64, called: bool) {
        let open = self.breakers.find(&key).is_some_and(|found| found.state() != State::Closed);
        if called || !open {
            self.last_calls.insert(key, self.now);
        }
    }

    /// Returns whether the breaker may be gone because it was idle.
    fn may_be_idle(&self, before: &Before) -> bool {
        let since = if before.timed { before.open_until } else { before.last_call };
        !before.in_use && before.rank < 3 && self.now >= since.max(before.last_call) + IDLE
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// Hystrix 1737, gopkg PR 254, resilience4j 273: bounded by number and by
    /// use.
    #[test]
    fn breaker_is_removed_only_by_the_rules(ops in prop::collection::vec(op(), 1..120), max_keys in 1..6_u32) {
        let mut model = Model::new(max_keys);
        for op in ops {
            let before = model.all();
            let evicted_before = model.breakers.template().inner().group().expect("keys").counts().evicted;
            let called = model.run(&op);
            let counts = model.breakers.template().inner().group().expect("keys").counts();
            prop_assert!(counts.keys <= u64::from(max_keys));
            let removed = match op { Op::Remove { key } => Some(key), _ => None };
            let (there, gone): (Vec<_>, Vec<_>) = before.into_iter().partition(|before| {
                let after = model.breakers.find(&before.key);
                after.is_some_and(|after| address(&after) == before.address)
            });
            let gone = gone.into_iter().filter(|gone| removed != Some(gone.key));
            let evicted: Vec<_> = gone.filter(|gone| !model.may_be_idle(gone)).collect();
            prop_assert!(evicted.len() as u64 <= counts.evicted - evicted_before, "{:?}", evicted);
            if let Some(evicted) = evicted.first() {
                prop_assert!(called.is_some() && counts.keys == u64::from(max_keys), "{:?}", evicted);
                let order = |before: &Before| (before.in_use, before.rank);
                for other in &there {
                    prop_assert!(order(evicted) <= order(other), "{:?} before {:?}", evicted, other);
                    if order(evicted) == order(other) && evicted.timed && other.timed {
                        prop_assert!(evicted.last_call <= other.last_call, "{:?} {:?}", evicted, other);
                    }
                }
            }
            if let Some(key) = called {
                model.note_call(key, matches!(op, Op::Call { .. }));
            }
        }
        // In the end exactly the idle breakers are gone.
        for key in 100..103 {
            model.clock.advance(2 * IDLE);
            model.breakers.get(&key);
        }
        for before in model.all() {
            prop_assert!(before.in_use || before.rank == 3, "{:?} is idle", before);
        }
    }
}

fn address(breaker: &CircuitBreaker) -> usize {
    std::ptr::from_ref(breaker.own_inner()).addr()
}
