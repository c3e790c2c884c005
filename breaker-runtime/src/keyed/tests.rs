//! What users cannot see: which breaker it is.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use proptest::prelude::*;

use super::{BreakerKey, KeyedBreakers};
use crate::breaker::CircuitBreaker;
use crate::clock::ManualClock;
use crate::engine::Engine;
use crate::snapshot::{Mode, State};

const IDLE: Duration = Duration::from_secs(100);

fn breakers(name: &str, max_keys: u32, clock: &ManualClock) -> KeyedBreakers {
    let builder =
        CircuitBreaker::builder(name).clock(clock.clone()).failure_threshold(1).success_threshold(1);
    let builder = builder.timeout(Duration::from_secs(30)).keyed().max_keys(max_keys).key_idle(IDLE);
    builder.build().expect("in range")
}

fn of_key(breakers: &KeyedBreakers, key: u64) -> Option<Arc<Engine>> {
    let template = breakers.template().engine();
    key.with_key(|key| template.family()?.get(template, key))
}

/// A breaker that is in use is the one that everybody else sees, however many keys come and go meanwhile.
#[test]
fn a_call_in_flight_keeps_its_breaker_while_threads_race() {
    const THREADS: u64 = 4;
    const ROUNDS: u64 = 3_000;
    let breakers = breakers("keyed: race", 4, &ManualClock::new());
    let family = breakers.template().engine().family().expect("a template");
    let (own, shared) = (AtomicU64::new(0), AtomicU64::new(0));
    thread::scope(|scope| {
        for seed in 0..THREADS {
            let (breakers, own, shared) = (&breakers, &own, &shared);
            scope.spawn(move || {
                let mut random = fastrand::Rng::with_seed(seed);
                for round in 0..ROUNDS {
                    let key = random.u64(..8);
                    let template = breakers.template().engine();
                    let lent = key.with_key(|key| family.lend(template, key));
                    match &*lent {
                        Some(engine) => {
                            own.fetch_add(1, Ordering::Relaxed);
                            let token = engine.admit().expect("closed");
                            if round % 64 == 0 {
                                thread::yield_now();
                            }
                            let found =
                                key.with_key(|key| family.find(key)).expect("in use, and so there");
                            assert!(Arc::ptr_eq(&found, engine));
                            engine.succeed(token);
                        }
                        None => {
                            shared.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                }
            });
        }
    });
    let (own, shared) = (own.into_inner(), shared.into_inner());
    assert_eq!(own + shared, THREADS * ROUNDS);
    assert!(breakers.len() <= 4);
    // Nothing is lost with those that have gone.
    assert_eq!(breakers.template().snapshot().totals.success, own);
}

#[test]
fn threads_that_ask_for_a_new_key_at_once_get_the_same_breaker() {
    let breakers = breakers("keyed: new keys", 10_000, &ManualClock::new());
    for key in 0..200 {
        let found: Vec<_> = thread::scope(|scope| {
            let ask = || scope.spawn(|| of_key(&breakers, key).expect("there is room"));
            [ask(), ask(), ask()].map(|thread| thread.join().expect("no panic")).into()
        });
        assert!(found.iter().all(|engine| Arc::ptr_eq(engine, &found[0])));
    }
    assert_eq!(breakers.len(), 200);
}

/// Those that are open or half-open, beside the allowances, when nothing is going on.
#[test]
fn allowances_are_as_many_as_there_are_open_breakers() {
    let builder = CircuitBreaker::builder("keyed: allowances").failure_threshold(1).success_threshold(1);
    let builder = builder.timeout(Duration::from_micros(1)).keyed().max_open_keys(0.25).max_keys(32);
    let breakers = builder.build().expect("in range");
    let family = breakers.template().engine().family().expect("a template");
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
        let open = family.members().iter().filter(|engine| !engine.is_closed()).count();
        assert_eq!(family.common().allowances.out(), open as u64);
        breakers.template().force_open();
        breakers.template().automatic();
        breakers.template().reset();
        assert_eq!(family.common().allowances.out(), 0);
    }
}

#[derive(Clone, Debug)]
enum Op {
    Call { key: u64, fails: bool },
    Begin { key: u64 },
    End { call: usize },
    Force { key: u64 },
    Reset { key: u64 },
    Wait { seconds: u64 },
}

fn op() -> impl Strategy<Value = Op> {
    let key = 0..12_u64;
    prop_oneof![
        6 => (key.clone(), prop::bool::weighted(0.2)).prop_map(|(key, fails)| Op::Call { key, fails }),
        2 => key.clone().prop_map(|key| Op::Begin { key }),
        2 => (0..8_usize).prop_map(|call| Op::End { call }),
        1 => key.clone().prop_map(|key| Op::Force { key }),
        2 => key.prop_map(|key| Op::Reset { key }),
        2 => (1..80_u64).prop_map(|seconds| Op::Wait { seconds }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Pitfall 34 (Hystrix 1737) and 35 (gopkg PR 254).
    #[test]
    fn breakers_come_and_go_by_the_rules(ops in prop::collection::vec(op(), 1..120), max_keys in 1..6_u32) {
        let clock = ManualClock::new();
        let breakers = breakers("keyed: model", max_keys, &clock);
        let mut last_uses = HashMap::new();
        let mut calls: Vec<(u64, CircuitBreaker)> = Vec::new();
        let mut now = Duration::ZERO;
        for op in ops {
            let before: Vec<_> = (0..12_u64)
                .filter_map(|key| breakers.find(&key).map(|breaker| {
                    let stays = stays(&calls, key, &breaker);
                    (key, address(&breaker), stays)
                }))
                .collect();
            let mut asked = None;
            match op {
                Op::Call { key, fails } => {
                    let breaker = breakers.get(&key);
                    let _ = breaker.call(|| if fails { Err(()) } else { Ok(()) });
                    asked = Some((key, breaker.key().is_some()));
                }
                Op::Begin { key } => {
                    let breaker = breakers.get(&key);
                    asked = Some((key, breaker.key().is_some()));
                    if breaker.key().is_some() {
                        calls.push((key, breaker));
                    }
                }
                Op::End { call } if call < calls.len() => drop(calls.swap_remove(call)),
                Op::End { .. } => {}
                Op::Force { key } => if let Some(breaker) = breakers.find(&key) { breaker.force_closed() },
                Op::Reset { key } => if let Some(breaker) = breakers.find(&key) {
                    breaker.automatic();
                    breaker.reset();
                },
                Op::Wait { seconds } => {
                    clock.advance(Duration::from_secs(seconds));
                    now += Duration::from_secs(seconds);
                }
            }
            prop_assert!(breakers.len() <= max_keys as usize);
            let full = before.len() == max_keys as usize;
            for (key, address_before, stays) in &before {
                let after = breakers.find(key).map(|breaker| address(&breaker));
                let last_use: Duration = last_uses[key];
                if *stays || (!full && now < last_use + IDLE) {
                    prop_assert_eq!(after, Some(*address_before), "{} has gone", key);
                }
            }
            if let Some((key, own)) = asked {
                let there = before.iter().any(|(other, ..)| *other == key);
                let room = !full || before.iter().any(|(.., stays)| !stays);
                prop_assert_eq!(own, there || room, "{} has a breaker of its own", key);
                last_uses.insert(key, now);
            }
        }
        // In the end the idle ones have gone, and nothing else.
        for key in 100..103 {
            clock.advance(2 * IDLE);
            breakers.get(&key);
        }
        for key in 0..12_u64 {
            if let Some(breaker) = breakers.find(&key) {
                prop_assert!(stays(&calls, key, &breaker), "{} is idle", key);
            }
        }
        let total = breakers.template().snapshot();
        prop_assert_eq!(total.key, None);
        prop_assert!(total.state == State::Closed || total.trips > 0);
    }
}

/// What must not go: those that are not closed, or not as the others, or in use.
fn stays(calls: &[(u64, CircuitBreaker)], key: u64, breaker: &CircuitBreaker) -> bool {
    breaker.engine().mode() != Mode::Automatic
        || !breaker.engine().is_closed()
        || calls.iter().any(|(other, _)| *other == key)
}

fn address(breaker: &CircuitBreaker) -> usize {
    std::ptr::from_ref(breaker.own_engine()).addr()
}
