//! 22 errors: a `key` that does not fit, and the options that need it.

use breaker_runtime::{BreakerError, CircuitBreaker, circuit_breaker};

static SHARED: std::sync::LazyLock<CircuitBreaker> =
    std::sync::LazyLock::new(|| CircuitBreaker::builder("shared").build().unwrap());

#[circuit_breaker(max_keys = 5, key_idle = "10m", max_open_keys = "50%", outlier(stdev = 2.0))]
fn without_a_key(host: &str) -> Result<usize, BreakerError> {
    Ok(host.len())
}

#[circuit_breaker(key = host, breaker = SHARED)]
fn another_breaker(host: &str) -> Result<usize, BreakerError> {
    Ok(host.len())
}

#[circuit_breaker(key = "host")]
fn the_same_for_all(host: &str) -> Result<usize, BreakerError> {
    Ok(host.len())
}

#[circuit_breaker(key = |host| host)]
fn closure(host: &str) -> Result<usize, BreakerError> {
    Ok(host.len())
}

#[circuit_breaker(key)]
fn no_value(host: &str) -> Result<usize, BreakerError> {
    Ok(host.len())
}

#[circuit_breaker(key = shard, fallback = elsewhere)]
fn part((shard, _): (u8, u8)) -> Result<u8, BreakerError> {
    Ok(shard)
}

fn elsewhere(_: (u8, u8)) -> Result<u8, BreakerError> {
    Ok(0)
}

#[circuit_breaker(key = host, max_keys = 0, key_idle = "10", max_open_keys = 50%)]
fn limits(host: &str) -> Result<usize, BreakerError> {
    Ok(host.len())
}

#[circuit_breaker(key = host, max_keys = 10_000_001, key_idle = 10, max_open_keys = "50")]
fn other_limits(host: &str) -> Result<usize, BreakerError> {
    Ok(host.len())
}

#[circuit_breaker(key = host, max_open_keys = 1.5, key_iddle = "1s")]
fn more_than_all(host: &str) -> Result<usize, BreakerError> {
    Ok(host.len())
}

#[circuit_breaker(key = host, outlier(stdev = 0, min_keys = 0, min_calls = 0, window = "999ms", factor = 2))]
fn outliers(host: &str) -> Result<usize, BreakerError> {
    Ok(host.len())
}

fn main() {}
