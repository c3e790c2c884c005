//! 30 errors: durations that are out of range, or no durations.

use breaker_runtime::{BreakerError, circuit_breaker};

#[circuit_breaker(timeout = "30")]
fn f1() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout = "soon")]
fn f2() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout = "30 parsecs")]
fn f3() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout = "-30s")]
fn f4() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(probe_timeout = "1..5s")]
fn f5() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(probe_timeout = -5)]
fn f6() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout = "0s")]
fn f7() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(probe_timeout = "0ms")]
fn f8() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout = "99999999999999999999999d")]
fn f9() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout = 30)]
fn f10() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(slow_call = "0s")]
fn f11() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(slow_call = 2)]
fn f12() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(slow_call = 0.5, slow_call_rate = 0.5)]
fn f13() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(ramp = "0ms")]
fn f14() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(ramp = "fast")]
fn f15() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(ramp = true)]
fn f16() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout_factor = 2.0, max_timeout = "0s")]
fn f17() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout_factor = 2.0, max_timeout = "59s")]
fn f18() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout_factor = 2.0, max_timeout = "10s", timeout = "30s")]
fn f19() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = 0.5, window = "999us")]
fn f20() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = 0.5, window = "100")]
fn f21() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(max_concurrent = 64, max_wait = "0s")]
fn f22() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(max_concurrent = 64, max_wait = 50)]
async fn f23() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(throttle(k = 2.0, window = "999ms"))]
fn f24() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(throttle(window = 120))]
fn f25() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(throttle(k = 0.5, window = "2 parsecs"))]
fn f26() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(backoff = 100))]
fn f27() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(backoff = "0s"))]
fn f28() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(backoff = "100"))]
fn f29() -> Result<(), BreakerError> {
    Ok(())
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
}
