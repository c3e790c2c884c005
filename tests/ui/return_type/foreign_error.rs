//! 1 mistake: the error type is another crate's.

use breaker_runtime::circuit_breaker;

#[circuit_breaker]
fn stock(item: &str) -> Result<u32, std::num::ParseIntError> {
    item.parse()
}

fn main() {
    let _ = stock("1");
}
