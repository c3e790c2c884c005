//! How requests count, and for which breaker.

use std::time::Duration;

use breaker_runtime::classify::Class;
use breaker_runtime::reqwest_middleware::{CircuitBreakerMiddleware, rejection};
use breaker_runtime::{BreakerError, CircuitBreaker, ErrorKind, State};
use breaker_tests::refusing;
use http::Extensions;
use reqwest::{Request, Response};
use reqwest_middleware::{Error, Middleware, Next};

use crate::server::{Server, client, hosts, plain};

#[tokio::test]
async fn host_that_fails_opens_its_breaker_and_leaves_the_other_hosts_alone() {
    let (down, up) = (Server::start().await, Server::start().await);
    let hosts = hosts("hosts");
    let client = client(CircuitBreakerMiddleware::per_host(hosts.clone()));
    for _ in 0..2 {
        let response = client.get(down.url("/status/500")).send().await.expect("an answer");
        assert_eq!(response.status(), 500);
        client.get(up.url("/")).send().await.expect("an answer").bytes().await.expect("a body");
    }
    let error = client.get(down.url("/")).send().await.expect_err("open");
    let rejection = rejection(&error).expect("a rejection");
    assert_eq!(rejection.kind(), ErrorKind::Open);
    assert_eq!(rejection.key().map(ToString::to_string), Some(down.host.clone()));
    assert_eq!(down.requests(), 2, "a rejected request is not sent");
    assert!(client.get(up.url("/")).send().await.is_ok());
    let state = |host: &str| hosts.find(host).map(|breaker| breaker.state());
    assert_eq!((state(&down.host), state(&up.host)), (Some(State::Open), Some(State::Closed)));
}

#[tokio::test]
async fn key_has_neither_credentials_nor_path() {
    let server = Server::start().await;
    let hosts = hosts("credentials");
    let client = client(CircuitBreakerMiddleware::per_host(hosts.clone()));
    let url = format!("http://user:pass%40word@{}/private?token=1", server.host);
    client.get(url).send().await.expect("an answer");
    assert_eq!(hosts.len(), 1);
    assert!(hosts.find(server.host.as_str()).is_some());
}

#[tokio::test]
async fn own_key_groups_requests() {
    let server = Server::start().await;
    let hosts = hosts("paths");
    let path = |request: &reqwest::Request| request.url().path().to_owned();
    let client = client(CircuitBreakerMiddleware::keyed(hosts.clone(), path));
    for _ in 0..2 {
        client.get(server.url("/status/500")).send().await.expect("an answer");
    }
    assert!(client.get(server.url("/status/500")).send().await.is_err());
    assert!(client.get(server.url("/status/501")).send().await.is_ok());
}

#[tokio::test]
async fn one_breaker_counts_the_requests_to_all_hosts() {
    let (one, other) = (Server::start().await, Server::start().await);
    let breaker = CircuitBreaker::builder("all hosts").failure_threshold(2).build().expect("in range");
    let client = client(CircuitBreakerMiddleware::new(breaker.clone()));
    client.get(one.url("/status/500")).send().await.expect("an answer");
    client.get(other.url("/status/502")).send().await.expect("an answer");
    assert_eq!(breaker.state(), State::Open);
    assert!(rejection(&client.get(one.url("/")).send().await.expect_err("open")).is_some());
}

#[tokio::test]
async fn status_counts_by_its_class() {
    let server = Server::start().await;
    for (status, totals) in [
        (200, (1, 0, 0)),
        (404, (1, 0, 0)),
        (401, (1, 0, 0)),
        (408, (0, 0, 1)),
        (425, (0, 0, 1)),
        (429, (0, 1, 0)),
        (500, (0, 1, 0)),
        (503, (0, 1, 0)),
    ] {
        let breaker = CircuitBreaker::builder("statuses").build().expect("in range");
        let client = client(CircuitBreakerMiddleware::new(breaker.clone()));
        let response = client.get(server.url(&format!("/status/{status}"))).send().await;
        let response = response.expect("an answer");
        assert_eq!(response.status(), status);
        assert_eq!(response.text().await.expect("a body"), "planned");
        let found = breaker.snapshot().totals;
        assert_eq!((found.success, found.failure, found.ignored), totals, "{status}");
    }
}

/// A connection that is refused, a host that does not exist, and a redirect without end.
#[tokio::test]
async fn error_counts_as_a_failure_unless_it_says_nothing_of_the_host() {
    let server = Server::start().await;
    for (url, totals) in [
        (format!("http://{}/", refusing()), (1, 0)),
        ("http://nowhere.invalid/".to_owned(), (1, 0)),
        (server.url("/circle"), (0, 1)),
    ] {
        let breaker = CircuitBreaker::builder("errors").build().expect("in range");
        let client = client(CircuitBreakerMiddleware::new(breaker.clone()));
        let error = client.get(&url).send().await.expect_err("no answer");
        assert!(matches!(error, Error::Reqwest(_)), "{error:?}");
        let found = breaker.snapshot().totals;
        assert_eq!((found.failure, found.ignored), totals, "{url}: {error:?}");
    }
}

#[tokio::test]
async fn silent_server_is_a_failure_at_the_deadline_of_the_request_or_of_the_breaker() {
    let server = Server::start().await;
    let wait = Duration::from_millis(20);
    let breaker = CircuitBreaker::builder("impatient").call_timeout(wait).build().expect("in range");
    let client = client(CircuitBreakerMiddleware::new(breaker.clone()));
    let error = client.get(server.url("/silent")).send().await.expect_err("late");
    assert_eq!(rejection(&error).map(BreakerError::kind), Some(ErrorKind::TimedOut));

    let patient = CircuitBreaker::builder("patient").build().expect("in range");
    let client = super::server::client(CircuitBreakerMiddleware::new(patient.clone()));
    let error = client.get(server.url("/silent")).timeout(wait).send().await.expect_err("late");
    assert!(error.is_timeout() && rejection(&error).is_none(), "{error:?}");
    assert_eq!((breaker.snapshot().totals.failure, patient.snapshot().totals.failure), (1, 1));
}

/// A middleware in place of the network, which answers after this time.
struct Slow(Duration);

#[async_trait::async_trait]
impl Middleware for Slow {
    async fn handle(
        &self,
        _: Request,
        _: &mut Extensions,
        _: Next<'_>,
    ) -> reqwest_middleware::Result<Response> {
        tokio::time::sleep(self.0).await;
        Ok(http::Response::new("whole").into())
    }
}

/// Waits for the only permit for so many milliseconds of the 1000 that a request has, and for the
/// answer.
#[tokio::test(start_paused = true)]
async fn wait_for_a_permit_uses_the_time_of_the_whole_request() {
    let ms = Duration::from_millis;
    // The wait, the answer's time, the end; successes, failures, cancelled, rejected, timed out.
    let cases = [
        (600, 399, None, 999, [1, 0, 0, 0, 0]),
        (600, 401, Some(ErrorKind::TimedOut), 1_000, [0, 0, 1, 0, 1]),
        (300, 701, Some(ErrorKind::TimedOut), 1_000, [0, 1, 0, 0, 1]),
        (901, 0, Some(ErrorKind::Full), 900, [0, 0, 0, 1, 0]),
    ];
    for (wait, answer, expected, end, counts) in cases {
        let builder = CircuitBreaker::builder("whole").total_timeout(ms(1_000)).max_concurrent(1);
        let breaker = builder.max_wait(ms(900)).build().expect("in range");
        let middleware = CircuitBreakerMiddleware::new(breaker.clone());
        let client = plain().with(middleware).with(Slow(ms(answer))).build();
        let permit = breaker.try_acquire().expect("the only permit");
        let began = tokio::time::Instant::now();
        let request = async {
            let response = client.get("http://shop/").send().await;
            let ended = began.elapsed();
            if let Ok(response) = &response {
                assert_eq!(response.status().as_u16(), 200);
            }
            let kind = response.as_ref().err().and_then(rejection).map(BreakerError::kind);
            if let Ok(response) = response {
                assert_eq!(response.text().await.expect("a body"), "whole");
            }
            (kind, ended)
        };
        let (seen, ()) = futures::join!(request, async {
            tokio::time::sleep(ms(wait)).await;
            permit.ignore();
        });
        assert_eq!(seen, (expected, ms(end)), "{wait} {answer}");
        let it = breaker.snapshot().totals;
        let found = [it.success, it.failure, it.cancelled, it.rejected, it.timed_out];
        assert_eq!(found, counts, "{wait} {answer}");
    }
}

#[tokio::test]
async fn retry_after_lengthens_the_open_period_where_the_breaker_honours_it() {
    let server = Server::start().await;
    for (status, honour, seconds) in
        [(503, true, 119..=120), (429, true, 119..=120), (503, false, 59..=60)]
    {
        let builder =
            CircuitBreaker::builder("retry after").failure_threshold(1).honour_retry_after(honour);
        let breaker = builder.build().expect("in range");
        let client = client(CircuitBreakerMiddleware::new(breaker.clone()));
        let _ = client.get(server.url(&format!("/status/{status}"))).send().await;
        let left = breaker.snapshot().retry_after.expect("open").as_secs();
        assert!(seconds.contains(&left), "{status}, honoured: {honour}: {left}");
    }
}

#[tokio::test]
async fn own_classification_replaces_that_of_the_status() {
    let server = Server::start().await;
    let breaker =
        CircuitBreaker::builder("classification").failure_threshold(1).build().expect("in range");
    let middleware = CircuitBreakerMiddleware::new(breaker.clone()).classify_by(|result| match result {
        Ok(response) if response.status() == 404 => Class::ServerError,
        _ => Class::Neutral,
    });
    let client = client(middleware);
    client.get(server.url("/status/500")).send().await.expect("an answer");
    assert_eq!(breaker.state(), State::Closed);
    client.get(server.url("/status/404")).send().await.expect("an answer");
    assert_eq!(breaker.state(), State::Open);
}

#[tokio::test]
async fn rejection_becomes_the_response_that_the_rule_makes() {
    let breaker = CircuitBreaker::builder("responses").build().expect("in range");
    breaker.force_open();
    let middleware = CircuitBreakerMiddleware::new(breaker).respond_to_rejection(|rejection| {
        let body = format!("{:?}", rejection.kind());
        http::Response::builder().status(203).body(body).expect("a response").into()
    });
    let response = client(middleware).get("http://nowhere.invalid/").send().await.expect("a response");
    assert_eq!(response.status(), 203);
    assert_eq!(response.text().await.expect("a body"), "ForcedOpen");
}

#[tokio::test]
async fn rejection_is_in_the_middleware_error_with_its_text() {
    let breaker = CircuitBreaker::builder("texts").build().expect("in range");
    breaker.force_open();
    let client = client(CircuitBreakerMiddleware::new(breaker));
    let error = client.get("http://nowhere.invalid/").send().await.expect_err("forced open");
    let Error::Middleware(error) = &error else { panic!("{error:?}") };
    assert_eq!(
        error.downcast_ref::<BreakerError>().map(BreakerError::kind),
        Some(ErrorKind::ForcedOpen)
    );
    let text = format!("{error:#}");
    assert!(
        text.starts_with("the circuit breaker did not send the request: circuit breaker `texts`"),
        "{text}"
    );
}

#[tokio::test]
async fn request_that_is_dropped_is_cancelled() {
    let server = Server::start().await;
    let breaker = CircuitBreaker::builder("dropped request").build().expect("in range");
    let client = client(CircuitBreakerMiddleware::new(breaker.clone()));
    let mut request = Box::pin(client.get(server.url("/silent")).send());
    while server.requests() == 0 {
        assert!(futures::poll!(&mut request).is_pending());
        tokio::task::yield_now().await;
    }
    assert_eq!(breaker.snapshot().totals.cancelled, 0);
    drop(request);
    assert_eq!(breaker.snapshot().totals.cancelled, 1);
}
