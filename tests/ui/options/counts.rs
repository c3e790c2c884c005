//! 27 errors: counts that are out of range, or no whole numbers.

use breaker_runtime::{BreakerError, circuit_breaker};

#[circuit_breaker(failure_threshold = 0)]
fn f1() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_threshold = 4_294_967_296)]
fn f2() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_threshold = -1)]
fn f3() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(success_threshold = 0)]
fn f4() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(max_probes = 0)]
fn f5() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(max_probes = 1025)]
fn f6() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_threshold = "5")]
fn f7() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_threshold = 5.0)]
fn f8() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = 0.5, window = 0)]
fn f9() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = 0.5, window = 1_000_001)]
fn f10() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = 0.5, window = -1)]
fn f11() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = 0.5, window = 10.0)]
fn f12() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = 0.5, window = true, min_calls = 500)]
fn f13() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = 0.5, min_calls = 0)]
fn f14() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = 0.5, min_calls = 101)]
fn f15() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = 0.5, min_calls = 11, window = 10)]
fn f16() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = 0.5, min_calls = "20")]
fn f17() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(max_concurrent = 0)]
fn f18() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(max_concurrent = 1_000_001)]
fn f19() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(max_concurrent = "64")]
fn f20() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(max_concurrent = 64, max_wait = "50ms", max_pending = 2_000_000)]
async fn f21() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(attempts = 1))]
fn f22() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(attempts = 0))]
fn f23() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(attempts = 101))]
fn f24() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(attempts = -1))]
fn f25() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(attempts = "3"))]
fn f26() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(attempts = 3u8))]
fn f27() -> Result<(), BreakerError> {
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
}
