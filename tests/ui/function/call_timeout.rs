//! 3 errors: a sync function cannot be ended at a deadline.

use breaker_runtime::{BreakerError, circuit_breaker};

#[circuit_breaker(call_timeout = "2s", timeout = "30s")]
fn stock(item: u32) -> Result<u32, BreakerError> {
    Ok(item)
}

struct Client;

impl Client {
    #[circuit_breaker(retry, call_timeout = "2s")]
    fn price(&self, item: u32) -> Result<u32, BreakerError> {
        Ok(item)
    }
}

trait Named {
    #[circuit_breaker(call_timeout = std::time::Duration::from_secs(2))]
    fn name(&self) -> Result<String, BreakerError> {
        Ok(String::new())
    }
}

impl Named for Client {}

fn main() {
    let _ = (stock(1), Client.price(1), Client.name());
}
