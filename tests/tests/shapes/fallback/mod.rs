//! Fallbacks, each on a rejection and on a failure.

#![allow(
    clippy::needless_pass_by_value,
    clippy::trivially_copy_pass_by_ref,
    clippy::unnecessary_wraps,
    clippy::unused_async,
    clippy::unused_self,
    reason = "a fallback has the signature of its function"
)]

mod arguments;
mod asynchronous;
mod control;
mod counts;
mod forms;
mod futures;
mod kept;
mod methods;

use std::time::Duration;

use breaker_runtime::{CircuitBreaker, State, testing};
use breaker_tests::{TestError, paused};

/// The outcome on which a fallback runs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum On {
    Rejection,
    Failure,
    Any,
}

/// Proves that the call is protected and that its fallback returns `answer` when it should, and only
/// then. The argument of `call` decides whether it returns `Ok("worked")` or fails with
/// [`TestError::Down`].
async fn prove_async<T: AsRef<str>>(
    breaker: &CircuitBreaker,
    on: On,
    answer: &str,
    mut call: impl AsyncFnMut(bool) -> Result<T, TestError>,
) {
    let _fresh = testing::isolate();
    let mut reply = async |works| match call(works).await {
        Ok(text) => text.as_ref().to_owned(),
        Err(TestError::Rejected(_)) => "rejected".to_owned(),
        Err(TestError::Down) => "failed".to_owned(),
        Err(TestError::Other(text)) => text,
    };
    let fallbacks = || breaker.snapshot().totals.fallback;
    let (on_failure, on_rejection) = match on {
        On::Any => (answer, answer),
        On::Failure => (answer, "rejected"),
        On::Rejection => ("failed", answer),
    };
    assert_eq!(reply(true).await, "worked");
    assert_eq!(fallbacks(), 0, "never on a success");
    assert_eq!(reply(false).await, on_failure);
    assert_eq!(reply(false).await, on_failure);
    assert_eq!(breaker.state(), State::Open);
    let after_failures = if on == On::Rejection { 0 } else { 2 };
    assert_eq!(fallbacks(), after_failures);
    assert_eq!(reply(true).await, on_rejection);
    assert_eq!(fallbacks(), after_failures + u64::from(on != On::Failure));
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!((reply(true).await, reply(true).await), ("worked".to_owned(), "worked".to_owned()));
    assert_eq!(breaker.state(), State::Closed);
    let totals = breaker.snapshot().totals;
    assert_eq!((totals.success, totals.failure, totals.rejected), (3, 2, 1));
    assert_eq!(totals.fallback, after_failures + u64::from(on != On::Failure));
}

/// Proves the same as [`prove_async`], for a sync function.
fn prove<T: AsRef<str>>(
    breaker: &CircuitBreaker,
    on: On,
    answer: &str,
    mut call: impl FnMut(bool) -> Result<T, TestError>,
) {
    paused(prove_async(breaker, on, answer, async |works| call(works)));
}
