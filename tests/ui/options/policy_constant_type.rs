//! 6 mistakes: constants of the wrong type.

use breaker_runtime::{BreakerError, circuit_breaker};

const HALF: f32 = 0.5;
const MANY: usize = 5;
const LONG: &str = "10s";
const TWICE: u32 = 2;

#[circuit_breaker(failure_rate = HALF)]
fn f1() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = 0.5, window = MANY)]
fn f2() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_rate = 0.5, window = LONG)]
fn f3() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout_factor = TWICE)]
fn f4() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(throttle(k = TWICE))]
fn f5() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(throttle(window = LONG))]
fn f6() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {
    let _ = f1();
    let _ = f2();
    let _ = f3();
    let _ = f4();
    let _ = f5();
    let _ = f6();
}
