//! Listeners that wait for each other, or for ever.

use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;
use std::time::Duration;

use breaker_runtime::{CircuitBreaker, Event, Subscription};

use crate::wait::receive;

fn breaker(name: &str) -> CircuitBreaker {
    CircuitBreaker::builder(name).build().expect("valid")
}

/// The first event of a breaker, which blocks its listener.
struct Blocked {
    has_entered: Receiver<()>,
    release: Sender<()>,
    _subscription: Subscription,
}

impl Blocked {
    /// Adds a listener that passes each event on, and then blocks with the first one until it is
    /// released.
    fn listen(breaker: &CircuitBreaker, listener: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        let (entered, has_entered) = mpsc::channel();
        let (release, released) = mpsc::channel::<()>();
        let released = Mutex::new(released);
        let subscription = breaker.on_event(move |event| {
            listener(event);
            if event.sequence == 1 {
                entered.send(()).unwrap();
                released.lock().unwrap().recv().unwrap();
            }
        });
        Self { has_entered, release, _subscription: subscription }
    }
}

/// Runs one listener on each of `number` threads, each of which drops the subscription of the next one
/// while all run.
fn drop_in_a_circle(number: usize) {
    let breakers: Vec<_> = (0..number).map(|_| breaker("circle")).collect();
    let inside = Arc::new(Barrier::new(number));
    let slots: Vec<_> = (0..number).map(|_| Arc::new(Mutex::new(None::<Subscription>))).collect();
    for (at, breaker) in breakers.iter().enumerate() {
        let (inside, next) = (Arc::clone(&inside), Arc::clone(&slots[(at + 1) % number]));
        let subscription = breaker.on_event(move |_| {
            inside.wait();
            let next = next.lock().unwrap().take();
            drop(next);
        });
        *slots[at].lock().unwrap() = Some(subscription);
    }
    let (ended, has_ended) = mpsc::channel();
    for breaker in breakers {
        let ended = ended.clone();
        thread::spawn(move || {
            breaker.trip();
            ended.send(breaker.snapshot().trips).unwrap();
        });
    }
    for _ in 0..number {
        // Fails instead of hanging.
        assert_eq!(
            has_ended.recv_timeout(Duration::from_secs(90)),
            Ok(1),
            "{number} listeners wait for each other"
        );
    }
}

#[test]
fn listeners_that_drop_each_others_subscriptions_do_not_deadlock() {
    for number in [1, 2, 3, 7] {
        for _ in 0..50 {
            drop_in_a_circle(number);
        }
    }
}

#[test]
fn events_behind_a_blocked_listener_are_bounded_and_the_dropped_ones_counted() {
    const CHANGES: u64 = 5_000;
    const WAITING: u64 = 1_024;
    let breaker = breaker("blocked");
    let heard = Arc::new(Mutex::new(Vec::<Event>::new()));
    let log = Arc::clone(&heard);
    let blocked = Blocked::listen(&breaker, move |event| log.lock().unwrap().push(event.clone()));
    thread::scope(|scope| {
        scope.spawn(|| breaker.reset());
        receive("the listener runs", &blocked.has_entered);
        // None of these changes waits for the listener.
        (1..CHANGES).for_each(|_| breaker.reset());
        let dropped = breaker.snapshot().dropped_events;
        blocked.release.send(()).unwrap();
        assert_eq!(dropped, CHANGES - 1 - WAITING);
    });
    let heard = std::mem::take(&mut *heard.lock().unwrap());
    let sequences: Vec<_> = heard.iter().map(|event| event.sequence).collect();
    let expected: Vec<_> = [1].into_iter().chain(CHANGES - WAITING + 1..=CHANGES).collect();
    assert_eq!(sequences, expected, "the newest are kept, in order");
    let dropped = CHANGES - 1 - WAITING;
    assert_eq!((heard[0].dropped, heard[1].dropped, heard[2].dropped), (0, dropped, 0));
    assert!(heard[1].to_string().ends_with(&format!("events dropped before this one: {dropped}")));
    breaker.trip();
    assert_eq!(breaker.snapshot().dropped_events, dropped, "none is dropped where none waits");
}

/// Dropped events may hold the last handle to a listener, which is dropped without a lock.
#[test]
fn listener_dropped_with_events_may_use_its_breaker() {
    struct Asks(CircuitBreaker);
    impl Drop for Asks {
        fn drop(&mut self) {
            assert!(self.0.snapshot().dropped_events > 0);
        }
    }
    let keyed = CircuitBreaker::builder("blocked keys").keyed().build().expect("valid");
    let breaker = keyed.get("eu");
    let blocked = Blocked::listen(&breaker, |_| ());
    thread::scope(|scope| {
        scope.spawn(|| breaker.reset());
        receive("the listener runs", &blocked.has_entered);
        let asks = Asks(breaker.clone());
        let of_family = keyed.template().on_event(move |_| _ = &asks);
        breaker.reset();
        drop(of_family);
        (0..2_000).for_each(|_| breaker.reset());
        blocked.release.send(()).unwrap();
    });
    assert!(breaker.snapshot().dropped_events > 0);
}
