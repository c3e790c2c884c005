//! 12 mistakes: how many calls run at once, and who waits.

use breaker_runtime::{BreakerError, CircuitBreaker, circuit_breaker};

#[circuit_breaker(max_concurrent = 0)]
fn f1() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(max_concurrent = 1_000_001)]
fn f2() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(max_concurrent = "64")]
fn f3() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(max_concurrent = 64, max_wait = "0s")]
fn f4() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(max_concurrent = 64, max_wait = 50)]
async fn f5() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(max_wait = "50ms")]
async fn f6() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(max_wait = "50ms", max_pending = 10)]
async fn f7() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(max_concurrent = 64, max_pending = 10)]
async fn f8() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(max_concurrent = 64, max_wait = "50ms", max_pending = 2_000_000)]
async fn f9() -> Result<(), BreakerError> {
    Ok(())
}

static SHARED: std::sync::LazyLock<CircuitBreaker> =
    std::sync::LazyLock::new(|| CircuitBreaker::builder("shared").build().unwrap());

#[circuit_breaker(breaker = SHARED, max_concurrent = 64)]
async fn f10() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(max_pending = 10)]
async fn f11() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {
    let _ = f11();
    let _ = f1();
    let _ = f2();
    let _ = f3();
    let _ = f4();
    let _ = f5();
    let _ = f6();
    let _ = f7();
    let _ = f8();
    let _ = f9();
    let _ = f10();
}
