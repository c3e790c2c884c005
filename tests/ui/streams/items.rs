//! 10 errors: items that cannot carry a rejection, and a fallback of another kind.

use breaker_runtime::{BreakerError, circuit_breaker};
use futures::Stream;
use futures::stream::{self, BoxStream};

struct NoFrom;

#[circuit_breaker]
fn f1() -> impl Stream<Item = u32> {
    stream::empty()
}

#[circuit_breaker]
fn f2() -> impl Stream<Item = Result<u32, NoFrom>> {
    stream::empty()
}

#[circuit_breaker]
fn f3() -> BoxStream<'static, Result<u32, NoFrom>> {
    Box::pin(stream::empty())
}

#[circuit_breaker]
async fn f4() -> Result<impl Stream<Item = Result<u32, NoFrom>>, BreakerError> {
    Ok(stream::empty())
}

#[circuit_breaker]
async fn f5() -> Result<BoxStream<'static, u32>, BreakerError> {
    Ok(Box::pin(stream::empty()))
}

#[circuit_breaker(fallback = Ok(7))]
fn f6() -> impl Stream<Item = Result<u32, BreakerError>> {
    stream::empty()
}

#[circuit_breaker(idle = "20s")]
fn f20() -> BoxStream<'static, u32> {
    Box::pin(stream::empty())
}

#[circuit_breaker(fallback = stream::empty())]
fn f21() -> BoxStream<'static, u32> {
    Box::pin(stream::empty())
}

#[circuit_breaker(fallback = stream::empty(), fallback_on = "failure")]
fn f22() -> BoxStream<'static, u32> {
    Box::pin(stream::empty())
}

fn numbers() -> BoxStream<'static, u32> {
    Box::pin(stream::empty())
}

#[circuit_breaker(fallback = numbers)]
async fn f23() -> Result<BoxStream<'static, Result<u32, BreakerError>>, BreakerError> {
    Ok(Box::pin(stream::empty()))
}

fn main() {
    let _ = (f1(), f2(), f3(), f4(), f5(), f6());
    let _ = (f20(), f21(), f22(), f23());
}
