//! Events as a stream for async code.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

use breaker_runtime::{CircuitBreaker, EventStream, ManualClock, State, events};
use futures::FutureExt as _;
use futures::executor::block_on;

use crate::listeners::breaker;

fn sequences(events: &mut EventStream) -> Vec<(u64, u64)> {
    let next = |_| events.try_recv().map(|event| (event.sequence, event.dropped));
    (0..1_000).map_while(next).collect()
}

#[test]
fn slow_reader_gets_the_newest_events_and_the_number_of_dropped_ones() {
    let (breaker, _) = breaker("slowly read");
    let mut events = breaker.events(3);
    for _ in 0..4 {
        breaker.trip();
        breaker.reset();
    }
    assert_eq!(sequences(&mut events), [(6, 5), (7, 0), (8, 0)]);
    breaker.trip();
    assert_eq!(sequences(&mut events), [(9, 0)]);
}

#[test]
fn capacity_of_zero_keeps_the_last_event() {
    let (breaker, _) = breaker("no room");
    let mut events = breaker.events(0);
    breaker.trip();
    breaker.reset();
    assert_eq!(sequences(&mut events), [(2, 1)]);
}

#[test]
fn reader_is_woken_by_an_event_of_another_thread() {
    let (breaker, _) = breaker("awaited event");
    let mut events = breaker.events(8);
    thread::scope(|scope| {
        scope.spawn(|| breaker.trip());
        assert_eq!(block_on(events.recv()).expect("the breaker lives").to, State::Open);
    });
}

#[test]
fn dropped_wait_loses_no_event() {
    let (breaker, _) = breaker("cancelled wait");
    let mut events = breaker.events(8);
    assert_eq!(events.recv().now_or_never(), None);
    breaker.trip();
    assert_eq!(block_on(events.recv()).expect("there is one").sequence, 1);
}

#[test]
fn stream_of_a_breaker_ends_with_it_and_does_not_keep_it() {
    let (breaker, _) = breaker("ending");
    let mut events = breaker.events(8);
    breaker.trip();
    thread::scope(|scope| {
        let reader = scope.spawn(move || {
            let first = block_on(events.recv()).map(|event| event.sequence);
            (first, block_on(events.recv()))
        });
        drop(breaker);
        assert_eq!(reader.join().unwrap(), (Some(1), None));
    });
    assert!(breaker_runtime::breaker("ending").is_none());
}

/// A listener that stayed behind would be a leak in a server that opens a stream for each viewer.
#[test]
fn dropped_stream_leaves_no_listener_behind() {
    let (breaker, _) = breaker("left stream");
    let wakes = Arc::new(AtomicU64::new(0));
    let woken = Arc::new(CountsWakes(Arc::clone(&wakes)));
    let waker = Waker::from(woken);
    let mut events = breaker.events(8);
    assert!(events.poll_recv(&mut Context::from_waker(&waker)).is_pending());
    drop(events);
    assert_eq!(wakes.load(Ordering::Relaxed), 1, "the listener closes the queue");
}

struct CountsWakes(Arc<AtomicU64>);

impl Wake for CountsWakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn stream_of_the_process_has_the_events_of_later_breakers() {
    let mut events = events(100_000);
    let later = CircuitBreaker::builder("streamed later").clock(ManualClock::new());
    later.build().expect("valid options").trip();
    let mut found = std::iter::from_fn(|| events.try_recv());
    assert!(found.any(|event| event.breaker == "streamed later" && event.to == State::Open));
    assert!(matches!(
        events.poll_recv(&mut Context::from_waker(Waker::noop())),
        Poll::Pending | Poll::Ready(Some(_))
    ));
}

#[cfg(feature = "stream")]
#[test]
fn stream_is_a_stream_of_futures() {
    use futures::StreamExt as _;

    let (breaker, _) = breaker("as a stream");
    let events = breaker.events(8);
    breaker.trip();
    breaker.reset();
    drop(breaker);
    let states: Vec<_> = block_on(events.map(|event| event.to).collect());
    assert_eq!(states, [State::Open, State::Closed]);
}
