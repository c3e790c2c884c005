//! The fallback of a stream is another stream, which replaces one that has not begun.

use std::pin::Pin;

use breaker_runtime::{CallError, CircuitBreaker, ErrorKind, breaker_of, circuit_breaker, testing};
use futures::stream::{self, BoxStream};
use futures::{Stream, StreamExt};

use crate::common::{Act, Fault, Item, script, settled};

const OK: Act = Act::Yield(Ok(7));
const ERR: Act = Act::Yield(Err(Fault::Broken));

async fn all(stream: impl Stream<Item = Item>) -> Vec<Item> {
    stream.collect().await
}

fn cached(_acts: Vec<Act>) -> impl Stream<Item = Item> {
    stream::iter([Ok(70), Ok(71)])
}

#[circuit_breaker(failure_threshold = 100, fallback = cached, clone(acts))]
fn with_function(acts: Vec<Act>) -> impl Stream<Item = Item> {
    script(acts)
}

#[circuit_breaker(failure_threshold = 100, fallback = stream::iter([Ok(70), Ok(71)]))]
fn with_value(acts: Vec<Act>) -> Pin<Box<dyn Stream<Item = Item> + Send>> {
    Box::pin(script(acts))
}

async fn replaces(breaker: &CircuitBreaker, call: impl AsyncFn(Vec<Act>) -> Vec<Item>) {
    assert_eq!(call(vec![OK]).await, [Ok(7)]);
    assert_eq!(call(vec![ERR, OK]).await, [Ok(70), Ok(71)], "nothing was read before the failure");
    let begun = call(vec![OK, ERR]).await;
    assert_eq!(begun, [Ok(7), Err(Fault::Broken)], "the rest of an answer is not replaced");
    assert_eq!(settled(breaker), (1, 2, 0, 0));
    breaker.force_open();
    assert_eq!(call(vec![OK]).await, [Ok(70), Ok(71)]);
    assert_eq!(breaker.snapshot().totals.fallback, 2);
}

#[tokio::test]
async fn fallback_replaces_a_stream_that_has_not_begun() {
    replaces(breaker_of(with_function), async |acts| all(with_function(acts)).await).await;
    replaces(breaker_of(with_value), async |acts| all(with_value(acts)).await).await;
}

#[circuit_breaker(failure_threshold = 100, first_item = "5s", idle = "5s", fallback = |cause| stream::iter([replacement(&cause)]))]
fn with_cause(acts: Vec<Act>) -> impl Stream<Item = Item> {
    script(acts)
}

#[expect(clippy::unnecessary_wraps, reason = "an item")]
fn replacement(cause: &CallError<Fault>) -> Item {
    Ok(match cause {
        CallError::Inner(_) => 1,
        CallError::Breaker(error) if error.kind() == ErrorKind::TimedOut => 2,
        CallError::Breaker(_) => 3,
    })
}

#[tokio::test(start_paused = true)]
async fn closure_sees_the_cause() {
    let _fresh = testing::isolate();
    assert_eq!(all(with_cause(vec![ERR])).await, [Ok(1)]);
    assert_eq!(all(with_cause(vec![Act::Hang])).await, [Ok(2)]);
    let late = all(with_cause(vec![OK, Act::Hang])).await;
    assert_eq!(late, [Ok(7), Err(Fault::Breaker(ErrorKind::TimedOut))]);
    breaker_of(with_cause).force_open();
    assert_eq!(all(with_cause(vec![OK])).await, [Ok(3)]);
}

#[tokio::test(start_paused = true)]
async fn fallback_on_rejection_leaves_failures_to_the_caller() {
    #[circuit_breaker(failure_threshold = 100, first_item = "5s", fallback = cached, fallback_on = "rejection")]
    fn on_rejection(acts: Vec<Act>) -> impl Stream<Item = Item> {
        script(acts)
    }
    assert_eq!(all(on_rejection(vec![ERR])).await, [Err(Fault::Broken)]);
    assert_eq!(all(on_rejection(vec![Act::Hang])).await, [Err(Fault::Breaker(ErrorKind::TimedOut))]);
    breaker_of(on_rejection).force_open();
    assert_eq!(all(on_rejection(vec![OK])).await, [Ok(70), Ok(71)]);
}

#[tokio::test]
async fn fallback_on_failure_leaves_rejections_to_the_caller() {
    #[circuit_breaker(failure_threshold = 100, fallback = cached, fallback_on = "failure", clone(acts))]
    fn on_failure(acts: Vec<Act>) -> impl Stream<Item = Item> {
        script(acts)
    }
    assert_eq!(all(on_failure(vec![ERR])).await, [Ok(70), Ok(71)]);
    breaker_of(on_failure).force_open();
    assert_eq!(all(on_failure(vec![OK])).await, [Err(Fault::Breaker(ErrorKind::ForcedOpen))]);
}

#[tokio::test(start_paused = true)]
async fn fallback_of_a_call_in_the_queue_runs_when_its_wait_is_over() {
    #[circuit_breaker(max_concurrent = 1, max_wait = "3s", fallback = cached, fallback_on = "rejection")]
    fn queued(acts: Vec<Act>) -> impl Stream<Item = Item> {
        script(acts)
    }
    #[circuit_breaker(max_concurrent = 1, max_wait = "3s", fallback = cached, clone(acts))]
    fn queued_any(acts: Vec<Act>) -> impl Stream<Item = Item> {
        script(acts)
    }
    let held = (queued(vec![OK]), queued_any(vec![OK]));
    assert_eq!(all(queued(vec![OK])).await, [Ok(70), Ok(71)]);
    assert_eq!(all(queued_any(vec![OK])).await, [Ok(70), Ok(71)]);
    drop(held);
    assert_eq!(all(queued(vec![OK])).await, [Ok(7)]);
    assert_eq!(all(queued_any(vec![ERR])).await, [Ok(70), Ok(71)]);
}

/// The error type has no conversion: a fallback can replace the connection, and no item has to carry a
/// rejection.
#[tokio::test]
async fn fallback_of_a_call_that_connects_replaces_the_call() {
    #[circuit_breaker(failure_threshold = 100, fallback = cached_boxed, clone(acts))]
    async fn connects(acts: Vec<Act>, refused: bool) -> Result<BoxStream<'static, Item>, Fault> {
        if refused { Err(Fault::Refused) } else { Ok(script(acts).boxed()) }
    }
    #[expect(clippy::unnecessary_wraps, reason = "as the function")]
    fn cached_boxed(acts: Vec<Act>, _: bool) -> Result<BoxStream<'static, Item>, Fault> {
        Ok(cached(acts).boxed())
    }
    let read = async |acts, refused| all(connects(acts, refused).await.expect("a stream")).await;
    assert_eq!(read(vec![OK], false).await, [Ok(7)]);
    assert_eq!(read(vec![OK], true).await, [Ok(70), Ok(71)]);
    assert_eq!(read(vec![ERR], false).await, [Err(Fault::Broken)], "the call has answered");
    breaker_of(connects).force_open();
    assert_eq!(read(vec![OK], false).await, [Ok(70), Ok(71)]);
}
