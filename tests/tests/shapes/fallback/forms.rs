//! The forms in which a fallback may be written.

use std::future::ready;

use breaker_runtime::{BreakerError, CallError, breaker_of, circuit_breaker};
use breaker_tests::{TestError, work};

use super::{On, prove, prove_async};

type Answer = Result<String, TestError>;

fn worked(works: bool) -> Answer {
    work(works).map(|()| "worked".to_owned())
}

mod elsewhere {
    pub(super) fn shown<T: std::fmt::Debug>(_: bool, user: T) -> super::Answer {
        Ok(format!("for {user:?}"))
    }
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = elsewhere::shown)]
fn path(works: bool, user: u32) -> Answer {
    worked(works)
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = elsewhere::shown::<u32>)]
fn path_with_generics(works: bool, user: u32) -> Answer {
    worked(works)
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = elsewhere::shown, fallback_on = "failure")]
fn path_on_failure(works: bool, user: u32) -> Answer {
    worked(works)
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = elsewhere::shown, fallback_on = "rejection")]
fn path_on_rejection(works: bool, user: u32) -> Answer {
    worked(works)
}

struct Shop;

impl Shop {
    #[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = Self::popular)]
    fn method(&self, works: bool) -> Answer {
        worked(works)
    }

    fn popular(&self, _: bool) -> Answer {
        Ok("popular".to_owned())
    }

    #[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = Self::popular_of_all)]
    fn associated(works: bool) -> Answer {
        worked(works)
    }

    fn popular_of_all(_: bool) -> Answer {
        Ok("popular of all".to_owned())
    }
}

#[test]
fn path_answers_with_the_arguments() {
    prove(breaker_of(path), On::Any, "for 7", |works| path(works, 7));
    prove(breaker_of(path_with_generics), On::Any, "for 7", |works| path_with_generics(works, 7));
    prove(breaker_of(path_on_failure), On::Failure, "for 7", |works| path_on_failure(works, 7));
    prove(breaker_of(path_on_rejection), On::Rejection, "for 7", |works| path_on_rejection(works, 7));
    prove(breaker_of(Shop::method), On::Any, "popular", |works| Shop.method(works));
    prove(breaker_of(Shop::associated), On::Any, "popular of all", Shop::associated);
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = Ok(format!("for {user}")))]
fn call(works: bool, user: u32) -> Answer {
    worked(works)
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = elsewhere::shown(works, user + 1), fallback_on = "failure")]
fn call_on_failure(works: bool, user: u32) -> Answer {
    worked(works)
}

#[circuit_breaker(
    failure_threshold = 2,
    timeout = "1s",
    fallback = {
        let mut text = user.to_string();
        text.insert_str(0, "for ");
        Ok(text)
    },
    fallback_on = "rejection"
)]
fn block(works: bool, user: u32) -> Answer {
    worked(works)
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = if user > 5 { Ok("rich".into()) } else { Ok("poor".into()) })]
fn condition(works: bool, user: u32) -> Answer {
    worked(works)
}

#[test]
fn expression_is_the_answer() {
    prove(breaker_of(call), On::Any, "for 7", |works| call(works, 7));
    prove(breaker_of(call_on_failure), On::Failure, "for 8", |works| call_on_failure(works, 7));
    prove(breaker_of(block), On::Rejection, "for 7", |works| block(works, 7));
    prove(breaker_of(condition), On::Any, "rich", |works| condition(works, 7));
}

const EMPTY: Result<&str, TestError> = Ok("empty");

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = EMPTY)]
fn constant(works: bool) -> Result<&'static str, TestError> {
    work(works).map(|()| "worked")
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", failure_if = Option::is_none, fallback = None)]
fn none(works: bool) -> Option<&'static str> {
    work(works).ok().map(|()| "worked")
}

#[circuit_breaker(
    failure_threshold = 2,
    timeout = "1s",
    failure_if = Vec::is_empty,
    fallback = vec!["popular".to_owned()]
)]
fn plain_value(works: bool) -> Vec<String> {
    worked(works).into_iter().collect()
}

#[derive(Clone, Copy, PartialEq)]
enum Level {
    Low,
    High,
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", failure_if = |level| *level != Level::High, fallback = Level::Low)]
async fn variant(works: bool) -> Level {
    ready(if works { Level::High } else { Level::Low }).await
}

#[tokio::test(start_paused = true)]
async fn value_is_the_answer() {
    prove_async(breaker_of(constant), On::Any, "empty", async |works| constant(works)).await;
    let call = async |works| Ok(none(works).unwrap_or("nothing"));
    prove_async(breaker_of(none), On::Any, "nothing", call).await;
    let call = async |works| Ok(plain_value(works).remove(0));
    prove_async(breaker_of(plain_value), On::Any, "popular", call).await;
    let call = async |works| Ok(if variant(works).await == Level::High { "worked" } else { "low" });
    prove_async(breaker_of(variant), On::Any, "low", call).await;
}

fn answer(cause: &CallError<TestError>) -> &'static str {
    match cause {
        CallError::Breaker(_) => "a rejection",
        CallError::Inner(_) => "a failure",
    }
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = |cause| Ok(format!("{user} for {}", answer(&cause))))]
fn closure(works: bool, user: &str) -> Answer {
    worked(works)
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = |_| Ok(user.to_owned()))]
fn closure_without_cause(works: bool, user: &str) -> Answer {
    worked(works)
}

#[circuit_breaker(
    failure_threshold = 2,
    timeout = "1s",
    fallback = |cause: BreakerError| Ok(format!("{user} until {:?}", cause.retry_after())),
    fallback_on = "rejection"
)]
fn closure_on_rejection(works: bool, user: &str) -> Answer {
    worked(works)
}

#[circuit_breaker(
    failure_threshold = 2,
    timeout = "1s",
    fallback = |mut cause: CallError<TestError>| -> Answer {
        if let CallError::Inner(error) = &mut cause {
            *error = TestError::Other(format!("{user}, {error}"));
        }
        match cause {
            CallError::Inner(error) => Err(error),
            CallError::Breaker(rejection) => Err(rejection.into()),
        }
    },
    fallback_on = "failure"
)]
fn closure_on_failure(works: bool, user: &str) -> Answer {
    worked(works)
}

#[circuit_breaker(
    failure_threshold = 2,
    timeout = "1s",
    failure_if = |count| *count > 9,
    fallback = |cause| match cause { CallError::Inner(count) => count * 10, CallError::Breaker(_) => 5 }
)]
fn closure_sees_the_output(count: u32) -> u32 {
    count
}

#[test]
fn closure_answers_with_the_cause() {
    let mut causes = Vec::new();
    prove(breaker_of(closure), On::Any, "answer", |works| {
        closure(works, "ada").map(|text| {
            if text == "worked" {
                text
            } else {
                causes.push(text);
                "answer".to_owned()
            }
        })
    });
    assert_eq!(causes, ["ada for a failure", "ada for a failure", "ada for a rejection"]);
    prove(breaker_of(closure_without_cause), On::Any, "ada", |works| {
        closure_without_cause(works, "ada")
    });
    let breaker = breaker_of(closure_on_rejection);
    prove(breaker, On::Rejection, "ada until Some(1s)", |works| closure_on_rejection(works, "ada"));
    let breaker = breaker_of(closure_on_failure);
    prove(breaker, On::Failure, "ada, Down", |works| closure_on_failure(works, "ada"));
    let mut failures = [10, 11].into_iter();
    let mut answers = Vec::new();
    prove(breaker_of(closure_sees_the_output), On::Any, "other", |works| {
        let count = closure_sees_the_output(if works { 1 } else { failures.next().unwrap() });
        answers.push(count);
        Ok(if count == 1 { "worked" } else { "other" })
    });
    assert_eq!(answers, [1, 100, 110, 5, 1, 1]);
}
