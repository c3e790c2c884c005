//! 19 errors: options that exclude each other, or miss another.

use breaker_runtime::{BreakerError, circuit_breaker};

static DB: std::sync::LazyLock<breaker_runtime::CircuitBreaker> =
    std::sync::LazyLock::new(|| breaker_runtime::CircuitBreaker::builder("db").build().unwrap());

#[circuit_breaker(breaker = DB, failure_threshold = 5, timeout = "1s", name = "db")]
fn f1() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(breaker = DB, success_threshold = 1, max_probes = 1, probe_timeout = "1s")]
fn f2() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(fallback_on = "any")]
fn f3() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(clone(x))]
fn f4() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(
    breaker = DB,
    failure_rate = 0.5,
    window = 50,
    min_calls = 5,
    slow_call = "2s",
    slow_call_rate = 0.5,
    timeout_factor = 2.0,
    max_timeout = "10m",
    timeout_jitter = 0.1,
    ramp = "30s",
    throttle
)]
fn f5() -> Result<(), BreakerError> {
    Ok(())
}

// The fallback is given, and its own error is the only one.
#[circuit_breaker(fallback = |a, b| Ok(()), fallback_on = "any", clone(x))]
fn f6(x: String) -> Result<(), BreakerError> {
    drop(x);
    Ok(())
}

fn main() {
    let _ = f1();
    let _ = f2();
    let _ = f3();
    let _ = f4();
    let _ = f5();
    let _ = f6(String::new());
}
