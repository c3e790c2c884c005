//! The type of a returned future comes from the signature, as it would without the attribute.

use std::pin::Pin;

use breaker_runtime::{CallError, breaker_of, circuit_breaker};
use breaker_tests::{TestError, prove_async, work};
use tokio::task::yield_now;

use super::{BoxError, ended};

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn converts(works: bool) -> impl Future<Output = Result<String, BoxError>> {
    async move {
        yield_now().await;
        if works {
            return Ok("up".into());
        }
        work(works)?;
        Err("down".into())
    }
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn collects(texts: &[&str]) -> impl Future<Output = Result<Vec<u8>, TestError>> {
    async move {
        yield_now().await;
        let numbers =
            texts.iter().map(|text| text.parse()).collect::<Result<_, std::num::ParseIntError>>()?;
        Ok(numbers)
    }
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn parses(text: &str) -> impl Future<Output = Result<u64, TestError>> + Send {
    async move {
        let number = text.parse()?;
        yield_now().await;
        Ok(number)
    }
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn boxed(works: bool) -> Pin<Box<dyn Future<Output = Result<String, BoxError>>>> {
    Box::pin(async move {
        yield_now().await;
        work(works)?;
        Ok("up".into())
    })
}

#[tokio::test(start_paused = true)]
async fn types_come_from_the_signature() {
    prove_async(breaker_of(converts), async |works| ended(converts(works).await)).await;
    let call = async |works| collects(if works { &["1"] } else { &["one"] }).await;
    prove_async(breaker_of(collects), call).await;
    let call = async |works| parses(if works { "1" } else { "one" }).await;
    prove_async(breaker_of(parses), call).await;
    prove_async(breaker_of(boxed), async |works| ended(boxed(works).await)).await;
}

#[circuit_breaker(
    failure_threshold = 2,
    timeout = "1s",
    fallback = |cause| match cause {
        CallError::Breaker(rejection) => Err(rejection.into()),
        CallError::Inner(error) => Err(error.to_string().into()),
    }
)]
fn any_cause(works: bool) -> impl Future<Output = Result<String, BoxError>> {
    async move {
        yield_now().await;
        work(works)?;
        Ok("up".into())
    }
}

#[circuit_breaker(
    failure_threshold = 2,
    timeout = "1s",
    fallback = |cause| if let CallError::Inner(error) = cause { Err(error.to_string().into()) } else { unreachable!() },
    fallback_on = "failure"
)]
fn failure_cause(works: bool) -> impl Future<Output = Result<String, BoxError>> {
    async move {
        yield_now().await;
        work(works)?;
        Ok("up".into())
    }
}

#[circuit_breaker(
    failure_threshold = 2,
    timeout = "1s",
    fallback = |cause| {
        work(true)?;
        Err(cause.into())
    },
    fallback_on = "rejection"
)]
fn rejection_cause(works: bool) -> impl Future<Output = Result<String, BoxError>> {
    async move {
        yield_now().await;
        work(works)?;
        Ok("up".into())
    }
}

#[circuit_breaker(
    failure_threshold = 2,
    timeout = "1s",
    fallback = |cause| match cause {
        CallError::Breaker(rejection) => Err(rejection.into()),
        CallError::Inner(error) => Err(error.to_string().into()),
    }
)]
fn boxed_with_cause(works: bool) -> Pin<Box<dyn Future<Output = Result<String, BoxError>> + Send>> {
    Box::pin(async move {
        yield_now().await;
        work(works)?;
        Ok("up".into())
    })
}

#[tokio::test(start_paused = true)]
async fn type_of_a_cause_is_inferred() {
    prove_async(breaker_of(any_cause), async |works| ended(any_cause(works).await)).await;
    prove_async(breaker_of(failure_cause), async |works| ended(failure_cause(works).await)).await;
    prove_async(breaker_of(rejection_cause), async |works| ended(rejection_cause(works).await)).await;
    prove_async(breaker_of(boxed_with_cause), async |works| ended(boxed_with_cause(works).await)).await;
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", failure_if = |output| output.as_ref().is_err_and(|error| *error == TestError::Down))]
fn with_predicate(works: bool) -> impl Future<Output = Result<String, TestError>> {
    async move {
        yield_now().await;
        work(works)?;
        Ok("up".into())
    }
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", ignore_if = |output| output.as_ref().is_ok_and(|up| up.len() == 1))]
fn with_ignored(works: bool) -> impl Future<Output = Result<String, TestError>> {
    async move {
        yield_now().await;
        work(works)?;
        Ok("up".into())
    }
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", ignore_if = |output| output.as_ref().is_err_and(|error| error.is::<std::fmt::Error>()))]
fn with_ignored_boxed(works: bool) -> Pin<Box<dyn Future<Output = Result<String, BoxError>> + Send>> {
    Box::pin(async move {
        yield_now().await;
        work(works)?;
        Ok("up".into())
    })
}

#[tokio::test(start_paused = true)]
async fn type_of_a_predicate_is_inferred() {
    prove_async(breaker_of(with_predicate), async |works| with_predicate(works).await).await;
    prove_async(breaker_of(with_ignored), async |works| with_ignored(works).await).await;
    let call = async |works| ended(with_ignored_boxed(works).await);
    prove_async(breaker_of(with_ignored_boxed), call).await;
}
