//! Each change of state is reported once and in order, and no listener affects a call.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, SystemTime};

use breaker_runtime::{CircuitBreaker, Clock, Event, ManualClock, Reason, State, Subscription};

use crate::wait::{TimeLimit, receive, wait_until};

const TIMEOUT: Duration = Duration::from_secs(30);

fn breaker(name: &str) -> (CircuitBreaker, ManualClock) {
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

fn fail(breaker: &CircuitBreaker) {
    let _ = breaker.call(|| Err::<(), _>("refused"));
}

fn succeed(breaker: &CircuitBreaker) {
    let _ = breaker.call(|| Ok::<_, &str>(()));
}

/// The events that a listener gets.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<Event>>>);

impl Log {
    fn listen_to(&self, breaker: &CircuitBreaker) -> Subscription {
        let log = self.clone();
        breaker.on_event(move |event| log.0.lock().unwrap().push(event.clone()))
    }

    fn events(&self) -> Vec<Event> {
        self.0.lock().unwrap().clone()
    }

    fn sequences(&self) -> Vec<u64> {
        self.events().iter().map(|event| event.sequence).collect()
    }
}

/// Pitfalls 12 (Polly 219: several events for a trip) and 15 (gascity PR 4839: out of order).
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

/// Pitfall 12 (Polly 219), in its original situation: many calls fail together.
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

/// Pitfall 14 (gobreaker 37, failsafe, sentinel): a callback under the lock deadlocked on re-entry.
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

/// Pitfall 16 (denoland/std PR 6996, pybreaker, opossum): a throwing callback replaced the result, or
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

/// Pitfall 16: a value that a listener holds may panic as well, when it is dropped.
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

/// Pitfall 15 (gascity PR 4839): a listener was called after it was unregistered.
#[test]
fn unsubscribing_is_final() {
    let (breaker, _) = breaker("left");
    let over = AtomicBool::new(false);
    let ran_on = Arc::new(AtomicBool::new(false));
    thread::scope(|scope| {
        scope.spawn(|| {
            let limit = TimeLimit::start();
            while !over.load(Ordering::SeqCst) {
                limit.check("all listeners are done");
                breaker.trip();
                breaker.reset();
            }
        });
        for _ in 0..500 {
            let [gone, heard] = [(); 2].map(|()| Arc::new(AtomicBool::new(false)));
            let subscription = breaker.on_event({
                let (gone, heard, ran_on) = (Arc::clone(&gone), Arc::clone(&heard), Arc::clone(&ran_on));
                move |_| {
                    heard.store(true, Ordering::SeqCst);
                    thread::yield_now();
                    ran_on.fetch_or(gone.load(Ordering::SeqCst), Ordering::SeqCst);
                }
            });
            wait_until("the listener gets an event", || heard.load(Ordering::SeqCst));
            drop(subscription);
            gone.store(true, Ordering::SeqCst);
        }
        over.store(true, Ordering::SeqCst);
    });
    assert!(!ran_on.load(Ordering::SeqCst), "a listener ran after its subscription was dropped");
}

#[test]
fn unsubscribing_waits_for_a_listener_that_runs() {
    let (breaker, _) = breaker("awaited");
    let (entered, has_entered) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let released = Mutex::new(released);
    let ended = Arc::new(AtomicBool::new(false));
    let subscription = breaker.on_event({
        let ended = Arc::clone(&ended);
        move |_| {
            entered.send(()).unwrap();
            released.lock().unwrap().recv().unwrap();
            ended.store(true, Ordering::SeqCst);
        }
    });
    thread::scope(|scope| {
        scope.spawn(|| breaker.trip());
        receive("the listener runs", &has_entered);
        let (leaving, is_leaving) = mpsc::channel();
        let ended = &ended;
        scope.spawn(move || {
            leaving.send(()).unwrap();
            drop(subscription);
            assert!(ended.load(Ordering::SeqCst), "the drop returned while the listener ran");
        });
        receive("the thread drops the subscription", &is_leaving);
        for _ in 0..1_000 {
            thread::yield_now();
        }
        release.send(()).unwrap();
    });
}

#[test]
fn listener_may_drop_its_own_subscription() {
    let (breaker, _) = breaker("once");
    let own = Arc::new(Mutex::new(None::<Subscription>));
    let calls = Arc::new(AtomicU64::new(0));
    let subscription = breaker.on_event({
        let (own, calls) = (Arc::clone(&own), Arc::clone(&calls));
        move |_| {
            calls.fetch_add(1, Ordering::Relaxed);
            let own = own.lock().unwrap().take();
            drop(own);
        }
    });
    *own.lock().unwrap() = Some(subscription);
    breaker.trip();
    breaker.reset();
    assert_eq!(calls.load(Ordering::Relaxed), 1);
}

#[test]
fn dropped_subscription_drops_the_listener() {
    let (breaker, _) = breaker("let go");
    let held = Arc::new(());
    let subscription = breaker.on_event({
        let held = Arc::clone(&held);
        move |_| assert_eq!(*held, ())
    });
    breaker.trip();
    drop(subscription);
    assert_eq!(Arc::strong_count(&held), 1);
}

#[test]
fn detached_listener_lives_as_long_as_the_breaker() {
    let (breaker, _) = breaker("detached");
    let calls = Arc::new(AtomicU64::new(0));
    let in_listener = Arc::clone(&calls);
    breaker.on_event(move |_| _ = in_listener.fetch_add(1, Ordering::Relaxed)).detach();
    breaker.trip();
    breaker.reset();
    assert_eq!(calls.load(Ordering::Relaxed), 2);
    drop(breaker);
    assert_eq!(Arc::strong_count(&calls), 1, "the listener keeps the breaker, or itself, alive");
}

#[test]
fn listener_gets_only_changes_after_it_subscribed() {
    let (breaker, _) = breaker("subscribes");
    let late = Log::default();
    let kept = Arc::new(Mutex::new(Vec::new()));
    let subscribe = {
        let (breaker, late, kept) = (breaker.clone(), late.clone(), Arc::clone(&kept));
        move |event: &Event| {
            if event.sequence == 1 {
                // This event is queued while the other is reported: it comes before the subscription.
                breaker.reset();
                kept.lock().unwrap().push(late.listen_to(&breaker));
            }
        }
    };
    let subscription = breaker.on_event(subscribe);
    breaker.trip();
    breaker.trip();
    assert_eq!(late.sequences(), [3]);
    kept.lock().unwrap().clear();
    drop(subscription);
}

#[test]
fn event_has_the_wall_clock_time_of_its_change() {
    let (breaker, clock) = breaker("wall clock");
    clock.advance(Duration::from_secs(5));
    let log = Log::default();
    let _subscription = log.listen_to(&breaker);
    breaker.trip();
    clock.advance(TIMEOUT);
    breaker.reset();
    let times: Vec<_> = log.events().iter().map(|event| (event.at, event.time)).collect();
    let at = |seconds| Duration::from_secs(seconds);
    let expected = [5, 35].map(|seconds| (at(seconds), SystemTime::UNIX_EPOCH + at(seconds)));
    assert_eq!(times, expected);
}

/// A clock without wall-clock time gets that of the system, also for a change that is delivered later.
#[test]
fn event_of_a_custom_clock_has_the_system_time_of_its_change() {
    struct Counts(ManualClock);
    impl Clock for Counts {
        fn now(&self) -> Duration {
            self.0.now()
        }
    }
    let clock = ManualClock::new();
    let breaker =
        CircuitBreaker::builder("custom").clock(Counts(clock.clone())).build().expect("in range");
    let log = Log::default();
    let _subscription = log.listen_to(&breaker);
    let same = breaker.clone();
    let later = breaker.on_event(move |event| {
        if event.sequence == 1 {
            same.reset();
            clock.advance(Duration::from_secs(3_600));
        }
    });
    let before = SystemTime::now();
    breaker.trip();
    let after = SystemTime::now();
    let [trip, reset] = &log.events()[..] else { panic!("two changes") };
    assert!((before..=after).contains(&trip.time), "{trip:?}");
    let an_hour_ago = |time| time - Duration::from_secs(3_600);
    assert!((an_hour_ago(before)..=an_hour_ago(after)).contains(&reset.time), "{reset:?}");
    drop(later);
}

#[test]
fn clock_panic_in_the_wall_clock_time_leaves_the_event() {
    struct Broken;
    impl Clock for Broken {
        fn now(&self) -> Duration {
            Duration::from_secs(7)
        }

        fn system_time(&self, _reading: Duration) -> SystemTime {
            resume_unwind(Box::new("the clock broke"))
        }
    }
    let breaker = CircuitBreaker::builder("broken").clock(Broken).build().expect("in range");
    let log = Log::default();
    let _subscription = log.listen_to(&breaker);
    breaker.trip();
    breaker.reset();
    assert_eq!(log.sequences(), [1, 2]);
}

#[cfg(feature = "test-util")]
#[tokio::test(start_paused = true)]
async fn event_time_follows_the_paused_time_of_tokio() {
    let breaker = CircuitBreaker::builder("paused").build().expect("in range");
    let log = Log::default();
    let _subscription = log.listen_to(&breaker);
    breaker.trip();
    tokio::time::advance(Duration::from_secs(86_400)).await;
    breaker.reset();
    let [trip, reset] = &log.events()[..] else { panic!("two changes") };
    let wall = reset.time.duration_since(trip.time).expect("it goes forward");
    assert_eq!(
        (wall, reset.at.saturating_sub(trip.at)),
        (Duration::from_secs(86_400), Duration::from_secs(86_400))
    );
}
