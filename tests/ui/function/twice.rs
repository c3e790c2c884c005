//! 4 errors: the attribute is twice on one function.

use breaker_runtime::{BreakerError, circuit_breaker};
use breaker_runtime::circuit_breaker as protected;

#[circuit_breaker]
#[circuit_breaker(timeout = "30s")]
fn twice() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker]
#[must_use]
#[breaker_runtime::circuit_breaker(failure_threshold = 3)]
async fn twice_by_paths() -> Result<(), BreakerError> {
    Ok(())
}

#[protected]
#[protected(failure_threshold = 3)]
fn twice_under_another_name() -> Result<(), BreakerError> {
    Ok(())
}

struct Shop;

impl Shop {
    #[protected(fallback = Ok(()), fallback_on = "rejection")]
    #[protected]
    fn twice_on_a_method(&self) -> impl Future<Output = Result<(), BreakerError>> {
        async { Ok(()) }
    }
}

fn main() {
    let _ = (twice(), twice_under_another_name());
    drop((twice_by_paths(), Shop.twice_on_a_method()));
}
