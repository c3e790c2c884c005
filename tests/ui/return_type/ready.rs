//! 1 error: a future of a concrete type cannot be replaced by a guarded one.

use std::future::{Ready, ready};

use breaker_runtime::{BreakerError, circuit_breaker};

#[circuit_breaker]
fn stock(item: u32) -> Ready<Result<u32, BreakerError>> {
    ready(Ok(item))
}

fn main() {
    drop(stock(1));
}
