//! 17 errors: names of options in other libraries.

use breaker_runtime::{BreakerError, circuit_breaker};

#[circuit_breaker(fail_max = 5, reset_timeout = 60)]
fn pybreaker() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(max_requests = 1, interval = "60s", ready_to_trip = |counts| counts.failures > 5)]
fn gobreaker() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(requestVolumeThreshold = 20, sleep_window_in_milliseconds = 5000)]
fn hystrix() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(slidingWindowSize = 100, permitted_number_of_calls_in_half_open_state = 10)]
fn resilience4j() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(BreakDuration = "5s", failure_ratio = 0.5)]
fn polly() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(volumeThreshold = 20)]
fn opossum() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(delay = "60s")]
fn failsafe() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(stop_after_attempt = 3, retry(wait_fixed = 2))]
fn tenacity() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(open_wait = "30s", rolling_count_buckets = 10)]
fn recloser() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {
    let _ = (pybreaker(), gobreaker(), hystrix(), resilience4j(), polly());
    let _ = (opossum(), failsafe(), tenacity(), recloser());
}
