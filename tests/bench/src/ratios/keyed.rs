//! One breaker of many: by the name of a host, and by a number.

use std::cell::Cell;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, RwLock};

use breaker_bench::{Answer, Trouble, body, ready, work};
use breaker_runtime::{CircuitBreaker, KeyedBreakers, circuit_breaker};
use layered::{Execute, Service as _, Stack};
use seatbelt::breaker::{Breaker, BreakerId};

use crate::case::{By, Case, To, Work};
use crate::sync::{LONG, answer_of};

const WORKS: [(Work, usize); 3] =
    [(Work::Keyed1k, 1_000), (Work::Keyed100k, 100_000), (Work::Keyed1m, 1_000_000)];

const MAP_BY_NUMBER: &str = "map of ferryman, by number";
const MAP_BY_NAME: &str = "map of ferryman, by name";

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (of, keys) in WORKS {
        let hosts = hosts(keys);
        let (by_name, by_number): (fn(&str, u64) -> Answer, fn(u64, u64) -> Answer) = match of {
            Work::Keyed1k => (of_thousand, thousandth),
            Work::Keyed100k => (of_hundred_thousand, hundred_thousandth),
            _ => (of_million, millionth),
        };
        let by_name = case(of, By::Ours, "attribute, by name", keys, move |key| by_name(hosts[key], 1));
        let by_number =
            case(of, By::Ours, "attribute, by number", keys, move |key| by_number(key as u64, 1));
        let by_name = by_name.goal(To::Named(MAP_BY_NAME), 1.0);
        let by_number = by_number.goal(To::Named(MAP_BY_NUMBER), 1.0);
        cases.extend(match of {
            Work::Keyed1k => [by_number.goal(To::Bare, 8.0), by_name.goal(To::Bare, 10.0)],
            Work::Keyed100k => [by_number.goal(To::Bare, 25.0), by_name.goal(To::Bare, 35.0)],
            _ => [by_number, by_name],
        });
        let breakers = breakers(keys);
        cases.extend([
            case(of, By::Ours, "get and call", keys, move |key| {
                answer_of(breakers.get(hosts[key]).call(|| work(1)))
            }),
            map_of_ferryman(of, MAP_BY_NAME, keys, move |key| hosts[key]),
            map_of_ferryman(of, MAP_BY_NUMBER, keys, |key| key as u64),
        ]);
        // It takes a microsecond and more for each of a million, and as long to be made.
        if of != Work::Keyed1m {
            cases.push(seatbelt(of, keys, hosts));
        }
    }
    cases
}

/// Returns the names as a caller has them: contiguous, and in another order than the breakers were made.
fn hosts(keys: usize) -> &'static [&'static str] {
    let host = |key| -> &'static str { format!("shard-{key}.example.com").leak() };
    (0..keys).map(host).collect::<Vec<_>>().leak()
}

/// Returns all keys in the order in which breakers are made. Those that are made in the order of the
/// calls would stand in memory in that order, and the processor would fetch them early.
fn in_another_order(keys: usize) -> impl Iterator<Item = usize> {
    (0..keys).map(move |key| key * 48_271 % keys)
}

/// Makes a case of one call with a breaker that changes from key to key.
fn case(
    of: Work,
    by: By,
    name: &'static str,
    keys: usize,
    call: impl Fn(usize) -> Answer + 'static,
) -> Case {
    for key in in_another_order(keys) {
        assert_eq!(call(key), Ok(1), "{name}");
    }
    let next = Cell::new(0);
    Case::sync(of, by, name, move |_| {
        let key = next.get();
        next.set(if key + 1 == keys { 0 } else { key + 1 });
        call(key)
    })
}

macro_rules! annotated {
    ($($name:ident: $key:ty)*) => {$(
        #[circuit_breaker(key = key, max_keys = 1_000_000, timeout = "1h")]
        #[inline(never)]
        fn $name(key: $key, input: u64) -> Answer {
            body(input)
        }
    )*};
}
annotated!(
    of_thousand: &str of_hundred_thousand: &str of_million: &str
    thousandth: u64 hundred_thousandth: u64 millionth: u64
);

fn breakers(keys: usize) -> KeyedBreakers {
    let builder = CircuitBreaker::builder(format!("{keys} keys")).timeout(LONG).keyed();
    builder.max_keys(1_000_000).build().expect("the numbers are in range")
}

/// Makes a case of the map that a user would write: a handle is cloned out of it for each call.
fn map_of_ferryman<K: Hash + Eq + 'static>(
    of: Work,
    name: &'static str,
    keys: usize,
    key: impl Fn(usize) -> K + 'static,
) -> Case {
    let config =
        || ferryman_core::BreakerConfig::default().with_failure_threshold(5).with_cooldown(LONG);
    let breaker = || Arc::new(ferryman_core::Breaker::new(config()).expect("the numbers are in range"));
    let map: HashMap<_, _> = in_another_order(keys).map(|at| (key(at), breaker())).collect();
    let map = RwLock::new(map);
    case(of, By::Peer, name, keys, move |at| {
        let found = map.read().expect("no panic").get(&key(at)).map(Arc::clone);
        let breaker = found.expect("each key is there");
        let Some(admission) = breaker.try_acquire() else { return Err(Trouble::Rejected) };
        let answer = work(1);
        match answer {
            Ok(_) => breaker.record_success(admission),
            Err(_) => breaker.record_failure(admission),
        }
        answer
    })
}

fn seatbelt(of: Work, keys: usize, hosts: &'static [&'static str]) -> Case {
    let service = service_of_seatbelt(|host: &&'static str| BreakerId::from(*host));
    case(of, By::Peer, "seatbelt, by name", keys, move |key| ready(service.execute(hosts[key])))
}

/// Returns a service with a breaker of `seatbelt` for each name.
pub(crate) fn service_of_seatbelt<I: Send + 'static>(
    id: impl Fn(&I) -> BreakerId + Send + Sync + 'static,
) -> impl layered::Service<I, Out = Answer> {
    // Its clock needs a runtime, and nothing else here does.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let _entered = Box::leak(Box::new(runtime.expect("a runtime of one thread"))).enter();
    let context = seatbelt::ResilienceContext::new(tick::Clock::new_tokio());
    let layer = Breaker::layer("bench", &context)
        .recovery_with(|answer: &Answer, _| match answer {
            Ok(_) => seatbelt::RecoveryInfo::never(),
            Err(_) => seatbelt::RecoveryInfo::retry(),
        })
        .rejected_input_error(|_: I, _| Trouble::Rejected)
        .breaker_id(id)
        .failure_threshold(0.5)
        .min_throughput(10)
        .break_duration(LONG);
    (layer, Execute::new(async |_: I| work(1))).into_service()
}
