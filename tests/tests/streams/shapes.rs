//! Every shape of function that returns a stream is protected.

use std::pin::Pin;
use std::rc::Rc;

use async_trait::async_trait;
use breaker_runtime::{BreakerError, CircuitBreaker, ErrorKind, State, breaker_of, circuit_breaker};
use futures::stream::{self, BoxStream, LocalBoxStream};
use futures::{Stream, StreamExt, TryStream, TryStreamExt};

use crate::common::{Act, Fault, Item, Script, numbers, poll, script, settled};

const BROKEN: [Act; 2] = [Act::Yield(Ok(1)), Act::Yield(Err(Fault::Broken))];

fn acts(fail: bool) -> Script {
    if fail { script(BROKEN) } else { numbers(2) }
}

#[circuit_breaker(failure_threshold = 1)]
fn opaque(fail: bool) -> impl Stream<Item = Item> {
    acts(fail)
}

#[circuit_breaker(failure_threshold = 1)]
fn opaque_send<'a>(prompt: &'a str, fail: &'a bool) -> impl Stream<Item = Item> + Send + use<'a> {
    let _ = prompt.len();
    acts(*fail)
}

#[circuit_breaker(failure_threshold = 1)]
fn try_stream(fail: bool) -> impl TryStream<Ok = u32, Error = Fault> {
    acts(fail)
}

#[circuit_breaker(failure_threshold = 1)]
fn boxed(fail: bool) -> Pin<Box<dyn Stream<Item = Item> + Send>> {
    if fail {
        return Box::pin(script(BROKEN));
    }
    Box::pin(numbers(2))
}

#[circuit_breaker(failure_threshold = 1)]
fn box_stream(fail: bool) -> BoxStream<'static, Item> {
    acts(fail).boxed()
}

#[circuit_breaker(failure_threshold = 1)]
fn local_box_stream(fail: bool) -> LocalBoxStream<'static, Item> {
    let local = Rc::new(());
    acts(fail).inspect(move |_| drop(Rc::clone(&local))).boxed_local()
}

#[circuit_breaker(failure_threshold = 1)]
fn generic<T: Clone + 'static>(values: Vec<T>, fail: bool) -> impl Stream<Item = Result<T, Fault>> {
    let end = fail.then_some(Err(Fault::Broken));
    stream::iter(values.into_iter().map(Ok).chain(end))
}

#[circuit_breaker(failure_threshold = 1)]
async fn connects(fail: bool) -> Result<impl Stream<Item = Item>, Fault> {
    Ok(acts(fail))
}

#[circuit_breaker(failure_threshold = 1)]
async fn connects_boxed(fail: bool) -> Result<BoxStream<'static, Item>, Fault> {
    Ok(acts(fail).boxed())
}

#[circuit_breaker(failure_threshold = 1)]
fn connects_in_future(fail: bool) -> impl Future<Output = Result<impl Stream<Item = Item>, Fault>> {
    async move { Ok(acts(fail)) }
}

struct Client;

impl Client {
    #[circuit_breaker(failure_threshold = 1)]
    fn method(&self, fail: bool) -> impl Stream<Item = Item> + use<> {
        acts(fail)
    }
}

#[async_trait]
trait Model {
    async fn ask(&self, fail: bool) -> Result<BoxStream<'static, Item>, Fault>;
}

#[async_trait]
impl Model for Client {
    #[circuit_breaker(name = "model", failure_threshold = 1)]
    async fn ask(&self, fail: bool) -> Result<BoxStream<'static, Item>, Fault> {
        Ok(acts(fail).boxed())
    }
}

/// Proves the protection by one good stream, one that breaks, and one that is rejected.
async fn protects<S>(breaker: &CircuitBreaker, mut call: impl AsyncFnMut(bool) -> Result<S, Fault>)
where
    S: TryStream<Ok = u32, Error = Fault>,
{
    let good: Vec<u32> = call(false).await.expect("a stream").try_collect().await.expect("no error");
    assert_eq!(good, [1, 2]);
    assert_eq!(settled(breaker), (1, 0, 0, 0));
    let broken = call(true).await.expect("a stream").into_stream().collect::<Vec<_>>().await;
    assert_eq!(broken, [Ok(1), Err(Fault::Broken)]);
    assert_eq!((settled(breaker), breaker.state()), ((1, 1, 0, 0), State::Open));
    let rejected = match call(false).await {
        Ok(stream) => stream.into_stream().collect::<Vec<_>>().await,
        Err(error) => vec![Err(error)],
    };
    assert_eq!(rejected, [Err(Fault::Breaker(ErrorKind::Open))]);
    assert_eq!(breaker.snapshot().totals.rejected, 1);
}

#[tokio::test]
async fn every_shape_holds_its_permit_to_the_end() {
    let client = Client;
    protects(breaker_of(opaque), async |fail| Ok(opaque(fail))).await;
    protects(breaker_of(opaque_send), async |fail| {
        Ok(opaque_send("hello", if fail { &true } else { &false }))
    })
    .await;
    protects(breaker_of(try_stream), async |fail| Ok(try_stream(fail))).await;
    protects(breaker_of(boxed), async |fail| Ok(boxed(fail))).await;
    protects(breaker_of(box_stream), async |fail| Ok(box_stream(fail))).await;
    protects(breaker_of(local_box_stream), async |fail| Ok(local_box_stream(fail))).await;
    protects(breaker_of(generic::<u32>), async |fail| {
        Ok(generic(if fail { vec![1] } else { vec![1, 2] }, fail))
    })
    .await;
    protects(breaker_of(connects), async |fail| connects(fail).await).await;
    protects(breaker_of(connects_boxed), async |fail| connects_boxed(fail).await).await;
    protects(breaker_of(connects_in_future), async |fail| connects_in_future(fail).await).await;
    protects(breaker_of(Client::method), async |fail| Ok(client.method(fail))).await;
    let model = breaker_runtime::breaker("model").expect("listed");
    protects(&model, async |fail| client.ask(fail).await).await;
}

#[test]
fn permit_of_a_stream_is_held_between_items() {
    #[circuit_breaker(max_concurrent = 1)]
    fn limited() -> impl Stream<Item = Item> + Unpin {
        numbers(1)
    }
    let mut first = limited();
    assert_eq!(poll(&mut first), std::task::Poll::Ready(Some(Ok(1))));
    assert!(matches!(poll(&mut limited()), std::task::Poll::Ready(Some(Err(Fault::Breaker(_))))));
    assert_eq!(poll(&mut first), std::task::Poll::Ready(None));
    assert_eq!(poll(&mut limited()), std::task::Poll::Ready(Some(Ok(1))));
}

const fn is_send<T: Send>(_: &T) {}

#[test]
fn stream_is_send_where_the_bare_one_is() {
    is_send(&opaque(false));
    is_send(&connects(false));
    is_send(&connects_boxed(false));
    let _: BreakerError;
}
