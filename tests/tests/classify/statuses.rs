//! Statuses and responses of the crate `http`.

#![allow(clippy::needless_lifetimes, reason = "a lifetime with a name is a shape of its own")]

use std::time::Duration;

use breaker_runtime::classify::{self, Class, RetryAfter};
use breaker_runtime::{breaker_of, circuit_breaker, testing};
use breaker_tests::{Ended, TestError, paused, prove, prove_async};
use http::{Response, StatusCode, header};

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).expect("a status")
}

fn response(code: u16) -> Response<&'static str> {
    let mut response = Response::new("body");
    *response.status_mut() = status(code);
    response
}

fn expected(code: u16) -> Class {
    match code {
        100..=399 => Class::Success,
        408 | 425 => Class::Neutral,
        429 => Class::RateLimited,
        400..=499 => Class::ClientError,
        _ => Class::ServerError,
    }
}

#[test]
fn every_status_has_a_class() {
    for code in 100..=999 {
        let class = expected(code);
        assert_eq!(classify::class(&status(code)), class, "{code}");
        assert_eq!(classify::class(&response(code)), class, "{code}");
        assert_eq!(classify::class(&Ok::<_, TestError>(response(code))), class, "{code}");
    }
}

#[test]
fn predicates_split_the_classes() {
    let class = |code| {
        let response = Ok::<_, TestError>(response(code));
        (
            classify::server_error(&response),
            classify::client_error(&response),
            classify::rate_limited(&response),
            classify::no_answer(&response),
        )
    };
    assert_eq!(class(204), (false, false, false, false));
    assert_eq!(class(301), (false, false, false, false));
    assert_eq!(class(404), (false, true, false, false));
    assert_eq!(class(408), (false, true, false, false), "no evidence either");
    assert_eq!(class(429), (true, false, true, false));
    assert_eq!(class(503), (true, false, false, false));
}

/// Holds for each error type.
#[test]
fn error_in_place_of_a_response_is_no_answer() {
    assert_eq!(classify::class(&Err::<Response<()>, _>("connection reset")), Class::NoAnswer);
    assert!(classify::server_error(&Err::<Response<()>, _>(std::io::Error::other("reset"))));
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", failure_if = classify::server_error)]
fn page(code: u16) -> Result<Response<&'static str>, TestError> {
    Ok(response(code))
}

#[test]
fn function_that_returns_a_response_is_classified() {
    prove(breaker_of(page), |works| match page(if works { 404 } else { 502 }) {
        Ok(page) if page.status() == 404 => Ended::Worked,
        Ok(_) => Ended::Failed,
        Err(_) => Ended::Rejected,
    });
}

const REJECTED: StatusCode = StatusCode::IM_A_TEAPOT;

#[circuit_breaker(
    failure_threshold = 2,
    timeout = "1s",
    failure_if = classify::server_error,
    fallback_on = "rejection",
    fallback = REJECTED
)]
async fn head(code: u16) -> StatusCode {
    status(code)
}

#[test]
fn function_that_returns_a_status_is_classified() {
    paused(prove_async(breaker_of(head), async |works| {
        match head(if works { 404 } else { 500 }).await {
            StatusCode::NOT_FOUND => Ended::Worked,
            REJECTED => Ended::Rejected,
            _ => Ended::Failed,
        }
    }));
}

/// Returns an error type without a class.
#[circuit_breaker(
    failure_threshold = 2,
    timeout = "1s",
    failure_if = |output| output.as_ref().map_or(true, classify::server_error)
)]
fn known(works: bool) -> Result<reqwest::Response, TestError> {
    if works { Ok(response(404).into()) } else { Err(TestError::Down) }
}

#[test]
fn closures_for_both_sides_are_asked() {
    prove(breaker_of(known), |works| Ended::from(known(works)));
}

/// Counts a faulty request neither as a failure nor as a success, so that a streak goes on.
#[circuit_breaker(
    failure_threshold = 2,
    failure_if = classify::server_error,
    ignore_if = classify::client_error
)]
fn search(code: u16) -> Result<Response<&'static str>, TestError> {
    Ok(response(code))
}

#[test]
fn client_error_that_is_ignored_does_not_end_a_streak() {
    let _fresh = testing::isolate();
    for code in [503, 404, 400, 403] {
        search(code).expect("admitted");
    }
    let snapshot = breaker_of(search).snapshot();
    assert_eq!((snapshot.streak, snapshot.totals.ignored, snapshot.totals.success), (1, 3, 0));
    search(408).expect("admitted");
    assert_eq!(breaker_of(search).snapshot().streak, 1);
    search(200).expect("admitted");
    assert_eq!(breaker_of(search).snapshot().streak, 0);
}

/// Has a generic body with a lifetime.
#[circuit_breaker(failure_threshold = 2, timeout = "1s", failure_if = classify::server_error)]
fn generic<'a, B>(body: &'a B, works: bool) -> Result<Response<&'a B>, TestError> {
    let mut response = Response::new(body);
    *response.status_mut() = if works { StatusCode::OK } else { StatusCode::BAD_GATEWAY };
    Ok(response)
}

#[test]
fn response_with_a_generic_body_is_classified() {
    prove(breaker_of(generic::<u32>), |works| match generic(&7, works) {
        Ok(page) if page.status() == 200 => Ended::Worked,
        Ok(_) => Ended::Failed,
        Err(_) => Ended::Rejected,
    });
}

#[test]
fn retry_after_is_read_from_the_headers() {
    let retry_after = |value: &str| {
        let value = header::HeaderValue::from_str(value).expect("a header");
        Response::builder()
            .header(header::RETRY_AFTER, value)
            .body(())
            .expect("a response")
            .retry_after()
    };
    assert_eq!(retry_after("30"), Some(Duration::from_secs(30)));
    assert_eq!(retry_after("99999999999999999999"), Some(Duration::from_secs(u64::MAX)));
    assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:37 GMT"), None);
    let far = retry_after("Fri, 31 Dec 9999 23:59:59 GMT").expect("a date to come");
    assert!(far > Duration::from_secs(1_000_000_000));
    assert_eq!(response(503).retry_after(), None);
}
