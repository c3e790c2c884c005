//! 2 errors: a future that keeps `&mut self`, which the next attempt needs as well.

use std::pin::Pin;

use breaker_runtime::{BreakerError, circuit_breaker};

struct Counter(u32);

impl Counter {
    #[circuit_breaker(retry)]
    fn boxed(&mut self) -> Pin<Box<dyn Future<Output = Result<u32, BreakerError>> + '_>> {
        Box::pin(async move {
            self.0 += 1;
            Ok(self.0)
        })
    }

    #[circuit_breaker(retry)]
    fn future(&mut self) -> impl Future<Output = Result<u32, BreakerError>> {
        async move {
            self.0 += 1;
            Ok(self.0)
        }
    }

    /// Borrows anew in each attempt.
    #[circuit_breaker(retry)]
    async fn works(&mut self) -> Result<u32, BreakerError> {
        self.0 += 1;
        Ok(self.0)
    }
}

fn main() {
    let mut counter = Counter(0);
    drop(counter.boxed());
    drop(counter.future());
    drop(counter.works());
}
