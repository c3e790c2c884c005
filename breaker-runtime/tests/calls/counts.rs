//! Calls of many threads, which may start and end at any time: no call is missed or counted twice.

use std::cell::RefCell;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use breaker_runtime::{CircuitBreaker, Totals};

/// More threads than can have their own counters.
const THREADS: u64 = 100;
/// Enough calls that the counters are distributed while they are made.
const CALLS: u64 = 700;

fn plain(name: &str) -> CircuitBreaker {
    CircuitBreaker::builder(name).failure_threshold(u32::MAX).build().unwrap()
}

/// Makes calls of which each third fails, so that successes end streaks. The first one succeeds: such a
/// thread has counted before it takes the slow path.
fn calls(breaker: &CircuitBreaker) {
    for call in 1..=CALLS {
        call_once(breaker, call % 3 > 0);
    }
}

fn call_once(breaker: &CircuitBreaker, works: bool) {
    let permit = breaker.try_acquire().expect("nothing opens it");
    if works { permit.success() } else { permit.failure() }
}

const FAILURES: u64 = CALLS / 3;

/// Runs `work` on several threads in parallel, and waits for them.
fn on_threads(threads: u64, work: impl Fn() + Clone + Send + 'static) {
    let start = Arc::new(Barrier::new(threads as usize));
    let threads: Vec<_> = (0..threads)
        .map(|_| {
            let (start, work) = (Arc::clone(&start), work.clone());
            thread::spawn(move || {
                start.wait();
                work();
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}

fn totals(breaker: &CircuitBreaker) -> (u64, u64, u64) {
    let Totals { success, failure, rejected, .. } = breaker.snapshot().totals;
    (success, failure, rejected)
}

#[test]
fn calls_of_more_threads_than_counters_count_once() {
    let breaker = plain("many threads");
    let same = breaker.clone();
    on_threads(THREADS, move || calls(&same));
    let failures = THREADS * FAILURES;
    assert_eq!(totals(&breaker), (THREADS * CALLS - failures, failures, 0));
}

/// All calls of these threads succeed, after others have made it worthwhile to give each thread its own
/// counters.
#[test]
fn successes_of_later_threads_count_once() {
    let breaker = plain("late comers");
    let same = breaker.clone();
    on_threads(8, move || calls(&same));
    for _ in 0..10 {
        let same = breaker.clone();
        on_threads(8, move || (0..CALLS).for_each(|_| call_once(&same, true)));
    }
    assert_eq!(totals(&breaker), (8 * (CALLS - FAILURES) + 10 * 8 * CALLS, 8 * FAILURES, 0));
}

#[test]
fn calls_of_replaced_threads_count_once() {
    let breaker = plain("replaced");
    let same = breaker.clone();
    // Each of these threads has a hundred others after it.
    on_threads(4, move || {
        for _ in 0..THREADS {
            let same = same.clone();
            thread::spawn(move || (1..=50).for_each(|call| call_once(&same, call % 5 > 0)))
                .join()
                .unwrap();
        }
    });
    assert_eq!(totals(&breaker), (4 * THREADS * 40, 4 * THREADS * 10, 0));
}

#[test]
fn rejections_are_counted_as_well() {
    let breaker = plain("rejections");
    breaker.force_open();
    let same = breaker.clone();
    on_threads(THREADS, move || (0..CALLS).for_each(|_| assert!(same.try_acquire().is_err())));
    assert_eq!(totals(&breaker), (0, 0, THREADS * CALLS));
}

/// Makes calls when it is dropped.
struct LastCalls(Option<CircuitBreaker>);

impl Drop for LastCalls {
    fn drop(&mut self) {
        if let Some(breaker) = &self.0 {
            calls(breaker);
        }
    }
}

thread_local! {
    static FIRST: RefCell<LastCalls> = const { RefCell::new(LastCalls(None)) };
    static SECOND: RefCell<LastCalls> = const { RefCell::new(LastCalls(None)) };
}

/// One of the destructors runs before the one that releases the thread's counters, the other after it,
/// and on half of the threads the first call of all is in a destructor.
#[test]
fn calls_in_thread_local_destructors_count_once() {
    let breaker = plain("destructors");
    for calls_before in [true, false] {
        let same = breaker.clone();
        on_threads(THREADS, move || {
            FIRST.with_borrow_mut(|last| last.0 = Some(same.clone()));
            if calls_before {
                calls(&same);
            }
            SECOND.with_borrow_mut(|last| last.0 = Some(same.clone()));
        });
    }
    let (threads, failures) = (5 * THREADS, 5 * THREADS * FAILURES);
    assert_eq!(totals(&breaker), (threads * CALLS - failures, failures, 0));
}

/// Returns breakers with windows that never open them, by a number of calls and by a span.
fn windowed(name: &str) -> [CircuitBreaker; 2] {
    let rate = CircuitBreaker::builder(name).failure_rate(1.0).min_calls(100);
    [
        rate.clone().window(1_000_000).build().unwrap(),
        rate.window(Duration::from_secs(24 * 60 * 60)).build().unwrap(),
    ]
}

#[test]
fn window_holds_every_call() {
    for breaker in windowed("windowed") {
        // A success, so that the share of failures is never 100 %.
        call_once(&breaker, true);
        let same = breaker.clone();
        on_threads(THREADS, move || calls(&same));
        let (calls, failures) = (THREADS * CALLS + 1, THREADS * FAILURES);
        let snapshot = breaker.snapshot();
        let window = snapshot.window.unwrap();
        assert_eq!((window.calls, window.failures, window.slow), (calls, failures, 0));
        assert_eq!(totals(&breaker), (calls - failures, failures, 0));
    }
}

#[test]
fn reset_window_holds_what_came_after() {
    for breaker in windowed("reset") {
        call_once(&breaker, true);
        for _ in 0..3 {
            breaker.reset();
            call_once(&breaker, true);
            let same = breaker.clone();
            on_threads(8, move || calls(&same));
            let window = breaker.snapshot().window.unwrap();
            assert_eq!((window.calls, window.failures), (8 * CALLS + 1, 8 * FAILURES));
        }
    }
}
