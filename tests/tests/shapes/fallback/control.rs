//! `?`, `return` and `.await` in a fallback belong to the function.

use breaker_runtime::{BreakerError, CallError, breaker_of, circuit_breaker};
use breaker_tests::{TestError, work};
use futures::future::BoxFuture;
use tokio::task::yield_now;

use super::{On, prove, prove_async};

type Answer = Result<String, TestError>;

fn stored(user: &str) -> Answer {
    user.strip_prefix("known ").map(str::to_owned).ok_or(TestError::Other("unknown".to_owned()))
}

async fn stored_async(user: &str) -> Answer {
    yield_now().await;
    stored(user)
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = {
    let name = stored(user)?;
    Ok(name + "!")
})]
fn question_mark(works: bool, user: &str) -> Answer {
    work(works)?;
    Ok("worked".to_owned())
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = |cause| {
    if let CallError::Breaker(rejection) = cause {
        let _: BreakerError = rejection;
        return Ok(stored(user)? + "!");
    }
    for name in ["one", "two"] {
        if name == "two" {
            return Ok(stored(user)? + "!");
        }
    }
    Err(TestError::Down)
})]
fn early_return(works: bool, user: &str) -> Answer {
    if works {
        return Ok("worked".to_owned());
    }
    Err(TestError::Down)
}

#[test]
fn question_mark_and_return_end_a_sync_function() {
    for (user, answer) in [("known ada", "ada!"), ("eve", "unknown")] {
        prove(breaker_of(question_mark), On::Any, answer, |works| question_mark(works, user));
        prove(breaker_of(early_return), On::Any, answer, |works| early_return(works, user));
    }
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = |_| Ok(stored_async(user).await? + "!"))]
async fn awaits(works: bool, user: &str) -> Answer {
    yield_now().await;
    work(works)?;
    Ok("worked".to_owned())
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = |_| {
    let name = stored_async(user).await?;
    if !name.is_empty() {
        return Ok(name + "!");
    }
    yield_now().await;
    Err(TestError::Down)
})]
async fn returns(works: bool, user: &str) -> Answer {
    yield_now().await;
    work(works)?;
    Ok("worked".to_owned())
}

#[tokio::test(start_paused = true)]
async fn question_mark_and_return_end_an_async_function() {
    for (user, answer) in [("known ada", "ada!"), ("eve", "unknown")] {
        let call = async |works| awaits(works, user).await;
        prove_async(breaker_of(awaits), On::Any, answer, call).await;
        let call = async |works| returns(works, user).await;
        prove_async(breaker_of(returns), On::Any, answer, call).await;
    }
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = |_| {
    let name = stored_async(user).await?;
    if !name.is_empty() {
        return Ok(name + "!");
    }
    Err(TestError::Down)
})]
fn future(works: bool, user: &str) -> impl Future<Output = Answer> {
    async move {
        yield_now().await;
        work(works)?;
        Ok("worked".to_owned())
    }
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = Ok(stored_async(user).await? + "!"), fallback_on = "rejection")]
fn boxed(works: bool, user: &str) -> BoxFuture<'_, Answer> {
    Box::pin(async move {
        yield_now().await;
        work(works)?;
        Ok("worked".to_owned())
    })
}

#[tokio::test(start_paused = true)]
async fn question_mark_and_return_end_a_returned_future() {
    for (user, answer) in [("known ada", "ada!"), ("eve", "unknown")] {
        let call = async |works| future(works, user).await;
        prove_async(breaker_of(future), On::Any, answer, call).await;
        let call = async |works| boxed(works, user).await;
        prove_async(breaker_of(boxed), On::Rejection, answer, call).await;
    }
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = Err("no answer".into()))]
fn converts(works: bool) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
    work(works)?;
    Ok("worked".to_owned())
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = {
    yield_now().await;
    Ok(Box::new(|| "other".into()))
})]
async fn coerces(works: bool) -> Result<Box<dyn Fn() -> String>, TestError> {
    yield_now().await;
    work(works)?;
    Ok(Box::new(|| "worked".to_owned()))
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = Ok(Box::new(|| "other".into())))]
fn coerces_in_future(works: bool) -> impl Future<Output = Result<Box<dyn Fn() -> String>, TestError>> {
    async move {
        work(works)?;
        let answer: Box<dyn Fn() -> String> = Box::new(|| "worked".to_owned());
        Ok(answer)
    }
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = Ok(Box::new(|| "other".into())), fallback_on = "rejection")]
fn coerces_on_rejection(
    works: bool,
) -> impl Future<Output = Result<Box<dyn Fn() -> String>, TestError>> {
    async move {
        work(works)?;
        let answer: Box<dyn Fn() -> String> = Box::new(|| "worked".to_owned());
        Ok(answer)
    }
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = Ok(Box::new(|| "other".into())), fallback_on = "rejection")]
fn coerces_in_box(works: bool) -> BoxFuture<'static, Result<Box<dyn Fn() -> String + Send>, TestError>> {
    Box::pin(async move {
        work(works)?;
        let answer: Box<dyn Fn() -> String + Send> = Box::new(|| "worked".to_owned());
        Ok(answer)
    })
}

#[tokio::test(start_paused = true)]
async fn return_type_drives_inference_in_a_fallback() {
    let call = async |works| converts(works).map_err(|error| TestError::Other(error.to_string()));
    prove_async(breaker_of(converts), On::Any, "no answer", call).await;
    let call = async |works| coerces(works).await.map(|answer| answer());
    prove_async(breaker_of(coerces), On::Any, "other", call).await;
    let call = async |works| coerces_in_future(works).await.map(|answer| answer());
    prove_async(breaker_of(coerces_in_future), On::Any, "other", call).await;
    let call = async |works| coerces_on_rejection(works).await.map(|answer| answer());
    prove_async(breaker_of(coerces_on_rejection), On::Rejection, "other", call).await;
    let call = async |works| coerces_in_box(works).await.map(|answer| answer());
    prove_async(breaker_of(coerces_in_box), On::Rejection, "other", call).await;
}
