//! A circuit breaker as a layer of [`tower`](https://docs.rs/tower) services.
//!
//! ```
//! use std::time::Duration;
//!
//! use breaker_runtime::tower::CircuitBreakerLayer;
//! use breaker_runtime::{CallError, CircuitBreaker, State};
//! use tower::{ServiceBuilder, ServiceExt};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
//! let breaker = CircuitBreaker::builder("prices")
//!     .failure_threshold(2)
//!     .call_timeout(Duration::from_secs(2))
//!     .build()?;
//! let service = ServiceBuilder::new()
//!     .layer(CircuitBreakerLayer::new(breaker.clone()))
//!     .service_fn(async |product: u32| {
//!         if product > 0 { Ok(product * 100) } else { Err("no such product") }
//!     });
//!
//! assert_eq!(service.clone().oneshot(7).await, Ok(700));
//! for _ in 0..2 {
//!     assert_eq!(service.clone().oneshot(0).await, Err(CallError::Inner("no such product")));
//! }
//! assert_eq!(breaker.state(), State::Open);
//! assert!(matches!(service.oneshot(7).await, Err(CallError::Breaker(_))));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The breaker is one like any other, and may be shared with functions and other services. All its
//! options apply as in [`call_async`](crate::CircuitBreaker::call_async): what opens it,
//! [`call_timeout`](crate::CircuitBreakerBuilder::call_timeout), and the bulkhead of
//! [`max_concurrent`](crate::CircuitBreakerBuilder::max_concurrent),
//! [`max_wait`](crate::CircuitBreakerBuilder::max_wait) and
//! [`max_pending`](crate::CircuitBreakerBuilder::max_pending). A
//! [`total_timeout`](crate::CircuitBreakerBuilder::total_timeout) covers the wait for a permit and the
//! response, from `call` on. The inner service's `poll_ready` comes before the breaker is asked, and may
//! be polled for a call that never follows: it has no part in any deadline.
//!
//! # A breaker per host
//!
//! With [`CircuitBreakerLayer::keyed`] the breaker of its key decides on each request: a host that is
//! down does not affect the others.
//!
//! ```
//! # #[cfg(feature = "http")] {
//! use breaker_runtime::tower::CircuitBreakerLayer;
//! use breaker_runtime::CircuitBreaker;
//! use http::{Request, Response};
//! use tower::{ServiceBuilder, ServiceExt};
//!
//! fn host(request: &Request<()>) -> Option<&str> {
//!     request.uri().host()
//! }
//!
//! async fn send(request: Request<()>) -> Result<Response<String>, http::Error> {
//!     let status = if request.uri().host() == Some("eu.example.com") { 503 } else { 200 };
//!     Response::builder().status(status).body(String::new())
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! let hosts = CircuitBreaker::builder("hosts").failure_threshold(3).keyed().build()?;
//! let client = ServiceBuilder::new()
//!     .layer(CircuitBreakerLayer::keyed(hosts.clone(), host).classify())
//!     .service_fn(send);
//!
//! let to = |uri| Request::get(uri).body(());
//! for _ in 0..3 {
//!     assert_eq!(client.clone().oneshot(to("http://eu.example.com/")?).await?.status(), 503);
//! }
//! assert!(client.clone().oneshot(to("http://eu.example.com/")?).await.is_err());
//! assert!(client.clone().oneshot(to("http://us.example.com/")?).await.is_ok());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What counts
//!
//! The result that the inner service's future ends with. An `Err` is a failure unless
//! [`failure_if`](CircuitBreakerLayer::failure_if) and [`ignore_if`](CircuitBreakerLayer::ignore_if) say
//! otherwise, or the [class](crate::integrations::classify) of a result does, by
//! [`classify`](CircuitBreakerLayer::classify). A panic is a failure, be it in the inner service's
//! `call` or in its future, and goes on unwinding. A body that is streamed after the response has come
//! is no part of the call, unless the layer is [`streamed`](CircuitBreakerLayer::streamed), by the
//! feature `http-body`.
//!
//! An error of the inner service's `poll_ready` is passed on and not counted: no call has been made, and
//! its key is unknown. A service that connects in `poll_ready` can be made to
//! do so in its calls, where it counts: `service_fn(move |request| service.clone().oneshot(request))`.
//!
//! # What callers get
//!
//! Where the breaker did not run the call, or ended it at its `call_timeout`:
//!
//! | | `Service::Error` | for |
//! |---|---|---|
//! | by default | [`CallError<S::Error>`](crate::CallError) | callers that distinguish the two |
//! | [`map_rejection`](CircuitBreakerLayer::map_rejection) | `S::Error` | `BoxError`, as `tower`'s own layers have it: `map_rejection(BoxError::from)` |
//! | [`respond_to_rejection`](CircuitBreakerLayer::respond_to_rejection) | `S::Error` | servers with the error `Infallible` |
//!
//! ```
//! # #[cfg(feature = "axum")] {
//! use std::convert::Infallible;
//!
//! use axum::response::{IntoResponse, Response};
//! use axum::{Router, routing::get};
//! use breaker_runtime::CircuitBreaker;
//! use breaker_runtime::tower::CircuitBreakerLayer;
//!
//! fn failed(result: &Result<Response, Infallible>) -> bool {
//!     result.as_ref().is_ok_and(|response| response.status().is_server_error())
//! }
//!
//! let breaker = CircuitBreaker::builder("items").build()?;
//! let app: Router = Router::new().route("/items", get(async || "none")).layer(
//!     CircuitBreakerLayer::new(breaker)
//!         .failure_if(failed)
//!         .respond_to_rejection(IntoResponse::into_response),
//! );
//! # }
//! # Ok::<(), breaker_runtime::ConfigError>(())
//! ```
//!
//! # Readiness
//!
//! `poll_ready` is the inner service's. The breaker decides in `call`, and holds nothing before that: a
//! caller that finds the service ready and never calls it holds neither a probe slot nor a concurrency
//! permit. So an open breaker rejects a call only after the inner service was ready.
//!
//! - An admitted call is passed on at once, to the service that was ready.
//! - One that is rejected never reaches it. What it had reserved by being ready, such as a permit of
//!   `ConcurrencyLimit` or a slot of `Buffer`, becomes free: a clone replaces the
//!   service, and is not ready yet.
//! - One that has to wait for a concurrency permit holds the service that was ready, and leaves a clone.
//!   It is in the queue from the first poll of its future.
//!
//! That is why the inner service has to be `Clone`. For one that is not, there is
//! [`without_waiting`](CircuitBreakerLayer::without_waiting): a call over the limit is rejected at once,
//! and after a rejection the service stays ready for the next call.
//!
//! # Cancellation
//!
//! A response future that is dropped before it ends leaves nothing behind. The inner future is dropped
//! first, and then the permit is settled: as cancelled, or as a failure if it had run for longer than
//! `slow_call` or `call_timeout`, or if `abandoned_threshold` calls before it were dropped. A future
//! that is not polled keeps its permit; as a probe it loses its slot after
//! [`probe_timeout`](crate::CircuitBreakerBuilder::probe_timeout).
//!
//! # Among other layers
//!
//! From the outside to the inside of a `ServiceBuilder`, which has the outermost first:
//!
//! | layer | where | otherwise |
//! |---|---|---|
//! | `Buffer` | outside, where it is needed to make a service `Clone` | inside, rejected calls are not queued either, and an open breaker answers only while there is room in the buffer |
//! | `LoadShed` | outside | inside, what it sheds counts as a failure, unless `ignore_if` says otherwise |
//! | `Retry` | outside, so that every attempt counts and an open breaker ends them; the policy should not retry a rejection | inside, a call counts once, by its last attempt |
//! | `ConcurrencyLimit`, `RateLimit` | outside, or `max_concurrent` in their place | inside, an open breaker cannot answer while the limit is reached, as the service is not ready then |
//! | the breaker | | |
//! | `Timeout` | inside, or `call_timeout` in its place, which is distinguished from other errors | outside, a call that hangs is cancelled, and no failure unless it is [slow](crate::CircuitBreakerBuilder::slow_call) or [abandoned](crate::CircuitBreakerBuilder::abandoned_threshold) |

mod answer;
mod counts;
mod future;
mod layer;
mod policy;
mod ready;
mod service;
#[cfg(feature = "http-body")]
mod streamed;

pub use crate::integrations::select::{KeyOf, KeySelector, SelectBreaker};
pub use crate::integrations::tower::answer::{AsCallError, AsError, AsResponse, RejectionHandler};
pub use crate::integrations::tower::counts::{
    ClassClassifier, ClassFails, ClassIgnored, ErrFails, NoPredicate, Predicate, ResultClassifier,
    WaitOf,
};
pub use crate::integrations::tower::future::{ResponseForm, ResponseFuture, Whole};
pub use crate::integrations::tower::layer::CircuitBreakerLayer;
pub use crate::integrations::tower::policy::LayerPolicy;
pub use crate::integrations::tower::ready::{MayWait, NeverWaits, ReadyPolicy};
pub use crate::integrations::tower::service::CircuitBreakerService;
#[cfg(feature = "http-body")]
pub use crate::integrations::tower::streamed::{Streamed, StreamedLayer, StreamedService};
