//! Error and response types of the user, and errors around others.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use breaker_runtime::classify::{self, Class, Classify, via};
use breaker_runtime::{
    BreakerError, CallError, CircuitBreaker, ErrorKind, breaker_of, circuit_breaker, testing,
};
use breaker_tests::{Ended, prove};
use http::{Response, StatusCode};

#[derive(Debug)]
enum ShopError {
    Answered(StatusCode),
    Grpc(Box<tonic::Status>),
    Rejected(BreakerError),
}

impl Classify for ShopError {
    fn class(&self) -> Class {
        match self {
            Self::Answered(status) => classify::class(status),
            Self::Grpc(status) => status.class(),
            Self::Rejected(rejection) => rejection.class(),
        }
    }
}

impl From<BreakerError> for ShopError {
    fn from(rejection: BreakerError) -> Self {
        Self::Rejected(rejection)
    }
}

impl fmt::Display for ShopError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the shop is closed")
    }
}

impl Error for ShopError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Grpc(status) => Some(status),
            Self::Rejected(rejection) => Some(rejection),
            Self::Answered(_) => None,
        }
    }
}

fn ended<T>(result: &Result<T, ShopError>) -> Ended {
    match result {
        Ok(_) | Err(ShopError::Answered(StatusCode::NOT_FOUND)) => Ended::Worked,
        Err(ShopError::Rejected(_)) => Ended::Rejected,
        Err(_) => Ended::Failed,
    }
}

/// A type that implements nothing that a classifier could use.
struct Item;

#[circuit_breaker(failure_threshold = 2, timeout = "1s", failure_if = classify::server_error)]
fn items(status: StatusCode) -> Result<Vec<Item>, ShopError> {
    if status.is_success() { Ok(vec![Item]) } else { Err(ShopError::Answered(status)) }
}

#[test]
fn error_with_retry_after_needs_nothing_of_the_answer() {
    let failing = StatusCode::GATEWAY_TIMEOUT;
    prove(breaker_of(items), |works| ended(&items(if works { StatusCode::NOT_FOUND } else { failing })));
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", failure_if = classify::server_error)]
fn generic<T: Default + 'static>(works: bool) -> Result<T, ShopError> {
    if works { Ok(T::default()) } else { Err(ShopError::Grpc(Box::new(tonic::Status::internal("")))) }
}

#[test]
fn generic_answer_is_classified() {
    prove(breaker_of(generic::<u32>), |works| ended(&generic::<String>(works)));
}

#[circuit_breaker(
    failure_threshold = 2,
    timeout = "1s",
    failure_if = |output| output.as_ref().is_err_and(classify::server_error)
)]
fn borrowing(item: &Item, works: bool) -> Result<&Item, ShopError> {
    if works { Ok(item) } else { Err(ShopError::Answered(StatusCode::BAD_GATEWAY)) }
}

#[test]
fn answer_that_borrows_is_classified() {
    prove(breaker_of(borrowing), |works| ended(&borrowing(&Item, works)));
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", failure_if = classify::server_error)]
fn generic_error<E: Classify + From<BreakerError>>(error: Option<E>) -> Result<(), E> {
    error.map_or(Ok(()), Err)
}

#[test]
fn generic_error_carries_the_rejection() {
    let failure = || ShopError::Answered(StatusCode::INTERNAL_SERVER_ERROR);
    prove(breaker_of(generic_error::<ShopError>), |works| ended(&generic_error((!works).then(failure))));
}

/// Returns a status in `Ok`, which is used although the error type has a class of its own.
#[circuit_breaker(failure_threshold = 2, timeout = "1s", failure_if = classify::server_error)]
fn head(works: bool) -> Result<StatusCode, ShopError> {
    Ok(if works { StatusCode::FORBIDDEN } else { StatusCode::BAD_GATEWAY })
}

#[test]
fn known_answer_is_asked_beside_an_error_with_retry_after() {
    prove(breaker_of(head), |works| match head(works) {
        Ok(StatusCode::FORBIDDEN) => Ended::Worked,
        Ok(_) => Ended::Failed,
        Err(_) => Ended::Rejected,
    });
}

#[circuit_breaker(
    failure_threshold = 2,
    timeout = "1s",
    failure_if = classify::server_error::<_, via::Both>
)]
fn page(status: StatusCode, error: Option<ShopError>) -> Result<Response<()>, ShopError> {
    let mut page = Response::new(());
    *page.status_mut() = status;
    error.map_or(Ok(page), Err)
}

#[test]
fn both_sides_are_asked_if_the_option_names_both() {
    let failed = || ShopError::Answered(StatusCode::BAD_GATEWAY);
    prove(breaker_of(page), |works| ended(&page(StatusCode::NOT_FOUND, (!works).then(failed))));
    prove(breaker_of(page), |works| {
        let status = if works { StatusCode::NOT_FOUND } else { StatusCode::BAD_GATEWAY };
        match page(status, None) {
            Ok(page) if page.status() == StatusCode::BAD_GATEWAY => Ended::Failed,
            other => ended(&other),
        }
    });
}

/// The attribute can also name the one side that is asked.
#[test]
fn one_side_is_asked_if_the_option_names_one() {
    let missed = || Err::<Response<()>, _>(ShopError::Answered(StatusCode::NOT_FOUND));
    assert!(classify::client_error::<_, via::Error>(&missed()));
    assert!(classify::no_answer::<_, via::Answer>(&missed()));
}

type Boxed = Box<dyn Error + Send + Sync>;

#[circuit_breaker(
    failure_threshold = 2,
    timeout = "1s",
    failure_if = |output| output.as_ref().is_err_and(|error| classify::server_error(&**error))
)]
fn boxed(works: bool) -> Result<(), Boxed> {
    if works {
        Err("no such item")?
    } else {
        Err(ShopError::Grpc(Box::new(tonic::Status::internal(""))))?
    }
}

#[test]
fn untyped_error_is_searched_for_one_that_is_known() {
    prove(breaker_of(boxed), |works| match boxed(works).expect_err("always") {
        error if error.is::<BreakerError>() => Ended::Rejected,
        error if error.is::<ShopError>() => Ended::Failed,
        _ => Ended::Worked,
    });
    let any = anyhow::Error::new(tonic::Status::not_found("")).context("while shopping");
    assert!(classify::client_error(&*any));
    let local: Box<dyn Error> = ShopError::Grpc(Box::new(tonic::Status::data_loss(""))).into();
    assert!(classify::server_error(&*local));
    let sent: Box<dyn Error + Send> = Box::new(std::fmt::Error);
    assert_eq!(classify::class(&*sent), Class::Neutral);
}

#[test]
fn rejection_inside_an_untyped_error_is_neutral() {
    let breaker = CircuitBreaker::builder("a").build().expect("in range");
    breaker.trip();
    let rejection = breaker.try_acquire().expect_err("open");
    let error = Boxed::from(ShopError::Rejected(rejection));
    assert_eq!(classify::class(&*error), Class::Neutral);
}

#[test]
fn wrapping_errors_report_what_the_wrapped_ones_do() {
    let failed = || ShopError::Answered(StatusCode::BAD_GATEWAY);
    assert_eq!(classify::class(&Err::<(), _>(Box::new(failed()))), Class::ServerError);
    assert_eq!(classify::class(&Err::<(), _>(Arc::new(failed()))), Class::ServerError);
    assert_eq!(classify::class(&Err::<(), _>(CallError::Inner(failed()))), Class::ServerError);
}

#[circuit_breaker(failure_threshold = 1, classify)]
fn around(inner: &CircuitBreaker) -> Result<(), CallError<ShopError>> {
    inner.call(|| Ok(()))
}

/// A rejection is local and no failure of a dependency.
#[test]
fn rejection_by_an_inner_breaker_is_no_failure() {
    let _fresh = testing::isolate();
    let inner = CircuitBreaker::builder("inner").build().expect("in range");
    inner.force_open();
    for _ in 0..3 {
        let rejected = around(&inner).expect_err("forced open");
        assert_eq!(rejected.rejection().map(BreakerError::kind), Some(ErrorKind::ForcedOpen));
    }
    assert_eq!(breaker_of(around).snapshot().totals.ignored, 3);
}
