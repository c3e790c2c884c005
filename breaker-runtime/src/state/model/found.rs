//! The smallest runs of the defects that the models have found.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::{CircuitBreaker, Clock, ErrorKind, ManualClock, Permit, Reason, State};

fn half_open(name: &str, success_threshold: u32, max_probes: u32) -> (CircuitBreaker, ManualClock) {
    let clock = ManualClock::new();
    let breaker = CircuitBreaker::builder(name)
        .timeout(Duration::from_secs(30))
        .success_threshold(success_threshold)
        .max_probes(max_probes)
        .clock(clock.clone())
        .build()
        .expect("in range");
    breaker.trip();
    clock.advance(Duration::from_secs(30));
    (breaker, clock)
}

/// The token of the first probe looked like the word of a breaker with one probe success, so a shortcut
/// took its success.
#[test]
fn first_probe_that_ends_last_counts() {
    let (breaker, _) = half_open("first", 2, 2);
    let [first, second] = [breaker.try_acquire().unwrap(), breaker.try_acquire().unwrap()];
    second.success();
    first.success();
    assert_eq!(breaker.state(), State::Closed);
}

/// A lost probe was taken for the eighth holder of its slot after it, and gave that slot back.
#[test]
fn lost_probe_is_late_for_any_later_holder() {
    let (breaker, clock) = half_open("lost", 2, 1);
    let lost = breaker.try_acquire().unwrap();
    clock.advance(Duration::from_secs(30));
    for _ in 0..7 {
        breaker.try_acquire().unwrap().ignore();
    }
    let _eighth = breaker.try_acquire().unwrap();
    lost.success();
    let snapshot = breaker.snapshot();
    assert_eq!((snapshot.totals.late, snapshot.in_flight), (1, 1));
}

/// The deadline alone does not distinguish holders if the clock stepped back: the serial does.
#[test]
fn lost_probe_is_late_although_the_clock_repeats_itself() {
    let at = Arc::new(AtomicU64::new(30));
    let breaker = CircuitBreaker::builder("repeated")
        .timeout(Duration::from_secs(1))
        .max_probes(1)
        .clock(Repeating(Arc::clone(&at)))
        .build()
        .expect("in range");
    breaker.trip();
    at.store(31, Ordering::Relaxed);
    let lost = breaker.try_acquire().unwrap();
    at.store(20, Ordering::Relaxed);
    breaker.try_acquire().unwrap().ignore();
    at.store(31, Ordering::Relaxed);
    let _same_deadline = breaker.try_acquire().unwrap();
    lost.success();
    let snapshot = breaker.snapshot();
    assert_eq!((snapshot.totals.late, snapshot.in_flight), (1, 1));
}

struct Repeating(Arc<AtomicU64>);

impl Clock for Repeating {
    fn now(&self) -> Duration {
        Duration::from_secs(self.0.load(Ordering::Relaxed))
    }
}

/// A caller with an old reading of the clock took the deadline for one from before a step back, and
/// shortened the period.
#[test]
fn slow_caller_does_not_shorten_the_open_period() {
    let time = ManualClock::new();
    let clock = SlowCaller { time: time.clone(), meanwhile: Arc::default() };
    let meanwhile = Arc::clone(&clock.meanwhile);
    let breaker = CircuitBreaker::builder("slow caller")
        .timeout(Duration::from_secs(30))
        .clock(clock)
        .build()
        .expect("in range");
    breaker.trip();
    time.advance(Duration::from_secs(30));
    let (same, later) = (breaker.clone(), time.clone());
    *meanwhile.lock().unwrap() = Some(Box::new(move || {
        later.advance(Duration::from_secs(20));
        same.try_acquire().unwrap().failure();
    }));
    assert!(breaker.try_acquire().is_err(), "it opened at 50 s");
    time.advance(Duration::from_secs(29));
    assert_eq!(breaker.state(), State::Open);
}

/// A clock that runs a closure after each reading.
struct SlowCaller {
    time: ManualClock,
    meanwhile: Arc<Mutex<Option<Meanwhile>>>,
}

type Meanwhile = Box<dyn FnOnce() + Send>;

impl Clock for SlowCaller {
    fn now(&self) -> Duration {
        let now = self.time.now();
        let meanwhile = self.meanwhile.lock().unwrap().take();
        if let Some(meanwhile) = meanwhile {
            meanwhile();
        }
        now
    }
}

/// A clock that counts from 1970 exceeded the word: each reading was the same time, at which every open
/// period has ended.
#[test]
fn clock_may_count_from_1970() {
    struct Since1970(ManualClock);
    impl Clock for Since1970 {
        fn now(&self) -> Duration {
            Duration::from_secs(1_750_000_000) + self.0.now()
        }
    }
    let clock = ManualClock::new();
    let breaker = CircuitBreaker::builder("long ago")
        .timeout(Duration::from_secs(30))
        .clock(Since1970(clock.clone()))
        .build()
        .expect("in range");
    let events = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&events);
    let subscription = breaker.on_event(move |event| log.lock().unwrap().push(event.at.as_secs()));
    breaker.trip();
    clock.advance(Duration::from_secs(30) - Duration::from_micros(1));
    assert_eq!(breaker.state(), State::Open);
    assert_eq!(breaker.snapshot().in_state, Duration::from_secs(30) - Duration::from_micros(1));
    clock.advance(Duration::from_micros(1));
    breaker.try_acquire().expect("a probe").success();
    assert_eq!(*events.lock().unwrap(), [1_750_000_000, 1_750_000_030]);
    drop(subscription);
}

/// The clock was read again after a change, and a panic in it left a gap in the events: later ones were
/// not delivered.
#[test]
fn clock_that_panics_leaves_no_gap_in_the_events() {
    struct Panics(Arc<AtomicU64>, Arc<AtomicU64>);
    impl Clock for Panics {
        fn now(&self) -> Duration {
            let left = self.1.fetch_sub(1, Ordering::Relaxed);
            assert!(left > 0, "the clock broke");
            Duration::from_secs(self.0.load(Ordering::Relaxed))
        }
    }
    for (reads, reconfigured) in (0..12).flat_map(|reads| [(reads, false), (reads, true)]) {
        let (at, left) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(1_000)));
        let breaker = CircuitBreaker::builder("panics")
            .timeout(Duration::from_secs(30))
            .success_threshold(1)
            .clock(Panics(Arc::clone(&at), Arc::clone(&left)))
            .build()
            .expect("in range");
        if reconfigured {
            breaker.reconfigure(|options| options.success_threshold(1).max_probes(2)).expect("in range");
        }
        let events = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&events);
        breaker.on_event(move |event| log.lock().unwrap().push((event.sequence, event.reason))).detach();
        breaker.trip();
        at.store(30, Ordering::Relaxed);
        left.store(reads, Ordering::Relaxed);
        let probe = || breaker.call(|| Ok::<_, ()>(()));
        let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(probe));
        left.store(1_000, Ordering::Relaxed);
        breaker.reset();
        let events = events.lock().unwrap().clone();
        let in_order = events.iter().map(|(sequence, _)| *sequence).eq(1..=events.len() as u64);
        let last = events.last().map(|(_, reason)| *reason);
        assert!(last == Some(Reason::Reset) && in_order, "{reads}, {reconfigured}: {events:?}");
    }
}

/// For a late probe it depended on whether another had taken its slot.
#[test]
fn late_call_is_not_counted_as_slow() {
    let clock = ManualClock::new();
    let breaker = CircuitBreaker::builder("late and slow")
        .timeout(Duration::from_secs(30))
        .slow_call(Duration::from_secs(1))
        .clock(clock.clone())
        .build()
        .expect("in range");
    for _ in 0..2 {
        let call = breaker.try_acquire().unwrap();
        breaker.trip();
        clock.advance(Duration::from_secs(30));
        call.failure();
    }
    let totals = breaker.snapshot().totals;
    assert_eq!((totals.late, totals.slow), (2, 0));
}

/// The throttle compared its window only when a call ended, and admitted every call after the
/// compensating successes had slid out.
#[test]
fn throttle_rejects_when_only_failures_are_left() {
    let clock = ManualClock::new();
    let breaker = CircuitBreaker::builder("only failures")
        .throttle(2.0, Duration::from_secs(1))
        .clock(clock.clone())
        .random(|| 0.6)
        .build()
        .expect("in range");
    (0..4).for_each(|_| breaker.try_acquire().unwrap().success());
    clock.advance(Duration::from_millis(500));
    (0..2).for_each(|_| breaker.try_acquire().unwrap().failure());
    assert!(breaker.try_acquire().is_ok());
    clock.advance(Duration::from_millis(500));
    assert_eq!(breaker.snapshot().throttle, Some(2.0 / 3.0));
    assert_eq!(breaker.try_acquire().unwrap_err().kind(), ErrorKind::Throttled);
}

/// A throttle without failures draws no random number and locks no window.
#[test]
fn throttle_without_failures_draws_no_random_number() {
    let (clock, draws) = (ManualClock::new(), Arc::new(AtomicU64::new(0)));
    let drawn = Arc::clone(&draws);
    let breaker = CircuitBreaker::builder("no failures")
        .throttle(2.0, Duration::from_secs(1))
        .clock(clock.clone())
        .random(move || {
            drawn.fetch_add(1, Ordering::Relaxed);
            0.5
        })
        .build()
        .expect("in range");
    let succeed = || breaker.try_acquire().unwrap().success();
    for _ in 0..40 {
        (0..3).for_each(|_| succeed());
        clock.advance(Duration::from_millis(70));
    }
    assert_eq!(draws.load(Ordering::Relaxed), 0);
    breaker.try_acquire().unwrap().failure();
    succeed();
    assert_eq!(
        draws.load(Ordering::Relaxed),
        1,
        "it may reject when the successes before have slid out"
    );
    clock.advance(Duration::from_secs(2));
    (0..9).for_each(|_| succeed());
    assert!(draws.load(Ordering::Relaxed) <= 2, "one call finds the failure gone");
}

/// A caller with an old state restarted the window, and lost the counts of the next state.
#[test]
fn caller_of_an_earlier_state_leaves_the_window_alone() {
    let meanwhile: Arc<Mutex<Option<Meanwhile>>> = Arc::default();
    let hook = Arc::clone(&meanwhile);
    let breaker = CircuitBreaker::builder("earlier state")
        .failure_rate(1.0)
        .throttle(1.0, Duration::from_secs(1))
        .clock(ManualClock::new())
        .random(move || {
            let meanwhile = hook.lock().unwrap().take();
            if let Some(meanwhile) = meanwhile {
                meanwhile();
            }
            0.0
        })
        .build()
        .expect("in range");
    breaker.try_acquire().unwrap().failure();
    let same = breaker.clone();
    *meanwhile.lock().unwrap() = Some(Box::new(move || {
        same.reset();
        let permits = [same.try_acquire().unwrap(), same.try_acquire().unwrap()];
        permits.into_iter().for_each(Permit::failure);
    }));
    drop(breaker.try_acquire());
    let snapshot = breaker.snapshot();
    assert_eq!(snapshot.window.map(|window| window.failures), Some(2));
    assert_eq!(snapshot.throttle, Some(2.0 / 3.0));
    assert_eq!(breaker.try_acquire().unwrap_err().kind(), ErrorKind::Throttled);
}

/// The check of the throttle replaced that of the next success, which was then not judged by the rest of
/// the window.
#[test]
fn success_is_judged_by_the_rest_of_the_window() {
    let clock = ManualClock::new();
    let breaker = CircuitBreaker::builder("what is left")
        .failure_rate(0.3)
        .window(Duration::from_millis(10))
        .min_calls(1)
        .throttle(1.0, Duration::from_secs(1))
        .clock(clock.clone())
        .random(|| 0.9)
        .build()
        .expect("in range");
    let call = || breaker.try_acquire().unwrap();
    (0..4).for_each(|_| call().success());
    clock.advance(Duration::from_millis(1));
    call().failure();
    call().success();
    clock.advance(Duration::from_millis(9));
    call().success();
    assert_eq!(breaker.state(), State::Open, "one of three has failed");
}

/// Generations are counted modulo 8,192. Data of an earlier state was taken for that of a later state.
#[test]
fn hung_probe_of_an_earlier_period_takes_no_slot_after_any_number_of_changes() {
    for resets in [0, 1, 4_092, 4_093, 4_094, 4_095, 8_188, 8_189, 8_190, 8_191, 8_192, 20_000] {
        let (breaker, clock) = half_open("hung", 2, 1);
        breaker.reconfigure(|options| options.probe_timeout(Duration::MAX)).expect("in range");
        let hung = breaker.try_acquire().unwrap();
        (0..=resets).for_each(|_| breaker.reset());
        breaker.trip();
        clock.advance(Duration::from_secs(30));
        let probe = breaker.try_acquire().unwrap_or_else(|error| panic!("{resets} resets: {error}"));
        hung.success();
        let snapshot = breaker.snapshot();
        assert_eq!((snapshot.in_flight, snapshot.totals.late), (1, 1), "{resets} resets");
        probe.success();
        assert_eq!(breaker.snapshot().totals.success, 1, "{resets} resets");
    }
}

#[test]
fn failed_probes_before_a_reset_lengthen_no_later_period() {
    for resets in (8_170..=8_200).chain([1, 4_095, 4_096, 16_384]) {
        let clock = ManualClock::new();
        let breaker = CircuitBreaker::builder("resets")
            .timeout(Duration::from_secs(1))
            .timeout_factor(2.0)
            .clock(clock.clone())
            .build()
            .expect("in range");
        let open_for = || breaker.snapshot().retry_after.expect("it is open");
        let fail_probe = || {
            clock.advance(open_for());
            breaker.try_acquire().expect("a probe").failure();
        };
        breaker.trip();
        (0..5).for_each(|_| fail_probe());
        assert_eq!(open_for(), Duration::from_secs(32));
        (0..resets).for_each(|_| breaker.reset());
        breaker.trip();
        assert_eq!(open_for(), Duration::from_secs(1), "{resets} resets");
        fail_probe();
        assert_eq!(open_for(), Duration::from_secs(2), "{resets} resets");
    }
}

#[test]
fn ramp_before_a_reset_holds_no_later_call_back() {
    let (breaker, _) = half_open("ramp", 1, 1);
    let slow_call = Duration::from_secs(60);
    breaker
        .reconfigure(|options| options.ramp(Duration::from_secs(600)).slow_call(slow_call))
        .expect("in range");
    breaker.try_acquire().expect("a probe").success();
    for resets in 1..=8_192 {
        breaker.reset();
        if resets > 8_180 {
            (0..4).for_each(|_| breaker.try_acquire().expect("no ramp").success());
        }
    }
}

/// The time of a breaker stood still if its clock was set back by more than ten days before its first
/// reading.
#[test]
fn clock_set_back_by_weeks_does_not_stop_the_time() {
    let at = Arc::new(AtomicU64::new(1_750_000_000));
    let breaker = CircuitBreaker::builder("weeks")
        .timeout(Duration::from_secs(30))
        .clock(Repeating(Arc::clone(&at)))
        .build()
        .expect("in range");
    at.fetch_sub(60 * 24 * 60 * 60, Ordering::Relaxed);
    breaker.trip();
    at.fetch_add(29, Ordering::Relaxed);
    assert_eq!(breaker.snapshot().retry_after, Some(Duration::from_secs(1)));
    at.fetch_add(1, Ordering::Relaxed);
    assert_eq!(breaker.state(), State::HalfOpen);
}
