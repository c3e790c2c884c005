//! Functions that want the same name have separate breakers.

use breaker_runtime::{
    CircuitBreaker, State, breaker, breakers, circuit_breaker, find_breaker_of, name_clashes, testing,
};
use breaker_tests::{TestError, prove, work};

#[circuit_breaker(name = "clash", failure_threshold = 2, timeout = "1s", accessor = first_breaker)]
fn first(works: bool) -> Result<(), TestError> {
    work(works)
}

#[circuit_breaker(name = "clash", failure_threshold = 2, timeout = "1s", accessor = second_breaker)]
fn second(works: bool) -> Result<(), TestError> {
    work(works)
}

#[test]
fn name_clash_is_reported_and_merges_nothing() {
    assert_eq!((first_breaker().name(), second_breaker().name()), ("clash", "clash#2"));
    prove(first_breaker(), first);
    prove(second_breaker(), second);
    let _fresh = testing::isolate();
    first_breaker().trip();
    assert_eq!(second_breaker().state(), State::Closed);
    assert!(second(true).is_ok());

    let clash = name_clashes().find(|clash| clash.wanted == "clash").expect("the clash is reported");
    assert_eq!(clash.given, "clash#2");
    for location in [&clash.first, &clash.second] {
        assert!(location.contains("same_names.rs:"), "{location}");
    }
    assert_ne!(clash.first, clash.second);
    let text = clash.to_string();
    assert!(text.contains(&clash.first) && text.contains(&clash.second), "{text}");
    assert!(breaker("clash").is_some() && breaker("clash#2").is_some());
}

#[test]
fn built_breaker_does_not_take_the_name_of_a_function() {
    let built = CircuitBreaker::builder("clash").build().expect("valid");
    assert_eq!(built.name(), "clash#3");
}

type Twin = (Option<&'static CircuitBreaker>, &'static CircuitBreaker, fn() -> Result<(), TestError>);

/// Returns two functions with one path: only their types distinguish them, and the names of these are
/// equal.
fn twins() -> [Twin; 2] {
    let left = {
        #[circuit_breaker(failure_threshold = 2, accessor = twin_breaker)]
        fn twin() -> Result<(), TestError> {
            Ok(())
        }
        (find_breaker_of(twin), twin_breaker(), twin as fn() -> _)
    };
    let right = {
        #[circuit_breaker(failure_threshold = 2, accessor = twin_breaker)]
        fn twin() -> Result<(), TestError> {
            Err(TestError::Down)
        }
        (find_breaker_of(twin), twin_breaker(), twin as fn() -> _)
    };
    [left, right]
}

#[test]
fn functions_with_one_path_are_never_confused() {
    let _fresh = testing::isolate();
    let [left, right] = twins();
    assert_eq!(left.0.map(CircuitBreaker::name), None);
    assert_eq!(right.0.map(CircuitBreaker::name), None);
    left.2().unwrap();
    right.2().unwrap_err();
    assert_eq!(left.1.snapshot().totals.success, 1);
    assert_eq!(right.1.snapshot().totals.failure, 1);
    assert_ne!(left.1.name(), right.1.name());
    let path = concat!(module_path!(), "::twins::twin");
    assert!(name_clashes().any(|clash| clash.wanted == path));
}

#[test]
fn every_breaker_has_a_unique_name() {
    let mut names: Vec<_> = breakers().map(|breaker| breaker.name()).collect();
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all);
}
