//! 25 errors: shares and factors that are out of range, or no numbers.

use breaker_runtime::{BreakerError, circuit_breaker};

#[circuit_breaker(failure_rate = 0.0)]
fn f1() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = -0.5)]
fn f2() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = 1.5)]
fn f3() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = 50)]
fn f4() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = 50%)]
fn f5() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = "150%", window = 50)]
fn f6() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = 0.5_f32)]
fn f7() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = 1e999)]
fn f8() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = true)]
fn f9() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(slow_call = "2s", slow_call_rate = 0)]
fn f10() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout_factor = 0.5)]
fn f11() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout_factor = 1_001, max_timeout = "10m")]
fn f12() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout_factor = -2)]
fn f13() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout_jitter = 1.1)]
fn f14() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout_jitter = "ten%")]
fn f15() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout_jitter = -0.1)]
fn f16() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(throttle(k = 0.5))]
fn f17() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(throttle(k = "2"))]
fn f18() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(factor = 0.5))]
fn f19() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(factor = 1001))]
fn f20() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(budget = 1.5))]
fn f21() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(budget = 20%))]
fn f22() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(budget = "200%"))]
fn f23() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(retry(budget = -0.1, attempts = 1))]
fn f24() -> Result<(), BreakerError> {
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
}
