//! The key in the errors of breakers of keys.

use std::time::Duration;

use breaker_runtime::{BreakerError, CircuitBreaker, ErrorKind, Key, ManualClock};

use crate::{TIMEOUT, keyed};

fn key(error: &BreakerError) -> Option<String> {
    error.key().map(Key::to_string)
}

#[test]
fn rejection_of_each_kind_has_the_key_of_the_breaker() {
    let clock = ManualClock::new();
    let breakers = keyed("keyed: errors", &clock, |builder| builder);
    for host in ["eu", "us"] {
        let breaker = breakers.get(host);
        let mut errors = Vec::new();
        breaker.reconfigure(|options| options.max_concurrent(1)).expect("in range");
        let permit = breaker.try_acquire().expect("closed");
        errors.push(breaker.try_acquire().expect_err("full"));
        drop(permit);
        breaker.trip();
        errors.push(breaker.try_acquire().expect_err("open"));
        // The end of the period is near: a coarse clock is not enough.
        clock.advance(TIMEOUT.checked_sub(Duration::from_millis(1)).unwrap());
        errors.push(breaker.try_acquire().expect_err("open"));
        clock.advance(Duration::from_millis(1));
        let probe = breaker.try_acquire().expect("a probe");
        errors.push(breaker.try_acquire().expect_err("half-open"));
        drop(probe);
        breaker.force_open();
        errors.push(breaker.try_acquire().expect_err("forced open"));
        let kinds: Vec<_> = errors.iter().map(BreakerError::kind).collect();
        let expected = [
            ErrorKind::Full,
            ErrorKind::Open,
            ErrorKind::Open,
            ErrorKind::HalfOpen,
            ErrorKind::ForcedOpen,
        ];
        assert_eq!(kinds, expected);
        assert!(errors.iter().all(|error| key(error).as_deref() == Some(host)), "{errors:?}");
        assert!(errors.iter().all(|error| error.clone() == *error), "{errors:?}");
    }
    let errors = ["eu", "us"].map(|host| breakers.get(host).try_acquire().expect_err("forced open"));
    assert_ne!(errors[0], errors[1], "they differ by the key alone");
}

#[test]
fn error_keeps_the_key_of_an_evicted_breaker() {
    let breakers = keyed("keyed: evicted", &ManualClock::new(), |builder| builder.max_keys(1));
    breakers.get("eu").trip();
    let error = breakers.get("eu").try_acquire().expect_err("open");
    breakers.get("us");
    assert!(breakers.find("eu").is_none(), "it is evicted");
    assert_eq!(key(&error).as_deref(), Some("eu"));
}

#[test]
fn error_of_a_breaker_without_keys_has_no_key() {
    let breaker = CircuitBreaker::builder("no key").build().expect("in range");
    breaker.trip();
    assert_eq!(breaker.try_acquire().expect_err("open").key(), None);
}
