//! 2 errors: an alias of a stream without a `Result` around it.

use breaker_runtime::{BreakerError, circuit_breaker};
use futures::stream::{self, BoxStream};

type Numbers = BoxStream<'static, Result<u32, BreakerError>>;

#[circuit_breaker]
fn alias() -> Numbers {
    Box::pin(stream::empty())
}

#[circuit_breaker]
async fn async_alias() -> Numbers {
    Box::pin(stream::empty())
}

fn main() {}
