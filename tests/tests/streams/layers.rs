//! Streams with a key, a queue, or a breaker of the user.

use std::sync::LazyLock;
use std::task::Poll;

use breaker_runtime::{
    BreakerError, CallError, CircuitBreaker, ErrorKind, State, breaker_of, circuit_breaker,
    keyed_breakers_of,
};
use futures::{Stream, StreamExt};
use tokio::time::Instant;

use crate::common::{Act, Fault, Item, numbers, poll, script, seconds, settled};

const OK: Act = Act::Yield(Ok(7));
const ERR: Act = Act::Yield(Err(Fault::Broken));

#[test]
fn keyed_stream_holds_the_breaker_of_its_key() {
    #[circuit_breaker(key = host, failure_threshold = 1, fallback = futures::stream::iter([Ok(70)]))]
    fn keyed(host: &'static str, acts: Vec<Act>) -> impl Stream<Item = Item> + Unpin {
        let _ = host;
        script(acts)
    }
    let mut stream = keyed("eu", vec![OK, ERR]);
    let breaker = keyed_breakers_of(keyed).get(&"eu");
    assert_eq!(poll(&mut stream), Poll::Ready(Some(Ok(7))));
    assert_eq!(poll(&mut stream), Poll::Ready(Some(Err(Fault::Broken))));
    assert_eq!((breaker.state(), settled(&breaker)), (State::Open, (0, 1, 0, 0)));
    assert_eq!(poll(&mut keyed("eu", vec![OK])), Poll::Ready(Some(Ok(70))));
    assert_eq!(poll(&mut keyed("us", vec![OK])), Poll::Ready(Some(Ok(7))));
    assert_eq!(breaker.snapshot().totals.fallback, 1);
}

#[tokio::test(start_paused = true)]
async fn stream_waits_in_the_queue_until_another_one_ends() {
    #[circuit_breaker(max_concurrent = 1, max_wait = "10s")]
    fn queued(acts: Vec<Act>) -> impl Stream<Item = Item> {
        script(acts)
    }
    let began = Instant::now();
    let first = queued(vec![OK, Act::Wait(seconds(4))]);
    let second = queued(vec![OK]);
    let (first, second) = tokio::join!(first.collect::<Vec<_>>(), second.collect::<Vec<_>>());
    assert_eq!((first, second), (vec![Ok(7)], vec![Ok(7)]));
    assert_eq!(began.elapsed(), seconds(4));
    let held = queued(vec![]);
    let rejected = queued(vec![OK]).collect::<Vec<_>>().await;
    assert!(matches!(rejected[..], [Err(Fault::Breaker(_))]));
    assert_eq!(began.elapsed(), seconds(14));
    drop(held);
    assert_eq!(settled(breaker_of(queued)), (2, 0, 0, 1));
}

static SHARED: LazyLock<CircuitBreaker> = LazyLock::new(|| {
    CircuitBreaker::builder("shared by streams").failure_threshold(1).build().expect("in range")
});

#[tokio::test(start_paused = true)]
async fn shared_breaker_takes_the_limits_of_the_function() {
    #[circuit_breaker(breaker = SHARED, first_item = "5s", idle = "1s")]
    fn limited(acts: Vec<Act>) -> impl Stream<Item = Item> {
        script(acts)
    }
    #[circuit_breaker(breaker = SHARED)]
    fn unlimited() -> impl Stream<Item = Item> + Unpin {
        numbers(1)
    }
    let began = Instant::now();
    let items: Vec<Item> = limited(vec![OK, Act::Hang]).collect().await;
    assert_eq!(items, [Ok(7), Err(Fault::Breaker(ErrorKind::TimedOut))]);
    assert_eq!((began.elapsed(), SHARED.state()), (seconds(1), State::Open));
    assert_eq!(poll(&mut unlimited()), Poll::Ready(Some(Err(Fault::Breaker(ErrorKind::Open)))));
}

/// `call_stream` works on a breaker from the builder.
#[tokio::test(start_paused = true)]
async fn built_breaker_guards_a_stream() {
    let breaker = CircuitBreaker::builder("built for streams")
        .failure_threshold(2)
        .idle(seconds(2))
        .build()
        .expect("in range");
    let read = |acts: Vec<Act>| breaker.call_stream(move || script(acts)).collect::<Vec<_>>();
    assert_eq!(read(vec![OK]).await, [Ok(7)]);
    let late = read(vec![OK, Act::Hang]).await;
    assert_eq!(
        late[1].as_ref().err().and_then(CallError::rejection).map(BreakerError::kind),
        Some(ErrorKind::TimedOut)
    );
    assert_eq!(read(vec![ERR]).await, [Err(CallError::Inner(Fault::Broken))]);
    assert_eq!((settled(&breaker), breaker.state()), ((1, 2, 0, 0), State::Open));
}
