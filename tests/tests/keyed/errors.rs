//! The key in the error of a call that the breaker rejected or ended.

use std::error::Error;
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use breaker_runtime::{
    BreakerError, CallError, ErrorKind, Key, circuit_breaker, keyed_breakers_of, testing,
};
use tokio::time::sleep;

const LONG: Duration = Duration::from_secs(9);

fn key(error: &BreakerError) -> Option<String> {
    error.key().map(Key::to_string)
}

#[expect(clippy::unnecessary_wraps, reason = "it is compared with the key of an error")]
fn eu() -> Option<String> {
    Some("eu-1".to_owned())
}

#[circuit_breaker(key = host)]
fn plain(host: &str) -> Result<u32, BreakerError> {
    Ok(host.len() as u32)
}

#[circuit_breaker(key = host, fallback = |cause| Err(format!("{cause}: {:?}", rejected_key(&cause))))]
fn replaced(host: &str) -> Result<u32, String> {
    Ok(host.len() as u32)
}

fn rejected_key(cause: &CallError<String>) -> Option<String> {
    cause.rejection().and_then(key)
}

#[circuit_breaker(key = host, last_good(key = host))]
fn remembered(host: &str) -> Result<u32, BreakerError> {
    Ok(host.len() as u32)
}

#[test]
fn rejection_of_a_keyed_function_has_its_key() {
    let _fresh = testing::isolate();
    keyed_breakers_of(plain).get("eu-1").trip();
    assert_eq!(key(&plain("eu-1").expect_err("open")), eu());
    keyed_breakers_of(remembered).get("eu-1").trip();
    assert_eq!(key(&remembered("eu-1").expect_err("open, and nothing is remembered")), eu());
    keyed_breakers_of(replaced).get("eu-1").trip();
    let cause = replaced("eu-1").expect_err("the fallback's");
    assert!(cause.ends_with(r#": Some("eu-1")"#), "{cause}");
}

#[circuit_breaker(key = host, failure_threshold = 2, call_timeout = "1s", retry(attempts = 3, backoff = "1s"))]
async fn slow(host: &str, takes: Duration) -> Result<u32, BreakerError> {
    sleep(takes).await;
    Ok(host.len() as u32)
}

#[circuit_breaker(key = host, first_item = "1s")]
fn items(host: &str) -> impl futures::Stream<Item = Result<u32, BreakerError>> {
    let _ = host;
    futures::stream::pending()
}

#[tokio::test(start_paused = true)]
async fn time_out_of_a_keyed_function_has_its_key() {
    let _fresh = testing::isolate();
    let late = slow("eu-1", LONG).await.expect_err("two time-outs, and then it is open");
    assert_eq!((late.kind(), key(&late)), (ErrorKind::TimedOut, eu()));
    let rejected = slow("eu-1", LONG).await.expect_err("open");
    assert_eq!((rejected.kind(), key(&rejected)), (ErrorKind::Open, eu()));

    let mut stream = Box::pin(items("eu-1"));
    let late = futures::StreamExt::next(&mut stream).await.expect("an item").expect_err("a time-out");
    assert_eq!((late.kind(), key(&late)), (ErrorKind::TimedOut, eu()));
}

/// A key may be a tenant or a token: clients do not see it, and code around the call does.
#[test]
fn key_is_in_the_error_inside_a_response_and_not_in_its_text() {
    let _fresh = testing::isolate();
    keyed_breakers_of(plain).get("eu-1").trip();
    let error = plain("eu-1").expect_err("open");

    let status = tonic::Status::from(error.clone());
    let source = status.source().and_then(|source| source.downcast_ref::<BreakerError>());
    assert_eq!(source.and_then(key), eu());
    let response = error.clone().into_response();
    assert_eq!(response.extensions().get::<BreakerError>().and_then(key), eu());
    let io = std::io::Error::from(error.clone());
    let inside = io.get_ref().and_then(|inside| inside.downcast_ref::<BreakerError>());
    assert_eq!(inside.and_then(key), eu());

    let body = axum::body::to_bytes(Response::from(error.clone()).into_body(), 1_000);
    let body = futures::executor::block_on(body).expect("a short body");
    let body = String::from_utf8(body.to_vec()).expect("a text");
    for text in [status.message(), &body, &error.to_string()] {
        assert!(text.contains(error.breaker()) && !text.contains("eu-1"), "{text}");
    }
    assert!(format!("{error:?}").contains("eu-1"), "{error:?}");
}
