//! The permit of a request lives until the body of its response has ended.

use std::error::Error;
use std::time::Duration;

use breaker_runtime::reqwest_middleware::CircuitBreakerMiddleware;
use breaker_runtime::{BreakerError, CircuitBreaker, ErrorKind};

use tokio::time;

use crate::server::{Server, client};

#[tokio::test]
async fn success_counts_when_the_body_has_ended() {
    let server = Server::start().await;
    let builder = CircuitBreaker::builder("ended").max_concurrent(10);
    let breaker = builder.build().expect("in range");
    let running = || breaker.snapshot().bulkhead.map(|calls| calls.running);
    let client = client(CircuitBreakerMiddleware::new(breaker.clone()));
    let response = client.get(server.url("/")).send().await.expect("an answer");
    assert_eq!((running(), breaker.snapshot().totals.success), (Some(1), 0));
    assert_eq!(response.url().as_str(), server.url("/"), "the response is as it was");
    assert_eq!(response.text().await.expect("a body"), "whole");
    assert_eq!((running(), breaker.snapshot().totals.success), (Some(0), 1));
}

#[tokio::test]
async fn body_that_breaks_off_is_a_failure() {
    let server = Server::start().await;
    let breaker = CircuitBreaker::builder("cut").build().expect("in range");
    let client = client(CircuitBreakerMiddleware::new(breaker.clone()));
    let response = client.get(server.url("/cut")).send().await.expect("a head");
    assert_eq!(breaker.snapshot().totals.failure, 0);
    response.bytes().await.expect_err("it breaks off");
    let totals = breaker.snapshot().totals;
    assert_eq!((totals.success, totals.failure), (0, 1));
}

#[tokio::test]
async fn body_that_its_reader_drops_is_cancelled() {
    let server = Server::start().await;
    let breaker = CircuitBreaker::builder("dropped body").build().expect("in range");
    let client = client(CircuitBreakerMiddleware::new(breaker.clone()));
    let mut response = client.get(server.url("/hang")).send().await.expect("a head");
    assert_eq!(response.chunk().await.expect("a piece").as_deref(), Some(&b"wh"[..]));
    drop(response);
    let totals = breaker.snapshot().totals;
    assert_eq!((totals.success, totals.failure, totals.cancelled), (0, 0, 1));
}

/// Time is paused only while the reader is away, and while the server is silent for ever: the limit does
/// not depend on the speed of the machine.
#[tokio::test]
async fn slow_reader_is_no_failure_and_a_body_that_stops_is_one() {
    let server = Server::start().await;
    let idle = Duration::from_secs(20);
    let breaker = CircuitBreaker::builder("idle").idle(idle).build().expect("in range");
    let client = client(CircuitBreakerMiddleware::new(breaker.clone()));

    let response = client.get(server.url("/")).send().await.expect("a head");
    time::pause();
    time::advance(idle * 2).await;
    time::resume();
    assert_eq!(response.text().await.expect("a body"), "whole");
    assert_eq!(breaker.snapshot().totals.success, 1);

    let mut response = client.get(server.url("/hang")).send().await.expect("a head");
    assert!(response.chunk().await.expect("a piece").is_some());
    time::pause();
    let error = response.bytes().await.expect_err("it stops");
    let first: &(dyn Error + 'static) = &error;
    let kind = std::iter::successors(Some(first), |&error| error.source())
        .find_map(|error| error.downcast_ref().map(BreakerError::kind));
    assert_eq!(kind, Some(ErrorKind::TimedOut));
    assert_eq!(breaker.snapshot().totals.failure, 1);
}
