//! 1 mistake: an `Option` neither tells failures nor carries a rejection.

use breaker_runtime::circuit_breaker;

#[circuit_breaker]
fn stock(item: u32) -> Option<u32> {
    item.checked_sub(1)
}

fn main() {
    let _ = stock(1);
}
