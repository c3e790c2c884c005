//! 5 errors: `classify` with a value, twice, and beside the options that it replaces.

use breaker_runtime::{BreakerError, circuit_breaker};

#[circuit_breaker(classify = true)]
fn f1() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(classify(ServerError), timeout = "1s")]
fn f2() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(classify, timeout = "1s", classify)]
fn f3() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(failure_if = Result::is_err, classify, ignore_if = |_| false)]
fn f4() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(timeout = "1s", classify)]
fn works() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {
    let _ = (f1(), f2(), f3(), f4(), works());
}
