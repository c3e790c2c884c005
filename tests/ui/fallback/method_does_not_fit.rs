//! 4 errors: methods as fallbacks that do not fit.

use breaker_runtime::{BreakerError, circuit_breaker};

struct Shop;

impl Shop {
    fn none(&self) -> Result<u32, BreakerError> {
        Ok(1)
    }

    fn number(&self, item: u32) -> u32 {
        item
    }

    #[circuit_breaker(fallback = self.none)]
    fn wrong_arity(&self, item: u32) -> Result<u32, BreakerError> {
        Ok(item)
    }

    #[circuit_breaker(fallback = self.number)]
    fn wrong_type(&self, item: u32) -> Result<u32, BreakerError> {
        Ok(item)
    }

    #[circuit_breaker(fallback = self.number)]
    async fn wrong_type_async(&self, item: u32) -> Result<u32, BreakerError> {
        Ok(item)
    }

    #[circuit_breaker(fallback = Self::none)]
    async fn wrong_arity_async(&self, item: u32) -> Result<u32, BreakerError> {
        Ok(item)
    }
}

fn main() {}
