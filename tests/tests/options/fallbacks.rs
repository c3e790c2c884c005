//! Answers that replace a rejection or a failure.

use breaker_runtime::{CallError, circuit_breaker};

use breaker_tests::callers::{Answer, Body, Caller, Trouble};
use breaker_tests::twins;
use breaker_tests::twins::assert_seen;

#[expect(clippy::unnecessary_wraps, reason = "the fallback has the type of its function")]
fn cached(_body: Body) -> Answer {
    Ok(1)
}

/// Makes three calls: a success, a failure that opens the breaker, and a rejection.
async fn three_calls(caller: &mut Caller) {
    caller.ok().await;
    caller.down().await;
    caller.ok().await;
    let totals = caller.breaker().snapshot().totals;
    caller.note(format!(
        "{} failed, {} rejected, {} fallbacks",
        totals.failure, totals.rejected, totals.fallback
    ));
}

#[tokio::test(start_paused = true)]
async fn fallback_that_is_a_path_gets_the_arguments() {
    assert_seen(
        twins!({fallback = cached, fallback_on = "rejection"} beside {failure_threshold = 1}),
        three_calls,
        "ok down [open FailureThreshold] =1 1 failed, 1 rejected, 1 fallbacks",
        "ok down [open FailureThreshold] rejected(Open) 1 failed, 1 rejected, 0 fallbacks",
    )
    .await;
}

/// The closure gets the cause.
#[tokio::test(start_paused = true)]
async fn fallback_that_is_a_closure_gets_the_cause() {
    assert_seen(
        twins!(
            {fallback = |cause| match cause {
                CallError::Breaker(_) => Ok(1),
                CallError::Inner(trouble) => Ok(if trouble == Trouble::Down { 2 } else { 3 }),
            }}
            beside {failure_threshold = 1}
        ),
        three_calls,
        "ok down [open FailureThreshold] =2 =1 1 failed, 1 rejected, 2 fallbacks",
        "ok down [open FailureThreshold] rejected(Open) 1 failed, 1 rejected, 0 fallbacks",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn fallback_that_is_an_expression_is_the_answer() {
    assert_seen(
        twins!({fallback = Ok(1)} beside {failure_threshold = 1}),
        three_calls,
        "ok down [open FailureThreshold] =1 =1 1 failed, 1 rejected, 2 fallbacks",
        "ok down [open FailureThreshold] rejected(Open) 1 failed, 1 rejected, 0 fallbacks",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn fallback_on_rejection_runs_for_rejections_alone() {
    assert_seen(
        twins!({fallback_on = "rejection"} beside {fallback = Ok(1), failure_threshold = 1}),
        three_calls,
        "ok down [open FailureThreshold] =1 1 failed, 1 rejected, 1 fallbacks",
        "ok down [open FailureThreshold] =1 =1 1 failed, 1 rejected, 2 fallbacks",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn fallback_on_failure_runs_for_failures_alone() {
    assert_seen(
        twins!({fallback_on = "failure"} beside {fallback = Ok(1), failure_threshold = 1}),
        three_calls,
        "ok down [open FailureThreshold] =1 rejected(Open) 1 failed, 1 rejected, 1 fallbacks",
        "ok down [open FailureThreshold] =1 =1 1 failed, 1 rejected, 2 fallbacks",
    )
    .await;
}

/// The fallback gets the argument as it was passed, whatever the body does to its own.
#[tokio::test(start_paused = true)]
async fn clone_keeps_the_argument_for_the_fallback() {
    #[circuit_breaker(fallback = Ok(cart.len()), clone(cart))]
    fn with(mut cart: Vec<u16>) -> Result<usize, Trouble> {
        cart.clear();
        Err(Trouble::Down)
    }

    #[circuit_breaker(fallback = Ok(cart.len()))]
    fn without(mut cart: Vec<u16>) -> Result<usize, Trouble> {
        cart.clear();
        Err(Trouble::Down)
    }

    #[circuit_breaker(fallback = Ok(cart.len()), clone(cart))]
    async fn async_with(mut cart: Vec<u16>) -> Result<usize, Trouble> {
        tokio::task::yield_now().await;
        cart.clear();
        Err(Trouble::Down)
    }

    #[circuit_breaker(fallback = Ok(cart.len()))]
    async fn async_without(mut cart: Vec<u16>) -> Result<usize, Trouble> {
        tokio::task::yield_now().await;
        cart.clear();
        Err(Trouble::Down)
    }

    let _fresh = breaker_runtime::testing::isolate();
    assert_eq!((with(vec![7, 8]), without(vec![7, 8])), (Ok(2), Ok(0)));
    assert_eq!((async_with(vec![7, 8]).await, async_without(vec![7, 8]).await), (Ok(2), Ok(0)));
}
