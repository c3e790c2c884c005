//! Permits outside of `call`: those that outlive the handle, and those that callers wait for.

use std::thread;
use std::time::Duration;

use breaker_runtime::{CircuitBreaker, ErrorKind, ManualClock, Mode, Outcome, OwnedPermit, State};

const SECOND: Duration = Duration::from_secs(1);

fn owned(breaker: &CircuitBreaker) -> OwnedPermit {
    breaker.try_acquire_owned().expect("the breaker admits it")
}

#[test]
fn owned_permit_settles_once_by_each_method() {
    let breaker = CircuitBreaker::builder("mail").build().expect("in range");
    owned(&breaker).success();
    owned(&breaker).failure();
    owned(&breaker).ignore();
    owned(&breaker).record(Outcome::Failure);
    owned(&breaker).failure_retry_after(SECOND);
    drop(owned(&breaker));
    let totals = breaker.snapshot().totals;
    let counted = (totals.success, totals.failure, totals.ignored, totals.cancelled);
    assert_eq!((counted, breaker.snapshot().streak), ((1, 3, 1, 1), 3));
}

#[test]
fn owned_permit_of_dropped_handle_settles_on_another_thread() {
    let breaker = CircuitBreaker::builder("mail").max_concurrent(1).build().expect("in range");
    let (observer, permit) = (breaker.clone(), owned(&breaker));
    drop(breaker);
    assert_eq!(observer.try_acquire().map(drop).map_err(|error| error.kind()), Err(ErrorKind::Full));
    thread::spawn(move || permit.failure()).join().expect("no panic");
    assert_eq!(observer.snapshot().totals.failure, 1);
    assert!(observer.try_acquire().is_ok(), "the concurrency permit is released");
}

#[test]
fn owned_permit_keeps_the_breaker_alive() {
    let breaker = CircuitBreaker::builder("kept by a permit").build().expect("in range");
    let permit = owned(&breaker);
    drop(breaker);
    assert!(breaker_runtime::breaker("kept by a permit").is_some());
    permit.success();
    assert!(breaker_runtime::breaker("kept by a permit").is_none());
}

#[test]
fn owned_permit_of_a_probe_that_is_dropped_frees_its_slot() {
    let clock = ManualClock::new();
    let builder = CircuitBreaker::builder("probed").failure_threshold(1).max_probes(1);
    let breaker = builder.timeout(SECOND).clock(clock.clone()).build().expect("in range");
    owned(&breaker).failure();
    let rejected = breaker.try_acquire_owned().expect_err("the breaker is open");
    assert_eq!(rejected.kind(), ErrorKind::Open);
    clock.advance(SECOND);
    let probe = owned(&breaker);
    let rejected = breaker.try_acquire_owned().expect_err("one probe at a time");
    assert_eq!(rejected.kind(), ErrorKind::HalfOpen);
    drop(probe);
    owned(&breaker).success();
    owned(&breaker).success();
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn owned_permit_that_waits_for_retry_after_keeps_the_breaker_open() {
    let clock = ManualClock::new();
    let builder = CircuitBreaker::builder("pushed back").failure_threshold(1).timeout(SECOND);
    let breaker = builder.honour_retry_after(true).clock(clock.clone()).build().expect("in range");
    owned(&breaker).failure_retry_after(60 * SECOND);
    clock.advance(59 * SECOND);
    assert_eq!(breaker.state(), State::Open);
    clock.advance(SECOND);
    assert_eq!(breaker.state(), State::HalfOpen);
}

#[test]
fn set_mode_does_what_the_method_of_each_mode_does() {
    type Command = fn(&CircuitBreaker);
    let methods: [(Mode, Command); 4] = [
        (Mode::ForcedOpen, CircuitBreaker::force_open),
        (Mode::ForcedClosed, CircuitBreaker::force_closed),
        (Mode::Observe, CircuitBreaker::observe),
        (Mode::Automatic, CircuitBreaker::automatic),
    ];
    let breaker = CircuitBreaker::builder("set").build().expect("in range");
    let called = CircuitBreaker::builder("called").build().expect("in range");
    for (mode, method) in methods {
        breaker.set_mode(mode);
        method(&called);
        let seen = |breaker: &CircuitBreaker| (breaker.snapshot().mode, breaker.state());
        assert_eq!((seen(&breaker), breaker.snapshot().mode), (seen(&called), mode));
    }
}

#[test]
fn set_mode_of_a_template_reaches_its_keys() {
    let hosts = CircuitBreaker::builder("hosts").keyed().build().expect("in range");
    let host = hosts.get("eu-1");
    hosts.template().set_mode(Mode::ForcedOpen);
    assert_eq!(
        (host.snapshot().mode, hosts.get("us-1").snapshot().mode),
        (Mode::ForcedOpen, Mode::ForcedOpen)
    );
}

#[test]
fn handles_of_one_breaker_are_equal_by_pointer_alone() {
    let breaker = CircuitBreaker::builder("stock").build().expect("in range");
    let same_options = CircuitBreaker::builder("stock").build().expect("in range");
    let found = breaker_runtime::breaker(breaker.name()).expect("it is listed");
    assert!(breaker.ptr_eq(&found) && found.ptr_eq(&breaker));
    assert!(!breaker.ptr_eq(&same_options));
    let hosts = CircuitBreaker::builder("keys").keyed().build().expect("in range");
    assert!(hosts.get("eu-1").ptr_eq(&hosts.get("eu-1")));
    assert!(
        !hosts.get("eu-1").ptr_eq(&hosts.get("us-1")) && !hosts.get("eu-1").ptr_eq(hosts.template())
    );
}

#[cfg(feature = "tokio")]
mod waiting {
    use breaker_runtime::BulkheadCounts;
    use futures::executor::block_on;
    use futures::poll;
    use tokio::time::advance;

    use super::*;

    const MAX_WAIT: Duration = Duration::from_secs(60);

    fn narrow() -> CircuitBreaker {
        CircuitBreaker::builder("narrow").max_concurrent(1).max_wait(MAX_WAIT).build().expect("in range")
    }

    fn counts(breaker: &CircuitBreaker) -> (u32, u32) {
        let BulkheadCounts { running, pending, .. } =
            breaker.snapshot().bulkhead.expect("it has a limit");
        (running, pending)
    }

    #[test]
    fn acquire_without_max_wait_ends_at_once_on_any_executor() {
        let breaker = CircuitBreaker::builder("narrow").max_concurrent(1).build().expect("in range");
        let permit = block_on(breaker.acquire()).expect("a free permit");
        let rejected = block_on(breaker.acquire()).expect_err("no further one");
        assert_eq!(rejected.kind(), ErrorKind::Full);
        permit.success();
        breaker.force_open();
        let rejected = block_on(breaker.acquire()).expect_err("rejected");
        assert_eq!((rejected.kind(), breaker.snapshot().totals.rejected), (ErrorKind::ForcedOpen, 2));
    }

    #[tokio::test(start_paused = true)]
    async fn acquire_gets_the_permit_that_comes_free_in_time() {
        let breaker = narrow();
        let running = owned(&breaker);
        let mut acquire = Box::pin(breaker.acquire());
        assert!(poll!(&mut acquire).is_pending());
        assert_eq!((counts(&breaker), breaker.snapshot().totals.rejected), ((1, 1), 0));
        running.success();
        acquire.await.expect("a permit is free").success();
        assert_eq!((counts(&breaker), breaker.snapshot().totals.success), ((0, 0), 2));
    }

    #[tokio::test(start_paused = true)]
    async fn acquire_is_rejected_once_when_max_wait_is_over() {
        let breaker = narrow();
        let running = owned(&breaker);
        let mut acquire = Box::pin(breaker.acquire());
        assert!(poll!(&mut acquire).is_pending());
        advance(MAX_WAIT).await;
        let rejected = acquire.await.expect_err("no permit is released");
        assert_eq!((rejected.kind(), counts(&breaker)), (ErrorKind::Full, (1, 0)));
        assert_eq!(breaker.snapshot().totals.rejected, 1);
        drop(running);
    }

    #[tokio::test(start_paused = true)]
    async fn acquire_that_is_dropped_passes_its_permit_on() {
        let breaker = narrow();
        let running = owned(&breaker);
        let mut dropped = Box::pin(breaker.acquire());
        let mut next = Box::pin(breaker.acquire());
        assert!(poll!(&mut dropped).is_pending() && poll!(&mut next).is_pending());
        running.success();
        drop(dropped);
        next.await.expect("it is the first in the queue").success();
        let totals = breaker.snapshot().totals;
        assert_eq!((counts(&breaker), totals.rejected, totals.cancelled), ((0, 0), 0, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn acquire_is_rejected_if_the_breaker_opened_while_it_waited() {
        let breaker = narrow();
        let running = owned(&breaker);
        let mut acquire = Box::pin(breaker.acquire());
        assert!(poll!(&mut acquire).is_pending());
        breaker.trip();
        running.ignore();
        assert_eq!(acquire.await.expect_err("the breaker is open").kind(), ErrorKind::Open);
        assert_eq!(counts(&breaker), (0, 0));
    }

    #[test]
    fn futures_of_acquire_are_send() {
        fn send<T: Send>(value: T) -> T {
            value
        }
        let breaker = narrow();
        block_on(send(breaker.acquire())).expect("a free permit").success();
    }
}

#[cfg(feature = "test-util")]
#[test]
fn owned_permit_of_an_isolated_test_settles_its_own_breaker_on_another_thread() {
    let breaker = CircuitBreaker::builder("isolated").build().expect("in range");
    let isolated = breaker_runtime::testing::isolate();
    let permit = owned(&breaker);
    thread::spawn(move || permit.failure()).join().expect("no panic");
    assert_eq!(breaker.snapshot().totals.failure, 1);
    drop(isolated);
    assert_eq!(breaker.snapshot().totals.failure, 0);
}
