//! A panic in `failure_if` or `ignore_if` is a failure of the call.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use breaker_runtime::{CircuitBreaker, State, breaker_of, circuit_breaker, testing};
use breaker_tests::TestError;
use futures::FutureExt;
use tokio::task::yield_now;

use super::settled;

fn panics(result: &Result<(), TestError>) -> bool {
    match result {
        Err(TestError::Other(_)) => panic!("planned: in a predicate"),
        result => result.is_err(),
    }
}

fn ignores(result: &Result<(), TestError>) -> bool {
    assert!(!panics(result));
    false
}

fn judged(works: bool) -> Result<(), TestError> {
    if works { Ok(()) } else { Err(TestError::Other("the predicate panics".to_owned())) }
}

macro_rules! judged {
    ($($option:ident = $predicate:ident, $sync:ident, $asynchronous:ident, $future:ident, $fallback:ident;)*) => {$(
        #[circuit_breaker(failure_threshold = 2, timeout = "1s", $option = $predicate)]
        fn $sync(works: bool) -> Result<(), TestError> {
            judged(works)
        }

        #[circuit_breaker(failure_threshold = 2, timeout = "1s", $option = $predicate)]
        async fn $asynchronous(works: bool) -> Result<(), TestError> {
            yield_now().await;
            judged(works)
        }

        #[circuit_breaker(failure_threshold = 2, timeout = "1s", $option = $predicate)]
        fn $future(works: bool) -> impl Future<Output = Result<(), TestError>> {
            async move { judged(works) }
        }

        #[circuit_breaker(failure_threshold = 2, timeout = "1s", $option = $predicate, fallback = Ok(()))]
        async fn $fallback(works: bool) -> Result<(), TestError> {
            yield_now().await;
            judged(works)
        }
    )*};
}

judged! {
    failure_if = panics, failure_sync, failure_async, failure_future, failure_fallback;
    ignore_if = ignores, ignore_sync, ignore_async, ignore_future, ignore_fallback;
}

/// Checks that panics alone open the breaker, that one more opens it again, and that no slot is lost.
async fn panics_are_failures(
    breaker: &CircuitBreaker,
    mut call: impl AsyncFnMut(bool) -> Result<(), TestError>,
) {
    let _fresh = testing::isolate();
    let mut panics = async || {
        let panic = AssertUnwindSafe(call(false)).catch_unwind().await.unwrap_err();
        assert_eq!(panic.downcast_ref(), Some(&"planned: in a predicate"), "{breaker:?}");
    };
    panics().await;
    assert_eq!((breaker.state(), breaker.snapshot().streak), (State::Closed, 1));
    panics().await;
    assert_eq!(breaker.state(), State::Open);
    for _ in 0..5 {
        tokio::time::advance(Duration::from_secs(1)).await;
        panics().await;
        assert_eq!((breaker.state(), breaker.snapshot().in_flight), (State::Open, 0));
    }
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!((call(true).await, call(true).await), (Ok(()), Ok(())));
    assert_eq!(breaker.state(), State::Closed);
    let totals = breaker.snapshot().totals;
    assert_eq!((totals.failure, totals.success, settled(&totals), totals.fallback), (7, 2, 9, 0));
}

/// Guards against resilience4j 2324: a classifier that threw kept the permit.
#[tokio::test(start_paused = true)]
async fn panic_in_a_predicate_is_a_failure() {
    panics_are_failures(breaker_of(failure_sync), async |works| failure_sync(works)).await;
    panics_are_failures(breaker_of(failure_async), failure_async).await;
    panics_are_failures(breaker_of(failure_future), failure_future).await;
    panics_are_failures(breaker_of(failure_fallback), failure_fallback).await;
    panics_are_failures(breaker_of(ignore_sync), async |works| ignore_sync(works)).await;
    panics_are_failures(breaker_of(ignore_async), ignore_async).await;
    panics_are_failures(breaker_of(ignore_future), ignore_future).await;
    panics_are_failures(breaker_of(ignore_fallback), ignore_fallback).await;
}
