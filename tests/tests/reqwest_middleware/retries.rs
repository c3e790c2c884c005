//! The breaker inside and outside of `reqwest-retry`.

use std::time::Duration;

use breaker_runtime::reqwest_middleware::{CircuitBreakerMiddleware, rejection};
use breaker_runtime::{BreakerError, CircuitBreaker, ErrorKind, Settings, configure, inject};
use breaker_tests::refusing;
use reqwest_middleware::{ClientWithMiddleware, Error};
use reqwest_retry::RetryTransientMiddleware;
use reqwest_retry::policies::ExponentialBackoff;

use crate::server::{Server, plain};

fn retries(most: u32) -> RetryTransientMiddleware<ExponentialBackoff> {
    let shortest = Duration::from_millis(1);
    let policy = ExponentialBackoff::builder().retry_bounds(shortest, shortest);
    RetryTransientMiddleware::new_with_policy(policy.build_with_max_retries(most))
}

fn breaker(name: &str, threshold: u32) -> CircuitBreaker {
    CircuitBreaker::builder(name.to_owned()).failure_threshold(threshold).build().expect("in range")
}

async fn failed(client: &ClientWithMiddleware, url: &str) -> Error {
    client.get(url).send().await.expect_err("no answer")
}

#[tokio::test]
async fn breaker_inside_of_retries_counts_each_attempt_and_ends_them_when_it_opens() {
    let server = Server::start().await;
    let breaker = breaker("inside", 2);
    let middleware = CircuitBreakerMiddleware::new(breaker.clone());
    let client = plain().with(retries(5)).with(middleware).build();
    let error = failed(&client, &server.url("/status/503")).await;
    assert_eq!(server.requests(), 2, "the third attempt is rejected");
    let totals = breaker.snapshot().totals;
    assert_eq!((totals.failure, totals.rejected), (2, 1));
    assert_eq!(rejection(&error).map(BreakerError::kind), Some(ErrorKind::Open), "{error:?}");

    // The first attempt is rejected, and wrapped in another way.
    let error = failed(&client, &server.url("/status/503")).await;
    assert_eq!(rejection(&error).map(BreakerError::kind), Some(ErrorKind::Open), "{error:?}");
    assert_eq!(breaker.snapshot().totals.rejected, 2, "a rejection is not retried");
}

#[tokio::test]
async fn breaker_outside_of_retries_counts_a_request_once_by_its_last_attempt() {
    let server = Server::start().await;
    let breaker = breaker("outside", 2);
    let middleware = CircuitBreakerMiddleware::new(breaker.clone());
    let client = plain().with(middleware).with(retries(2)).build();
    let response = client.get(server.url("/status/503")).send().await.expect("an answer");
    assert_eq!((response.status().as_u16(), server.requests()), (503, 3));
    assert_eq!(breaker.snapshot().totals.failure, 1);
}

/// Names of other tests match no entry, so that the game day of the process is this test's alone.
#[tokio::test]
async fn game_day_reaches_no_server_inside_and_outside_of_retries() {
    let server = Server::start().await;
    let [inside, outside] = ["game day inside", "game day outside"].map(|name| breaker(name, 100));
    inject::allow();
    let settings = Settings::new().set("game day *", "inject.fail", 1.0).set(
        "game day *",
        "inject.until",
        inject::end_in(Duration::from_mins(10)),
    );
    let _ = configure(settings).expect("sound settings");

    let middleware = CircuitBreakerMiddleware::new(inside.clone());
    let error = failed(&plain().with(retries(2)).with(middleware).build(), &server.url("/")).await;
    assert_eq!(rejection(&error).map(BreakerError::kind), Some(ErrorKind::Injected), "{error:?}");
    let middleware = CircuitBreakerMiddleware::new(outside.clone());
    let error = failed(&plain().with(middleware).with(retries(2)).build(), &server.url("/")).await;
    assert_eq!(rejection(&error).map(BreakerError::kind), Some(ErrorKind::Injected), "{error:?}");

    let failures = [inside, outside].map(|breaker| breaker.snapshot().totals.failure);
    assert_eq!((failures, server.requests()), ([1, 1], 0), "an error of the breaker is not retried");
    let _ = configure(Settings::new()).expect("no settings are sound");
}

/// `reqwest-retry` hides the error that it wraps if it did not retry.
#[tokio::test]
async fn refused_connection_inside_of_retries_is_a_failure_with_and_without_retries() {
    let gone = format!("http://{}/", refusing());
    for most in [0, 1] {
        let breaker = breaker("refused", 5);
        let middleware = CircuitBreakerMiddleware::new(breaker.clone());
        let client = plain().with(middleware).with(retries(most)).build();
        failed(&client, &gone).await;
        assert_eq!(breaker.snapshot().totals.failure, 1, "{most}");
    }
}

#[tokio::test]
async fn rejection_by_a_breaker_inside_of_retries_says_nothing_for_one_outside() {
    let (outer, inner) = (breaker("outer", 5), breaker("inner", 5));
    inner.force_open();
    let client = plain()
        .with(CircuitBreakerMiddleware::new(outer.clone()))
        .with(retries(1))
        .with(CircuitBreakerMiddleware::new(inner))
        .build();
    failed(&client, "http://nowhere.invalid/").await;
    let totals = outer.snapshot().totals;
    assert_eq!((totals.failure, totals.success, totals.ignored), (0, 0, 1));
}
