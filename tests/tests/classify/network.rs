//! reqwest, against servers that answer badly or not at all.

use std::error::Error;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::thread;
use std::time::Duration;

use breaker_runtime::classify::{self, Class, Classify, RetryAfter};
use breaker_runtime::{
    BreakerError, CallError, CircuitBreaker, ErrorKind, State, breaker_of, circuit_breaker, testing,
};
use reqwest::{Client, Response, StatusCode};

/// The answer of a server to a connection, after it has read the request.
enum Answer {
    /// Sends this and closes.
    Raw(String),
    /// Sends this and waits for the client to close.
    Stall(&'static str),
}

fn status(code: u16) -> Answer {
    page(&format!("{code} Planned"), "content-length: 2\r\nretry-after: 77", "{}")
}

/// Builds a response that closes its connection, so that no client reuses it.
fn page(status: &str, headers: &str, body: &str) -> Answer {
    raw(&format!("HTTP/1.1 {status}\r\nconnection: close\r\n{headers}\r\n\r\n{body}"))
}

fn raw(answer: &str) -> Answer {
    Answer::Raw(answer.into())
}

/// Starts a server that runs until the process ends, and returns its address.
fn serve(answer: Answer) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound");
    thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.expect("a connection");
            let mut request = Vec::new();
            let mut chunk = [0; 1024];
            while !request.windows(4).any(|end| end == b"\r\n\r\n") {
                match connection.read(&mut chunk) {
                    Ok(read) if read > 0 => request.extend_from_slice(&chunk[..read]),
                    _ => break,
                }
            }
            let (text, stall) = match &answer {
                Answer::Raw(text) => (text.as_str(), false),
                Answer::Stall(text) => (*text, true),
            };
            // The client may have disconnected.
            let _ = connection.write_all(text.as_bytes());
            if stall {
                let _ = connection.read(&mut chunk);
            }
        }
    });
    url(address)
}

fn url(address: SocketAddr) -> String {
    format!("http://{address}/")
}

/// Returns the URL of an address that refuses connections.
fn refusing() -> String {
    url(breaker_tests::refusing())
}

/// Runs a future in real time, because these tests wait for sockets.
fn run<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(future)
}

fn client() -> Client {
    Client::builder().no_proxy().timeout(Duration::from_mins(1)).build().expect("a client")
}

fn impatient() -> Client {
    Client::builder().no_proxy().timeout(Duration::from_millis(50)).build().expect("a client")
}

async fn get(client: &Client, url: &str) -> Result<Response, reqwest::Error> {
    client.get(url).send().await
}

async fn json(client: &Client, url: &str) -> Result<Vec<u32>, reqwest::Error> {
    get(client, url).await?.error_for_status()?.json().await
}

#[test]
fn status_counts_as_a_response_and_as_an_error() {
    for (code, class) in [
        (200, Class::Success),
        (304, Class::Success),
        (404, Class::ClientError),
        (408, Class::Neutral),
        (429, Class::RateLimited),
        (500, Class::ServerError),
        (503, Class::ServerError),
    ] {
        let page = run(get(&client(), &serve(status(code))));
        assert_eq!(classify::class(&page), class, "{code}");
        let page = page.expect("an answer");
        assert_eq!((classify::class(&page), page.retry_after()), (class, Some(Duration::from_secs(77))));
        assert_eq!(classify::class(&page.error_for_status()), class, "{code}");
    }
}

#[test]
fn client_error_of_error_for_status_is_a_success_of_call_response() {
    let breaker = CircuitBreaker::builder("pages").build().expect("in range");
    let (client, url) = (client(), serve(status(404)));
    let page = run(breaker.call_response(async { get(&client, &url).await?.error_for_status() }));
    assert!(matches!(page, Err(CallError::Inner(_))), "{page:?}");
    let totals = breaker.snapshot().totals;
    assert_eq!((totals.success, totals.cancelled), (1, 0));
}

/// Makes a request that must fail, and returns the class of its error.
fn class_of_failure(client: &Client, url: &str) -> Class {
    let failed = run(json(client, url));
    assert!(failed.is_err(), "{url} has answered");
    let class = classify::class(&failed);
    let untyped: Box<dyn Error + Send + Sync> = failed.expect_err("checked").into();
    assert_eq!(classify::class(&*untyped), class);
    class
}

#[test]
fn connection_that_is_refused_is_no_answer() {
    assert_eq!(class_of_failure(&client(), &refusing()), Class::NoAnswer);
}

#[test]
fn connection_that_is_lost_is_no_answer() {
    assert_eq!(class_of_failure(&client(), &serve(raw(""))), Class::NoAnswer);
    assert_eq!(class_of_failure(&client(), &serve(raw("HTTP/1.1 200"))), Class::NoAnswer);
    assert_eq!(class_of_failure(&client(), &serve(raw("what was that?\r\n\r\n"))), Class::NoAnswer);
}

#[test]
fn half_a_body_is_no_answer() {
    let half = page("200 OK", "content-length: 100", "[1, 2");
    assert_eq!(class_of_failure(&client(), &serve(half)), Class::NoAnswer);
    let chunked = page("200 OK", "transfer-encoding: chunked", "5\r\n[1, 2");
    assert_eq!(class_of_failure(&client(), &serve(chunked)), Class::NoAnswer);
}

#[test]
fn client_time_out_is_no_answer() {
    assert_eq!(class_of_failure(&impatient(), &serve(Answer::Stall(""))), Class::NoAnswer);
    let stalled = Answer::Stall("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n[1, 2");
    assert_eq!(class_of_failure(&impatient(), &serve(stalled)), Class::NoAnswer);
}

#[test]
fn unreadable_response_is_neutral() {
    let text = page("200 OK", "content-length: 5", "hello");
    assert_eq!(class_of_failure(&client(), &serve(text)), Class::Neutral);
}

#[test]
fn redirect_without_end_is_neutral() {
    let around = page("302 Found", "location: /\r\ncontent-length: 0", "");
    assert_eq!(class_of_failure(&client(), &serve(around)), Class::Neutral);
}

#[test]
fn request_that_cannot_be_made_is_neutral() {
    assert_eq!(class_of_failure(&client(), "no url"), Class::Neutral);
    assert_eq!(class_of_failure(&client(), "gopher://shop/"), Class::Neutral);
}

#[circuit_breaker(
    failure_threshold = 2,
    failure_if = classify::server_error,
    fallback = |cause| match cause {
        CallError::Inner(output) => output,
        CallError::Breaker(_) => Ok(http::Response::new("").into()),
    }
)]
async fn plain(client: &Client, url: &str) -> Result<Response, reqwest::Error> {
    client.get(url).send().await
}

#[test]
fn function_with_the_error_of_reqwest_is_classified() {
    let _fresh = testing::isolate();
    run(async {
        let (client, absent, down) = (client(), serve(status(404)), serve(status(503)));
        assert_eq!(plain(&client, &down).await.expect("an answer").status(), 503);
        assert_eq!(plain(&client, &absent).await.expect("an answer").status(), 404);
        plain(&client, &refusing()).await.expect_err("nothing listens");
        assert_eq!(breaker_of(plain).state(), State::Closed);
        assert_eq!(plain(&client, &down).await.expect("an answer").status(), 503);
        assert_eq!(breaker_of(plain).state(), State::Open);
        assert_eq!(plain(&client, &down).await.expect("the fallback's").status(), 200);
    });
}

#[derive(Debug)]
enum ShopError {
    Http(reqwest::Error),
    NotTried(BreakerError),
}

impl Classify for ShopError {
    fn class(&self) -> Class {
        if let Self::Http(error) = self { error.class() } else { Class::Neutral }
    }
}

impl From<reqwest::Error> for ShopError {
    fn from(error: reqwest::Error) -> Self {
        Self::Http(error)
    }
}

impl From<BreakerError> for ShopError {
    fn from(rejection: BreakerError) -> Self {
        Self::NotTried(rejection)
    }
}

#[circuit_breaker(
    failure_threshold = 2,
    failure_if = classify::server_error,
    ignore_if = classify::client_error
)]
async fn items(client: &Client, url: &str) -> Result<Vec<u32>, ShopError> {
    Ok(json(client, url).await?)
}

#[test]
fn function_with_its_own_error_type_is_classified() {
    let _fresh = testing::isolate();
    run(async {
        let client = client();
        let (absent, down) = (serve(status(404)), serve(status(503)));
        for url in [&down, &absent, &refusing()] {
            items(&client, url).await.expect_err("no items");
        }
        let totals = breaker_of(items).snapshot().totals;
        assert_eq!((totals.failure, totals.ignored, totals.success), (2, 1, 0));
        let rejected = items(&client, &absent).await.expect_err("open");
        let ShopError::NotTried(rejection) = rejected else { panic!("{rejected:?}") };
        assert_eq!(rejection.kind(), ErrorKind::Open);
    });
}

/// Leaves the response in `Ok`; the error type has a class of its own as well.
#[circuit_breaker(failure_threshold = 1, failure_if = classify::server_error)]
async fn fetch(client: &Client, url: &str) -> Result<Response, ShopError> {
    Ok(get(client, url).await?)
}

#[test]
fn response_is_classified_beside_a_foreign_error_type() {
    let _fresh = testing::isolate();
    run(async {
        let page = fetch(&client(), &serve(status(500))).await.expect("an answer");
        assert_eq!(page.status(), StatusCode::INTERNAL_SERVER_ERROR);
    });
    assert_eq!(breaker_of(fetch).state(), State::Open);
}

#[circuit_breaker(failure_threshold = 1, failure_if = classify::server_error)]
fn blocking(url: &str) -> Result<reqwest::blocking::Response, ShopError> {
    let client = reqwest::blocking::Client::builder().no_proxy().build()?;
    Ok(client.get(url).send()?)
}

#[test]
fn response_of_the_blocking_client_is_classified() {
    let _fresh = testing::isolate();
    let page = blocking(&serve(status(404))).expect("an answer");
    assert_eq!(
        (classify::class(&page), page.retry_after()),
        (Class::ClientError, Some(Duration::from_secs(77)))
    );
    assert_eq!(breaker_of(blocking).state(), State::Closed);
    blocking(&serve(status(500))).expect("an answer");
    assert_eq!(breaker_of(blocking).state(), State::Open);
}
