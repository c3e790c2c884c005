//! 1 mistake: a fallback for rejections does not tell which `Option` is a failure.

use breaker_runtime::circuit_breaker;

#[circuit_breaker(fallback = |_| None, fallback_on = "rejection")]
async fn stock(item: u32) -> Option<u32> {
    item.checked_sub(1)
}

fn main() {
    drop(stock(1));
}
