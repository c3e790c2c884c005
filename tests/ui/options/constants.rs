//! 37 errors: constants that are out of range, alone or with others.

use std::time::Duration;

use breaker_runtime::{BreakerError, circuit_breaker};

const NONE: u32 = 0;
const AT_ONCE: Duration = Duration::ZERO;
const EMPTY: &str = "";
const NO_SHARE: f64 = 0.0;
const HALF: f64 = 0.5;
const NOT_A_NUMBER: f64 = f64::NAN;
const NO_CALLS: u32 = 0;
const TEN: u32 = 10;
const AN_INSTANT: Duration = Duration::from_micros(999);
const A_MINUTE: Duration = Duration::from_secs(60);
const ONE: u32 = 1;
const HUNDRED: u32 = 100;
const TEN_SECONDS: Duration = Duration::from_secs(10);
const TOO_MANY: u32 = 10_000_001;
const ALL_AND_MORE: f64 = 1.01;

#[circuit_breaker(failure_threshold = NONE)]
fn f1() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout = AT_ONCE)]
fn f2() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(name = EMPTY)]
fn f3() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(max_probes = 1024 + 1)]
fn f4() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = NO_SHARE)]
fn f5() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(slow_call = "2s", slow_call_rate = NOT_A_NUMBER)]
fn f6() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = HALF, window = NO_CALLS)]
fn f7() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = HALF, window = AN_INSTANT)]
fn f8() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = HALF, window = TEN, min_calls = 11)]
fn f9() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = HALF, min_calls = TEN * 11)]
fn f10() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(slow_call = AT_ONCE)]
fn f11() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout_factor = HALF)]
fn f12() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout_jitter = 1.0 + HALF)]
fn f13() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(ramp = AT_ONCE)]
fn f14() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout_factor = 2.0, max_timeout = AN_INSTANT)]
fn f15() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout = A_MINUTE, timeout_factor = 2.0, max_timeout = "59s")]
fn f16() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout_factor = HALF + HALF, max_timeout = "10m")]
fn f17() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(throttle(k = HALF))]
fn f18() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(throttle(window = AN_INSTANT))]
fn f19() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(max_concurrent = NO_CALLS)]
fn f20() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(max_concurrent = TEN, max_wait = AT_ONCE)]
fn f21() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(max_concurrent = TEN, max_wait = "50ms", max_pending = NO_CALLS)]
async fn f22() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(attempts = ONE))]
fn f23() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(attempts = HUNDRED + 1))]
fn f24() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(backoff = AT_ONCE))]
fn f25() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(backoff = TEN_SECONDS))]
fn f26() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(backoff = TEN_SECONDS, max_backoff = "9s"))]
fn f27() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(max_backoff = AN_INSTANT))]
fn f28() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(factor = HALF))]
fn f29() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(budget = HALF * 3.0))]
fn f30() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(budget = f64::NAN))]
fn f31() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(last_good(max_age = Duration::ZERO))]
fn f32() -> Result<u32, BreakerError> {
    Ok(7)
}

#[circuit_breaker(last_good(capacity = 5 - 5))]
fn f33() -> Result<u32, BreakerError> {
    Ok(7)
}

#[circuit_breaker(last_good(capacity = TOO_MANY))]
fn f34() -> Result<u32, BreakerError> {
    Ok(7)
}

#[circuit_breaker(key = host, max_keys = NONE)]
fn f35(host: &str) -> Result<usize, BreakerError> {
    Ok(host.len())
}

#[circuit_breaker(key = host, key_idle = Duration::ZERO)]
fn f36(host: &str) -> Result<usize, BreakerError> {
    Ok(host.len())
}

#[circuit_breaker(key = host, max_open_keys = ALL_AND_MORE)]
fn f37(host: &str) -> Result<usize, BreakerError> {
    Ok(host.len())
}

fn main() {
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
    let _ = f11();
    let _ = f12();
    let _ = f13();
    let _ = f14();
    let _ = f15();
    let _ = f16();
    let _ = f17();
    let _ = f18();
    let _ = f19();
    let _ = f20();
    let _ = f21();
    let _ = f22();
    let _ = f23();
    let _ = f24();
    let _ = f25();
    let _ = f26();
    let _ = f27();
    let _ = f28();
    let _ = f29();
    let _ = f30();
    let _ = f31();
    let _ = f35("eu");
    let _ = f36("eu");
    let _ = f37("eu");
}
