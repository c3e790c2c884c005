//! 6 errors: options of the bulkhead that cannot be combined.

use breaker_runtime::{BreakerError, CircuitBreaker, circuit_breaker};

static SHARED: std::sync::LazyLock<CircuitBreaker> =
    std::sync::LazyLock::new(|| CircuitBreaker::builder("shared").build().unwrap());

#[circuit_breaker(max_wait = "50ms")]
async fn f1() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(max_wait = "50ms", max_pending = 10)]
async fn f2() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(max_concurrent = 64, max_pending = 10)]
async fn f3() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(breaker = SHARED, max_concurrent = 64)]
async fn f4() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(max_pending = 10)]
async fn f5() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {
    let _ = f1();
    let _ = f2();
    let _ = f3();
    let _ = f4();
    let _ = f5();
}
