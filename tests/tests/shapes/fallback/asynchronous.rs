//! Fallbacks of `async` functions: `async` or not, and `Send` if the body is.

use std::cell::Cell;
use std::rc::Rc;

use breaker_runtime::{CallError, breaker_of, circuit_breaker};
use breaker_tests::{TestError, work};
use tokio::task::yield_now;

use super::{On, prove_async};

type Answer = Result<String, TestError>;

async fn worked(works: bool) -> Answer {
    yield_now().await;
    work(works).map(|()| "worked".to_owned())
}

fn sync_fallback(_: bool, user: &str) -> Answer {
    Ok(format!("sync for {user}"))
}

async fn async_fallback(_: bool, user: &str) -> Answer {
    yield_now().await;
    Ok(format!("async for {user}"))
}

fn boxed_fallback(_: bool, user: &str) -> futures::future::BoxFuture<'_, Answer> {
    Box::pin(async move { Ok(format!("boxed for {user}")) })
}

fn unnamed_fallback(_: bool, user: &str) -> impl Future<Output = Answer> {
    std::future::ready(Ok(format!("ready for {user}")))
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = sync_fallback)]
async fn with_sync(works: bool, user: &str) -> Answer {
    worked(works).await
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = async_fallback)]
async fn with_async(works: bool, user: &str) -> Answer {
    worked(works).await
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = async_fallback, fallback_on = "rejection")]
async fn with_async_on_rejection(works: bool, user: &str) -> Answer {
    worked(works).await
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = boxed_fallback, fallback_on = "failure")]
async fn with_boxed(works: bool, user: &str) -> Answer {
    worked(works).await
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = unnamed_fallback)]
async fn with_unnamed(works: bool, user: &str) -> Answer {
    worked(works).await
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = async_fallback(works, user).await)]
async fn with_awaited_expression(works: bool, user: &str) -> Answer {
    worked(works).await
}

#[tokio::test(start_paused = true)]
async fn sync_and_async_fallbacks_answer() {
    let call = async |works| with_sync(works, "ada").await;
    prove_async(breaker_of(with_sync), On::Any, "sync for ada", call).await;
    let call = async |works| with_async(works, "ada").await;
    prove_async(breaker_of(with_async), On::Any, "async for ada", call).await;
    let call = async |works| with_async_on_rejection(works, "ada").await;
    prove_async(breaker_of(with_async_on_rejection), On::Rejection, "async for ada", call).await;
    let call = async |works| with_boxed(works, "ada").await;
    prove_async(breaker_of(with_boxed), On::Failure, "boxed for ada", call).await;
    let call = async |works| with_unnamed(works, "ada").await;
    prove_async(breaker_of(with_unnamed), On::Any, "ready for ada", call).await;
    let call = async |works| with_awaited_expression(works, "ada").await;
    prove_async(breaker_of(with_awaited_expression), On::Any, "async for ada", call).await;
}

fn is_send<T: Send>(value: T) -> T {
    value
}

/// Owns the argument that the body borrows.
async fn owned_fallback(_: bool, user: String) -> Answer {
    yield_now().await;
    Ok(format!("async for {user}"))
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = owned_fallback)]
async fn send_path(works: bool, user: String) -> Answer {
    yield_now().await;
    assert_eq!(user, "ada");
    worked(works).await
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = |cause| {
    yield_now().await;
    drop(cause);
    Ok(format!("async for {user}"))
})]
async fn send_closure<T: std::fmt::Display>(works: bool, user: String, other: T) -> Answer {
    let other = other.to_string();
    yield_now().await;
    assert_eq!(user, other);
    worked(works).await
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = |_| Ok(works.get().to_string()), clone(works))]
async fn send_clone(works: Cell<bool>) -> Answer {
    yield_now().await;
    worked(works.get()).await
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = |_| Ok(works.get().to_string()), fallback_on = "rejection")]
async fn send_in_either_branch(works: Cell<bool>) -> Answer {
    yield_now().await;
    worked(works.get()).await
}

#[tokio::test(start_paused = true)]
async fn send_future_with_a_fallback_stays_send() {
    let ada = || "ada".to_owned();
    let call = async |works| tokio::spawn(send_path(works, ada())).await.unwrap();
    prove_async(breaker_of(send_path), On::Any, "async for ada", call).await;
    let call = async |works| tokio::spawn(send_closure(works, ada(), "ada")).await.unwrap();
    prove_async(breaker_of(send_closure::<u8>), On::Any, "async for ada", call).await;
    assert_eq!(is_send(send_clone(Cell::new(false))).await.unwrap(), "false");
    assert_eq!(is_send(send_in_either_branch(Cell::new(true))).await.unwrap(), "worked");
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = |cause| {
    let held = Rc::clone(&user);
    yield_now().await;
    Ok(if matches!(cause, CallError::Breaker(_)) { held.to_string() } else { "ada".to_owned() })
})]
async fn not_send(works: bool, user: Rc<str>) -> Answer {
    let held = Rc::clone(&user);
    let answer = worked(works).await;
    drop(held);
    answer
}

#[tokio::test(start_paused = true)]
async fn future_that_is_not_send_may_have_a_fallback() {
    let call = async |works| not_send(works, "ada".into()).await;
    prove_async(breaker_of(not_send), On::Any, "ada", call).await;
}

fn generic_fallback<T: Default>(_: bool) -> T {
    T::default()
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", failure_if = |number| *number == 7, fallback = generic_fallback)]
async fn with_generic(works: bool) -> u32 {
    yield_now().await;
    if works { 1 } else { 7 }
}

fn ending_fallback(_: bool) -> ! {
    panic!("the fallback")
}

#[circuit_breaker(failure_threshold = 1, timeout = "1s", fallback = ending_fallback)]
async fn with_ending(works: bool) -> Answer {
    worked(works).await
}

#[circuit_breaker(failure_threshold = 1, timeout = "1s", fallback = ending_fallback)]
fn with_ending_sync(works: bool) -> Answer {
    work(works).map(|()| "worked".to_owned())
}

#[tokio::test(start_paused = true)]
async fn generic_fallback_has_its_type_from_the_function() {
    assert_eq!((with_generic(true).await, with_generic(false).await), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn fallback_that_never_returns_ends_the_call() {
    assert_eq!(with_ending(true).await.unwrap(), "worked");
    assert!(tokio::spawn(with_ending(false)).await.unwrap_err().is_panic());
    assert_eq!(with_ending_sync(true).unwrap(), "worked");
    assert!(std::panic::catch_unwind(|| with_ending_sync(false)).is_err());
}
