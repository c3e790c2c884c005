//! Statuses of gRPC.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use breaker_runtime::classify::{self, Class, RetryAfter};
use breaker_runtime::{BreakerError, CallError, breaker_of, circuit_breaker, testing};
use breaker_tests::{Ended, paused, prove_async};
use tonic::metadata::{AsciiMetadataKey, MetadataMap};
use tonic::{Code, ConnectError, Response, Status, TimeoutExpired};

#[test]
fn every_code_has_a_class() {
    for code in 0..=16 {
        let code = Code::from_i32(code);
        let class = match code {
            Code::Ok => Class::Success,
            Code::Cancelled => Class::Neutral,
            Code::DeadlineExceeded => Class::NoAnswer,
            Code::ResourceExhausted => Class::RateLimited,
            Code::Unknown
            | Code::Internal
            | Code::Unavailable
            | Code::DataLoss
            | Code::Unimplemented => Class::ServerError,
            _ => Class::ClientError,
        };
        assert_eq!(classify::class(&Status::new(code, "")), class, "{code:?}");
        assert_eq!(classify::class(&Err::<Response<()>, _>(Status::new(code, ""))), class, "{code:?}");
        assert_eq!(classify::class(&Err::<(), _>(Box::new(Status::new(code, "")))), class, "{code:?}");
    }
    assert_eq!(classify::class(&Ok::<_, Status>(Response::new(7))), Class::Success);
}

/// The transport made this status from an error; no server sent it.
#[test]
fn status_of_the_transport_is_no_answer() {
    let lost = Status::from_error(Box::new(ConnectError("refused".into())));
    assert_eq!((lost.code(), classify::class(&lost)), (Code::Unavailable, Class::NoAnswer));
    let late = Status::from_error(Box::new(TimeoutExpired(())));
    assert_eq!((late.code(), classify::class(&late)), (Code::Cancelled, Class::NoAnswer));
    let broken = Status::from_error("broken pipe".into());
    assert_eq!((broken.code(), classify::class(&broken)), (Code::Unknown, Class::NoAnswer));
    let mut refused = Status::not_found("no such item");
    refused.set_source(Arc::new(std::io::Error::other("below it")));
    assert_eq!(classify::class(&refused), Class::ClientError);
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", failure_if = classify::server_error)]
#[allow(clippy::result_large_err)]
async fn reserve(code: Code) -> Result<Response<u32>, Status> {
    Err(Status::new(code, ""))
}

#[test]
fn function_that_returns_a_status_is_classified() {
    paused(prove_async(breaker_of(reserve), async |works| {
        let code = if works { Code::NotFound } else { Code::Unavailable };
        match reserve(code).await.expect_err("always") {
            status if std::error::Error::source(&status).is_some() => Ended::Rejected,
            status if status.code() == Code::NotFound => Ended::Worked,
            _ => Ended::Failed,
        }
    }));
}

#[circuit_breaker(failure_threshold = 1, classify)]
#[allow(clippy::result_large_err)]
async fn order() -> Result<u32, Status> {
    let reserved = reserve(Code::Unavailable).await?;
    Ok(reserved.into_inner())
}

/// Envoy 25487, opossum: a rejection is local and no failure of a dependency.
#[test]
fn rejection_by_an_inner_breaker_is_no_failure() {
    paused(async {
        let _fresh = testing::isolate();
        breaker_of(reserve).force_open();
        for _ in 0..3 {
            assert_eq!(order().await.expect_err("rejected").code(), Code::Unavailable);
        }
        let totals = breaker_of(order).snapshot().totals;
        assert_eq!((totals.ignored, totals.failure, totals.rejected), (3, 0, 0));
    });
}

#[test]
fn rejection_is_neutral() {
    let breaker = breaker_runtime::CircuitBreaker::builder("a").build().expect("in range");
    breaker.trip();
    let rejection: BreakerError = breaker.try_acquire().expect_err("open");
    assert_eq!(classify::class(&Status::from(rejection)), Class::Neutral);
}

#[test]
fn metadata_carry_the_pushback() {
    let retry_after = |entries: &[(&'static str, &str)]| {
        let mut metadata = MetadataMap::new();
        for (key, value) in entries {
            metadata.insert(AsciiMetadataKey::from_static(key), value.parse().expect("a value"));
        }
        Status::with_metadata(Code::Unavailable, "", metadata).retry_after()
    };
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    assert_eq!(retry_after(&[]), None);
    assert_eq!(retry_after(&[("retry-after", "30")]), seconds(30));
    assert_eq!(retry_after(&[("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT")]), None);
    assert_eq!(retry_after(&[("grpc-retry-pushback-ms", "1500")]), Some(Duration::from_millis(1500)));
    assert_eq!(retry_after(&[("grpc-retry-pushback-ms", "-1")]), None);
    assert_eq!(retry_after(&[("grpc-retry-pushback-ms", "soon")]), None);
    assert_eq!(retry_after(&[("retry-after", "30"), ("grpc-retry-pushback-ms", "40000")]), seconds(40));
    assert_eq!(retry_after(&[("retry-after", "30"), ("grpc-retry-pushback-ms", "-1")]), seconds(30));
    assert_eq!(retry_after(&[("retry-after", &"9".repeat(30))]), seconds(u64::MAX));
}

#[tokio::test(start_paused = true)]
async fn pushback_that_is_negative_or_unreadable_means_no_retry() {
    #[circuit_breaker(failure_threshold = 100, retry(attempts = 3, backoff = "1ms"))]
    #[allow(clippy::result_large_err)]
    async fn bare(pushback: &[u8], runs: &Cell<u32>) -> Result<Response<u32>, Status> {
        runs.set(runs.get() + 1);
        let mut headers = http::HeaderMap::new();
        headers
            .insert("grpc-retry-pushback-ms", http::HeaderValue::from_bytes(pushback).expect("bytes"));
        Err(Status::with_metadata(Code::Unavailable, "", MetadataMap::from_headers(headers)))
    }
    #[circuit_breaker(
        failure_threshold = 100,
        timeout = "30s",
        honour_retry_after = true,
        retry(attempts = 3, backoff = "1ms", if = |_| true)
    )]
    async fn boxed(pushback: &[u8], runs: &Cell<u32>) -> Result<Response<u32>, CallError<Box<Status>>> {
        bare(pushback, runs).await.map_err(|status| CallError::Inner(Box::new(status)))
    }
    let _fresh = testing::isolate();
    let runs = Cell::new(0);
    for no_retry in ["-1", "-2147483648", "soon", "", "1.5", "1 2", "2147483648", "99999999999999999999"]
    {
        bare(no_retry.as_bytes(), &runs).await.expect_err("always");
        assert_eq!(runs.take(), 1, "{no_retry:?}");
    }
    bare(b"7\xff", &runs).await.expect_err("always");
    assert_eq!(runs.take(), 1);
    for retry in ["0", "20", "5000"] {
        bare(retry.as_bytes(), &runs).await.expect_err("always");
        assert_eq!(runs.take(), 3, "{retry:?}");
    }
    boxed(b"-1", &runs).await.expect_err("always");
    assert_eq!(runs.take(), 1);
}
