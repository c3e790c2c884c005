//! Each change of state is reported once and in order, and no listener affects a call.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use breaker_runtime::{CircuitBreaker, Event, ManualClock, Reason, State, Subscription};

pub(crate) const TIMEOUT: Duration = Duration::from_secs(30);

pub(crate) fn breaker(name: &str) -> (CircuitBreaker, ManualClock) {
    let clock = ManualClock::new();
    let breaker = CircuitBreaker::builder(name)
        .failure_threshold(2)
        .timeout(TIMEOUT)
        .success_threshold(1)
        .clock(clock.clone())
        .build()
        .unwrap();
    (breaker, clock)
}

pub(crate) fn fail(breaker: &CircuitBreaker) {
    let _ = breaker.call(|| Err::<(), _>("refused"));
}

pub(crate) fn succeed(breaker: &CircuitBreaker) {
    let _ = breaker.call(|| Ok::<_, &str>(()));
}

/// The events that a listener gets.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<Event>>>);

impl Log {
    pub(crate) fn listen_to(&self, breaker: &CircuitBreaker) -> Subscription {
        let log = self.clone();
        breaker.on_event(move |event| log.0.lock().unwrap().push(event.clone()))
    }

    pub(crate) fn events(&self) -> Vec<Event> {
        self.0.lock().unwrap().clone()
    }

    pub(crate) fn sequences(&self) -> Vec<u64> {
        self.events().iter().map(|event| event.sequence).collect()
    }
}

/// Polly 219: several events for a trip. gascity PR 4839: events out of order.
#[test]
fn every_transition_is_reported_once_and_in_order() {
    const THREADS: usize = 4;
    const ROUNDS: usize = 2_000;
    let (breaker, clock) = breaker("hammered");
    let log = Log::default();
    let _subscription = log.listen_to(&breaker);
    thread::scope(|scope| {
        for number in 0..THREADS {
            let (breaker, clock) = (&breaker, &clock);
            scope.spawn(move || {
                for round in 0..ROUNDS {
                    match (round + number) % 7 {
                        0 => breaker.trip(),
                        1 => breaker.reset(),
                        2 => clock.advance(TIMEOUT),
                        3 => succeed(breaker),
                        4 if round % 50 == 4 => breaker.observe(),
                        5 if round % 50 == 5 => breaker.automatic(),
                        _ => fail(breaker),
                    }
                }
            });
        }
    });
    let events = log.events();
    // Threads that run one after the other change less. If they are too far ahead of the thread that
    // delivers, it drops the oldest events and reports their number.
    assert!(events.len() > ROUNDS / 4, "{} events", events.len());
    let mut sequence = 0;
    for event in &events {
        sequence += event.dropped + 1;
        assert_eq!(event.sequence, sequence);
    }
    for pair in events.windows(2).filter(|pair| pair[1].dropped == 0) {
        assert_eq!(pair[0].to, pair[1].from, "{pair:?}");
    }
    let trips = events.iter().filter(|event| {
        use Reason::{FailureThreshold, ProbeFailed, Tripped};
        matches!(event.reason, FailureThreshold | ProbeFailed | Tripped)
    });
    let (counted, reported) = (breaker.snapshot().trips, trips.count() as u64);
    let dropped: u64 = events.iter().map(|event| event.dropped).sum();
    assert!(
        reported <= counted && counted <= reported + dropped,
        "{counted} trips, {reported} reported"
    );
    let last = events.last().unwrap();
    assert_eq!(breaker.snapshot().mode, last.mode);
    let state = breaker.state();
    assert!(state == last.to || (last.to, state) == (State::Open, State::HalfOpen), "{last:?}, {state}");
}

/// Polly 219, in its original situation: many calls fail together.
#[test]
fn failures_at_once_trip_once() {
    for _ in 0..200 {
        let (breaker, _) = breaker("failing at once");
        let log = Log::default();
        let _subscription = log.listen_to(&breaker);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| fail(&breaker));
            }
        });
        assert_eq!(log.sequences(), [1]);
        assert_eq!(breaker.snapshot().trips, 1);
    }
}

/// The sequence also counts events without a listener: a gap shows a listener what it has missed.
#[test]
fn sequence_goes_on_without_listeners() {
    let (breaker, _) = breaker("unheard");
    breaker.trip();
    breaker.reset();
    let log = Log::default();
    let _subscription = log.listen_to(&breaker);
    breaker.trip();
    assert_eq!(log.sequences(), [3]);
}

#[test]
fn listener_sees_the_change_published_and_the_call_counted() {
    let (breaker, clock) = breaker("published");
    clock.advance(Duration::from_secs(7));
    let found = Arc::new(Mutex::new(None));
    let _subscription = breaker.on_event({
        let (found, breaker) = (Arc::clone(&found), breaker.clone());
        move |_| *found.lock().unwrap() = Some(breaker.snapshot())
    });
    fail(&breaker);
    fail(&breaker);
    let found = found.lock().unwrap().take().expect("it tripped");
    assert_eq!((found.state, found.trips, found.totals.failure), (State::Open, 1, 2));
    assert_eq!((found.in_state, found.retry_after), (Duration::ZERO, Some(TIMEOUT)));
}

/// Gobreaker 37, failsafe, sentinel: a callback under the lock deadlocked on re-entry.
#[test]
fn listener_may_call_any_api() {
    let (breaker, clock) = breaker("re-entered");
    let inner = Log::default();
    let subscriptions = Arc::new(Mutex::new(Vec::new()));
    let _subscription = breaker.on_event({
        let (same, inner, subscriptions) = (breaker.clone(), inner.clone(), Arc::clone(&subscriptions));
        move |event| match event.sequence {
            1 => {
                subscriptions.lock().unwrap().push(inner.listen_to(&same));
                assert_eq!(same.snapshot().state, State::Open);
                same.reset();
                fail(&same);
                fail(&same);
                assert!(same.try_acquire().is_err());
                clock.advance(TIMEOUT);
                succeed(&same);
                drop(same.on_event(|_| {}));
            }
            6 => {
                let subscription = subscriptions.lock().unwrap().pop();
                drop(subscription);
                same.force_open();
                same.automatic();
            }
            _ => {}
        }
    });
    let log = Log::default();
    let _second = log.listen_to(&breaker);
    breaker.trip();
    let reasons: Vec<_> = log.events().iter().map(|event| event.reason).collect();
    assert_eq!(
        reasons,
        [
            Reason::Tripped,
            Reason::Reset,
            Reason::FailureThreshold,
            Reason::TimeoutElapsed,
            Reason::ProbesSucceeded,
        ]
    );
    breaker.trip();
    assert_eq!(log.sequences(), [1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(inner.sequences(), [2, 3, 4, 5], "from after 1 until within 6");
    assert_eq!(breaker.state(), State::Closed);
}

struct PanicsWhenDropped;

impl Drop for PanicsWhenDropped {
    fn drop(&mut self) {
        if !thread::panicking() {
            resume_unwind(Box::new("dropped"));
        }
    }
}

/// Denoland/std PR 6996, pybreaker, opossum: a throwing callback replaced the result, or
/// left the state half changed.
#[test]
fn panicking_listener_changes_nothing() {
    let (breaker, _) = breaker("panicking listener");
    let calls = Arc::new(AtomicUsize::new(0));
    let _first = breaker.on_event({
        let calls = Arc::clone(&calls);
        move |_| {
            calls.fetch_add(1, Ordering::Relaxed);
            resume_unwind(Box::new(PanicsWhenDropped));
        }
    });
    let log = Log::default();
    let _second = log.listen_to(&breaker);
    fail(&breaker);
    let result = breaker.call(|| Err::<(), _>("refused"));
    assert_eq!(result.unwrap_err().into_inner(), Some("refused"));
    assert_eq!(breaker.state(), State::Open);
    breaker.reset();
    assert_eq!(breaker.state(), State::Closed);
    assert_eq!(log.sequences(), [1, 2]);
    assert_eq!(calls.load(Ordering::Relaxed), 2);
    assert_eq!(breaker.snapshot().totals.failure, 2);
}

/// A value that a listener holds may panic as well, when it is dropped.
#[test]
fn listener_that_panics_when_dropped_changes_nothing() {
    let (breaker, _) = breaker("panicking drop");
    let own = Arc::new(Mutex::new(None::<Subscription>));
    let subscription = breaker.on_event({
        let (own, held) = (Arc::clone(&own), PanicsWhenDropped);
        move |_| {
            let _ = &held;
            let own = own.lock().unwrap().take();
            drop(own);
        }
    });
    *own.lock().unwrap() = Some(subscription);
    let log = Log::default();
    let _second = log.listen_to(&breaker);
    breaker.trip();
    breaker.reset();
    assert_eq!(log.sequences(), [1, 2]);
}
