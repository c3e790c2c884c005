//! `honour_retry_after`: the open period lasts as long as the failure that began it asks for.

#![allow(clippy::needless_lifetimes, reason = "a lifetime with a name is a shape of its own")]

use std::panic::catch_unwind;
use std::pin::Pin;
use std::sync::LazyLock;
use std::time::Duration;

use breaker_runtime::classify::{self, RetryAfter};
use breaker_runtime::{
    BreakerError, CallError, CircuitBreaker, ErrorKind, State, breaker_of, circuit_breaker, testing,
};
use breaker_tests::{TestError, paused};
use http::{Response, header};
use tonic::metadata::{MetadataMap, MetadataValue};

const TIMEOUT: Duration = Duration::from_secs(30);
const WAIT: Duration = Duration::from_secs(77);
const DAY: Duration = Duration::from_hours(24);

fn page(code: u16, retry_after: &str) -> Response<String> {
    let page = Response::builder().status(code).header(header::RETRY_AFTER, retry_after);
    page.body(String::from("a page")).expect("a response")
}

/// Checks that a failed call opens the breaker for exactly `period`.
async fn assert_opens_for<F: AsyncFnMut()>(breaker: &CircuitBreaker, period: Duration, mut fail: F) {
    let _fresh = testing::isolate();
    fail().await;
    let retry_after = breaker.try_acquire().expect_err("open").retry_after();
    assert_eq!((retry_after, breaker.snapshot().retry_after), (Some(period), Some(period)));
    tokio::time::advance(period.saturating_sub(Duration::from_millis(1))).await;
    assert_eq!(breaker.state(), State::Open);
    tokio::time::advance(Duration::from_millis(1)).await;
    assert_eq!(breaker.state(), State::HalfOpen);
    // A failed probe opens it for the same period.
    fail().await;
    assert_eq!(breaker.snapshot().retry_after, Some(period));
}

fn assert_opens<F: FnMut()>(breaker: &CircuitBreaker, period: Duration, mut fail: F) {
    paused(assert_opens_for(breaker, period, async || fail()));
}

#[circuit_breaker(
    failure_threshold = 1,
    timeout = "30s",
    failure_if = classify::server_error,
    honour_retry_after = true
)]
fn response(code: u16, retry_after: &str) -> Result<Response<String>, TestError> {
    Ok(page(code, retry_after))
}

#[test]
fn response_beside_an_error_without_a_class_is_asked() {
    let fail = |code, header: &'static str| move || drop(response(code, header));
    assert_opens(breaker_of(response), WAIT, fail(503, "77"));
    assert_opens(breaker_of(response), WAIT, fail(429, "77"));
    assert_opens(breaker_of(response), TIMEOUT, fail(503, "29"));
    assert_opens(breaker_of(response), TIMEOUT, fail(503, "-1"));
    assert_opens(breaker_of(response), TIMEOUT, fail(503, "Sun, 06 Nov 1994 08:49:37 GMT"));
    assert_opens(breaker_of(response), DAY, fail(503, "Fri, 31 Dec 9999 23:59:59 GMT"));
    assert_opens(breaker_of(response), DAY, fail(503, "99999999999999999999999"));
}

#[test]
fn retry_after_is_read_from_failures_only() {
    let _fresh = testing::isolate();
    for code in [200, 202, 301, 404, 408] {
        response(code, "77").expect("admitted");
    }
    assert_eq!(breaker_of(response).snapshot().totals.success, 5);
}

/// Returns a header that has no effect without the option.
#[circuit_breaker(failure_threshold = 1, timeout = "30s", failure_if = classify::server_error)]
fn deaf() -> Result<Response<String>, TestError> {
    Ok(page(503, "77"))
}

#[circuit_breaker(
    failure_threshold = 1,
    timeout = "30s",
    failure_if = classify::server_error,
    honour_retry_after = false
)]
fn deaf_on_purpose() -> Result<Response<String>, TestError> {
    Ok(page(503, "77"))
}

#[test]
fn retry_after_is_ignored_without_the_option() {
    assert_opens(breaker_of(deaf), TIMEOUT, || drop(deaf()));
    assert_opens(breaker_of(deaf_on_purpose), TIMEOUT, || drop(deaf_on_purpose()));
}

#[circuit_breaker(
    failure_threshold = 1,
    timeout = "30s",
    max_timeout = "60s",
    failure_if = classify::server_error,
    honour_retry_after = true
)]
fn believed_for_a_minute() -> Result<Response<String>, TestError> {
    Ok(page(503, "77"))
}

#[test]
fn wait_is_capped_by_max_timeout() {
    let breaker = breaker_of(believed_for_a_minute);
    assert_opens(breaker, Duration::from_mins(1), || drop(believed_for_a_minute()));
}

/// Returns the response, which has a header; the error of reqwest has none.
#[circuit_breaker(
    failure_threshold = 1,
    timeout = "30s",
    failure_if = classify::server_error,
    honour_retry_after = true,
    fallback = |cause| match cause {
        CallError::Inner(failed) => failed,
        CallError::Breaker(_) => Ok(Response::new("").into()),
    }
)]
async fn reqwests() -> Result<reqwest::Response, reqwest::Error> {
    Ok(page(503, "77").into())
}

#[test]
fn response_of_reqwest_with_a_fallback_is_asked() {
    paused(assert_opens_for(breaker_of(reqwests), WAIT, async || drop(reqwests().await)));
}

#[circuit_breaker(failure_threshold = 1, timeout = "30s", honour_retry_after = true)]
#[allow(clippy::result_large_err)]
async fn grpc() -> Result<u32, tonic::Status> {
    let mut metadata = MetadataMap::new();
    metadata.insert("grpc-retry-pushback-ms", MetadataValue::from_static("77000"));
    Err(tonic::Status::with_metadata(tonic::Code::Unavailable, "busy", metadata))
}

#[test]
fn status_of_grpc_is_asked() {
    paused(assert_opens_for(breaker_of(grpc), WAIT, async || drop(grpc().await)));
}

#[derive(Debug)]
enum ShopError {
    Busy(Duration),
    NotTried,
}

impl RetryAfter for ShopError {
    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Busy(wait) => Some(*wait),
            Self::NotTried => None,
        }
    }
}

impl From<BreakerError> for ShopError {
    fn from(_: BreakerError) -> Self {
        Self::NotTried
    }
}

#[circuit_breaker(failure_threshold = 1, timeout = "30s", honour_retry_after = true)]
fn borrowing<'a, T>(_item: &'a T) -> Result<Option<&'a T>, ShopError> {
    Err(ShopError::Busy(WAIT))
}

#[test]
fn error_beside_an_answer_of_any_type_is_asked() {
    assert_opens(breaker_of(borrowing::<u32>), WAIT, || drop(borrowing(&7)));
}

#[circuit_breaker(failure_threshold = 1, timeout = "30s", honour_retry_after = true)]
fn opaque(busy: bool) -> Result<impl Iterator<Item = u32>, ShopError> {
    if busy { Err(ShopError::Busy(WAIT)) } else { Ok(0..7) }
}

#[test]
fn error_beside_an_unnamed_answer_is_asked() {
    assert_opens(breaker_of(opaque), WAIT, || drop(opaque(true)));
}

#[circuit_breaker(
    failure_threshold = 1,
    timeout = "30s",
    failure_if = |page| !page.as_ref().is_ok_and(|page| page.status().is_success()),
    honour_retry_after = true
)]
async fn both(answered: bool) -> Result<Response<String>, ShopError> {
    if answered { Ok(page(503, "77")) } else { Err(ShopError::Busy(WAIT)) }
}

#[test]
fn answer_and_error_are_both_asked() {
    paused(assert_opens_for(breaker_of(both), WAIT, async || drop(both(true).await)));
    paused(assert_opens_for(breaker_of(both), WAIT, async || drop(both(false).await)));
}

#[circuit_breaker(
    failure_threshold = 1,
    timeout = "30s",
    failure_if = classify::server_error,
    honour_retry_after = true,
    fallback_on = "rejection",
    fallback = Response::new(String::new())
)]
fn no_result() -> Response<String> {
    page(500, "77")
}

#[test]
fn output_that_is_no_result_is_asked() {
    assert_opens(breaker_of(no_result), WAIT, || drop(no_result()));
}

#[circuit_breaker(
    failure_threshold = 1,
    timeout = "30s",
    ignore_if = |output| matches!(output, Err(ShopError::Busy(wait)) if wait.is_zero()),
    honour_retry_after = true,
    fallback_on = "failure",
    fallback = |cause| match cause {
        CallError::Inner(error) => Err(error),
        CallError::Breaker(rejection) => Err(rejection.into()),
    }
)]
fn future(wait: Duration) -> impl Future<Output = Result<(), ShopError>> {
    async move { Err(ShopError::Busy(wait)) }
}

#[test]
fn future_with_a_fallback_for_failures_is_asked() {
    paused(assert_opens_for(breaker_of(future), WAIT, async || drop(future(WAIT).await)));
    let _fresh = testing::isolate();
    paused(future(Duration::ZERO)).expect_err("always");
    assert_eq!(breaker_of(future).state(), State::Closed);
}

/// A type alias behind which the attribute cannot see the output.
type BoxFuture = Pin<Box<dyn Future<Output = Result<(), ShopError>> + Send>>;

#[circuit_breaker(failure_threshold = 1, timeout = "30s", honour_retry_after = true)]
fn alias() -> BoxFuture {
    Box::pin(async { Err(ShopError::Busy(WAIT)) })
}

#[test]
fn output_under_an_alias_of_the_future_is_asked() {
    paused(assert_opens_for(breaker_of(alias), WAIT, async || drop(alias().await)));
}

static SHOP: LazyLock<CircuitBreaker> = LazyLock::new(|| {
    let shop = CircuitBreaker::builder("shop that asks for time").failure_threshold(1).timeout(TIMEOUT);
    shop.honour_retry_after(true).build().expect("in range")
});

#[circuit_breaker(breaker = SHOP, honour_retry_after = true)]
fn shared() -> Result<(), ShopError> {
    Err(ShopError::Busy(WAIT))
}

#[circuit_breaker(breaker = SHOP)]
fn shared_and_deaf() -> Result<(), ShopError> {
    Err(ShopError::Busy(WAIT))
}

/// The option also belongs to a function that shares a breaker: its failures are asked for the period.
#[test]
fn function_that_shares_a_breaker_is_asked() {
    assert_opens(&SHOP, WAIT, || drop(shared()));
    assert_opens(&SHOP, TIMEOUT, || drop(shared_and_deaf()));
}

struct Rude;

impl RetryAfter for Rude {
    fn retry_after(&self) -> Option<Duration> {
        panic!("no answer to that")
    }
}

impl From<BreakerError> for Rude {
    fn from(_: BreakerError) -> Self {
        Self
    }
}

#[circuit_breaker(failure_threshold = 1, timeout = "30s", honour_retry_after = true)]
fn rude() -> Result<(), Rude> {
    Err(Rude)
}

/// Resilience4j 2324: a panic while the period is read still settles the permit.
#[test]
fn panic_instead_of_an_answer_is_a_failure() {
    assert_opens(breaker_of(rude), TIMEOUT, || {
        catch_unwind(rude).err().expect("it goes on");
    });
}

#[test]
fn rejection_carries_the_rest_of_the_open_period() {
    let _fresh = testing::isolate();
    paused(async {
        grpc().await.expect_err("busy");
        let rejected = breaker_of(grpc).try_acquire().expect_err("open");
        assert_eq!((rejected.kind(), rejected.retry_after()), (ErrorKind::Open, Some(WAIT)));
        assert!(rejected.to_string().contains("try again in 77 s"), "{rejected}");
    });
}
