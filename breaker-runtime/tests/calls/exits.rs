//! The exits of a call: each settles the permit once, and frees the slot of a probe.

use std::convert::Infallible;
use std::future::{Future, pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use breaker_runtime::{CircuitBreaker, ErrorKind, ManualClock, Outcome, State, Totals};

const TIMEOUT: Duration = Duration::from_secs(30);
const LEASE: Duration = Duration::from_secs(5);
const ALMOST_A_LEASE: Duration = Duration::from_micros(4_999_999);

type Call = Result<(), &'static str>;

fn closed(name: &str) -> (CircuitBreaker, ManualClock) {
    let clock = ManualClock::new();
    let breaker = CircuitBreaker::builder(name)
        .failure_threshold(1)
        .timeout(TIMEOUT)
        .success_threshold(100)
        .max_probes(1)
        .probe_timeout(LEASE)
        .clock(clock.clone())
        .build()
        .unwrap();
    (breaker, clock)
}

/// Returns a half-open breaker: the next call is a probe, and the only one.
fn half_open(name: &str) -> (CircuitBreaker, ManualClock) {
    let (breaker, clock) = closed(name);
    breaker.trip();
    clock.advance(TIMEOUT);
    (breaker, clock)
}

/// Unwinds with a known payload, and without a message.
fn boom() -> ! {
    resume_unwind(Box::new("boom"))
}

/// Runs `code`, which must unwind with [`boom`].
fn unwinds<T>(code: impl FnOnce() -> T) {
    let Err(payload) = catch_unwind(AssertUnwindSafe(code)) else { panic!("it did not unwind") };
    assert_eq!(payload.downcast_ref(), Some(&"boom"));
}

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Waits for one poll.
async fn pause() {
    let mut before = true;
    poll_fn(|_| if std::mem::take(&mut before) { Poll::Pending } else { Poll::Ready(()) }).await;
}

/// Returns the outcomes of the calls so far: success, failure, ignored, cancelled, late.
fn ends(totals: Totals) -> [u64; 5] {
    [totals.success, totals.failure, totals.ignored, totals.cancelled, totals.late]
}

#[track_caller]
fn assert_probe_is_free(breaker: &CircuitBreaker) {
    assert_eq!((breaker.state(), breaker.snapshot().in_flight), (State::HalfOpen, 0));
    let probe = breaker.try_acquire().expect("a free slot");
    assert_eq!(breaker.try_acquire().unwrap_err().kind(), ErrorKind::HalfOpen);
    drop(probe);
}

/// Resilience4j 544: an ignored error kept the half-open permit for ever.
#[test]
fn every_exit_settles_the_permit_once() {
    for (exit, expected) in [
        ("success", [1, 0, 0, 0, 0]),
        ("recorded success", [1, 0, 0, 0, 0]),
        ("ignore", [0, 0, 1, 0, 0]),
        ("recorded ignore", [0, 0, 1, 0, 0]),
        ("drop", [0, 0, 0, 1, 0]),
    ] {
        let (breaker, _) = half_open("exits");
        let permit = breaker.try_acquire().unwrap();
        match exit {
            "success" => permit.success(),
            "recorded success" => permit.record(Outcome::Success),
            "ignore" => permit.ignore(),
            "recorded ignore" => permit.record(Outcome::Ignored),
            _ => drop(permit),
        }
        assert_eq!(ends(breaker.snapshot().totals), expected, "{exit}");
        assert_probe_is_free(&breaker);
    }
}

/// Hystrix PR 1621, monix 1080; circuitbreaker-rs, arcly-http and others reproduced: a
/// panicked or cancelled probe wedged half-open.
#[test]
fn panic_is_a_failure_and_unwinds() {
    let (breaker, clock) = closed("sync panic");
    unwinds(|| breaker.call(|| -> Call { boom() }));
    assert_eq!(ends(breaker.snapshot().totals), [0, 1, 0, 0, 0]);
    assert_eq!(breaker.state(), State::Open);

    clock.advance(TIMEOUT);
    unwinds(|| breaker.call(|| -> Call { boom() }));
    assert_eq!(breaker.state(), State::Open, "a probe that panics has failed");
    clock.advance(TIMEOUT);
    assert_probe_is_free(&breaker);
}

/// For futures: the panic may happen while the future is created, or in any poll of it.
#[test]
fn panic_in_a_future_is_a_failure_and_unwinds() {
    let making = |breaker: &CircuitBreaker| {
        let mut call = pin!(breaker.call_async(|| -> std::future::Ready<Call> { boom() }));
        unwinds(|| poll(call.as_mut()));
    };
    let first_poll = |breaker: &CircuitBreaker| {
        let mut call = pin!(breaker.call_async(|| async { if true { boom() } else { Call::Ok(()) } }));
        unwinds(|| poll(call.as_mut()));
    };
    let later_poll = |breaker: &CircuitBreaker| {
        let mut call = pin!(breaker.call_async(|| async {
            pause().await;
            if true { boom() } else { Call::Ok(()) }
        }));
        assert!(poll(call.as_mut()).is_pending());
        unwinds(|| poll(call.as_mut()));
    };
    let cases: [&dyn Fn(&CircuitBreaker); 3] = [&making, &first_poll, &later_poll];
    for case in cases {
        let (breaker, clock) = half_open("async panic");
        case(&breaker);
        assert_eq!(ends(breaker.snapshot().totals), [0, 1, 0, 0, 0]);
        assert_eq!(breaker.state(), State::Open);
        clock.advance(TIMEOUT);
        assert_probe_is_free(&breaker);
    }
}

/// The breaker cannot know the origin of a panic, so that a permit dropped by one is cancelled.
#[test]
fn permit_dropped_in_unwinding_is_cancelled() {
    let (breaker, _) = half_open("unwinding permit");
    unwinds(|| {
        let _permit = breaker.try_acquire().unwrap();
        boom()
    });
    assert_eq!(ends(breaker.snapshot().totals), [0, 0, 0, 1, 0]);
    assert_probe_is_free(&breaker);
}

/// Sentinel 1638: a call that never ran has no outcome, and holds no slot.
#[test]
fn future_dropped_before_its_first_poll_was_never_admitted() {
    let (breaker, _) = half_open("unpolled");
    let call = breaker.call_async(|| async { Call::Ok(()) });
    assert_eq!(breaker.snapshot().in_flight, 0);
    drop(call);
    assert_eq!(breaker.snapshot().totals, Totals::default());
    assert_probe_is_free(&breaker);
}

/// Hystrix PR 1621, monix 1080.
#[test]
fn future_dropped_at_any_await_is_cancelled_and_frees_its_slot() {
    let (breaker, _) = half_open("dropped");
    for polls in 1..=3 {
        {
            let mut call = pin!(breaker.call_async(|| async {
                pause().await;
                pause().await;
                pause().await;
                Call::Ok(())
            }));
            for _ in 0..polls {
                assert!(poll(call.as_mut()).is_pending());
            }
            assert_eq!(breaker.snapshot().in_flight, 1);
        }
        assert_eq!(ends(breaker.snapshot().totals), [0, 0, 0, 2 * polls - 1, 0]);
        assert_probe_is_free(&breaker);
    }
}

#[test]
fn future_that_ended_is_not_settled_again_by_its_drop() {
    let (breaker, _) = half_open("ended");
    {
        let mut call = pin!(breaker.call_async(|| async {
            pause().await;
            Call::Ok(())
        }));
        assert!(poll(call.as_mut()).is_pending());
        assert!(poll(call.as_mut()).is_ready());
        assert_eq!(breaker.snapshot().in_flight, 0, "before it is dropped");
    }
    assert_eq!(ends(breaker.snapshot().totals), [1, 0, 0, 0, 0]);
    assert_probe_is_free(&breaker);
}

#[test]
fn future_that_panics_when_dropped_frees_its_slot() {
    struct PanicsWhenDropped;
    impl Drop for PanicsWhenDropped {
        fn drop(&mut self) {
            boom();
        }
    }
    let (breaker, _) = half_open("panicking future");
    let mut call = Box::pin(breaker.call_async(|| async {
        let _held = PanicsWhenDropped;
        pending::<Infallible>().await;
        Call::Ok(())
    }));
    assert!(poll(call.as_mut()).is_pending());
    unwinds(|| drop(call));
    assert_eq!(ends(breaker.snapshot().totals), [0, 0, 0, 1, 0]);
    assert_probe_is_free(&breaker);
}

#[tokio::test(start_paused = true)]
async fn call_timed_out_by_its_caller_is_cancelled() {
    let (breaker, _) = half_open("timed out by the caller");
    let call = breaker.call_async(|| async {
        pending::<Infallible>().await;
        Call::Ok(())
    });
    assert!(tokio::time::timeout(Duration::from_secs(1), call).await.is_err());
    assert_eq!(ends(breaker.snapshot().totals), [0, 0, 0, 1, 0]);
    assert_probe_is_free(&breaker);
}

#[tokio::test]
async fn aborted_task_frees_its_slot() {
    let (breaker, _) = half_open("aborted");
    let task = tokio::spawn({
        let breaker = breaker.clone();
        async move {
            let call = breaker.call_async(|| async {
                pending::<Infallible>().await;
                Call::Ok(())
            });
            call.await
        }
    });
    tokio::task::yield_now().await;
    assert_eq!(breaker.snapshot().in_flight, 1);
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    assert_eq!(ends(breaker.snapshot().totals), [0, 0, 0, 1, 0]);
    assert_probe_is_free(&breaker);
}

#[tokio::test]
async fn panicking_task_is_a_failure() {
    let (breaker, _) = closed("panicking task");
    let task = tokio::spawn({
        let breaker = breaker.clone();
        async move {
            breaker
                .call_async(|| async {
                    tokio::task::yield_now().await;
                    if true { boom() } else { Call::Ok(()) }
                })
                .await
        }
    });
    assert!(task.await.unwrap_err().is_panic());
    assert_eq!(breaker.state(), State::Open);
    assert_eq!(ends(breaker.snapshot().totals), [0, 1, 0, 0, 0]);
}

/// A probe that no caller will ever settle is lost alone, and by the clock.
#[test]
fn lost_probe_blocks_no_other_and_is_late() {
    let (breaker, clock) = half_open("lost");
    let lost = breaker.try_acquire().unwrap();
    clock.advance(ALMOST_A_LEASE);
    assert_eq!(breaker.try_acquire().unwrap_err().kind(), ErrorKind::HalfOpen);
    clock.advance(Duration::from_micros(1));
    assert_probe_is_free(&breaker);

    let in_its_place = breaker.try_acquire().unwrap();
    lost.failure();
    assert_eq!(ends(breaker.snapshot().totals), [0, 0, 0, 1, 1]);
    assert_eq!((breaker.state(), breaker.snapshot().in_flight), (State::HalfOpen, 1));
    in_its_place.success();
    assert_probe_is_free(&breaker);

    std::mem::forget(breaker.try_acquire());
    clock.advance(LEASE);
    assert_probe_is_free(&breaker);
}

#[test]
fn future_that_outlives_its_lease_is_late() {
    let (breaker, clock) = half_open("slow probe");
    let mut call = pin!(breaker.call_async(|| async {
        pause().await;
        Call::Err("too late to count")
    }));
    assert!(poll(call.as_mut()).is_pending());
    clock.advance(LEASE);
    assert_eq!(poll(call.as_mut()).map(|result| result.is_err()), Poll::Ready(true));
    assert_eq!(ends(breaker.snapshot().totals), [0, 0, 0, 0, 1]);
    assert_probe_is_free(&breaker);
}

/// Polly PR 223; failsafe, nobreak, tower-resilience and others reproduced: a call of an
/// earlier state moved a later one. However it ends, it is late.
#[test]
fn call_that_outlives_its_state_is_late_however_it_ends() {
    let (breaker, clock) = closed("outlived");
    let permits = [(); 4].map(|()| breaker.try_acquire().unwrap());
    let call = || async {
        pause().await;
        Call::Err("refused")
    };
    let mut future = pin!(breaker.call_async(call));
    assert!(poll(future.as_mut()).is_pending());
    breaker.trip();
    clock.advance(TIMEOUT);
    let probe = breaker.try_acquire().unwrap();

    let [first, second, third, fourth] = permits;
    first.success();
    second.failure();
    third.ignore();
    drop(fourth);
    assert!(poll(future.as_mut()).is_ready());
    assert_eq!(ends(breaker.snapshot().totals), [0, 0, 0, 0, 5]);
    assert_eq!((breaker.state(), breaker.snapshot().in_flight), (State::HalfOpen, 1));
    drop(probe);
    assert_probe_is_free(&breaker);
}

#[test]
fn permit_may_be_settled_on_another_thread() {
    let (breaker, _) = half_open("elsewhere");
    let permit = breaker.try_acquire().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| drop(permit));
    });
    assert_eq!(ends(breaker.snapshot().totals), [0, 0, 0, 1, 0]);
    assert_probe_is_free(&breaker);
}
