//! A stream behind an alias, which the return type does not show, holds its permit all the same.

use std::pin::Pin;

use breaker_runtime::{CircuitBreaker, ErrorKind, State, breaker_of, circuit_breaker};
use futures::stream::{BoxStream, LocalBoxStream};
use futures::{Stream, StreamExt};

use crate::common::{Act, Fault, Item, numbers, poll, script, settled};

type Tokens = BoxStream<'static, Item>;
type Plain = Pin<Box<dyn Stream<Item = Item> + Send>>;
type Local<'a> = LocalBoxStream<'a, Item>;
type Answer = Result<Tokens, Fault>;
type Answers<T> = Result<T, Fault>;

#[circuit_breaker(failure_threshold = 100, max_concurrent = 10)]
async fn alias(acts: Vec<Act>) -> Result<Tokens, Fault> {
    Ok(script(acts).boxed())
}

#[circuit_breaker(failure_threshold = 100, max_concurrent = 10)]
async fn alias_of_all(acts: Vec<Act>) -> Answer {
    Ok(script(acts).boxed())
}

#[circuit_breaker(failure_threshold = 100, max_concurrent = 10)]
async fn alias_of_result(acts: Vec<Act>) -> Answers<Plain> {
    Ok(script(acts).boxed())
}

#[circuit_breaker(failure_threshold = 100, max_concurrent = 10, call_timeout = "5s")]
async fn alias_in_time(acts: Vec<Act>) -> Result<Tokens, Fault> {
    Ok(script(acts).boxed())
}

#[circuit_breaker(failure_threshold = 100, max_concurrent = 10, max_wait = "5s")]
async fn alias_in_turn(acts: Vec<Act>) -> Result<Tokens, Fault> {
    Ok(script(acts).boxed())
}

#[circuit_breaker(failure_threshold = 100, max_concurrent = 10, retry(attempts = 2), clone(acts))]
async fn alias_retried(acts: Vec<Act>) -> Result<Tokens, Fault> {
    Ok(script(acts).boxed())
}

#[circuit_breaker(failure_threshold = 100, max_concurrent = 10, fallback = Ok(numbers(1).boxed()))]
async fn alias_or_else(acts: Vec<Act>) -> Result<Tokens, Fault> {
    Ok(script(acts).boxed())
}

#[circuit_breaker(
    failure_threshold = 100,
    max_concurrent = 10,
    fallback = Ok(numbers(1).boxed()),
    fallback_on = "rejection"
)]
async fn alias_or_rejected(acts: Vec<Act>) -> Result<Tokens, Fault> {
    Ok(script(acts).boxed())
}

#[circuit_breaker(failure_threshold = 100, max_concurrent = 10, honour_retry_after = false, ignore_if = |_| false)]
async fn alias_judged(acts: Vec<Act>) -> Result<Tokens, Fault> {
    Ok(script(acts).boxed())
}

#[circuit_breaker(failure_threshold = 100, max_concurrent = 10)]
fn alias_in_future(acts: Vec<Act>) -> impl Future<Output = Result<Tokens, Fault>> {
    async move { Ok(script(acts).boxed()) }
}

#[circuit_breaker(failure_threshold = 100, max_concurrent = 10)]
fn sync_alias(acts: Vec<Act>) -> Result<Tokens, Fault> {
    Ok(script(acts).boxed())
}

#[circuit_breaker(failure_threshold = 100, max_concurrent = 10)]
fn sync_boxed(acts: Vec<Act>) -> Result<BoxStream<'static, Item>, Fault> {
    Ok(script(acts).boxed())
}

#[circuit_breaker(failure_threshold = 100, max_concurrent = 10)]
fn sync_opaque(acts: Vec<Act>) -> Result<impl Stream<Item = Item> + Unpin, Fault> {
    if acts.is_empty() {
        return Err(Fault::Refused);
    }
    Ok(script(acts))
}

#[circuit_breaker(failure_threshold = 100, max_concurrent = 10)]
fn sync_local(acts: &[Act]) -> Result<Local<'_>, Fault> {
    Ok(futures::stream::iter(acts.iter().map(|_| Ok(7))).boxed_local())
}

async fn is_guarded<S: Stream<Item = Item> + Unpin>(
    breaker: &CircuitBreaker,
    call: impl AsyncFn(Vec<Act>) -> Result<S, Fault>,
) {
    let running = || breaker.snapshot().bulkhead.expect("a bulkhead").running;
    let works = vec![Act::Yield(Ok(7))];
    let fails = vec![Act::Yield(Ok(7)), Act::Yield(Err(Fault::Broken))];
    let mut stream = call(works.clone()).await.expect("a stream");
    assert_eq!((settled(breaker), running()), ((0, 0, 0, 0), 1), "{}", breaker.name());
    assert_eq!(stream.next().await, Some(Ok(7)));
    assert_eq!((settled(breaker), running()), ((0, 0, 0, 0), 1));
    assert_eq!(stream.next().await, None);
    assert_eq!((settled(breaker), running()), ((1, 0, 0, 0), 0));
    let mut stream = call(fails).await.expect("a stream");
    assert_eq!(stream.by_ref().collect::<Vec<_>>().await, [Ok(7), Err(Fault::Broken)]);
    assert_eq!((settled(breaker), running()), ((1, 1, 0, 0), 0));
    drop(call(works).await);
    assert_eq!((settled(breaker), running()), ((1, 1, 0, 1), 0));
    // The permit is released once.
    drop(stream);
    assert_eq!((settled(breaker), running()), ((1, 1, 0, 1), 0));
}

#[tokio::test(start_paused = true)]
async fn stream_under_an_alias_holds_its_permit() {
    is_guarded(breaker_of(alias), alias).await;
    is_guarded(breaker_of(alias_of_all), alias_of_all).await;
    is_guarded(breaker_of(alias_of_result), alias_of_result).await;
}

#[tokio::test(start_paused = true)]
async fn stream_under_an_alias_holds_its_permit_behind_other_layers() {
    is_guarded(breaker_of(alias_in_time), alias_in_time).await;
    is_guarded(breaker_of(alias_in_turn), alias_in_turn).await;
    is_guarded(breaker_of(alias_retried), alias_retried).await;
    is_guarded(breaker_of(alias_or_else), alias_or_else).await;
    is_guarded(breaker_of(alias_or_rejected), alias_or_rejected).await;
    is_guarded(breaker_of(alias_judged), alias_judged).await;
    is_guarded(breaker_of(alias_in_future), alias_in_future).await;
}

#[tokio::test(start_paused = true)]
async fn stream_of_a_sync_function_in_a_result_holds_its_permit() {
    is_guarded(breaker_of(sync_alias), async |acts| sync_alias(acts)).await;
    is_guarded(breaker_of(sync_boxed), async |acts| sync_boxed(acts)).await;
    is_guarded(breaker_of(sync_opaque), async |acts| sync_opaque(acts)).await;
    let breaker = breaker_of(sync_opaque);
    assert_eq!(sync_opaque(Vec::new()).err(), Some(Fault::Refused));
    assert_eq!(settled(breaker), (1, 2, 0, 1));
    let acts = [Act::Hang];
    let mut stream = sync_local(&acts).expect("a stream");
    assert_eq!(settled(breaker_of(sync_local)), (0, 0, 0, 0));
    assert_eq!(stream.next().await, Some(Ok(7)));
    assert_eq!(stream.next().await, None);
    assert_eq!(settled(breaker_of(sync_local)), (1, 0, 0, 0));
}

#[circuit_breaker(failure_threshold = 1, key = host)]
async fn alias_by_key(host: &str, acts: Vec<Act>) -> Result<Tokens, Fault> {
    let _ = host;
    Ok(script(acts).boxed())
}

#[tokio::test(start_paused = true)]
async fn stream_under_an_alias_belongs_to_the_breaker_of_its_key() {
    let fails = vec![Act::Yield(Err(Fault::Broken))];
    let mut stream = alias_by_key("a", fails).await.expect("a stream");
    let keys = breaker_of(alias_by_key).keyed().expect("breakers of keys");
    let state = |key| keys.get(key).state();
    assert_eq!(state("a"), State::Closed);
    assert_eq!(stream.next().await, Some(Err(Fault::Broken)));
    assert_eq!(state("a"), State::Open);
    let rejected = alias_by_key("a", Vec::new()).await.err();
    assert_eq!(rejected, Some(Fault::Breaker(ErrorKind::Open)));
    assert!(alias_by_key("b", Vec::new()).await.is_ok());
}

#[circuit_breaker(failure_threshold = 100)]
#[allow(deprecated)]
async fn of_own_type(acts: Vec<Act>) -> Result<crate::common::Script, Fault> {
    Ok(script(acts))
}

/// The type of the stream cannot hold a permit: the compiler warns, and the call ends when it has
/// connected.
#[tokio::test(start_paused = true)]
async fn stream_of_an_own_type_is_left_alone() {
    let mut stream = of_own_type(vec![Act::Yield(Ok(7))]).await.expect("a stream");
    assert_eq!(settled(breaker_of(of_own_type)), (1, 0, 0, 0));
    assert!(poll(&mut stream).is_ready());
}
