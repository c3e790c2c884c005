//! The features that tests of annotated code rely on: paused time and fresh breakers.

use std::time::Duration;

use breaker_runtime::{
    BreakerError, CircuitBreaker, State, breaker, breaker_of, circuit_breaker, testing,
};
use breaker_tests::{TestError, work};

#[circuit_breaker(failure_threshold = 1, success_threshold = 1, timeout = "30s")]
async fn pay(works: bool) -> Result<(), TestError> {
    work(works)
}

#[tokio::test(start_paused = true)]
async fn paused_time_drives_a_breaker() {
    let _fresh = testing::isolate();
    assert!(pay(false).await.is_err());
    tokio::time::advance(Duration::from_secs(30) - Duration::from_millis(1)).await;
    assert_eq!(breaker_of(pay).state(), State::Open);
    tokio::time::advance(Duration::from_millis(1)).await;
    assert_eq!(breaker_of(pay).state(), State::HalfOpen);
    assert_eq!(pay(true).await, Ok(()));
    assert_eq!(breaker_of(pay).state(), State::Closed);
    assert_eq!(breaker_of(pay).snapshot().in_state, Duration::ZERO);
}

#[circuit_breaker(failure_threshold = 1)]
fn load(works: bool) -> Result<(), TestError> {
    work(works)
}

#[test]
fn isolation_starts_fresh_and_leaves_nothing_behind() {
    {
        let _fresh = testing::isolate();
        assert_eq!(load(false), Err(TestError::Down));
        assert_eq!(breaker_of(load).state(), State::Open);
        assert_eq!(breaker("testing::load").expect("listed").state(), State::Open);
        {
            let _inner = testing::isolate();
            assert_eq!(breaker_of(load).state(), State::Closed);
        }
        assert_eq!(breaker_of(load).state(), State::Open);
    }
    assert_eq!(breaker_of(load).state(), State::Closed);
    assert_eq!(breaker_of(load).snapshot().totals.failure, 0);
}

#[test]
fn isolation_extends_to_other_threads() {
    let fresh = testing::isolate();
    let set = fresh.set();
    let elsewhere = std::thread::spawn(move || {
        let before = breaker_of(load).state();
        let _fresh = set.enter();
        assert_eq!(load(false), Err(TestError::Down));
        (before, breaker_of(load).state())
    });
    assert_eq!(elsewhere.join().expect("no panic"), (State::Closed, State::Open));
    assert_eq!(breaker_of(load).state(), State::Open);
}

/// A breaker that a test builds is its own, on each thread.
#[test]
fn breaker_that_is_built_inside_an_isolation_is_not_replaced() {
    let _fresh = testing::isolate();
    let own = CircuitBreaker::builder("testing own").build().expect("in range");
    std::thread::scope(|scope| {
        scope.spawn(|| own.trip());
    });
    assert_eq!(own.state(), State::Open);
}

#[circuit_breaker(failure_threshold = 1)]
fn in_a_listener(works: bool) -> Result<(), TestError> {
    work(works)
}

/// A listener that is added inside an isolation gets the events of the fresh breaker.
#[test]
fn listener_in_an_isolation_gets_events_of_the_fresh_breaker() {
    let _fresh = testing::isolate();
    let heard = std::sync::Arc::new(std::sync::atomic::AtomicU64::new(0));
    let count = std::sync::Arc::clone(&heard);
    let subscription = breaker_of(in_a_listener).on_event(move |event| {
        count.store(event.sequence, std::sync::atomic::Ordering::Relaxed);
    });
    assert_eq!(in_a_listener(false), Err(TestError::Down));
    assert_eq!(heard.load(std::sync::atomic::Ordering::Relaxed), 1);
    drop(subscription);
    breaker_of(in_a_listener).reset();
    assert_eq!(heard.load(std::sync::atomic::Ordering::Relaxed), 1);
}

#[test]
fn rejection_names_the_function() {
    let _fresh = testing::isolate();
    breaker_of(load).force_open();
    let rejected = load(true).expect_err("forced open");
    let TestError::Rejected(error) = rejected else { panic!("{rejected:?}") };
    assert_eq!(BreakerError::breaker(&error), "testing::load");
}
