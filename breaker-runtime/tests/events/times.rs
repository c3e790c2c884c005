//! The wall-clock time of an event.

use std::panic::resume_unwind;
use std::time::{Duration, SystemTime};

use breaker_runtime::{CircuitBreaker, Clock, ManualClock};

use crate::listeners::{Log, TIMEOUT, breaker};

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
