//! `first_item` and `idle`: the time that a reader waits for the dependency.

use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

use breaker_runtime::{ErrorKind, breaker_of, circuit_breaker, testing};
use futures::{Stream, StreamExt};
use tokio::time::{Instant, advance, sleep};

use crate::common::{Act, Fault, Item, poll, script, seconds, settled};

const OK: Act = Act::Yield(Ok(7));
const TIMED_OUT: Item = Err(Fault::Breaker(ErrorKind::TimedOut));

fn wait(length: u64) -> Act {
    Act::Wait(seconds(length))
}

#[circuit_breaker(failure_threshold = 100, first_item = "5s", idle = "20s")]
fn call(acts: Vec<Act>) -> impl Stream<Item = Item> + Unpin {
    script(acts)
}

/// Reads a stream, and returns the items, the time that it took, and how it was settled.
async fn read(acts: Vec<Act>) -> (Vec<Item>, u64, (u64, u64, u64, u64)) {
    let _fresh = testing::isolate();
    let began = Instant::now();
    let items = call(acts).collect().await;
    (items, began.elapsed().as_secs(), settled(breaker_of(call)))
}

#[tokio::test(start_paused = true)]
async fn first_item_that_does_not_come_ends_the_stream_as_a_failure() {
    let _fresh = testing::isolate();
    let began = Instant::now();
    let mut stream = call(vec![Act::Hang]);
    assert_eq!(stream.next().await, Some(TIMED_OUT));
    assert_eq!(began.elapsed(), seconds(5));
    assert_eq!(stream.next().await, None);
    assert_eq!(settled(breaker_of(call)), (0, 1, 0, 0));
    assert_eq!(breaker_of(call).snapshot().totals.timed_out, 1);
    drop(stream);
    assert_eq!(settled(breaker_of(call)), (0, 1, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn stream_that_stops_ends_after_idle_as_a_failure() {
    let stops = vec![wait(4), OK, wait(19), OK, Act::Hang];
    assert_eq!(read(stops).await, (vec![Ok(7), Ok(7), TIMED_OUT], 4 + 19 + 20, (0, 1, 0, 0)));
}

#[tokio::test(start_paused = true)]
async fn end_that_does_not_come_is_idle_as_well() {
    assert_eq!(read(vec![OK, wait(21)]).await, (vec![Ok(7), TIMED_OUT], 20, (0, 1, 0, 0)));
}

#[tokio::test(start_paused = true)]
async fn long_stream_with_items_in_time_is_a_success() {
    let acts: Vec<Act> = (0..100).flat_map(|_| [wait(4), OK]).collect();
    let (items, took, settled) = read(acts).await;
    assert_eq!((items.len(), took, settled), (100, 400, (1, 0, 0, 0)));
}

#[tokio::test(start_paused = true)]
async fn item_that_comes_in_many_steps_has_one_limit() {
    // Each step wakes the reader, and none is an item.
    let steps = vec![wait(2), wait(2), wait(2), OK];
    assert_eq!(read(steps).await, (vec![TIMED_OUT], 5, (0, 1, 0, 0)));
    let steps = vec![wait(2), wait(2), OK];
    assert_eq!(read(steps).await, (vec![Ok(7)], 4, (1, 0, 0, 0)));
}

/// The time that a reader spends elsewhere between two items is not the dependency's.
#[tokio::test(start_paused = true)]
async fn slow_reader_is_not_the_dependencys_fault() {
    let _fresh = testing::isolate();
    let mut stream = call(vec![OK, wait(3), OK, wait(3), OK]);
    sleep(seconds(3600)).await;
    while let Some(item) = stream.next().await {
        assert_eq!(item, Ok(7));
        sleep(seconds(3600)).await;
    }
    assert_eq!(settled(breaker_of(call)), (1, 0, 0, 0));
}

/// The same holds for a reader that found no item, and did not come back when it was woken.
#[tokio::test(start_paused = true)]
async fn reader_that_is_woken_and_stays_away_is_not_the_dependencys_fault() {
    let _fresh = testing::isolate();
    // After the first step the stream needs a poll to begin the second one.
    let mut stream = call(vec![OK, wait(3), wait(3), OK]);
    assert_eq!(stream.next().await, Some(Ok(7)));
    assert_eq!(poll(&mut stream), Poll::Pending);
    sleep(seconds(3600)).await;
    assert_eq!(stream.next().await, Some(Ok(7)));
    assert_eq!(stream.next().await, None);
    assert_eq!(settled(breaker_of(call)), (1, 0, 0, 0));
}

/// The dependency had its time, whether or not the reader was present at the end.
#[tokio::test(start_paused = true)]
async fn stream_that_hangs_is_a_failure_for_a_slow_reader_too() {
    let _fresh = testing::isolate();
    let mut stream = call(vec![OK, Act::Hang]);
    assert_eq!(stream.next().await, Some(Ok(7)));
    assert_eq!(poll(&mut stream), Poll::Pending);
    sleep(seconds(3600)).await;
    assert_eq!(poll(&mut stream), Poll::Ready(Some(TIMED_OUT)));
    assert_eq!(settled(breaker_of(call)), (0, 1, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn item_and_limit_at_the_same_poll_is_the_item() {
    assert_eq!(read(vec![wait(5), OK]).await, (vec![Ok(7)], 5, (1, 0, 0, 0)));
}

#[tokio::test(start_paused = true)]
async fn reader_that_gives_up_before_the_limit_is_cancelled_and_after_it_a_failure() {
    let _fresh = testing::isolate();
    let mut stream = call(vec![Act::Hang]);
    assert_eq!(poll(&mut stream), Poll::Pending);
    advance(seconds(4)).await;
    drop(stream);
    assert_eq!(settled(breaker_of(call)), (0, 0, 0, 1));
    let mut stream = call(vec![Act::Hang]);
    assert_eq!(poll(&mut stream), Poll::Pending);
    advance(seconds(5)).await;
    drop(stream);
    assert_eq!(settled(breaker_of(call)), (0, 1, 0, 1));
    assert_eq!(breaker_of(call).snapshot().totals.timed_out, 1);
}

#[tokio::test(start_paused = true)]
async fn reader_that_moves_to_another_task_is_woken_there() {
    let _fresh = testing::isolate();
    let mut stream = call(vec![wait(2), OK, Act::Hang]);
    assert_eq!(poll(&mut stream), Poll::Pending);
    let read = tokio::spawn(async move {
        let items: Vec<Item> = stream.collect().await;
        items
    });
    assert_eq!(read.await.expect("no panic"), [Ok(7), TIMED_OUT]);
}

#[tokio::test(start_paused = true)]
async fn limits_follow_settings_for_streams_that_begin_later() {
    #[circuit_breaker(name = "configured", failure_threshold = 100)]
    fn configured() -> impl Stream<Item = Item> + Unpin {
        script([Act::Hang])
    }
    let mut before = configured();
    breaker_of(configured)
        .reconfigure(|options| options.first_item(seconds(1)).idle(seconds(2)))
        .expect("in range");
    let config = breaker_of(configured).config();
    assert_eq!((config.first_item(), config.idle()), (Some(seconds(1)), Some(seconds(2))));
    assert_eq!(configured().next().await, Some(TIMED_OUT));
    assert_eq!(poll(&mut before), Poll::Pending, "it has begun without a limit");
    breaker_of(configured)
        .reconfigure(|options| options.without_first_item().without_idle())
        .expect("in range");
    assert_eq!(breaker_of(configured).config().first_item(), None);
}

/// The stream wakes an earlier waker as well, and hangs after its first item.
#[tokio::test(start_paused = true)]
async fn wake_up_between_two_items_is_not_taken_for_one_of_the_next_wait() {
    #[circuit_breaker(failure_threshold = 100, idle = "20s")]
    fn call(wakers: Arc<Mutex<Vec<Waker>>>) -> impl Stream<Item = Item> + Unpin {
        let mut polls = 0;
        futures::stream::poll_fn(move |context| {
            polls += 1;
            wakers.lock().expect("no panic").push(context.waker().clone());
            if polls == 3 { Poll::Ready(Some(Ok(7))) } else { Poll::Pending }
        })
    }
    let wakers = Arc::new(Mutex::new(Vec::new()));
    let mut stream = call(wakers.clone());
    assert_eq!(poll(&mut stream), Poll::Pending);
    assert_eq!(poll(&mut stream), Poll::Ready(Some(Ok(7))));
    wakers.lock().expect("no panic").drain(..).for_each(Waker::wake);
    let began = Instant::now();
    assert_eq!(stream.next().await, Some(TIMED_OUT));
    assert_eq!(began.elapsed(), seconds(20));
}

/// Uses real time, because it is about threads: a lost wake-up would end the stream after `idle`.
#[test]
fn stream_that_another_thread_wakes_loses_no_wake_up() {
    const ITEMS: u32 = 20_000;
    #[circuit_breaker(idle = "60s", slow_call = "60s")]
    fn call(items: futures::channel::mpsc::UnboundedReceiver<Item>) -> impl Stream<Item = Item> {
        items
    }
    let (sender, receiver) = futures::channel::mpsc::unbounded();
    let sends = std::thread::spawn(move || {
        for number in 0..ITEMS {
            sender.unbounded_send(Ok(number)).expect("a reader");
            if number % 3 == 0 {
                std::thread::yield_now();
            }
        }
    });
    let items: Vec<Item> = futures::executor::block_on(call(receiver).collect());
    sends.join().expect("no panic");
    assert!(items.into_iter().eq((0..ITEMS).map(Ok)));
    assert_eq!(settled(breaker_of(call)), (1, 0, 0, 0));
}
