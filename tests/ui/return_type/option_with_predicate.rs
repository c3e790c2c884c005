//! 1 mistake: a predicate alone leaves a rejected call with nothing to return.

use breaker_runtime::circuit_breaker;

#[circuit_breaker(failure_if = |stock| stock.is_none())]
fn stock(item: u32) -> Option<u32> {
    item.checked_sub(1)
}

fn main() {
    let _ = stock(1);
}
