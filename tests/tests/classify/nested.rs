//! A breaker inside a breaker: a rejection by the inner one is no evidence about the dependency of the
//! outer one, and a time-out is (resilience4j 989, 1062).

use std::error::Error;
use std::future::pending;
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use breaker_runtime::classify::{self, Class, Classify, via};
use breaker_runtime::{
    BreakerError, CallError, CircuitBreaker, ErrorKind, State, breaker_of, circuit_breaker, testing,
};
use breaker_tests::TestError;

/// An error enum as in the README.
#[derive(Debug)]
enum ShopError {
    NotTried(BreakerError),
}

impl Classify for ShopError {
    fn class(&self) -> Class {
        let Self::NotTried(error) = self;
        error.class()
    }
}

impl From<BreakerError> for ShopError {
    fn from(error: BreakerError) -> Self {
        Self::NotTried(error)
    }
}

#[circuit_breaker(timeout = "1m", call_timeout = "1s")]
async fn charge() -> Result<(), ShopError> {
    pending().await
}

#[circuit_breaker(failure_threshold = 5, timeout = "1s", classify)]
async fn order() -> Result<(), ShopError> {
    charge().await
}

/// Guards against two rejections closing the outer breaker.
#[tokio::test(start_paused = true)]
async fn rejection_by_the_inner_breaker_does_not_close_the_outer_one() {
    let _fresh = testing::isolate();
    breaker_of(charge).force_open();
    breaker_of(order).trip();
    tokio::time::advance(Duration::from_secs(1)).await;
    for _ in 0..5 {
        order().await.expect_err("rejected");
    }
    let snapshot = breaker_of(order).snapshot();
    assert_eq!((snapshot.state, snapshot.totals.ignored), (State::HalfOpen, 5));
    assert_eq!((snapshot.totals.success, snapshot.totals.failure), (0, 0));
}

/// Guards against time-outs that count as successes.
#[tokio::test(start_paused = true)]
async fn time_outs_of_the_inner_breaker_open_the_outer_one() {
    let _fresh = testing::isolate();
    breaker_of(charge).observe();
    for _ in 0..5 {
        order().await.expect_err("a time-out");
    }
    assert_eq!(breaker_of(order).state(), State::Open);
}

/// Ignores neutral errors by the pair of predicates.
#[circuit_breaker(failure_if = classify::server_error, ignore_if = classify::client_error)]
async fn order_by_predicates() -> Result<(), ShopError> {
    charge().await
}

#[tokio::test(start_paused = true)]
async fn rejection_by_the_inner_breaker_is_ignored_by_the_predicates() {
    let _fresh = testing::isolate();
    breaker_of(charge).force_open();
    order_by_predicates().await.expect_err("rejected");
    breaker_of(charge).automatic();
    order_by_predicates().await.expect_err("a time-out");
    let totals = breaker_of(order_by_predicates).snapshot().totals;
    assert_eq!((totals.success, totals.ignored, totals.failure), (0, 1, 1));
}

async fn rejection_and_time_out() -> [(BreakerError, Class); 2] {
    let breaker = CircuitBreaker::builder("inner").call_timeout(Duration::from_secs(1)).build();
    let breaker = breaker.expect("in range");
    let late = breaker.call_async(pending::<Result<(), TestError>>).await.expect_err("a time-out");
    let late = late.rejection().expect("the breaker's error").clone();
    breaker.force_open();
    let rejection = breaker.try_acquire().expect_err("forced open");
    assert_eq!((rejection.kind(), late.kind()), (ErrorKind::ForcedOpen, ErrorKind::TimedOut));
    [(rejection, Class::Neutral), (late, Class::NoAnswer)]
}

/// The class survives each conversion of the error on its way out.
#[tokio::test(start_paused = true)]
#[allow(clippy::result_large_err)]
async fn breakers_error_is_known_wherever_it_is() {
    for (error, class) in rejection_and_time_out().await {
        assert_eq!(error.class(), class);
        assert_eq!(Box::new(error.clone()).class(), class);
        assert_eq!(classify::class(&Err::<u32, _>(error.clone())), class);
        assert_eq!(CallError::<ShopError>::Breaker(error.clone()).class(), class);
        assert_eq!(tonic::Status::from(error.clone()).class(), class);
        assert_eq!(error.clone().into_response().class(), class);
        let both = Err::<http::Response<()>, _>(error.clone());
        assert_eq!(classify::class::<_, via::Both>(&both), class);
        let io = std::io::Error::from(error.clone());
        let untyped: Box<dyn Error + Send + Sync> = io.into();
        assert_eq!(classify::class(&*untyped), class);
        let status = tonic::Status::from_error(Box::new(std::io::Error::from(error.clone())));
        assert_eq!(status.class(), class);
        let any = anyhow::Error::from(error).context("while shopping");
        assert_eq!(classify::class(&*any), class);
    }
}

/// Handles a request behind its own breaker, for another handler.
#[circuit_breaker(failure_threshold = 1, classify)]
#[allow(clippy::result_large_err)]
fn page(inner: BreakerError) -> Result<Response, Response> {
    Ok(inner.into_response())
}

#[circuit_breaker(failure_threshold = 1, classify)]
#[allow(clippy::result_large_err)]
fn call(inner: BreakerError) -> Result<tonic::Response<u32>, tonic::Status> {
    Err(inner.into())
}

#[circuit_breaker(failure_threshold = 1, classify)]
fn plain(inner: BreakerError) -> Result<u32, BreakerError> {
    Err(inner)
}

#[tokio::test(start_paused = true)]
async fn breakers_error_in_a_response_is_judged_as_what_it_is() {
    let _fresh = testing::isolate();
    let [(rejection, _), (late, _)] = rejection_and_time_out().await;
    page(rejection.clone()).expect("a page");
    call(rejection.clone()).expect_err("a status");
    plain(rejection).expect_err("itself");
    for breaker in [breaker_of(page), breaker_of(call), breaker_of(plain)] {
        let totals = breaker.snapshot().totals;
        assert_eq!((totals.ignored, totals.success, totals.failure), (1, 0, 0), "{}", breaker.name());
    }
    page(late.clone()).expect("a page");
    call(late.clone()).expect_err("a status");
    plain(late).expect_err("itself");
    for breaker in [breaker_of(page), breaker_of(call), breaker_of(plain)] {
        assert_eq!(breaker.state(), State::Open, "{}", breaker.name());
    }
}
