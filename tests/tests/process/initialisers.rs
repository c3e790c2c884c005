//! A user's `static` with an initialiser that panics or queries the registry: listing continues without
//! it. Such a breaker is in each listing of the process.

use std::sync::{LazyLock, mpsc};
use std::thread;
use std::time::Duration;

use breaker_runtime::{
    BreakerError, CircuitBreaker, Settings, automatic_all, breaker, breaker_of, breakers,
    circuit_breaker, configure, find_breaker_of, observe_all,
};

use crate::child::in_child;

static PANICS: LazyLock<CircuitBreaker> = LazyLock::new(|| panic!("no settings file"));

#[circuit_breaker(breaker = PANICS)]
fn over_panic() -> Result<(), BreakerError> {
    Ok(())
}

/// Makes each query to the registry that an initialiser may make.
fn ask_the_registry(name: &str) -> CircuitBreaker {
    assert!(breakers().any(|breaker| breaker.name() == "plain"));
    assert!(breaker("plain").is_some() && breaker(name).is_none());
    assert_eq!(breaker_of(plain).name(), "plain");
    observe_all();
    automatic_all();
    assert!(configure(Settings::new()).is_ok());
    CircuitBreaker::builder(name).build().expect("valid")
}

static ASKS: LazyLock<CircuitBreaker> = LazyLock::new(|| ask_the_registry("asks"));
static ASKS_IN_A_CALL: LazyLock<CircuitBreaker> = LazyLock::new(|| ask_the_registry("asks in a call"));

#[circuit_breaker(breaker = ASKS)]
fn over_asking() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(breaker = ASKS_IN_A_CALL)]
fn over_asking_in_a_call() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(name = "plain")]
fn plain() -> Result<(), BreakerError> {
    Ok(())
}

/// Runs a function in another thread, and fails instead of hanging.
fn in_time<R: Send + 'static>(run: impl FnOnce() -> R + Send + 'static) -> R {
    let (done, result) = mpsc::channel();
    thread::spawn(move || done.send(run()));
    result.recv_timeout(Duration::from_mins(1)).expect("it neither hangs nor panics")
}

#[test]
fn initialiser_that_panics_or_asks_the_registry_leaves_listing_alone() {
    in_child("initialisers::initialiser_that_panics_or_asks_the_registry_leaves_listing_alone", || {
        // The call comes first: its thread is inside the initialiser during the query.
        assert_eq!(in_time(over_asking_in_a_call), Ok(()));
        // The two initialisers that ask wait for each other, until one listing has waited for a second.
        // The other one then ends on a thread of its own: this waits for that in real time.
        let names = in_time(|| {
            loop {
                let names: Vec<_> = breakers().map(|breaker| breaker.name()).collect();
                if names.contains(&"asks") {
                    break names;
                }
                thread::sleep(Duration::from_millis(1));
            }
        });
        for name in ["plain", "asks", "asks in a call"] {
            assert_eq!(names.iter().filter(|listed| **listed == name).count(), 1, "{name} in {names:?}");
        }
        in_time(|| {
            assert!(breaker("plain").is_some());
            assert_eq!(breaker_of(over_asking).name(), "asks");
            assert!(find_breaker_of(over_panic).is_none());
            observe_all();
            automatic_all();
            let settings = Settings::new().set("plain", "timeout", "1s");
            assert_eq!(configure(settings).expect("valid").changed(), ["plain"]);
        });
        assert_eq!(in_time(over_asking), Ok(()));
        let call = in_time(|| thread::spawn(over_panic).join().is_err());
        assert!(call, "a call has the initialiser's panic");
    });
}
