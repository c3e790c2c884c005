//! `#[axum::debug_handler]`.

use axum::Json;
use axum::debug_handler;
use axum::extract::{Path, State};
use axum::handler::Handler;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use breaker_runtime::{BreakerError, breaker_of, circuit_breaker};
use breaker_tests::{Ended, TestError, prove_async, work};
use tokio::task::yield_now;

struct AppError(TestError);

impl From<BreakerError> for AppError {
    fn from(error: BreakerError) -> Self {
        Self(error.into())
    }
}

impl From<TestError> for AppError {
    fn from(error: TestError) -> Self {
        Self(error)
    }
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        match self.0 {
            TestError::Rejected(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
            _ => StatusCode::BAD_GATEWAY.into_response(),
        }
    }
}

#[derive(Clone)]
struct App(u32);

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
#[debug_handler]
async fn above(
    State(app): State<App>,
    Path(works): Path<bool>,
    Json(number): Json<u32>,
) -> Result<Json<u32>, AppError> {
    yield_now().await;
    work(works)?;
    Ok(Json(app.0 + number))
}

#[debug_handler]
#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
async fn below(
    State(app): State<App>,
    Path(works): Path<bool>,
    Json(number): Json<u32>,
) -> Result<Json<u32>, AppError> {
    yield_now().await;
    work(works)?;
    Ok(Json(app.0 + number))
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = |_| Ok(Json(number + 10)), fallback_on = "rejection")]
#[debug_handler]
async fn with_fallback(Path(works): Path<bool>, Json(number): Json<u32>) -> Result<Json<u32>, AppError> {
    yield_now().await;
    work(works)?;
    Ok(Json(number))
}

fn is_handler<T>(_: &(impl Handler<T, App> + Copy)) {}

fn ended(result: Result<Json<u32>, AppError>) -> Ended {
    match result.into_response().status() {
        StatusCode::OK => Ended::Worked,
        StatusCode::SERVICE_UNAVAILABLE => Ended::Rejected,
        _ => Ended::Failed,
    }
}

#[tokio::test(start_paused = true)]
async fn handler_is_protected() {
    is_handler(&above);
    is_handler(&below);
    let call = async |works| ended(above(State(App(1)), Path(works), Json(2)).await);
    prove_async(breaker_of(above), call).await;
    let call = async |works| ended(below(State(App(1)), Path(works), Json(2)).await);
    prove_async(breaker_of(below), call).await;
}

#[tokio::test(start_paused = true)]
async fn handler_with_a_fallback_answers_rejections() {
    let _fresh = breaker_runtime::testing::isolate();
    is_handler(&with_fallback);
    breaker_of(with_fallback).trip();
    assert!(matches!(with_fallback(Path(true), Json(1)).await, Ok(Json(11))));
}
