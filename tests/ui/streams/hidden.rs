//! 3 errors: streams that cannot hold a permit.

#![deny(deprecated)]

use breaker_runtime::{BreakerError, circuit_breaker};
use futures::stream::{self, BoxStream, Iter};

type Item = Result<u32, BreakerError>;
type Numbers = BoxStream<'static, Item>;

#[circuit_breaker]
async fn own_type() -> Result<Iter<std::vec::IntoIter<Item>>, BreakerError> {
    Ok(stream::iter(Vec::new()))
}

#[circuit_breaker]
fn items_without_errors() -> Result<stream::Empty<u32>, BreakerError> {
    Ok(stream::empty())
}

#[circuit_breaker(failure_if = |_| false, fallback = Box::pin(stream::empty()))]
fn alias() -> Numbers {
    Box::pin(stream::empty())
}

#[circuit_breaker]
#[allow(deprecated)]
async fn connection_alone() -> Result<stream::Empty<Item>, BreakerError> {
    Ok(stream::empty())
}

fn main() {}
