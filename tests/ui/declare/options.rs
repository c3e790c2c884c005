//! 16 errors: options that a declared breaker cannot have, or that are wrong.

use breaker_runtime::{BreakerError, circuit_breaker, declare};

declare! {
    static ONE: fallback = nothing, failure_if = |_| true, retry(attempts = 3), clone(user);
    static TWO: key = host, max_keys = 10;
    static THREE: breaker = ONE, accessor = three;
    static FOUR: failure_treshold = 3, timeout = "10 parsecs";
    static FIVE: window = 100, name = "";
    static SIX: timeout = "1s", timeout = "2s";
}

declare! {
    pub static SEVEN: timeout = std::time::Duration::ZERO;
}

#[circuit_breaker(breaker = "main db")]
fn load() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(breaker = "7")]
fn store() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(breaker = ONE)]
fn fine() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {
    let _ = (FOUR.state(), FIVE.state(), SIX.state());
}
