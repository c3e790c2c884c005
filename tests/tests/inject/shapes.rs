//! The shapes of functions with an injected fault.

use std::pin::Pin;
use std::time::Duration;

use breaker_runtime::{BreakerError, ErrorKind, breaker_of, circuit_breaker};
use futures::stream::{self, Stream, StreamExt};
use tokio::time::Instant;

use crate::game_day;

#[circuit_breaker(name = "shape::returned")]
fn returned() -> impl Future<Output = Result<u32, BreakerError>> {
    async { Ok(7) }
}

#[circuit_breaker(name = "shape::boxed", retry(attempts = 2, backoff = "1s"))]
fn boxed() -> Pin<Box<dyn Future<Output = Result<u32, BreakerError>> + Send>> {
    Box::pin(async { Ok(7) })
}

struct Client;

impl Client {
    #[circuit_breaker(name = "shape::method", call_timeout = "10s")]
    async fn method(&self) -> Result<u32, BreakerError> {
        Ok(7)
    }
}

#[circuit_breaker(name = "shape::stream")]
fn items() -> impl Stream<Item = Result<u32, BreakerError>> {
    stream::iter([Ok(1), Ok(2)])
}

#[tokio::test(start_paused = true)]
async fn functions_of_each_shape_fail() {
    let _fresh = game_day("shape::*", &[("fail", 1.0)]);
    let kind = |result: Result<u32, BreakerError>| result.expect_err("injected").kind();
    assert_eq!(kind(returned().await), ErrorKind::Injected);
    assert_eq!(kind(boxed().await), ErrorKind::Injected);
    assert_eq!(kind(Client.method().await), ErrorKind::Injected);
    let read: Vec<_> = items().map(|item| item.map_err(|error| error.kind())).collect().await;
    assert_eq!(read, [Err(ErrorKind::Injected)]);
    for (breaker, failures) in [
        (breaker_of(returned), 1),
        (breaker_of(boxed), 2),
        (breaker_of(Client::method), 1),
        (breaker_of(items), 1),
    ] {
        assert_eq!(breaker.snapshot().totals.failure, failures, "{}", breaker.name());
    }
}

#[tokio::test(start_paused = true)]
async fn functions_of_each_shape_wait() {
    let _fresh = game_day("shape::*", &[("latency", 2.0)]);
    let began = Instant::now();
    let after = |seconds| assert_eq!(began.elapsed().as_secs(), seconds);
    assert_eq!(returned().await, Ok(7));
    after(2);
    assert_eq!(boxed().await, Ok(7));
    after(4);
    assert_eq!(Client.method().await, Ok(7));
    after(6);
    // The start of a stream alone waits.
    assert_eq!(items().collect::<Vec<_>>().await, [Ok(1), Ok(2)]);
    after(8);
}

/// A future that is made on one task may be polled on another, and much later.
#[tokio::test(start_paused = true)]
async fn wait_begins_at_the_first_poll() {
    let _fresh = game_day("shape::returned", &[("latency", 2.0)]);
    let (first, second) = (returned(), returned());
    tokio::time::sleep(Duration::from_secs(10)).await;
    let began = Instant::now();
    let (first, second) = tokio::join!(first, second);
    assert_eq!((first, second), (Ok(7), Ok(7)));
    assert_eq!(began.elapsed().as_secs(), 2);
}
