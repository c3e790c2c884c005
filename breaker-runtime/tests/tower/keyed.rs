//! A layer with a breaker for each key.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use breaker_runtime::tower::CircuitBreakerLayer;
use breaker_runtime::{
    CallError, CircuitBreaker, ErrorKind, KeyedBreakers, ManualClock, Outlier, State, Totals,
    TripCondition,
};
use futures::poll;
use tower::{Layer, Service, ServiceExt};

#[derive(Clone, Debug)]
struct Request {
    host: String,
    works: bool,
}

fn to(host: &str, works: bool) -> Request {
    Request { host: host.to_owned(), works }
}

fn host(request: &Request) -> &str {
    &request.host
}

async fn answer(request: Request) -> Result<String, ()> {
    if request.works { Ok(request.host) } else { Err(()) }
}

fn breakers() -> KeyedBreakers {
    CircuitBreaker::builder("hosts").failure_threshold(2).keyed().build().expect("in range")
}

#[tokio::test]
async fn open_key_leaves_the_other_keys_alone() {
    let breakers = breakers();
    let layer = CircuitBreakerLayer::keyed(breakers.clone(), host);
    let service = layer.layer(tower::service_fn(answer));
    for _ in 0..2 {
        assert_eq!(service.clone().oneshot(to("eu", false)).await, Err(CallError::Inner(())));
        assert!(service.clone().oneshot(to("us", true)).await.is_ok());
    }
    let rejected = service.clone().oneshot(to("eu", true)).await.expect_err("open");
    let rejection = rejected.rejection().expect("the breaker's error");
    assert_eq!(rejection.kind(), ErrorKind::Open);
    assert_eq!(rejection.key().map(ToString::to_string).as_deref(), Some("eu"));
    assert_eq!(service.oneshot(to("us", true)).await, Ok("us".to_owned()));
    let state = |key: &str| breakers.find(key).map(|breaker| breaker.state());
    assert_eq!((state("eu"), state("us")), (Some(State::Open), Some(State::Closed)));
    assert_eq!(breakers.template().snapshot().totals.rejected, 1);
}

/// Envoy ejects hosts behind a client in the same way.
#[tokio::test]
async fn outlier_among_the_keys_of_a_layer_opens_and_its_siblings_do_not() {
    let clock = ManualClock::new();
    let builder = CircuitBreaker::builder("outliers").clock(clock.clone()).keyed();
    let breakers = builder.outlier(Outlier::new().min_calls(20)).build().expect("in range");
    let layer = CircuitBreakerLayer::keyed(breakers.clone(), host);
    let service = layer.layer(tower::service_fn(answer));
    let hosts = ["ap", "br", "eu", "jp", "us"];
    // The first failed call begins an interval.
    let _ = service.clone().oneshot(to("first", false)).await;
    for call in 0..20 {
        for host in hosts {
            // "eu" fails every second call, never enough in a row.
            let _ = service.clone().oneshot(to(host, host != "eu" || call % 2 == 0)).await;
        }
    }
    clock.advance(Duration::from_secs(10));
    let _ = service.clone().oneshot(to("first", false)).await;
    for host in hosts {
        let answered = service.clone().oneshot(to(host, true)).await;
        let is_rejected = answered.is_err_and(|error| error.rejection().is_some());
        assert_eq!(is_rejected, host == "eu", "{host}");
    }
    let breaker = breakers.find("eu").expect("it was called");
    let report = breaker.last_trip().expect("it has opened");
    assert!(matches!(report.condition, TripCondition::Outlier { keys: 5, .. }), "{report}");
}

#[tokio::test]
async fn closure_may_return_an_owned_key() {
    let breakers = breakers();
    let layer = CircuitBreakerLayer::keyed(breakers.clone(), |request: &Request| {
        (request.host.clone(), u8::from(request.works))
    });
    let service = layer.layer(tower::service_fn(answer));
    let _ = service.clone().oneshot(to("eu", true)).await;
    let _ = service.oneshot(to("eu", false)).await;
    assert_eq!(breakers.len(), 2);
}

/// A new key always gets its own breaker, and the calls of an evicted key continue with theirs.
#[tokio::test]
async fn call_in_flight_counts_after_its_key_is_evicted() {
    let breakers = CircuitBreaker::builder("one")
        .failure_threshold(1)
        .keyed()
        .max_keys(1)
        .build()
        .expect("in range");
    let (open, gate) = tokio::sync::oneshot::channel::<()>();
    let gate = std::sync::Mutex::new(Some(gate));
    let inner = tower::service_fn(move |_: Request| {
        let gate = gate.lock().expect("no panic").take();
        async move {
            if let Some(gate) = gate {
                let _ = gate.await;
            }
            Err::<(), _>(())
        }
    });
    let layer = CircuitBreakerLayer::keyed(breakers.clone(), host).without_waiting();
    let mut service = layer.layer(inner);
    let mut call = Box::pin(service.ready().await.expect("ready").call(to("eu", true)));
    assert!(poll!(&mut call).is_pending());
    let eu = breakers.find("eu").expect("it was called");
    let us = breakers.get("us");
    assert_eq!(us.key().map(ToString::to_string).as_deref(), Some("us"));
    assert!(breakers.find("eu").is_none(), "it was evicted");
    open.send(()).expect("it waits");
    assert_eq!(call.await, Err(CallError::Inner(())));
    assert_eq!((eu.state(), us.state()), (State::Open, State::Closed));
    drop(eu);
    assert_eq!(breakers.template().snapshot().totals.failure, 1);
}

#[tokio::test]
async fn panic_in_the_key_counts_for_no_breaker() {
    fn panics(_: &Request) -> u32 {
        panic!("planned")
    }
    let breakers = breakers();
    let layer = CircuitBreakerLayer::keyed(breakers.clone(), panics);
    let mut service = layer.layer(tower::service_fn(answer));
    service.ready().await.expect("ready");
    assert!(catch_unwind(AssertUnwindSafe(|| drop(service.call(to("eu", true))))).is_err());
    assert_eq!(breakers.template().snapshot().totals, Totals::default());
    assert!(breakers.is_empty());
}
