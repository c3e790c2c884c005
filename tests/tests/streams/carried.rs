//! A call that connects first: its permit moves into the stream.

use std::task::Poll;

use breaker_runtime::{CircuitBreaker, ErrorKind, breaker_of, circuit_breaker, testing};
use futures::stream::BoxStream;
use futures::{Stream, StreamExt};
use tokio::time::{Instant, sleep};

use crate::common::{Act, Fault, Item, numbers, poll, script, seconds, settled};

const OK: Act = Act::Yield(Ok(7));
const ERR: Act = Act::Yield(Err(Fault::Broken));

/// The script of a call: the time to connect, whether that fails, and the items.
#[derive(Clone, Debug)]
struct Plan {
    connect: u64,
    refuse: bool,
    acts: Vec<Act>,
}

const NORMAL: Plan = Plan { connect: 0, refuse: false, acts: Vec::new() };

#[circuit_breaker(failure_threshold = 100, max_concurrent = 10, call_timeout = "3s", first_item = "5s")]
async fn opaque(plan: Plan) -> Result<impl Stream<Item = Item> + Unpin, Fault> {
    sleep(seconds(plan.connect)).await;
    if plan.refuse { Err(Fault::Refused) } else { Ok(script(plan.acts)) }
}

#[circuit_breaker(failure_threshold = 100, max_concurrent = 10, call_timeout = "3s", first_item = "5s")]
async fn boxed(plan: Plan) -> Result<BoxStream<'static, Item>, Fault> {
    sleep(seconds(plan.connect)).await;
    if plan.refuse { Err(Fault::Refused) } else { Ok(script(plan.acts).boxed()) }
}

async fn behaves<S: Stream<Item = Item> + Unpin>(
    breaker: &CircuitBreaker,
    call: impl AsyncFn(Plan) -> Result<S, Fault>,
) {
    // A connection that succeeds does not settle the call.
    let mut stream = call(Plan { acts: vec![OK], ..NORMAL }).await.expect("a stream");
    assert_eq!((settled(breaker), running(breaker)), ((0, 0, 0, 0), 1));
    assert_eq!(stream.next().await, Some(Ok(7)));
    assert_eq!(running(breaker), 1);
    assert_eq!(stream.next().await, None);
    assert_eq!((settled(breaker), running(breaker)), ((1, 0, 0, 0), 0));
    // A connection that fails does.
    assert_eq!(call(Plan { refuse: true, ..NORMAL }).await.err(), Some(Fault::Refused));
    assert_eq!((settled(breaker), running(breaker)), ((1, 1, 0, 0), 0));
    // An item that fails does as well.
    let items: Vec<Item> =
        call(Plan { acts: vec![OK, ERR], ..NORMAL }).await.expect("a stream").collect().await;
    assert_eq!(items, [Ok(7), Err(Fault::Broken)]);
    assert_eq!(settled(breaker), (1, 2, 0, 0));
    // The connection has its own deadline, and the first item another.
    let began = Instant::now();
    let hangs = call(Plan { connect: 3600, ..NORMAL }).await;
    assert_eq!(hangs.err(), Some(Fault::Breaker(ErrorKind::TimedOut)));
    assert_eq!((settled(breaker), began.elapsed()), ((1, 3, 0, 0), seconds(3)));
    let mut stream = call(Plan { connect: 2, acts: vec![Act::Hang], ..NORMAL }).await.expect("a stream");
    assert_eq!(stream.next().await, Some(Err(Fault::Breaker(ErrorKind::TimedOut))));
    assert_eq!((settled(breaker), running(breaker)), ((1, 4, 0, 0), 0));
    assert_eq!(stream.next().await, None);
    // The reader drops the call, while it connects or while it streams.
    let mut connecting = Box::pin(call(Plan { connect: 1, ..NORMAL }));
    assert!(futures::poll!(connecting.as_mut()).is_pending());
    drop(connecting);
    assert_eq!((settled(breaker), running(breaker)), ((1, 4, 0, 1), 0));
    drop(call(Plan { acts: vec![OK], ..NORMAL }).await);
    assert_eq!((settled(breaker), running(breaker)), ((1, 4, 0, 2), 0));
}

fn running(breaker: &CircuitBreaker) -> u32 {
    breaker.snapshot().bulkhead.expect("a bulkhead").running
}

#[tokio::test(start_paused = true)]
async fn permit_passes_from_the_connection_into_the_stream() {
    behaves(breaker_of(opaque), opaque).await;
    behaves(breaker_of(boxed), boxed).await;
}

#[tokio::test(start_paused = true)]
async fn retry_is_for_what_comes_before_the_stream() {
    #[circuit_breaker(failure_threshold = 100, retry(attempts = 3, backoff = "1s", jitter = false))]
    async fn retried(attempt: &std::cell::Cell<u32>) -> Result<impl Stream<Item = Item> + use<>, Fault> {
        attempt.set(attempt.get() + 1);
        if attempt.get() < 3 { Err(Fault::Refused) } else { Ok(script([OK, ERR])) }
    }
    let attempt = std::cell::Cell::new(0);
    let items: Vec<Item> = retried(&attempt).await.expect("the third attempt").collect().await;
    assert_eq!(items, [Ok(7), Err(Fault::Broken)]);
    assert_eq!((settled(breaker_of(retried)), attempt.get()), ((0, 3, 0, 0), 3));
}

#[tokio::test]
async fn predicates_judge_the_call_and_err_items_are_failures() {
    #[circuit_breaker(ignore_if = |output: &Result<_, Fault>| matches!(output, Err(Fault::Refused)))]
    async fn judged(refuse: bool, acts: Vec<Act>) -> Result<impl Stream<Item = Item>, Fault> {
        if refuse { Err(Fault::Refused) } else { Ok(script(acts)) }
    }
    assert!(judged(true, Vec::new()).await.is_err());
    assert_eq!(settled(breaker_of(judged)), (0, 0, 1, 0));
    let _ = judged(false, vec![ERR]).await.expect("a stream").collect::<Vec<_>>().await;
    assert_eq!(settled(breaker_of(judged)), (0, 1, 1, 0));
}

#[tokio::test]
async fn stream_of_a_call_that_was_settled_by_a_predicate_is_passed_on() {
    #[circuit_breaker(failure_if = |output: &Result<_, Fault>| output.is_ok())]
    async fn failed() -> Result<impl Stream<Item = Item>, Fault> {
        Ok(numbers(2))
    }
    let items: Vec<Item> = failed().await.expect("a stream").collect().await;
    assert_eq!(items, [Ok(1), Ok(2)]);
    assert_eq!(settled(breaker_of(failed)), (0, 1, 0, 0));
}

#[tokio::test]
async fn keyed_call_holds_the_breaker_of_its_key() {
    #[circuit_breaker(key = host, failure_threshold = 1)]
    async fn keyed(
        host: &str,
        acts: Vec<Act>,
    ) -> Result<impl Stream<Item = Item> + Unpin + use<>, Fault> {
        let _ = host;
        Ok(script(acts))
    }
    let mut stream = keyed("eu", vec![OK, ERR]).await.expect("a stream");
    assert_eq!(poll(&mut stream), Poll::Ready(Some(Ok(7))));
    assert_eq!(poll(&mut stream), Poll::Ready(Some(Err(Fault::Broken))));
    assert!(keyed("eu", Vec::new()).await.is_err());
    assert!(keyed("us", Vec::new()).await.is_ok());
}

#[tokio::test]
async fn isolated_test_sees_its_own_breaker() {
    {
        let _fresh = testing::isolate();
        drop(boxed(NORMAL).await);
        assert_eq!(settled(breaker_of(boxed)).3, 1);
    }
}
