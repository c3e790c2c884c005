//! 1 error: the task continues outside the breaker.

use breaker_runtime::{BreakerError, circuit_breaker};
use tokio::task::JoinHandle;

#[circuit_breaker]
fn stock(item: u32) -> JoinHandle<Result<u32, BreakerError>> {
    tokio::spawn(async move { Ok(item) })
}

fn main() {
    drop(stock(1));
}
