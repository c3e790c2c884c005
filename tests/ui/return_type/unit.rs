//! 2 mistakes: two functions that return nothing.

use breaker_runtime::circuit_breaker;

#[circuit_breaker]
fn restock() {}

#[circuit_breaker]
async fn restock_later() -> () {}

fn main() {
    restock();
    drop(restock_later());
}
