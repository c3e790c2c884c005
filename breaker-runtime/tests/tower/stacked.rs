//! The breaker among the layers of `tower`.

use std::future::{Ready, ready};

use breaker_runtime::tower::CircuitBreakerLayer;
use breaker_runtime::{BreakerError, CallError, ErrorKind, State};
use futures::future::join_all;
use futures::poll;
use tower::retry::Policy;
use tower::{BoxError, Layer, ServiceBuilder, ServiceExt};

use crate::backend::{Ask, Backend, Down, is_at_rest};
use crate::{LONG, SECOND, ask, build, kind};

fn rejection(error: &BoxError) -> Option<ErrorKind> {
    Some(error.downcast_ref::<CallError<Down>>()?.rejection()?.kind())
}

#[tokio::test(start_paused = true)]
async fn breaker_inside_a_concurrency_limit_works() {
    let (breaker, backend) = (build(|b| b.max_concurrent(1)), Backend::default());
    let service = ServiceBuilder::new()
        .concurrency_limit(2)
        .layer(CircuitBreakerLayer::new(breaker.clone()))
        .service(backend.clone());
    let calls = (0..6).map(|_| service.clone().oneshot(Ask::AnswerAfter(SECOND)));
    let ended: Vec<_> = join_all(calls).await.into_iter().map(kind).collect();
    // The rejections release the permits of the limit at once.
    assert_eq!(ended.iter().filter(|end| end.is_none()).count(), 1);
    assert_eq!((backend.calls(), is_at_rest(&breaker)), (1, true));
}

#[tokio::test(start_paused = true)]
async fn breaker_around_a_concurrency_limit_works() {
    let (breaker, backend) = (build(|b| b), Backend::default());
    let service = ServiceBuilder::new()
        .layer(CircuitBreakerLayer::new(breaker.clone()))
        .concurrency_limit(1)
        .service(backend.clone());
    let calls = (0..4).map(|_| service.clone().oneshot(Ask::AnswerAfter(SECOND)));
    let began = tokio::time::Instant::now();
    assert!(join_all(calls).await.iter().all(Result::is_ok));
    assert_eq!((began.elapsed(), backend.calls()), (4 * SECOND, 4));
    breaker.force_open();
    // All are kept after they have been rejected.
    let mut services = [(); 8].map(|()| service.clone());
    for service in &mut services {
        assert_eq!(kind(ask(service, Ask::Answer(7)).await), Some(ErrorKind::ForcedOpen));
    }
}

/// The worker of the buffer has one service for all, and calls it before it has polled the previous
/// response.
#[tokio::test(start_paused = true)]
async fn breaker_behind_a_buffer_works() {
    let (breaker, backend) = (build(|b| b.max_concurrent(2).max_wait(10 * SECOND)), Backend::default());
    let service = ServiceBuilder::new()
        .buffer(16)
        .layer(CircuitBreakerLayer::new(breaker.clone()))
        .service(backend.clone());
    let calls = (0..6).map(|_| service.clone().oneshot(Ask::AnswerAfter(SECOND)));
    let began = tokio::time::Instant::now();
    assert!(join_all(calls).await.iter().all(Result::is_ok));
    assert_eq!((began.elapsed(), is_at_rest(&breaker)), (3 * SECOND, true));
    breaker.trip();
    for _ in 0..32 {
        let rejected = service.clone().oneshot(Ask::Answer(7)).await.expect_err("it is open");
        assert_eq!(rejection(&rejected), Some(ErrorKind::Open));
    }
    breaker.reset();
    assert_eq!(service.oneshot(Ask::Answer(7)).await.expect("it is closed"), 7);
    assert!(is_at_rest(&breaker));
}

#[tokio::test(start_paused = true)]
async fn breaker_before_a_buffer_works() {
    let breaker = build(|b| b);
    let service = ServiceBuilder::new()
        .layer(CircuitBreakerLayer::new(breaker.clone()).map_rejection(BoxError::from))
        .buffer(1)
        .service(Backend::default());
    breaker.force_open();
    let mut kept = [(); 4].map(|()| service.clone());
    for service in &mut kept {
        let rejected = ask(service, Ask::Answer(7)).await.expect_err("it is open");
        assert!(rejected.is::<BreakerError>());
    }
    breaker.automatic();
    assert_eq!(service.oneshot(Ask::Answer(7)).await.expect("the buffer has a free slot"), 7);
}

/// Inside, a time-out is a failure; outside, the call was cancelled and counts as no result.
#[tokio::test(start_paused = true)]
async fn breaker_on_either_side_of_a_timeout_works() {
    let breaker = build(|b| b);
    let layer = CircuitBreakerLayer::new(breaker.clone()).map_rejection(BoxError::from);
    let inside = ServiceBuilder::new().layer(layer).timeout(SECOND).service(Backend::default());
    for _ in 0..2 {
        assert!(inside.clone().oneshot(Ask::Hang).await.is_err());
    }
    assert_eq!(breaker.state(), State::Open);

    let breaker = build(|b| b);
    let layer = CircuitBreakerLayer::new(breaker.clone());
    let outside = ServiceBuilder::new().timeout(SECOND).layer(layer).service(Backend::default());
    for _ in 0..2 {
        assert!(outside.clone().oneshot(Ask::Hang).await.is_err());
    }
    assert_eq!((breaker.state(), breaker.snapshot().totals.cancelled), (State::Closed, 2));
}

/// The shorter one ends the call. Outside of the breaker that is a call that its caller has dropped.
#[tokio::test(start_paused = true)]
async fn whole_deadline_on_either_side_of_a_timeout_counts_what_ended_the_call() {
    // The breaker's deadline and the other one in seconds; failures, cancelled calls, time-outs.
    let cases = [
        (1, 2, "outside", (1, 0, 1)),
        (3, 1, "outside", (0, 1, 0)),
        (1, 2, "inside", (1, 0, 1)),
        (3, 1, "inside", (1, 0, 0)),
    ];
    for (own, other, side, counts) in cases {
        let (breaker, backend) = (build(|b| b.total_timeout(own * SECOND)), Backend::default());
        let began = tokio::time::Instant::now();
        let layer = CircuitBreakerLayer::new(breaker.clone());
        let ended = if side == "outside" {
            let layers = ServiceBuilder::new().timeout(other * SECOND).layer(layer);
            layers.service(backend.clone()).oneshot(Ask::Hang).await
        } else {
            let layer = layer.map_rejection(BoxError::from);
            let layers = ServiceBuilder::new().layer(layer).timeout(other * SECOND);
            layers.service(backend.clone()).oneshot(Ask::Hang).await
        };
        assert!(ended.is_err());
        assert_eq!((began.elapsed(), backend.running()), (SECOND, 0), "{own} {side}");
        let totals = breaker.snapshot().totals;
        assert_eq!((totals.failure, totals.cancelled, totals.timed_out), counts, "{own} {side}");
        assert!(is_at_rest(&breaker));
    }
}

/// The second call waits for 600 ms, and has less than half of the time.
#[tokio::test(start_paused = true)]
async fn whole_deadline_covers_the_wait_for_a_permit() {
    let whole = |builder: breaker_runtime::CircuitBreakerBuilder| {
        builder.total_timeout(SECOND).max_concurrent(1).max_wait(SECOND * 9 / 10)
    };
    let (breaker, backend) = (build(whole), Backend::default());
    let service = CircuitBreakerLayer::new(breaker.clone()).layer(backend.clone());
    let began = tokio::time::Instant::now();
    let calls = (0..2).map(|_| service.clone().oneshot(Ask::AnswerAfter(SECOND * 6 / 10)));
    let ended: Vec<_> = join_all(calls).await.into_iter().map(kind).collect();
    assert_eq!((ended, began.elapsed()), (vec![None, Some(ErrorKind::TimedOut)], SECOND));
    let totals = breaker.snapshot().totals;
    assert_eq!((totals.success, totals.cancelled, totals.timed_out), (1, 1, 1), "{totals}");
    assert!(is_at_rest(&breaker));
}

#[derive(Clone)]
struct UnlessRejected(u32);

impl Policy<Ask, u32, CallError<Down>> for UnlessRejected {
    type Future = Ready<()>;

    fn retry(&mut self, _: &mut Ask, result: &mut Result<u32, CallError<Down>>) -> Option<Ready<()>> {
        let again = matches!(result, Err(CallError::Inner(_))) && self.0 > 0;
        self.0 = self.0.saturating_sub(1);
        again.then(|| ready(()))
    }

    fn clone_request(&mut self, ask: &Ask) -> Option<Ask> {
        Some(*ask)
    }
}

/// Seven attempts over a threshold of three run three times.
#[tokio::test]
async fn retries_stop_at_an_open_breaker() {
    let (breaker, backend) = (build(|b| b.failure_threshold(3)), Backend::default());
    let service = ServiceBuilder::new()
        .retry(UnlessRejected(6))
        .layer(CircuitBreakerLayer::new(breaker.clone()))
        .service(backend.clone());
    assert_eq!(kind(service.oneshot(Ask::Fail).await), Some(ErrorKind::Open));
    let totals = breaker.snapshot().totals;
    assert_eq!((backend.calls(), totals.failure, totals.rejected), (3, 3, 1));
}

#[tokio::test]
async fn breaker_inside_a_breaker_works() {
    let (outer, inner) =
        (build(|b| b.failure_threshold(4)), build(|b| b.max_concurrent(1).max_wait(LONG)));
    let backend = Backend::default();
    let mut service = ServiceBuilder::new()
        .layer(CircuitBreakerLayer::new(outer.clone()))
        .layer(CircuitBreakerLayer::new(inner.clone()))
        .service(backend.clone());
    for _ in 0..4 {
        let _ = ask(&mut service, Ask::Fail).await;
    }
    assert_eq!((backend.calls(), inner.state(), outer.state()), (2, State::Open, State::Open));
    inner.reset();
    outer.reset();
    let mut call = service.clone().oneshot(Ask::Hang);
    assert!(poll!(&mut call).is_pending());
    let mut waiting = service.oneshot(Ask::Hang);
    assert!(poll!(&mut waiting).is_pending());
    drop((call, waiting));
    assert!(is_at_rest(&inner) && is_at_rest(&outer));
}
