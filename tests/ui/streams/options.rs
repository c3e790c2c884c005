//! 11 errors: options without a meaning for a stream, or for anything else.

use std::time::Duration;

use breaker_runtime::{BreakerError, circuit_breaker};
use futures::Stream;
use futures::stream::{self, BoxStream};

type Item = Result<u32, BreakerError>;

const NOTHING: Duration = Duration::ZERO;

#[circuit_breaker(call_timeout = "2s")]
fn f1() -> impl Stream<Item = Item> {
    stream::empty()
}

#[circuit_breaker(retry(attempts = 2))]
fn f2() -> BoxStream<'static, Item> {
    Box::pin(stream::empty())
}

#[circuit_breaker(last_good(key = ()))]
fn f3() -> impl Stream<Item = Item> {
    stream::empty()
}

#[circuit_breaker(last_good(key = ()))]
async fn f4() -> Result<BoxStream<'static, Item>, BreakerError> {
    Ok(Box::pin(stream::empty()))
}

#[circuit_breaker(first_item = "5s", idle = "20s")]
async fn f5() -> Result<u32, BreakerError> {
    Ok(1)
}

#[circuit_breaker(fallback = Ok(stream::empty()))]
async fn f6() -> Result<impl Stream<Item = Item>, BreakerError> {
    Ok(stream::empty())
}

#[circuit_breaker]
async fn f7() -> BoxStream<'static, Item> {
    Box::pin(stream::empty())
}

#[circuit_breaker(first_item = "0s")]
fn f8() -> impl Stream<Item = Item> {
    stream::empty()
}

#[circuit_breaker(idle = 20)]
fn f9() -> impl Stream<Item = Item> {
    stream::empty()
}

#[circuit_breaker(idle = NOTHING)]
fn f10() -> impl Stream<Item = Item> {
    stream::empty()
}

fn main() {
    let _ = (f1(), f2(), f3(), f4(), f5(), f6(), f7(), f8(), f9(), f10());
}
