//! 3 mistakes: constants that limit keys and are out of range.

use std::time::Duration;

use breaker_runtime::{BreakerError, circuit_breaker};

const NONE: u32 = 0;
const ALL_AND_MORE: f64 = 1.01;

#[circuit_breaker(key = host, max_keys = NONE)]
fn no_keys(host: &str) -> Result<usize, BreakerError> {
    Ok(host.len())
}

#[circuit_breaker(key = host, key_idle = Duration::ZERO)]
fn at_once(host: &str) -> Result<usize, BreakerError> {
    Ok(host.len())
}

#[circuit_breaker(key = host, max_open_keys = ALL_AND_MORE)]
fn more_than_all(host: &str) -> Result<usize, BreakerError> {
    Ok(host.len())
}

fn main() {
    let _ = no_keys("eu");
    let _ = at_once("eu");
    let _ = more_than_all("eu");
}
