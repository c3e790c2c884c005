//! The registry: what it lists, and what listing may not do.

use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use breaker_runtime::{BreakerError, CircuitBreaker, breaker, breaker_of, breakers, circuit_breaker};

/// A listing holds the breakers that it tells, so one test must not list while another drops.
fn alone() -> MutexGuard<'static, ()> {
    static LISTING: Mutex<()> = Mutex::new(());
    LISTING.lock().unwrap_or_else(PoisonError::into_inner)
}

static DB: LazyLock<CircuitBreaker> =
    LazyLock::new(|| CircuitBreaker::builder("registry db").build().expect("in range"));

#[circuit_breaker(breaker = DB)]
fn load(id: u32) -> Result<u32, BreakerError> {
    Ok(id)
}

#[circuit_breaker(breaker = DB)]
fn store(id: u32) -> Result<u32, BreakerError> {
    Ok(id)
}

#[circuit_breaker(name = "never called")]
fn never_called() -> Result<(), BreakerError> {
    Ok(())
}

/// Listing builds the breaker of a `LazyLock` that nobody has touched, and that one lists itself.
#[test]
fn a_shared_breaker_is_built_by_listing_and_listed_once() {
    let _alone = alone();
    let listed = breakers().filter(|breaker| breaker.name() == "registry db").count();
    assert_eq!(listed, 1);
    assert_eq!(breaker_of(load).name(), breaker_of(store).name());
    assert_eq!((load(1), store(2)), (Ok(1), Ok(2)));
    assert_eq!(DB.snapshot().totals.success, 2);
}

#[test]
fn an_annotated_function_is_listed_before_its_first_call() {
    let _alone = alone();
    assert_eq!(breaker("never called").expect("listed").snapshot().totals.success, 0);
    assert_eq!(never_called(), Ok(()));
    assert_eq!(breaker("never called").expect("listed").snapshot().totals.success, 1);
}

#[test]
fn a_built_breaker_is_listed_while_it_lives() {
    let _alone = alone();
    let first = CircuitBreaker::builder("registry built").build().expect("in range");
    let second = CircuitBreaker::builder("registry built").build().expect("in range");
    assert_eq!((first.name(), second.name()), ("registry built", "registry built#2"));
    second.trip();
    assert_eq!(breaker("registry built#2").expect("listed").snapshot().trips, 1);
    drop(second);
    assert!(breaker("registry built#2").is_none());
    assert!(breaker("registry built").is_some());
}
