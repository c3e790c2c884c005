//! A future stays `Send` whatever its output is: with a lifetime in it, which the compiler forgets
//! inside a future, and with an output that is not `Send`.

#![allow(clippy::needless_lifetimes, reason = "a lifetime with a name is a shape of its own")]

use std::error::Error;
use std::pin::Pin;
use std::rc::Rc;

use breaker_runtime::circuit_breaker;
use breaker_tests::{TestError, work};
use tokio::task::yield_now;

type BoxError = Box<dyn Error + Send + Sync>;

fn is_send<T: Send>(_: T) {}

#[circuit_breaker]
async fn boxed_error(works: bool) -> Result<String, BoxError> {
    yield_now().await;
    work(works)?;
    Ok("up".into())
}

#[circuit_breaker(fallback = |cause| { yield_now().await; Err(cause.to_string().into()) })]
async fn any(works: bool) -> Result<String, BoxError> {
    yield_now().await;
    work(works)?;
    Ok("up".into())
}

#[circuit_breaker(fallback = |cause| { yield_now().await; Err(cause.to_string().into()) }, fallback_on = "failure")]
async fn failure(works: bool) -> Result<String, BoxError> {
    yield_now().await;
    work(works)?;
    Ok("up".into())
}

#[circuit_breaker(fallback = |cause| { yield_now().await; Err(cause.to_string().into()) }, fallback_on = "rejection")]
async fn rejection(works: bool) -> Result<String, BoxError> {
    yield_now().await;
    work(works)?;
    Ok("up".into())
}

#[circuit_breaker(fallback = |_| { yield_now().await; Ok(text) })]
async fn borrowed<'t>(text: &'t str, words: &[&'t str]) -> Result<&'t str, BoxError> {
    yield_now().await;
    words.first().copied().ok_or("none".into())
}

#[circuit_breaker(ignore_if = |output| output.as_ref().is_ok_and(|word| word.len() == 1))]
async fn borrowed_ignored<'t>(words: &[&'t str]) -> Result<&'t str, BoxError> {
    yield_now().await;
    words.first().copied().ok_or("none".into())
}

#[circuit_breaker(failure_if = |output| output.is_empty(), fallback = |_| { yield_now().await; text })]
async fn borrowed_plain<'t>(text: &'t str) -> &'t str {
    yield_now().await;
    text
}

#[circuit_breaker(failure_if = |output| output.is_empty(), fallback = |_| { yield_now().await; text })]
fn borrowed_plain_future<'t>(text: &'t str) -> Pin<Box<dyn Future<Output = &'t str> + Send + 't>> {
    Box::pin(async move {
        yield_now().await;
        text
    })
}

#[circuit_breaker(fallback = |_| { yield_now().await; Ok(text) })]
fn borrowed_future<'t>(text: &'t str) -> impl Future<Output = Result<&'t str, BoxError>> + Send {
    async move {
        yield_now().await;
        work(true)?;
        Ok(text)
    }
}

/// Creates the output in the future, which never holds it.
#[circuit_breaker]
async fn not_send(works: bool) -> Result<Rc<str>, TestError> {
    yield_now().await;
    work(works)?;
    Ok("up".into())
}

#[circuit_breaker(fallback = not_send_fallback)]
async fn not_send_with_fallback(works: bool) -> Result<Rc<str>, TestError> {
    yield_now().await;
    work(works)?;
    Ok("up".into())
}

async fn not_send_fallback(_: bool) -> Result<Rc<str>, TestError> {
    yield_now().await;
    Ok("down".into())
}

#[circuit_breaker]
fn not_send_future(works: bool) -> impl Future<Output = Result<Rc<str>, TestError>> + Send {
    async move {
        yield_now().await;
        work(works)?;
        Ok("up".into())
    }
}

#[test]
fn future_with_an_output_that_is_not_send_is_send() {
    is_send(not_send(true));
    is_send(not_send_with_fallback(true));
    is_send(not_send_future(true));
}

#[test]
fn future_with_forgotten_lifetimes_is_send() {
    is_send(boxed_error(true));
    is_send(any(true));
    is_send(failure(true));
    is_send(rejection(true));
    let word = String::from("word");
    is_send(borrowed(&word, &[]));
    is_send(borrowed_ignored(&[]));
    is_send(borrowed_plain(&word));
    is_send(borrowed_plain_future(&word));
    is_send(borrowed_future(&word));
}
