//! 1 mistake: a `Vec` neither tells failures nor carries a rejection.

use breaker_runtime::circuit_breaker;

#[circuit_breaker]
fn items(count: usize) -> Vec<usize> {
    (0..count).collect()
}

fn main() {
    let _ = items(1);
}
