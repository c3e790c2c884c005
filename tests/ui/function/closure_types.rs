//! 2 mistakes: closures that the function returns, which take types with lifetimes inside and do not say so.

use breaker_runtime::{BreakerError, circuit_breaker};

#[circuit_breaker]
fn sync() -> Result<impl Fn(Option<&str>) -> usize, BreakerError> {
    Ok(|text| text.map_or(0, str::len))
}

#[circuit_breaker]
async fn asynchronous() -> Result<impl Fn(Option<&str>) -> usize, BreakerError> {
    Ok(|text| text.map_or(0, str::len))
}

fn main() {
    let _ = (sync().map(|length| length(None)), asynchronous());
}
