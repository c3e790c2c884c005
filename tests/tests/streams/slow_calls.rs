//! `slow_call` on a stream: the time that its reader waited for one item.

use std::task::Poll;

use breaker_runtime::{State, breaker_of, circuit_breaker, testing};
use futures::{Stream, StreamExt};
use tokio::time::{advance, sleep};

use crate::common::{Act, Item, poll, script, seconds, settled};

const OK: Act = Act::Yield(Ok(7));

#[circuit_breaker(slow_call = "2s", min_calls = 1, window = 4)]
fn call(acts: Vec<Act>) -> impl Stream<Item = Item> + Unpin {
    script(acts)
}

fn wait(length: u64) -> Act {
    Act::Wait(seconds(length))
}

async fn slow(acts: Vec<Act>) -> (u64, State) {
    let _fresh = testing::isolate();
    let _ = call(acts).collect::<Vec<_>>().await;
    (breaker_of(call).snapshot().totals.slow, breaker_of(call).state())
}

#[tokio::test(start_paused = true)]
async fn stream_is_slow_if_one_item_took_longer_than_slow_call() {
    assert_eq!(slow(vec![wait(3), OK]).await, (1, State::Open));
    assert_eq!(slow(vec![OK, wait(3), OK]).await, (1, State::Open));
    assert_eq!(slow(vec![OK, wait(3)]).await, (1, State::Open), "the end");
    assert_eq!(slow(vec![wait(1), wait(1), wait(1), OK]).await, (1, State::Open), "in steps");
}

#[tokio::test(start_paused = true)]
async fn long_stream_is_not_slow() {
    assert_eq!(slow((0..60).flat_map(|_| [wait(1), OK]).collect()).await, (0, State::Closed));
}

#[tokio::test(start_paused = true)]
async fn slow_reader_does_not_make_a_stream_slow() {
    let _fresh = testing::isolate();
    let mut stream = call(vec![OK, wait(1), wait(1), OK]);
    sleep(seconds(60)).await;
    assert!(stream.next().await.is_some());
    sleep(seconds(60)).await;
    assert_eq!(poll(&mut stream), Poll::Pending);
    sleep(seconds(60)).await;
    assert!(stream.next().await.is_some());
    assert!(stream.next().await.is_none());
    assert_eq!((breaker_of(call).snapshot().totals.slow, breaker_of(call).state()), (0, State::Closed));
}

/// Readers that stop early must not hide a dependency that hangs.
#[tokio::test(start_paused = true)]
async fn stream_that_is_dropped_after_a_slow_wait_is_a_failure() {
    for (waits, expected) in [(2, (0, 0, 0, 1)), (3, (0, 1, 0, 0))] {
        let _fresh = testing::isolate();
        let mut stream = call(vec![OK, Act::Hang]);
        assert!(stream.next().await.is_some());
        assert_eq!(poll(&mut stream), Poll::Pending);
        advance(seconds(waits)).await;
        drop(stream);
        assert_eq!(settled(breaker_of(call)), expected, "{waits} s");
    }
}

#[tokio::test(start_paused = true)]
async fn slow_probe_opens_again_and_a_slow_reader_of_a_probe_does_not() {
    let _fresh = testing::isolate();
    let half_open = || {
        breaker_of(call).trip();
        advance(seconds(60))
    };
    half_open().await;
    assert_eq!(breaker_of(call).state(), State::HalfOpen);
    let _ = call(vec![wait(3), OK]).collect::<Vec<_>>().await;
    assert_eq!(breaker_of(call).state(), State::Open);
    breaker_of(call).reset();
    half_open().await;
    for _ in 0..2 {
        let mut stream = call(vec![OK, OK]);
        while stream.next().await.is_some() {
            sleep(seconds(5)).await;
        }
    }
    assert_eq!(breaker_of(call).state(), State::Closed);
}
