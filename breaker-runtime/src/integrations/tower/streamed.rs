//! Calls that go on until the bodies of their responses have ended: [`StreamedLayer`].

use std::fmt;
use std::task::{Context, Poll};

use http::Response;
use http_body::Body;
use tower_layer::Layer;
use tower_service::Service;

use crate::breaker::CircuitBreaker;
use crate::breaker::judge::Judge;
use crate::breaker::owned_permit::ServicePermit;
use crate::integrations::select::{Seal, SelectBreaker};
use crate::integrations::tower::answer::RejectionHandler;
use crate::integrations::tower::future::{ResponseForm, ResponseFuture};
use crate::integrations::tower::layer::CircuitBreakerLayer;
use crate::integrations::tower::policy::LayerPolicy;
use crate::integrations::tower::ready::ReadyPolicy;
use crate::integrations::tower::service::begin;
use crate::stream::GuardedBody;

/// A layer for services that stream the bodies of their responses; from
/// [`CircuitBreakerLayer::streamed`].
#[derive(Clone)]
#[must_use = "a layer does nothing until it is given a service"]
pub struct StreamedLayer<B = CircuitBreaker, P = LayerPolicy> {
    layer: CircuitBreakerLayer<B, P>,
}

/// A service behind a circuit breaker. Its calls hold their permit until the body of the response has
/// ended.
#[derive(Clone)]
pub struct StreamedService<S, B = CircuitBreaker, P = LayerPolicy> {
    inner: S,
    layer: CircuitBreakerLayer<B, P>,
}

impl<B, P> CircuitBreakerLayer<B, P> {
    /// Holds the permit of a successful call until the body of its response has ended. For services of
    /// `http::Response`; the last call on a layer, by the feature `http-body`.
    ///
    /// The response that comes in the end is judged by the rules of this layer; a success is not counted
    /// before its body has ended, and an error in the body is a failure. The body becomes a
    /// [`GuardedBody`]; `first_item` and `idle` of the breaker are for its frames. The module
    /// [`stream`](crate::stream) has the rules.
    ///
    /// ```
    /// use axum::body::Body;
    /// use breaker_runtime::tower::CircuitBreakerLayer;
    /// use breaker_runtime::{CircuitBreaker, classify};
    /// use http::{Request, Response};
    /// use tower::{ServiceBuilder, ServiceExt};
    ///
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// let breaker = CircuitBreaker::builder("events").build()?;
    /// let service = ServiceBuilder::new()
    ///     .layer(
    ///         CircuitBreakerLayer::new(breaker.clone()).failure_if(classify::server_error).streamed(),
    ///     )
    ///     .service_fn(async |_: Request<()>| {
    ///         Ok::<_, std::io::Error>(Response::new(Body::from("data: hello")))
    ///     });
    ///
    /// let response = service.oneshot(Request::new(())).await?;
    /// assert_eq!(breaker.snapshot().totals.success, 0);
    /// let body = axum::body::to_bytes(Body::new(response.into_body()), 100).await?;
    /// assert_eq!((&body[..], breaker.snapshot().totals.success), (&b"data: hello"[..], 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn streamed(self) -> StreamedLayer<B, P> {
        StreamedLayer { layer: self }
    }
}

impl<S, B: Clone, P: Clone> Layer<S> for StreamedLayer<B, P> {
    type Service = StreamedService<S, B, P>;

    fn layer(&self, inner: S) -> Self::Service {
        StreamedService { inner, layer: self.layer.clone() }
    }
}

/// The answer of a [`StreamedService`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Streamed {}

impl<B: Body> ResponseForm<Response<B>> for Streamed {
    type Output = Response<GuardedBody<B>>;

    fn plain(response: Response<B>, _: Seal) -> Self::Output {
        response.map(GuardedBody::plain)
    }

    fn succeeded(response: Response<B>, permit: ServicePermit) -> Self::Output {
        response.map(|body| match permit.into_other() {
            Some(permit) => GuardedBody::guarded(permit, body),
            None => GuardedBody::plain(body),
        })
    }
}

impl<S, Req, ResBody, B, J, A, W> Service<Req> for StreamedService<S, B, LayerPolicy<J, A, W>>
where
    S: Service<Req, Response = Response<ResBody>>,
    ResBody: Body,
    B: SelectBreaker<Req>,
    J: Judge<Result<S::Response, S::Error>> + Clone,
    A: RejectionHandler<S::Response, S::Error> + Clone,
    W: ReadyPolicy<S>,
{
    type Response = Response<GuardedBody<ResBody>>;
    type Error = A::Error;
    type Future = ResponseFuture<S, Req, J, A, Streamed>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context).map_err(A::pass)
    }

    fn call(&mut self, request: Req) -> Self::Future {
        begin(&mut self.inner, &self.layer, request)
    }
}

impl<B: fmt::Debug, P> fmt::Debug for StreamedLayer<B, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StreamedLayer").field(&self.layer).finish()
    }
}

impl<S: fmt::Debug, B: fmt::Debug, P> fmt::Debug for StreamedService<S, B, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamedService")
            .field("inner", &self.inner)
            .field("layer", &self.layer)
            .finish()
    }
}
