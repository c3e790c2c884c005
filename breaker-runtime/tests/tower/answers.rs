//! The outcomes of calls through the layer, and the answers to callers.

use std::convert::Infallible;

use breaker_runtime::tower::CircuitBreakerLayer;
use breaker_runtime::{BreakerError, CallError, ErrorKind, State};
use tower::{BoxError, Layer, ServiceExt};

use crate::backend::{Ask, Backend, Down, is_at_rest};
use crate::{ask, build};

type Answer = Result<u32, Down>;

#[tokio::test]
async fn failures_and_ignored_results_are_judged_by_the_result() {
    for first in [true, false] {
        let (breaker, backend) = (build(|b| b), Backend::default());
        let layer = CircuitBreakerLayer::new(breaker.clone());
        let bad = |result: &Answer| matches!(result, Ok(500..));
        let ignored = move |result: &Answer| matches!(result, Ok(400..) | Err(Down)) && !bad(result);
        // The order of the two rules makes no difference.
        let mut service = if first {
            layer.failure_if(bad).ignore_if(ignored).layer(backend).boxed()
        } else {
            layer.ignore_if(ignored).failure_if(bad).layer(backend).boxed()
        };
        for (status, streak) in [(500, 1), (404, 1), (200, 0), (503, 1)] {
            assert_eq!(ask(&mut service, Ask::Answer(status)).await, Ok(status));
            assert_eq!(breaker.snapshot().streak, streak);
        }
        assert_eq!(ask(&mut service, Ask::Fail).await, Err(CallError::Inner(Down)));
        let totals = breaker.snapshot().totals;
        assert_eq!((totals.success, totals.failure, totals.ignored), (1, 2, 2));
        let _ = ask(&mut service, Ask::Answer(500)).await;
        assert_eq!(breaker.state(), State::Open);
    }
}

#[tokio::test]
async fn ignore_rule_precedes_failure_rule() {
    let breaker = build(|b| b);
    let layer = CircuitBreakerLayer::new(breaker.clone())
        .failure_if(|_: &Answer| true)
        .ignore_if(|_: &Answer| true);
    let _ = ask(&mut layer.layer(Backend::default()), Ask::Fail).await;
    assert_eq!(breaker.snapshot().totals.ignored, 1);
}

/// A classifier that throws leaks nothing.
#[tokio::test]
async fn panic_in_a_rule_is_a_failure() {
    let breaker = build(|b| b.max_concurrent(1));
    let layer = CircuitBreakerLayer::new(breaker.clone());
    let layer =
        layer.failure_if(|result: &Answer| if result.is_ok() { panic!("planned") } else { true });
    let mut service = layer.layer(Backend::default());
    let panicked = tokio::spawn(async move { ask(&mut service, Ask::Answer(7)).await }).await;
    assert!(panicked.expect_err("it panics").is_panic());
    assert_eq!((breaker.snapshot().totals.failure, is_at_rest(&breaker)), (1, true));
}

#[tokio::test]
async fn rejection_can_be_an_error_of_the_services_type() {
    let breaker = build(|b| b);
    let layer = CircuitBreakerLayer::new(breaker.clone()).map_rejection(BoxError::from);
    let inner = Backend::default().map_err(BoxError::from);
    let mut service = layer.layer(inner);
    assert!(ask(&mut service, Ask::Fail).await.expect_err("it fails").is::<Down>());
    breaker.trip();
    let rejected = ask(&mut service, Ask::Answer(7)).await.expect_err("it is open");
    let rejection = rejected.downcast_ref::<BreakerError>().expect("it is the breaker's");
    assert_eq!(rejection.kind(), ErrorKind::Open);
}

#[tokio::test(start_paused = true)]
async fn rejection_and_a_time_out_can_be_responses() {
    let breaker = build(|b| b.call_timeout(crate::SECOND).failure_threshold(1));
    let layer = CircuitBreakerLayer::new(breaker.clone())
        .respond_to_rejection(|rejection| format!("{:?}", rejection.kind()));
    let inner = tower::service_fn(async |()| std::future::pending::<Result<String, Infallible>>().await);
    let service = layer.layer(inner);
    for answer in ["TimedOut", "Open"] {
        assert_eq!(service.clone().oneshot(()).await, Ok(answer.to_owned()));
    }
}

#[cfg(feature = "http")]
mod http {
    use std::time::Duration;

    use breaker_runtime::tower::CircuitBreakerLayer;
    use breaker_runtime::{CircuitBreaker, State, classify};
    use http::{Request, Response, StatusCode};
    use tower::{Layer, Service, ServiceBuilder, ServiceExt};

    use crate::backend::Down;
    use crate::{LONG, build};

    async fn page(request: Request<u16>) -> Result<Response<()>, Down> {
        let status = StatusCode::from_u16(*request.body()).map_err(|_| Down)?;
        Ok(Response::builder().status(status).header("retry-after", "120").body(()).expect("it is one"))
    }

    fn honouring() -> CircuitBreaker {
        build(|b| b.honour_retry_after(true))
    }

    /// The compiler must infer the types of request, response and error from the service alone.
    #[tokio::test]
    async fn responses_are_classified() {
        let breaker = honouring();
        let layer = CircuitBreakerLayer::new(breaker.clone())
            .failure_if(classify::server_error)
            .ignore_if(classify::client_error)
            .honour_retry_after();
        let service = ServiceBuilder::new().layer(layer).service_fn(page);
        for status in [503, 404, 200, 503, 404, 0, 200] {
            let _ = service.clone().oneshot(Request::new(status)).await;
        }
        let totals = breaker.snapshot().totals;
        assert_eq!((totals.success, totals.ignored, totals.failure), (1, 2, 3));
        assert_eq!((breaker.state(), totals.rejected), (State::Open, 1));
    }

    /// The rules of the option apply, in whatever order the layer gets them.
    #[tokio::test]
    async fn client_error_is_a_success_and_a_neutral_answer_is_ignored_by_class() {
        let breaker = honouring();
        let layer = CircuitBreakerLayer::new(breaker.clone()).honour_retry_after().classify();
        let service = ServiceBuilder::new().layer(layer).service_fn(page);
        for status in [404, 408, 200, 503, 0] {
            let _ = service.clone().oneshot(Request::new(status)).await;
        }
        let totals = breaker.snapshot().totals;
        assert_eq!((totals.success, totals.ignored, totals.failure), (2, 1, 2));
    }

    #[tokio::test]
    async fn retry_after_of_a_response_is_honoured() {
        let breaker = honouring();
        let mut service = layered(breaker.clone());
        for _ in 0..2 {
            let request = Request::new(503);
            let _ = service.ready().await.expect("ready").call(request).await;
        }
        assert!(breaker.snapshot().retry_after > Some(LONG + Duration::from_secs(50)));
    }

    /// Returns a layer with a type that can be written.
    fn layered(
        breaker: CircuitBreaker,
    ) -> impl Service<Request<u16>, Response = Response<()>, Error: std::fmt::Debug> {
        CircuitBreakerLayer::new(breaker)
            .failure_if(classify::server_error)
            .honour_retry_after()
            .layer(tower::service_fn(page))
    }
}
