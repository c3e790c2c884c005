//! `poll_ready` is that of the inner service, and holds nothing of the breaker.

use std::future::poll_fn;
use std::task::{Context, Poll};

use breaker_runtime::tower::CircuitBreakerLayer;
use breaker_runtime::{CallError, State, Totals};
use futures::future::{Ready, ready};
use futures::poll;
use tower::limit::ConcurrencyLimitLayer;
use tower::{Layer, Service, ServiceBuilder, ServiceExt};

use crate::backend::{Ask, Backend, Down, Single, is_at_rest};
use crate::{LONG, ask, build, guard, half_open, kind};

/// A service with a fixed readiness.
#[derive(Clone)]
struct Gate(Poll<Result<(), Down>>);

impl Service<Ask> for Gate {
    type Response = u32;
    type Error = Down;
    type Future = Ready<Result<u32, Down>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Down>> {
        self.0
    }

    fn call(&mut self, _: Ask) -> Self::Future {
        ready(Ok(0))
    }
}

#[tokio::test]
async fn readiness_is_that_of_the_inner_service_and_does_not_count() {
    let breaker = build(|b| b.failure_threshold(1));
    for ready in [Poll::Pending, Poll::Ready(Ok(())), Poll::Ready(Err(Down))] {
        let mut service = CircuitBreakerLayer::new(breaker.clone()).layer(Gate(ready));
        let seen = poll!(poll_fn(|context| service.poll_ready(context)));
        assert_eq!(seen, ready.map_err(CallError::Inner));
    }
    let snapshot = breaker.snapshot();
    assert_eq!((snapshot.state, snapshot.totals), (State::Closed, Totals::default()));
}

/// Sentinel 1638: a caller that polls and never calls would keep a probe slot or a
/// permit.
#[tokio::test]
async fn ready_service_that_is_not_called_holds_no_permit() {
    let breaker = half_open(|b| b.success_threshold(1).max_concurrent(1));
    let backend = Backend::default();
    let mut idle = [(); 8].map(|()| guard(&breaker, &backend));
    for service in &mut idle {
        service.ready().await.expect("it always is");
    }
    assert!(is_at_rest(&breaker));
    assert_eq!(ask(&mut guard(&breaker, &backend), Ask::Answer(7)).await, Ok(7));
    assert_eq!((breaker.state(), is_at_rest(&breaker)), (State::Closed, true));
    assert_eq!((backend.reserved(), breaker.snapshot().totals.rejected), (8, 0));
    for service in &mut idle {
        assert_eq!(service.call(Ask::Answer(7)).await, Ok(7));
    }
}

/// A service behind a limit holds its permit from `poll_ready` on; a permit that is kept after a
/// rejection would starve the others.
#[tokio::test]
async fn rejected_call_releases_what_the_service_has_reserved() {
    let breaker = build(|b| b);
    let limited = ConcurrencyLimitLayer::new(1).layer(Backend::default());
    let service = CircuitBreakerLayer::new(breaker.clone()).layer(limited);
    let (mut kept, mut other) = (service.clone(), service);
    breaker.force_open();
    assert!(kind(ask(&mut kept, Ask::Answer(7)).await).is_some());
    assert!(poll!(std::pin::pin!(other.ready())).is_ready());
    breaker.automatic();
    assert_eq!(other.call(Ask::Answer(7)).await, Ok(7));
    assert_eq!(ask(&mut kept, Ask::Answer(8)).await, Ok(8));
}

/// A service that cannot be cloned cannot be shared either, so that no other caller waits for its
/// permit.
#[tokio::test]
async fn service_that_is_not_clone_stays_ready() {
    let breaker = build(|b| b.max_concurrent(1).max_wait(LONG));
    let layer = CircuitBreakerLayer::new(breaker.clone()).without_waiting();
    let mut service = layer.layer(Single::default());
    let backend = service.get_ref().0.clone();
    let running = service.ready().await.expect("ready").call(Ask::Hang);
    assert!(kind(ask(&mut service, Ask::Answer(7)).await).is_some(), "it does not wait");
    assert_eq!((backend.reserved(), backend.calls()), (1, 1));
    assert_eq!(breaker.snapshot().totals.rejected, 1);
    drop(running);
    assert_eq!(service.call(Ask::Answer(7)).await, Ok(7));
    assert!(is_at_rest(&breaker));
}

#[tokio::test(start_paused = true)]
async fn call_that_waits_runs_on_the_service_that_was_ready() {
    let breaker = build(|b| b.max_concurrent(1).max_wait(LONG));
    let backend = Backend::default();
    // There are as many permits as calls that run or wait, so that each has its own.
    let mut service = ServiceBuilder::new()
        .layer(CircuitBreakerLayer::new(breaker.clone()))
        .concurrency_limit(2)
        .service(backend.clone());
    let first = tokio::spawn(service.ready().await.expect("ready").call(Ask::AnswerAfter(LONG / 2)));
    let second = tokio::spawn(service.ready().await.expect("ready").call(Ask::Answer(2)));
    tokio::task::yield_now().await;
    assert_eq!((backend.calls(), breaker.snapshot().bulkhead.map(|b| b.pending)), (1, Some(1)));
    assert!(poll!(std::pin::pin!(service.ready())).is_pending(), "the limit's permits are in use");
    assert_eq!((first.await.expect("no panic"), second.await.expect("no panic")), (Ok(0), Ok(2)));
    assert_eq!(ask(&mut service, Ask::Answer(3)).await, Ok(3));
    assert!(is_at_rest(&breaker));
}
