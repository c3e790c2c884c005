//! A future that is dropped at any point leaves nothing behind.

use std::task::Poll;

use breaker_runtime::CircuitBreaker;
use futures::poll;
use tower::Service;
use tower::ServiceExt;

use crate::backend::{Ask, Backend, is_at_rest};
use crate::{LONG, SECOND, ask, build, guard, half_open};

fn ended(breaker: &CircuitBreaker) -> (u64, u64, u64) {
    let totals = breaker.snapshot().totals;
    (totals.cancelled, totals.failure, totals.rejected)
}

#[tokio::test]
async fn call_dropped_before_its_first_poll_leaves_no_trace() {
    for options in [0, 1] {
        let breaker = half_open(|b| if options == 0 { b } else { b.max_concurrent(1) });
        let backend = Backend::default();
        let mut service = guard(&breaker, &backend);
        let call = service.ready().await.expect("ready").call(Ask::Answer(7));
        assert_eq!((backend.calls(), breaker.snapshot().in_flight), (1, 1));
        drop(call);
        assert!(is_at_rest(&breaker));
        assert_eq!((ended(&breaker), backend.running()), ((1, 0, 0), 0));
    }
}

#[tokio::test]
async fn call_dropped_in_the_middle_is_cancelled() {
    let (breaker, backend) = (half_open(|b| b.max_concurrent(1)), Backend::default());
    let mut service = guard(&breaker, &backend);
    let mut call = service.ready().await.expect("ready").call(Ask::Hang);
    assert!(poll!(&mut call).is_pending());
    assert_eq!(breaker.snapshot().in_flight, 1);
    drop(call);
    assert_eq!((ended(&breaker), backend.running(), is_at_rest(&breaker)), ((1, 0, 0), 0, true));
}

#[tokio::test(start_paused = true)]
async fn call_dropped_after_its_deadline_is_a_failure() {
    let (breaker, backend) = (build(|b| b.call_timeout(SECOND)), Backend::default());
    let mut service = guard(&breaker, &backend);
    let mut call = service.ready().await.expect("ready").call(Ask::Hang);
    assert!(poll!(&mut call).is_pending());
    tokio::time::advance(SECOND).await;
    drop(call);
    assert_eq!((ended(&breaker), breaker.snapshot().totals.timed_out), ((0, 1, 0), 1));
}

#[tokio::test]
async fn call_dropped_while_it_waits_leaves_the_queue() {
    let (breaker, backend) = (build(|b| b.max_concurrent(1).max_wait(LONG)), Backend::default());
    let mut service = guard(&breaker, &backend);
    let running = service.ready().await.expect("ready").call(Ask::Hang);

    let unpolled = service.ready().await.expect("ready").call(Ask::Answer(1));
    let mut waiting = service.ready().await.expect("ready").call(Ask::Answer(2));
    let mut behind = service.ready().await.expect("ready").call(Ask::Answer(3));
    assert!(poll!(&mut waiting).is_pending() && poll!(&mut behind).is_pending());
    assert_eq!(breaker.snapshot().bulkhead.map(|b| (b.running, b.pending)), Some((1, 2)));
    assert_eq!(backend.reserved(), 3);

    drop(unpolled);
    drop(waiting);
    assert_eq!(breaker.snapshot().bulkhead.map(|b| (b.running, b.pending)), Some((1, 1)));
    assert_eq!((backend.reserved(), ended(&breaker)), (1, (0, 0, 0)));

    drop(running);
    assert_eq!(poll!(&mut behind), Poll::Ready(Ok(3)));
    assert_eq!((ended(&breaker), is_at_rest(&breaker), backend.calls()), ((1, 0, 0), true, 2));
}

/// The call had its permit, and did not use it.
#[tokio::test]
async fn call_dropped_when_its_permit_has_come_passes_it_on() {
    let (breaker, backend) = (build(|b| b.max_concurrent(1).max_wait(LONG)), Backend::default());
    let mut service = guard(&breaker, &backend);
    let running = service.ready().await.expect("ready").call(Ask::Hang);
    let mut waiting = service.ready().await.expect("ready").call(Ask::Answer(2));
    assert!(poll!(&mut waiting).is_pending());
    drop(running);
    assert_eq!(breaker.snapshot().bulkhead.map(|b| (b.running, b.pending)), Some((1, 0)));
    drop(waiting);
    assert!(is_at_rest(&breaker));
    assert_eq!(ask(&mut service, Ask::Answer(3)).await, Ok(3));
}

#[tokio::test]
async fn call_dropped_after_its_end_changes_nothing() {
    let (breaker, backend) = (build(|b| b.max_concurrent(1)), Backend::default());
    let mut service = guard(&breaker, &backend);
    let mut call = service.ready().await.expect("ready").call(Ask::Answer(7));
    assert_eq!(poll!(&mut call), Poll::Ready(Ok(7)));
    assert!(poll!(&mut call).is_pending(), "it has ended");
    breaker.force_open();
    let mut rejected = service.ready().await.expect("ready").call(Ask::Answer(7));
    assert!(poll!(&mut rejected).is_ready() && poll!(&mut rejected).is_pending());
    drop((call, rejected));
    assert_eq!((breaker.snapshot().totals.success, ended(&breaker)), (1, (0, 0, 1)));
}
