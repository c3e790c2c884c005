//! The service: [`CircuitBreakerService`].

use std::fmt;
use std::task::{Context, Poll};

use tower_service::Service;

use crate::breaker::CircuitBreaker;
use crate::breaker::judge::Judge;
use crate::breaker::on_full::Admission;
use crate::breaker::owned_admission::admit_call;
use crate::breaker::owned_permit::ServicePermit;
use crate::integrations::select::{SEAL, SelectBreaker};
use crate::integrations::tower::answer::RejectionHandler;
use crate::integrations::tower::future::{ResponseForm, ResponseFuture, Whole};
use crate::integrations::tower::layer::CircuitBreakerLayer;
use crate::integrations::tower::policy::LayerPolicy;
use crate::integrations::tower::ready::ReadyPolicy;

/// A service behind a circuit breaker; from a [`CircuitBreakerLayer`].
///
/// ```
/// use breaker_runtime::CircuitBreaker;
/// use breaker_runtime::tower::{CircuitBreakerLayer, CircuitBreakerService};
/// use tower::Layer;
///
/// #[derive(Clone)]
/// struct Client {
///     retries: u32,
/// }
///
/// let breaker = CircuitBreaker::builder("prices").build()?;
/// let mut service: CircuitBreakerService<Client> =
///     CircuitBreakerLayer::new(breaker).layer(Client { retries: 2 });
/// service.get_mut().retries = 3;
/// assert_eq!(service.get_ref().retries, 3);
/// assert_eq!(service.into_inner().retries, 3);
/// # Ok::<(), breaker_runtime::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct CircuitBreakerService<S, B = CircuitBreaker, P = LayerPolicy> {
    inner: S,
    layer: CircuitBreakerLayer<B, P>,
}

impl<S, B, P> CircuitBreakerService<S, B, P> {
    pub(super) fn new(inner: S, layer: CircuitBreakerLayer<B, P>) -> Self {
        Self { inner, layer }
    }

    /// Returns the inner service.
    pub fn get_ref(&self) -> &S {
        &self.inner
    }

    /// Returns the inner service, mutable.
    pub fn get_mut(&mut self) -> &mut S {
        &mut self.inner
    }

    /// Returns the inner service, without the breaker.
    pub fn into_inner(self) -> S {
        self.inner
    }
}

impl<S, Req, B, J, A, W> Service<Req> for CircuitBreakerService<S, B, LayerPolicy<J, A, W>>
where
    S: Service<Req>,
    B: SelectBreaker<Req>,
    J: Judge<Result<S::Response, S::Error>> + Clone,
    A: RejectionHandler<S::Response, S::Error> + Clone,
    W: ReadyPolicy<S>,
{
    type Response = S::Response;
    type Error = A::Error;
    type Future = ResponseFuture<S, Req, J, A, Whole>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context).map_err(A::pass)
    }

    fn call(&mut self, request: Req) -> Self::Future {
        begin(&mut self.inner, &self.layer, request)
    }
}

/// Asks the breaker of a request, and begins its call.
#[inline]
pub(super) fn begin<S, Req, B, J, A, W, M>(
    inner: &mut S,
    layer: &CircuitBreakerLayer<B, LayerPolicy<J, A, W>>,
    request: Req,
) -> ResponseFuture<S, Req, J, A, M>
where
    S: Service<Req>,
    B: SelectBreaker<Req>,
    J: Clone,
    A: Clone,
    W: ReadyPolicy<S>,
    M: ResponseForm<S::Response>,
{
    match layer.breaker.try_admit(&request, SEAL) {
        Ok(permit) => {
            let LayerPolicy { classifier, handler, .. } = &layer.policy;
            ResponseFuture::running(permit, inner, request, classifier.clone(), handler.clone())
        }
        Err(breaker) => begin_slowly(breaker, inner, &layer.policy, request),
    }
}

/// Begins a call that is not admitted at once.
#[inline(never)]
fn begin_slowly<S, Req, J, A, W, M>(
    breaker: CircuitBreaker,
    inner: &mut S,
    policy: &LayerPolicy<J, A, W>,
    request: Req,
) -> ResponseFuture<S, Req, J, A, M>
where
    S: Service<Req>,
    J: Clone,
    A: Clone,
    W: ReadyPolicy<S>,
    M: ResponseForm<S::Response>,
{
    let (counts, answer) = (policy.classifier.clone(), policy.handler.clone());
    match admit_call(breaker, W::MAY_WAIT) {
        Admission::Admitted((breaker, token)) => {
            let permit = ServicePermit::from_token(breaker, token);
            ResponseFuture::running(permit, inner, request, counts, answer)
        }
        Admission::Rejected(rejection) => {
            // What it has reserved to be ready comes free for others, who might be called sooner.
            drop(W::take_ready(inner, SEAL));
            ResponseFuture::rejected(rejection, answer)
        }
        Admission::Queued((turn, limit)) => {
            let ready = W::take_ready(inner, SEAL);
            ResponseFuture::waiting(turn, ready.map(|inner| (inner, request, counts, limit)), answer)
        }
    }
}

impl<S: fmt::Debug, B: fmt::Debug, P> fmt::Debug for CircuitBreakerService<S, B, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CircuitBreakerService")
            .field("inner", &self.inner)
            .field("breaker", &self.layer.breaker)
            .finish_non_exhaustive()
    }
}
