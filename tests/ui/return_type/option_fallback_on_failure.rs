//! 1 mistake: an `Option` cannot carry the rejection that this fallback leaves to the caller.

use breaker_runtime::circuit_breaker;

#[circuit_breaker(fallback = |_| None, fallback_on = "failure")]
fn stock(item: u32) -> Option<u32> {
    item.checked_sub(1)
}

fn main() {
    let _ = stock(1);
}
