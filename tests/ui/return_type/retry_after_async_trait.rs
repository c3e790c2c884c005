//! 2 errors: outputs of an `#[async_trait]` without a `Retry-After`.

use async_trait::async_trait;
use breaker_runtime::{BreakerError, circuit_breaker};

#[async_trait]
trait Store {
    async fn load(&self) -> Result<Vec<u32>, BreakerError>;
    async fn save(&self) -> Result<Vec<u32>, BreakerError>;
}

struct Memory;

#[async_trait]
impl Store for Memory {
    #[circuit_breaker(honour_retry_after = true)]
    async fn load(&self) -> Result<Vec<u32>, BreakerError> {
        Ok(vec![7])
    }

    #[circuit_breaker(honour_retry_after = true, fallback = Ok(vec![]))]
    async fn save(&self) -> Result<Vec<u32>, BreakerError> {
        Ok(vec![7])
    }
}

fn main() {
    let _ = (Memory.load(), Memory.save());
}
