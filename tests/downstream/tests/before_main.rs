//! Breakers that are built and called before `main`, while the linker's constructors still register
//! functions.

use std::sync::OnceLock;

use resilience::{breaker, breakers, circuit_breaker, name_clashes, BreakerError, CircuitBreaker};

#[circuit_breaker(crate = resilience)]
fn fetch() -> Result<u32, BreakerError> {
    Ok(7)
}

#[circuit_breaker(name = "early name", crate = resilience)]
fn named() -> Result<u32, BreakerError> {
    Ok(8)
}

struct Early {
    built: CircuitBreaker,
    taken: CircuitBreaker,
    listed: usize,
}

static EARLY: OnceLock<Early> = OnceLock::new();

/// Runs before the constructors that register functions, because its priority is higher.
#[ctor::ctor(unsafe, priority = early)]
fn before_registration() {
    assert_eq!(fetch().ok(), Some(7));
    let built = CircuitBreaker::builder("early").build().expect("valid");
    let taken = CircuitBreaker::builder("early name").build().expect("valid");
    let listed = breakers().filter(|breaker| breaker.name() == path("fetch")).count();
    assert!(EARLY.set(Early { built, taken, listed }).is_ok());
}

fn path(function: &str) -> String {
    format!("{}::{function}", module_path!())
}

#[test]
fn breaker_built_before_main_leaves_the_registry_open_for_functions() {
    let early = EARLY.get().expect("it ran before main");
    assert_eq!(early.listed, 0, "the constructor ran too late to show anything");
    assert_eq!(early.built.name(), "early");
    assert!(breakers().all(|breaker| breaker.name() != "unregistered"));
    let found = breaker(&path("fetch")).expect("listed under its path");
    assert_eq!(found.name(), path("fetch"));
    assert_eq!(found.snapshot().totals.success, 1, "the call before main counts");
    assert_eq!(resilience::breaker_of(fetch).name(), path("fetch"));
    assert_eq!(named().ok(), Some(8));
}

#[test]
fn name_taken_before_main_is_a_clash() {
    let early = EARLY.get().expect("it ran before main");
    assert_eq!(early.taken.name(), "early name");
    assert_eq!(resilience::breaker_of(named).name(), "early name#2");
    let clash = name_clashes().find(|clash| clash.wanted == "early name").expect("reported");
    assert_eq!((clash.given, clash.first.as_str()), ("early name#2", "run time"));
    assert!(clash.second.contains("before_main.rs:"), "{clash}");
}
