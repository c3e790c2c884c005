//! 2 mistakes: closures that the function returns, without the type of what they take.

use breaker_runtime::{BreakerError, circuit_breaker};

#[circuit_breaker]
fn in_a_result() -> Result<impl Fn(&str) -> usize, BreakerError> {
    Ok(|text| text.len())
}

#[circuit_breaker(failure_if = |_| false, fallback = panic!("open"), fallback_on = "rejection")]
fn without_a_result() -> impl Fn(&str) -> usize {
    |text| text.len()
}

fn main() {
    let _ = (in_a_result().map(|length| length("")), without_a_result()(""));
}
