//! A breaker as a layer of a `tower` service.

#![cfg(all(feature = "tower", feature = "tokio"))]

mod answers;
mod backend;
mod cancelled;
mod keyed;
mod readiness;
mod stacked;

use std::time::Duration;

use breaker_runtime::tower::{CircuitBreakerLayer, CircuitBreakerService};
use breaker_runtime::{CallError, CircuitBreaker, CircuitBreakerBuilder, ErrorKind, ManualClock, State};
use futures::future::join_all;
use tokio::task::JoinSet;
use tower::{Layer, Service, ServiceExt};

use self::backend::{Ask, Backend, Down, is_at_rest};

const LONG: Duration = Duration::from_secs(60);
const SECOND: Duration = Duration::from_secs(1);

type Guarded<S> = CircuitBreakerService<S>;

fn build(options: impl FnOnce(CircuitBreakerBuilder) -> CircuitBreakerBuilder) -> CircuitBreaker {
    options(CircuitBreaker::builder("tower").failure_threshold(2)).build().expect("in range")
}

fn half_open(options: impl FnOnce(CircuitBreakerBuilder) -> CircuitBreakerBuilder) -> CircuitBreaker {
    let clock = ManualClock::new();
    let breaker = build(|builder| options(builder.clock(clock.clone())));
    breaker.trip();
    clock.advance(LONG);
    assert_eq!(breaker.state(), State::HalfOpen);
    breaker
}

fn guard(breaker: &CircuitBreaker, backend: &Backend) -> Guarded<Backend> {
    CircuitBreakerLayer::new(breaker.clone()).layer(backend.clone())
}

async fn ask<S: Service<Ask>>(service: &mut S, ask: Ask) -> Result<S::Response, S::Error> {
    // In paused time a call that hangs fails at once.
    let ready = tokio::time::timeout(10 * LONG, service.ready()).await;
    ready.expect("it never becomes ready")?.call(ask).await
}

fn kind<T, E>(result: Result<T, CallError<E>>) -> Option<ErrorKind> {
    result.err()?.rejection().map(breaker_runtime::BreakerError::kind)
}

#[tokio::test]
async fn open_breaker_does_not_call_the_service() {
    let (breaker, backend) = (build(|b| b), Backend::default());
    let mut service = guard(&breaker, &backend);
    assert_eq!(ask(&mut service, Ask::Answer(7)).await, Ok(7));
    for _ in 0..2 {
        assert_eq!(ask(&mut service, Ask::Fail).await, Err(CallError::Inner(Down)));
    }
    assert_eq!(breaker.state(), State::Open);
    assert_eq!(kind(ask(&mut service, Ask::Answer(7)).await), Some(ErrorKind::Open));
    assert_eq!((backend.calls(), breaker.snapshot().totals.rejected), (3, 1));
    breaker.reset();
    assert_eq!(ask(&mut service, Ask::Answer(8)).await, Ok(8), "usable after a rejection");
}

#[tokio::test]
async fn clones_and_services_of_one_layer_share_the_breaker() {
    let (breaker, backend) = (build(|b| b), Backend::default());
    let layer = CircuitBreakerLayer::new(breaker.clone());
    let mut services = [layer.layer(backend.clone()), layer.clone().layer(backend.clone())];
    services[0] = services[0].clone();
    for service in &mut services {
        assert_eq!(ask(service, Ask::Fail).await, Err(CallError::Inner(Down)));
    }
    assert_eq!(breaker.state(), State::Open);
}

/// At most `max_probes` are in flight, exactly N, not N + 1.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn probes_in_flight_stay_within_max_probes() {
    let (breaker, backend) = (half_open(|b| b.success_threshold(3).max_probes(3)), Backend::default());
    let service = guard(&breaker, &backend);
    let mut calls = JoinSet::new();
    for _ in 0..64 {
        calls.spawn(service.clone().oneshot(Ask::Hang));
    }
    for _ in 0..61 {
        let rejected = calls.join_next().await.expect("there are 64").expect("no panic");
        assert_eq!(kind(rejected), Some(ErrorKind::HalfOpen));
    }
    assert_eq!((backend.calls(), breaker.snapshot().in_flight), (3, 3));
    calls.shutdown().await;
    assert!(is_at_rest(&breaker));
    let probes = (0..3).map(|n| service.clone().oneshot(Ask::Answer(n)));
    assert_eq!(join_all(probes).await, [Ok(0), Ok(1), Ok(2)]);
    assert_eq!(breaker.state(), State::Closed);
}

#[tokio::test(start_paused = true)]
async fn call_past_its_deadline_is_dropped_and_a_failure() {
    let breaker = build(|b| b.call_timeout(SECOND).max_concurrent(1));
    let backend = Backend::default();
    let mut service = guard(&breaker, &backend);
    let began = tokio::time::Instant::now();
    assert_eq!(kind(ask(&mut service, Ask::Hang).await), Some(ErrorKind::TimedOut));
    assert_eq!((began.elapsed(), backend.running()), (SECOND, 0));
    assert_eq!(kind(ask(&mut service, Ask::Hang).await), Some(ErrorKind::TimedOut));
    let snapshot = breaker.snapshot();
    assert_eq!(
        (snapshot.state, snapshot.totals.timed_out, snapshot.totals.failure),
        (State::Open, 2, 2)
    );
    assert!(is_at_rest(&breaker));
}

#[tokio::test]
async fn panic_is_a_failure_and_goes_on_unwinding() {
    for panic in [Ask::PanicAtOnce, Ask::PanicLater] {
        let (breaker, backend) = (build(|b| b.max_concurrent(1)), Backend::default());
        let mut service = guard(&breaker, &backend);
        let panicked = tokio::spawn(async move { ask(&mut service, panic).await }).await;
        assert!(panicked.expect_err("it panics").is_panic());
        assert_eq!((breaker.snapshot().totals.failure, is_at_rest(&breaker)), (1, true));
    }
}

/// Calls that wait run in the future, and not in `call`.
#[tokio::test(start_paused = true)]
async fn panic_after_waiting_is_a_failure_too() {
    let (breaker, backend) = (build(|b| b.max_concurrent(1).max_wait(LONG)), Backend::default());
    let service = guard(&breaker, &backend);
    let first = tokio::spawn(service.clone().oneshot(Ask::AnswerAfter(SECOND)));
    tokio::task::yield_now().await;
    let panicked = tokio::spawn(service.oneshot(Ask::PanicAtOnce));
    assert_eq!(first.await.expect("no panic"), Ok(0));
    assert!(panicked.await.expect_err("it panics").is_panic());
    assert_eq!((breaker.snapshot().totals.failure, is_at_rest(&breaker)), (1, true));
}

#[tokio::test(start_paused = true)]
async fn calls_wait_for_a_permit_until_max_wait() {
    let breaker = build(|b| b.max_concurrent(1).max_wait(5 * SECOND / 2).max_pending(3));
    let backend = Backend::default();
    let service = guard(&breaker, &backend);
    let began = tokio::time::Instant::now();
    let call = |_| {
        let call = service.clone().oneshot(Ask::AnswerAfter(SECOND));
        async move { (kind(call.await), began.elapsed().as_secs()) }
    };
    let ended = join_all((0..5).map(call)).await;
    let full = Some(ErrorKind::Full);
    assert_eq!(ended, [(None, 1), (None, 2), (None, 3), (full, 2), (full, 0)]);
    assert_eq!((backend.calls(), backend.reserved(), is_at_rest(&breaker)), (3, 0, true));
    assert_eq!(breaker.snapshot().totals.rejected, 2);
}

/// The inner service's own `poll_ready` comes before the breaker is asked, and has no part in it.
#[tokio::test(start_paused = true)]
async fn total_timeout_covers_the_wait_for_a_permit_and_the_call() {
    let breaker = build(|b| b.total_timeout(SECOND).max_concurrent(1).max_wait(SECOND * 9 / 10));
    let backend = Backend::default();
    let service = guard(&breaker, &backend);
    let began = tokio::time::Instant::now();
    let calls = [Ask::AnswerAfter(SECOND * 7 / 10), Ask::Hang].map(|what| {
        let call = service.clone().oneshot(what);
        async move { (kind(call.await), began.elapsed().as_millis()) }
    });
    assert_eq!(join_all(calls).await, [(None, 700), (Some(ErrorKind::TimedOut), 1_000)]);
    assert_eq!((backend.running(), is_at_rest(&breaker)), (0, true));
    // It had 300 ms: the time was lost before it.
    let totals = breaker.snapshot().totals;
    assert_eq!((totals.success, totals.failure, totals.cancelled, totals.timed_out), (1, 0, 1, 1));
    assert_eq!(kind(service.oneshot(Ask::Hang).await), Some(ErrorKind::TimedOut));
    assert_eq!((began.elapsed().as_millis(), breaker.snapshot().totals.failure), (2_000, 1));
}

#[tokio::test(start_paused = true)]
async fn call_that_waited_is_rejected_if_the_breaker_opened() {
    let breaker =
        build(|b| b.max_concurrent(1).max_wait(LONG).failure_threshold(1).call_timeout(SECOND));
    let backend = Backend::default();
    let service = guard(&breaker, &backend);
    let calls = (0..2).map(|_| service.clone().oneshot(Ask::Hang));
    let ended: Vec<_> = join_all(calls).await.into_iter().map(kind).collect();
    assert_eq!(ended, [Some(ErrorKind::TimedOut), Some(ErrorKind::Open)]);
    assert_eq!((backend.calls(), backend.reserved(), is_at_rest(&breaker)), (1, 0, true));
}

/// The types of layers and services that users write in the field of a struct, with functions as rules.
mod named {
    use breaker_runtime::BreakerError;
    use breaker_runtime::tower::{
        AsResponse, KeySelector, LayerPolicy, MayWait, NeverWaits, ResultClassifier,
    };

    use super::*;

    type Reply = Result<u32, Down>;
    type Classifier = ResultClassifier<fn(&Reply) -> bool, fn(&Reply) -> bool>;
    type Handler = AsResponse<fn(BreakerError) -> u32>;
    type ByAsk = KeySelector<fn(&Ask) -> u32>;

    struct Client {
        plain: CircuitBreakerService<Backend>,
        with_rules:
            CircuitBreakerService<Backend, CircuitBreaker, LayerPolicy<Classifier, Handler, NeverWaits>>,
        keyed: CircuitBreakerLayer<ByAsk, LayerPolicy<Classifier, Handler, MayWait>>,
    }

    #[tokio::test]
    async fn layer_and_service_with_rules_can_be_named_in_a_field() {
        let breaker = build(|b| b);
        let failed: fn(&Reply) -> bool = Result::is_err;
        let ignored: fn(&Reply) -> bool = |reply| matches!(reply, Ok(404));
        let respond: fn(BreakerError) -> u32 = |_| 503;
        let key: fn(&Ask) -> u32 = |_| 7;
        let layer = CircuitBreakerLayer::new(breaker.clone());
        let with_rules =
            layer.clone().failure_if(failed).ignore_if(ignored).respond_to_rejection(respond);
        let hosts = CircuitBreaker::builder("tower: named").keyed().build().expect("in range");
        let mut client = Client {
            plain: layer.layer(Backend::default()),
            with_rules: with_rules.without_waiting().layer(Backend::default()),
            keyed: CircuitBreakerLayer::keyed(hosts.clone(), key)
                .failure_if(failed)
                .ignore_if(ignored)
                .respond_to_rejection(respond),
        };
        assert_eq!(ask(&mut client.with_rules, Ask::Answer(404)).await, Ok(404));
        breaker.trip();
        assert_eq!(ask(&mut client.with_rules, Ask::Answer(200)).await, Ok(503));
        assert_eq!(kind(ask(&mut client.plain, Ask::Answer(200)).await), Some(ErrorKind::Open));
        hosts.get(&7).trip();
        assert_eq!(ask(&mut client.keyed.layer(Backend::default()), Ask::Answer(200)).await, Ok(503));
    }
}

/// A `fn` that is never run: it only has to compile.
mod types {
    use std::rc::Rc;

    use super::*;

    fn is_fit<T: Clone + Send + Sync + 'static>(_: &T) {}
    fn goes_anywhere<T: Send + 'static>(_: &T) {}
    fn is_future<T: Future>(_: &T) {}

    #[expect(dead_code, reason = "that it compiles is the test")]
    fn what_is_send(breaker: CircuitBreaker) {
        let layer = CircuitBreakerLayer::new(breaker);
        is_fit(&layer);
        let mut service =
            layer.layer(tower::service_fn(|number: u32| async move { Ok::<_, Down>(number) }));
        is_fit(&service);
        goes_anywhere(&service.call(7));
    }

    #[expect(dead_code, reason = "that it compiles is the test")]
    fn what_is_not_send_may_be_used(breaker: CircuitBreaker) {
        let here = Rc::new(7);
        let inner = tower::service_fn(move |number: Rc<u32>| {
            let here = Rc::clone(&here);
            async move { Ok::<_, Rc<u32>>(*number + *here) }
        });
        let mut service = CircuitBreakerLayer::new(breaker).layer(inner);
        is_future(&service.call(Rc::new(7)));
    }
}

#[cfg(feature = "test-util")]
#[tokio::test]
async fn isolated_test_sees_its_own_breaker_behind_the_layer() {
    let (breaker, backend) = (build(|b| b), Backend::default());
    let mut service = guard(&breaker, &backend);
    {
        let _fresh = breaker_runtime::testing::isolate();
        for _ in 0..2 {
            let _ = ask(&mut service, Ask::Fail).await;
        }
        assert_eq!(breaker.state(), State::Open);
    }
    assert_eq!((breaker.state(), breaker.snapshot().totals.failure), (State::Closed, 0));
}
