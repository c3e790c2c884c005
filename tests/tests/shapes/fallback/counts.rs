//! The limits of a fallback: it runs only when it should, and never changes the counts of the breaker.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use breaker_runtime::{CircuitBreaker, State, Totals, breaker_of, circuit_breaker, testing};
use breaker_tests::{TestError, work};
use futures::FutureExt;
use tokio::task::yield_now;

fn is_user_error(result: &Result<(), TestError>) -> bool {
    matches!(result, Err(TestError::Other(_)))
}

#[circuit_breaker(failure_threshold = 1, timeout = "1s", ignore_if = is_user_error, fallback = panic!("never"))]
fn ignored(result: Result<(), TestError>) -> Result<(), TestError> {
    result
}

#[circuit_breaker(failure_threshold = 1, timeout = "1s", ignore_if = is_user_error, fallback = panic!("never"), fallback_on = "failure")]
async fn ignored_async(result: Result<(), TestError>) -> Result<(), TestError> {
    yield_now().await;
    result
}

#[circuit_breaker(failure_threshold = 1, timeout = "1s", ignore_if = is_user_error, fallback = panic!("never"))]
fn ignored_future(result: Result<(), TestError>) -> impl Future<Output = Result<(), TestError>> {
    std::future::ready(result)
}

/// <https://github.com/resilience4j/resilience4j/issues/568>, 863, 1666, 1740 and 1760: a fallback that
/// ran on ignored errors.
#[tokio::test(start_paused = true)]
async fn fallback_never_runs_on_a_success_or_an_ignored_outcome() {
    let _fresh = testing::isolate();
    let user_error = || Err(TestError::Other("no such user".to_owned()));
    assert_eq!((ignored(Ok(())), ignored(user_error())), (Ok(()), user_error()));
    assert_eq!((ignored_async(Ok(())).await, ignored_async(user_error()).await), (Ok(()), user_error()));
    assert_eq!(
        (ignored_future(Ok(())).await, ignored_future(user_error()).await),
        (Ok(()), user_error())
    );
    for breaker in [breaker_of(ignored), breaker_of(ignored_async), breaker_of(ignored_future)] {
        let totals = breaker.snapshot().totals;
        assert_eq!((totals.success, totals.ignored, totals.failure, totals.fallback), (1, 1, 0, 0));
        assert_eq!(breaker.state(), State::Closed);
    }
}

/// The ways in which a fallback without an answer ends.
#[derive(Clone, Copy)]
enum End {
    Fails,
    Panics,
}

fn end(end: End) -> Result<(), TestError> {
    match end {
        End::Fails => Err(TestError::Other("fallback".to_owned())),
        End::Panics => panic!("fallback"),
    }
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = |_| end(ends))]
fn sync(works: bool, ends: End) -> Result<(), TestError> {
    work(works)
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = |_| { yield_now().await; end(ends) })]
async fn asynchronous(works: bool, ends: End) -> Result<(), TestError> {
    yield_now().await;
    work(works)
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = |_| { yield_now().await; end(ends) })]
fn future(works: bool, ends: End) -> impl Future<Output = Result<(), TestError>> {
    async move { work(works) }
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = end(ends), fallback_on = "rejection")]
async fn on_rejection(works: bool, ends: End) -> Result<(), TestError> {
    yield_now().await;
    work(works)
}

/// Checks that the counts are those of the bodies: a failure, a trip, a rejection, and a recovery.
async fn leaves_the_counts_alone(
    breaker: &CircuitBreaker,
    fallbacks: u64,
    mut call: impl AsyncFnMut(bool) -> Result<(), TestError>,
) {
    let _fresh = testing::isolate();
    let mut call = async |works| AssertUnwindSafe(call(works)).catch_unwind().await;
    let _ = call(false).await;
    assert_eq!((breaker.state(), breaker.snapshot().streak), (State::Closed, 1));
    let _ = call(false).await;
    assert_eq!(breaker.state(), State::Open);
    let open = breaker.snapshot();
    tokio::time::advance(std::time::Duration::from_millis(500)).await;
    let _ = call(true).await;
    let still = breaker.snapshot();
    assert_eq!(still.retry_after, open.retry_after.map(|rest| rest / 2));
    tokio::time::advance(std::time::Duration::from_millis(500)).await;
    // A probe that fails, and its fallback: the breaker is open again, and no slot is lost.
    let _ = call(false).await;
    assert_eq!((breaker.state(), breaker.snapshot().in_flight), (State::Open, 0));
    tokio::time::advance(std::time::Duration::from_secs(1)).await;
    for _ in 0..2 {
        assert_eq!(call(true).await.unwrap(), Ok(()));
    }
    assert_eq!(breaker.state(), State::Closed);
    let Totals { success, failure, ignored, cancelled, late, rejected, fallback, .. } =
        breaker.snapshot().totals;
    assert_eq!((success, failure, rejected, fallback), (2, 3, 1, fallbacks));
    assert_eq!((ignored, cancelled, late), (0, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn end_of_a_fallback_never_counts() {
    for ends in [End::Fails, End::Panics] {
        leaves_the_counts_alone(breaker_of(sync), 4, async |works| sync(works, ends)).await;
        let call = async |works| asynchronous(works, ends).await;
        leaves_the_counts_alone(breaker_of(asynchronous), 4, call).await;
        leaves_the_counts_alone(breaker_of(future), 4, async |works| future(works, ends).await).await;
        let call = async |works| on_rejection(works, ends).await;
        leaves_the_counts_alone(breaker_of(on_rejection), 1, call).await;
    }
}

#[circuit_breaker(failure_threshold = 1, timeout = "1s", fallback = { runs.set(runs.get() + 1); Ok(()) })]
fn after_a_panic(runs: &Cell<u32>) -> Result<(), TestError> {
    panic!("body")
}

#[test]
fn fallback_does_not_catch_a_panic() {
    let _fresh = testing::isolate();
    let runs = Cell::new(0);
    let panic = catch_unwind(AssertUnwindSafe(|| after_a_panic(&runs))).unwrap_err();
    assert_eq!(panic.downcast_ref(), Some(&"body"));
    assert_eq!((runs.get(), breaker_of(after_a_panic).state()), (0, State::Open));
    assert_eq!((after_a_panic(&runs), runs.get()), (Ok(()), 1));
}

#[circuit_breaker(failure_threshold = 1, timeout = "1s", fallback = inner(works))]
fn outer(works: bool) -> Result<(), TestError> {
    work(works)
}

#[circuit_breaker(failure_threshold = 1, timeout = "1s", fallback = Ok(()))]
fn inner(works: bool) -> Result<(), TestError> {
    work(works)
}

#[test]
fn fallback_may_be_protected_itself() {
    let _fresh = testing::isolate();
    assert_eq!((outer(false), outer(false)), (Ok(()), Ok(())));
    let totals = |breaker: &CircuitBreaker| breaker.snapshot().totals;
    let (outer, inner) = (totals(breaker_of(outer)), totals(breaker_of(inner)));
    assert_eq!((outer.failure, outer.rejected, outer.fallback), (1, 1, 2));
    assert_eq!((inner.failure, inner.rejected, inner.fallback), (1, 1, 2));
}
