//! Calls without the attribute, counted by a classifier.

use std::future::ready;

use breaker_runtime::classify::{self, Class, Classify};
use breaker_runtime::{BreakerError, CallError, CircuitBreaker, ErrorKind, Outcome, State};
use futures::executor::block_on;

#[derive(Clone, Copy, Debug, PartialEq)]
enum ShopError {
    NotFound,
    Down,
    Unreadable,
    NotTried(ErrorKind),
}

impl Classify for ShopError {
    fn class(&self) -> Class {
        match self {
            Self::NotFound => Class::ClientError,
            Self::Down => Class::ServerError,
            Self::Unreadable | Self::NotTried(_) => Class::Neutral,
        }
    }
}

impl From<BreakerError> for ShopError {
    fn from(error: BreakerError) -> Self {
        Self::NotTried(error.kind())
    }
}

type Reply = Result<u32, ShopError>;

fn breaker() -> CircuitBreaker {
    CircuitBreaker::builder("classified").failure_threshold(1).build().expect("sound options")
}

/// Makes both kinds of call with the same classifier.
fn both(
    breaker: &CircuitBreaker,
    reply: Reply,
    classifier: impl Fn(&Reply) -> Outcome,
) -> [Result<u32, CallError<ShopError>>; 2] {
    [
        breaker.call_classified(|| reply, &classifier),
        block_on(breaker.call_async_classified(|| ready(reply), &classifier)),
    ]
}

fn counts(breaker: &CircuitBreaker) -> (u64, u64, u64) {
    let totals = breaker.snapshot().totals;
    (totals.success, totals.failure, totals.ignored)
}

#[test]
fn classified_call_counts_by_the_class_and_returns_the_result() {
    let breaker = breaker();
    for (reply, expected) in [
        (Ok(7), (2, 0, 0)),
        (Err(ShopError::NotFound), (4, 0, 0)),
        (Err(ShopError::Unreadable), (4, 0, 2)),
    ] {
        let results = both(&breaker, reply, classify::outcome);
        assert_eq!(results, [(); 2].map(|()| reply.map_err(CallError::Inner)));
        assert_eq!(counts(&breaker), expected);
    }
    let down = breaker.call_classified(|| Reply::Err(ShopError::Down), classify::outcome);
    assert_eq!(down, Err(CallError::Inner(ShopError::Down)));
    assert_eq!((counts(&breaker), breaker.state()), ((4, 1, 2), State::Open));
}

#[test]
fn answer_classified_as_failure_is_returned_and_opens() {
    let breaker = breaker();
    let failed = |reply: &Reply| if *reply == Ok(503) { Outcome::Failure } else { Outcome::Success };
    let [first, second] = both(&breaker, Ok(503), failed);
    assert_eq!(first, Ok(503));
    assert!(second.is_err_and(|error| error.rejection().is_some()), "it is open by then");
}

#[test]
fn panic_in_a_classifier_is_a_failure() {
    for is_async in [false, true] {
        let breaker = breaker();
        let panics = |_: &Reply| -> Outcome { panic!("expected") };
        let caught = std::panic::catch_unwind(|| {
            if is_async {
                block_on(breaker.call_async_classified(|| ready(Reply::Ok(7)), panics))
            } else {
                breaker.call_classified(|| Reply::Ok(7), panics)
            }
        });
        assert!(caught.is_err());
        assert_eq!(counts(&breaker), (0, 1, 0));
    }
}

#[test]
fn merged_error_has_the_type_of_the_caller() {
    let breaker = breaker();
    let call = |reply: Reply| breaker.call(|| reply).map_err(CallError::merge);
    assert_eq!(call(Ok(7)), Ok(7));
    assert_eq!(call(Err(ShopError::Down)), Err(ShopError::Down));
    assert_eq!(call(Ok(7)), Err(ShopError::NotTried(ErrorKind::Open)));
}
