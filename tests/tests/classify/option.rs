//! The option `classify`.

#![allow(clippy::needless_lifetimes, reason = "a lifetime with a name is a shape of its own")]

use std::cell::Cell;
use std::time::Duration;

use breaker_runtime::classify::{Class, Classify};
use breaker_runtime::{
    BreakerError, CallError, CircuitBreaker, State, breaker_of, circuit_breaker, testing,
};
use http::{Response, StatusCode};

#[derive(Debug)]
struct Fault(Class);

impl Classify for Fault {
    fn class(&self) -> Class {
        self.0
    }
}

impl From<BreakerError> for Fault {
    fn from(error: BreakerError) -> Self {
        Self(error.class())
    }
}

fn counts(breaker: &CircuitBreaker) -> (u64, u64, u64) {
    let totals = breaker.snapshot().totals;
    (totals.success, totals.failure, totals.ignored)
}

fn response(status: u16) -> Response<()> {
    Response::builder().status(status).body(()).expect("a response")
}

#[test]
fn each_class_counts_as_documented() {
    #[circuit_breaker(failure_threshold = 100, classify)]
    fn fetch(fault: Option<Class>) -> Result<u32, Fault> {
        fault.map_or(Ok(7), |class| Err(Fault(class)))
    }
    let _fresh = testing::isolate();
    let expected = [
        (None, (1, 0, 0)),
        (Some(Class::Success), (2, 0, 0)),
        (Some(Class::ClientError), (3, 0, 0)),
        (Some(Class::ServerError), (3, 1, 0)),
        (Some(Class::NoAnswer), (3, 2, 0)),
        (Some(Class::RateLimited), (3, 3, 0)),
        (Some(Class::Neutral), (3, 3, 1)),
    ];
    for (fault, seen) in expected {
        drop(fetch(fault));
        assert_eq!(counts(breaker_of(fetch)), seen, "{fault:?}");
    }
}

/// An answer such as 404 closes a half-open breaker, and the caller gets it unchanged.
#[tokio::test(start_paused = true)]
async fn client_error_closes_a_half_open_breaker_and_is_the_answer() {
    #[circuit_breaker(
        timeout = "1s",
        success_threshold = 2,
        classify,
        fallback = |_cause| Ok(response(200))
    )]
    async fn fetch(status: u16) -> Result<Response<()>, Fault> {
        Ok(response(status))
    }
    let _fresh = testing::isolate();
    breaker_of(fetch).trip();
    tokio::time::advance(Duration::from_secs(1)).await;
    for _ in 0..2 {
        assert_eq!(fetch(404).await.expect("an answer").status(), StatusCode::NOT_FOUND);
    }
    assert_eq!(breaker_of(fetch).state(), State::Closed);
    assert_eq!(fetch(503).await.expect("the fallback's").status(), StatusCode::OK);
}

#[test]
fn part_that_can_be_classified_is_found() {
    #[circuit_breaker(failure_threshold = 100, classify)]
    fn both(page: Result<Response<()>, Class>) -> Result<Response<()>, Fault> {
        page.map_err(Fault)
    }
    #[circuit_breaker(failure_threshold = 100, classify)]
    fn of_breaker(status: u16) -> Result<Response<()>, BreakerError> {
        Ok(response(status))
    }
    #[circuit_breaker(failure_threshold = 100, classify)]
    fn status(status: StatusCode) -> Result<StatusCode, CallError<Fault>> {
        Ok(status)
    }
    #[circuit_breaker(failure_threshold = 100, classify, fallback = StatusCode::IM_A_TEAPOT)]
    fn alone(status: StatusCode) -> StatusCode {
        status
    }
    /// Returns an answer with a class, or an error without one.
    #[circuit_breaker(failure_threshold = 100, classify)]
    fn answer(page: Option<u16>) -> Result<Response<()>, Box<dyn std::error::Error + Send + Sync>> {
        page.map(response).ok_or_else(|| "reset".into())
    }
    #[circuit_breaker(failure_threshold = 100, classify)]
    fn borrows<'a>(text: &'a str, fault: Option<Class>) -> Result<&'a str, Fault> {
        fault.map_or(Ok(text), |class| Err(Fault(class)))
    }
    #[circuit_breaker(failure_threshold = 100, classify)]
    fn generic<T: Clone, E: Classify + From<BreakerError>>(result: Result<T, E>) -> Result<T, E> {
        result
    }
    let _fresh = testing::isolate();
    drop([both(Ok(response(404))), both(Ok(response(500))), both(Err(Class::Neutral))]);
    drop([of_breaker(404), of_breaker(500), of_breaker(408)]);
    let _ = [404, 500, 408].map(|code| status(StatusCode::from_u16(code).expect("a status")));
    let _ = [404, 500, 408].map(|code| alone(StatusCode::from_u16(code).expect("a status")));
    drop([answer(Some(404)), answer(None), answer(Some(408))]);
    let _ = [None, Some(Class::NoAnswer), Some(Class::Neutral)].map(|fault| borrows("text", fault));
    let _ = [Ok(7), Err(Fault(Class::ServerError)), Err(Fault(Class::Neutral))].map(generic);
    let seen = [
        breaker_of(both),
        breaker_of(of_breaker),
        breaker_of(status),
        breaker_of(alone),
        breaker_of(answer),
        breaker_of(borrows),
        breaker_of(generic::<u32, Fault>),
    ];
    for breaker in seen {
        assert_eq!(counts(breaker), (1, 1, 1), "{}", breaker.name());
    }
}

#[tokio::test(start_paused = true)]
async fn functions_of_every_shape_are_classified_with_every_layer() {
    #[circuit_breaker(failure_threshold = 100, classify, retry(attempts = 3))]
    async fn retried(class: Class, runs: &Cell<u32>) -> Result<u32, Fault> {
        runs.set(runs.get() + 1);
        Err(Fault(class))
    }
    #[circuit_breaker(
        failure_threshold = 100,
        classify,
        fallback_on = "failure",
        fallback = |cause| match cause {
            CallError::Inner(Err(Fault(Class::ServerError))) => Ok(7),
            other => panic!("{other:?}"),
        }
    )]
    fn future(class: Class) -> impl Future<Output = Result<u32, Fault>> {
        async move { Err(Fault(class)) }
    }
    let _fresh = testing::isolate();
    let runs = Cell::new(0);
    for (class, expected) in [(Class::ServerError, 3), (Class::ClientError, 1), (Class::Neutral, 1)] {
        retried(class, &runs).await.expect_err("always");
        assert_eq!(runs.take(), expected, "{class:?}");
    }
    assert_eq!(future(Class::ServerError).await.expect("the fallback"), 7);
    assert_eq!(future(Class::ClientError).await.expect_err("the answer").0, Class::ClientError);
    assert_eq!(counts(breaker_of(future)), (1, 1, 0));
}
