//! The limits of a group of keyed breakers: the number of keys, of open ones, and the time that an idle
//! one is kept.

use std::cell::Cell;
use std::time::Duration;

use breaker_runtime::{
    BreakerError, CircuitBreaker, State, TripCondition, breaker_of, circuit_breaker, keyed_breakers_of,
    testing,
};
use breaker_tests::{TestError, work};

use crate::options::{fetch, is_rejected};

#[circuit_breaker(key = host, failure_threshold = 1, max_keys = 2)]
fn two_keys(host: &str, works: bool) -> Result<(), TestError> {
    work(works).map_err(|_| TestError::Other(host.to_owned()))
}

#[test]
fn max_keys_limits_the_keys_of_a_function() {
    let _fresh = testing::isolate();
    for (call, there) in [(two_keys as fn(&str, bool) -> _, 2), (fetch, 3)] {
        for host in ["a", "b", "c"] {
            assert_eq!(call(host, true), Ok(()));
        }
        let breakers = if there == 2 { keyed_breakers_of(two_keys) } else { keyed_breakers_of(fetch) };
        assert_eq!(breakers.len(), there);
    }
    assert_eq!(
        (keyed_breakers_of(two_keys).max_keys(), keyed_breakers_of(fetch).max_keys()),
        (2, 10_000)
    );
}

/// Gopkg PR 254: eviction dropped an open breaker that was in use. An open breaker is
/// evicted only if all are open.
#[test]
fn new_key_has_its_own_breaker_also_where_all_others_are_open() {
    let _fresh = testing::isolate();
    for host in ["a", "b"] {
        assert!(two_keys(host, false).is_err());
    }
    assert!(is_rejected(two_keys("b", true)));
    for host in ["c", "d"] {
        assert_eq!(two_keys(host, true), Ok(()), "{host} has nothing to do with the others");
    }
    let breakers = keyed_breakers_of(two_keys);
    assert!(breakers.find("c").is_none(), "a closed one goes before an open one");
    assert!(breakers.find("b").is_some() && is_rejected(two_keys("b", true)));
    assert_eq!((breakers.len(), breakers.template().state()), (2, State::Closed));
    let counts = breaker_of(two_keys).snapshot().keys.expect("a template");
    assert_eq!((counts.keys, counts.evicted, counts.evicted_open), (2, 2, 1));
    assert!(breaker_of(two_keys).keyed().expect("keys").remove("b").is_some());
    assert_eq!(two_keys("b", true), Ok(()));
}

/// With a budget per key, 1,000 keys would have 10 retries a second each, whatever the share.
#[tokio::test(start_paused = true)]
async fn budget_of_retries_is_one_for_all_keys() {
    thread_local! {
        static RUNS: Cell<u32> = const { Cell::new(0) };
    }
    #[circuit_breaker(
        key = host,
        failure_threshold = 100,
        retry(attempts = 3, backoff = "1ms", budget = 0.1)
    )]
    async fn retried(host: u32) -> Result<u32, TestError> {
        RUNS.set(RUNS.get() + 1);
        let _ = host;
        Err(TestError::Down)
    }

    let _fresh = testing::isolate();
    for call in 0..5_000 {
        assert_eq!(retried(call % 1_000).await, Err(TestError::Down));
    }
    // The limit is a tenth of the calls, and ten for each ten seconds, of which less than two have
    // passed.
    let retries = RUNS.get() - 5_000;
    assert!((500..=520).contains(&retries), "{retries}");
    let total = breaker_of(retried).snapshot().totals;
    assert_eq!((total.failure, total.retried), (u64::from(RUNS.get()), u64::from(retries)));
}

#[tokio::test(start_paused = true)]
async fn key_idle_removes_keys_that_are_not_used() {
    #[circuit_breaker(key = host, key_idle = "1s")]
    fn shortly(host: u8) -> Result<u8, BreakerError> {
        Ok(host)
    }
    #[circuit_breaker(key = host)]
    fn for_ten_minutes(host: u8) -> Result<u8, BreakerError> {
        Ok(host)
    }

    let _fresh = testing::isolate();
    for (call, there) in [(shortly as fn(u8) -> _, 1), (for_ten_minutes, 3)] {
        assert!(call(1).is_ok() && call(2).is_ok());
        tokio::time::advance(Duration::from_millis(500)).await;
        assert!(call(3).is_ok());
        tokio::time::advance(Duration::from_millis(1001)).await;
        assert!(call(4).is_ok());
        let breakers =
            if there == 1 { keyed_breakers_of(shortly) } else { keyed_breakers_of(for_ten_minutes) };
        // The exact moment is not promised; a breaker that was used within the time is kept, and does
        // not stay for ever.
        assert!(breakers.find(&4).is_some());
        if there == 3 {
            assert_eq!(breakers.len(), 4);
            continue;
        }
        tokio::time::advance(Duration::from_secs(2)).await;
        assert!(call(5).is_ok());
        assert!(breakers.find(&1).is_none() && breakers.find(&2).is_none());
    }
}

#[test]
fn max_open_keys_limits_the_share_of_open_keys() {
    #[circuit_breaker(key = host, failure_threshold = 1, max_open_keys = "50%")]
    fn half(host: u8, works: bool) -> Result<u8, TestError> {
        work(works).map(|()| host)
    }
    #[circuit_breaker(key = host, failure_threshold = 1)]
    fn all(host: u8, works: bool) -> Result<u8, TestError> {
        work(works).map(|()| host)
    }

    let _fresh = testing::isolate();
    for (call, open) in [(half as fn(u8, bool) -> _, 2), (all, 4)] {
        assert!((0..4).all(|host| call(host, true).is_ok()));
        assert!((0..4).all(|host| !is_rejected(call(host, false))));
        assert_eq!((0..4).filter(|host| is_rejected(call(*host, true))).count(), open);
    }
    // The share is checked again at the next failure.
    let breakers = keyed_breakers_of(half);
    breakers.get(&0).reset();
    assert_eq!(breakers.get(&3).state(), State::Closed);
    assert!(half(3, false).is_err());
    assert!(is_rejected(half(3, true)));
    assert_eq!(breakers.max_open_keys(), Some(0.5));
}

const SHARE: f64 = 0.25;
const KEYS: u32 = 64;
const IDLE: Duration = Duration::from_mins(1);

#[circuit_breaker(key = host, max_keys = KEYS, key_idle = IDLE, max_open_keys = SHARE)]
fn constants(host: u8) -> Result<u8, TestError> {
    Ok(host)
}

#[test]
fn limits_can_be_constants() {
    let breakers = keyed_breakers_of(constants);
    assert_eq!(
        (breakers.max_keys(), breakers.key_idle(), breakers.max_open_keys()),
        (KEYS, IDLE, Some(SHARE))
    );
}

#[circuit_breaker(
    key = host,
    outlier(min_calls = 40, window = "10s"),
    failure_threshold = 50,
    max_concurrent = 8,
    call_timeout = "1s",
    retry(attempts = 2, backoff = "1ms", budget = 0.0),
    fallback_on = "rejection",
    fallback = Ok(0)
)]
async fn fetch_of_fleet(host: &str, number: u32) -> Result<u32, TestError> {
    tokio::task::yield_now().await;
    work(host != "bad" || number.is_multiple_of(2))
        .map(|()| 1)
        .map_err(|_| TestError::Other(host.to_owned()))
}

#[tokio::test(start_paused = true)]
async fn outlier_opens_under_all_other_layers_and_gets_its_fallback() {
    let _fresh = testing::isolate();
    assert!(fetch_of_fleet("bad", 1).await.is_err(), "the interval begins");
    for number in 0..100 {
        for host in ["a", "b", "c", "d", "bad"] {
            let _ = fetch_of_fleet(host, number).await;
        }
    }
    let hosts = keyed_breakers_of(fetch_of_fleet);
    assert_eq!(hosts.get("bad").state(), State::Closed);
    tokio::time::advance(Duration::from_secs(10)).await;
    assert!(fetch_of_fleet("bad", 1).await.is_err());
    let open: Vec<_> = hosts.iter().filter(|host| host.state() == State::Open).collect();
    assert_eq!(open.iter().map(CircuitBreaker::label).collect::<Vec<_>>().len(), 1);
    assert_eq!(fetch_of_fleet("bad", 1).await, Ok(0), "the fallback");
    assert_eq!(fetch_of_fleet("a", 1).await, Ok(1));
    let reason = open[0].last_trip().map(|trip| trip.condition);
    assert!(matches!(reason, Some(TripCondition::Outlier { keys: 5, .. })), "{reason:?}");
}
