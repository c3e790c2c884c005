//! Async calls without a runtime: any executor may poll the future.

use breaker_runtime::{BreakerError, CircuitBreaker, State, breaker_of, circuit_breaker};
use futures::executor::block_on;

#[derive(Debug, PartialEq)]
enum FetchError {
    Down,
    Rejected(BreakerError),
}

impl From<BreakerError> for FetchError {
    fn from(error: BreakerError) -> Self {
        Self::Rejected(error)
    }
}

#[circuit_breaker(failure_threshold = 1)]
async fn fetch(works: bool) -> Result<u32, FetchError> {
    std::future::ready(()).await;
    if works { Ok(7) } else { Err(FetchError::Down) }
}

#[test]
fn annotated_function_runs_on_any_executor() {
    assert_eq!(block_on(fetch(true)), Ok(7));
    assert_eq!(block_on(fetch(false)), Err(FetchError::Down));
    assert!(matches!(block_on(fetch(true)), Err(FetchError::Rejected(_))));
    assert_eq!(breaker_of(fetch).state(), State::Open);
}

#[test]
fn call_runs_on_any_executor() {
    let breaker = CircuitBreaker::builder("any executor").build().expect("in range");
    let seven = block_on(breaker.call_async(|| async { Ok::<_, ()>(7) }));
    assert_eq!(seven, Ok(7));
}
