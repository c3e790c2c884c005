//! 9 errors: what cannot fit within `total_timeout`, and where there is no such deadline.

use std::time::Duration;

use breaker_runtime::{BreakerError, circuit_breaker};

#[circuit_breaker(total_timeout = "700ms")]
fn sync() -> Result<u32, BreakerError> {
    Ok(7)
}

#[circuit_breaker(total_timeout = "700ms", call_timeout = "700ms")]
async fn attempt() -> Result<u32, BreakerError> {
    Ok(7)
}

#[circuit_breaker(total_timeout = "700ms", max_concurrent = 8, max_wait = "1s")]
async fn wait() -> Result<u32, BreakerError> {
    Ok(7)
}

#[circuit_breaker(total_timeout = "700ms", retry(backoff = "1s", jitter = false))]
async fn pause() -> Result<u32, BreakerError> {
    Ok(7)
}

const TOTAL: Duration = Duration::from_millis(700);

#[circuit_breaker(total_timeout = TOTAL, call_timeout = "700ms")]
async fn constant() -> Result<u32, BreakerError> {
    Ok(7)
}

#[circuit_breaker(total_timeout = "100ms", retry(jitter = false))]
async fn default_pause() -> Result<u32, BreakerError> {
    Ok(7)
}

const PAUSE: Duration = Duration::from_secs(1);

#[circuit_breaker(total_timeout = "700ms", retry(backoff = PAUSE, jitter = false))]
async fn constant_pause() -> Result<u32, BreakerError> {
    Ok(7)
}

#[circuit_breaker(total_timeout = TOTAL, retry(backoff = "1s", jitter = false))]
async fn constant_total() -> Result<u32, BreakerError> {
    Ok(7)
}

#[circuit_breaker(total_timeout = TOTAL, retry(backoff = PAUSE))]
async fn jitter_fits() -> Result<u32, BreakerError> {
    Ok(7)
}

#[circuit_breaker(total_timeout = "0s")]
async fn zero() -> Result<u32, BreakerError> {
    Ok(7)
}

fn main() {}
