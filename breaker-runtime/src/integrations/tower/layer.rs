//! The layer and its configuration: [`CircuitBreakerLayer`].

use std::fmt;

use tower_layer::Layer;

use crate::breaker::CircuitBreaker;
use crate::breaker::keyed_breakers::KeyedBreakers;
use crate::integrations::classify::HasClass;
use crate::integrations::classify::retry_after::HasRetryAfter;
use crate::integrations::select::{KeyOf, KeySelector};
use crate::integrations::tower::answer::{AsError, AsResponse};
use crate::integrations::tower::counts::{
    ClassClassifier, ClassFails, ClassIgnored, ResultClassifier, WaitOf,
};
use crate::integrations::tower::policy::LayerPolicy;
use crate::integrations::tower::ready::NeverWaits;
use crate::integrations::tower::service::CircuitBreakerService;
use crate::types::error::BreakerError;

/// Puts a circuit breaker around a service. The [module](super) has examples.
///
/// Services that are made by one layer, or by its clones, share the breaker.
///
/// `B` selects the breaker, and `P` has the [rules](LayerPolicy) that the methods set. The compiler
/// infers both.
#[derive(Clone)]
#[must_use = "a layer does nothing until it is given a service"]
pub struct CircuitBreakerLayer<B = CircuitBreaker, P = LayerPolicy> {
    pub(super) breaker: B,
    pub(super) policy: P,
}

impl CircuitBreakerLayer {
    /// Creates a layer with one breaker for all requests.
    pub fn new(breaker: CircuitBreaker) -> Self {
        Self::of(breaker)
    }
}

impl<F> CircuitBreakerLayer<KeySelector<F>> {
    /// Creates a layer with a breaker for each key, such as the host. `key` runs once for each call,
    /// before anything else.
    ///
    /// ```
    /// # #[cfg(feature = "http")] {
    /// use breaker_runtime::CircuitBreaker;
    /// use breaker_runtime::tower::CircuitBreakerLayer;
    /// use http::Request;
    ///
    /// fn host(request: &Request<String>) -> Option<&str> {
    ///     request.uri().host()
    /// }
    ///
    /// let breakers = || CircuitBreaker::builder("hosts").keyed().build();
    /// let by_function = CircuitBreakerLayer::keyed(breakers()?, host);
    /// let by_closure = CircuitBreakerLayer::keyed(breakers()?, |request: &Request<String>| {
    ///     request.uri().host().map(str::to_owned)
    /// });
    /// # }
    /// # Ok::<(), breaker_runtime::ConfigError>(())
    /// ```
    ///
    /// A function can return what is borrowed from the request, so that nothing is allocated. In a
    /// closure the compiler does not see that, and the key has to be owned, as a `String` or a number.
    pub fn keyed<Req>(breakers: KeyedBreakers, key: F) -> Self
    where
        F: for<'r> KeyOf<&'r Req>,
    {
        Self::of(KeySelector { breakers, key })
    }
}

impl<B> CircuitBreakerLayer<B> {
    fn of(breaker: B) -> Self {
        Self { breaker, policy: LayerPolicy::default() }
    }
}

#[expect(clippy::type_complexity, reason = "each part of the type is one rule")]
impl<B, F, I, H, A, W> CircuitBreakerLayer<B, LayerPolicy<ResultClassifier<F, I, H>, A, W>> {
    /// Sets the predicate of failures. Default: `Err`.
    ///
    /// An HTTP client's response is `Ok` whatever its status:
    /// [`classify::server_error`](crate::integrations::classify::server_error) is the rule for that.
    pub fn failure_if<T, E, P>(
        self,
        failure: P,
    ) -> CircuitBreakerLayer<B, LayerPolicy<ResultClassifier<P, I, H>, A, W>>
    where
        P: Fn(&Result<T, E>) -> bool,
    {
        self.counting(|ResultClassifier { ignored, wait, .. }| ResultClassifier {
            failure,
            ignored,
            wait,
        })
    }

    /// Sets the predicate of ignored results, which are neither failures nor successes, whatever
    /// [`failure_if`](Self::failure_if) says. Default: none.
    ///
    /// ```
    /// use breaker_runtime::CircuitBreaker;
    /// use breaker_runtime::tower::CircuitBreakerLayer;
    ///
    /// let breaker = CircuitBreaker::builder("prices").build()?;
    /// let layer = CircuitBreakerLayer::new(breaker)
    ///     .failure_if(|result: &Result<u32, String>| matches!(result, Ok(0) | Err(_)))
    ///     .ignore_if(|result: &Result<u32, String>| result == &Err("gone".into()));
    /// # Ok::<(), breaker_runtime::ConfigError>(())
    /// ```
    pub fn ignore_if<T, E, P>(
        self,
        ignored: P,
    ) -> CircuitBreakerLayer<B, LayerPolicy<ResultClassifier<F, P, H>, A, W>>
    where
        P: Fn(&Result<T, E>) -> bool,
    {
        self.counting(|ResultClassifier { failure, wait, .. }| ResultClassifier {
            failure,
            ignored,
            wait,
        })
    }

    /// Counts results by their [class](crate::integrations::classify::Class::outcome): an
    /// answer is a success, a client error included, and what is neutral, such as the rejection by an
    /// inner breaker, is ignored. Replaces [`failure_if`](Self::failure_if) and
    /// [`ignore_if`](Self::ignore_if).
    ///
    /// Where both sides of the `Result` have a class: `classify::<_, classify::via::Both>()`.
    ///
    /// ```
    /// # #[cfg(feature = "http")] {
    /// use breaker_runtime::CircuitBreaker;
    /// use breaker_runtime::tower::CircuitBreakerLayer;
    /// use http::{Request, Response};
    /// use tower::{ServiceBuilder, ServiceExt};
    ///
    /// async fn page(_: Request<()>) -> Result<Response<()>, http::Error> {
    ///     Response::builder().status(404).body(())
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// let breaker = CircuitBreaker::builder("pages").build()?;
    /// let layer = CircuitBreakerLayer::new(breaker.clone()).classify();
    /// let service = ServiceBuilder::new().layer(layer).service_fn(page);
    /// service.oneshot(Request::new(())).await?;
    /// assert_eq!(breaker.snapshot().totals.success, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn classify<Output, Via>(
        self,
    ) -> CircuitBreakerLayer<B, LayerPolicy<ClassClassifier<Output, H>, A, W>>
    where
        Output: HasClass<Via>,
    {
        let (failure, ignored) = (ClassFails(Output::class_of), ClassIgnored(Output::class_of));
        self.counting(|ResultClassifier { wait, .. }| ResultClassifier { failure, ignored, wait })
    }

    /// Asks a failed result for how long the dependency wants to be left alone, by its
    /// [`Retry-After`](crate::integrations::classify::RetryAfter). The breaker has to be built with
    /// [`honour_retry_after`](crate::CircuitBreakerBuilder::honour_retry_after) as well.
    ///
    /// If both sides of the `Result` can say so: `honour_retry_after::<_, classify::via::Both>()`.
    pub fn honour_retry_after<Output, Via>(
        self,
    ) -> CircuitBreakerLayer<B, LayerPolicy<ResultClassifier<F, I, WaitOf<Output>>, A, W>>
    where
        Output: HasRetryAfter<Via>,
    {
        let wait: WaitOf<Output> = |output| output.hint().retry_after;
        self.counting(|ResultClassifier { failure, ignored, .. }| ResultClassifier {
            failure,
            ignored,
            wait,
        })
    }

    fn counting<J>(
        self,
        change: impl FnOnce(ResultClassifier<F, I, H>) -> J,
    ) -> CircuitBreakerLayer<B, LayerPolicy<J, A, W>> {
        let Self { breaker, policy: LayerPolicy { classifier, handler, ready } } = self;
        let policy = LayerPolicy { classifier: change(classifier), handler, ready };
        CircuitBreakerLayer { breaker, policy }
    }
}

impl<B, J, A, W> CircuitBreakerLayer<B, LayerPolicy<J, A, W>> {
    /// Turns rejections and time-outs into errors of the inner service's type, which then is that of
    /// this one too.
    ///
    /// Needed where the inner service's error is a `BoxError`, as that of `tower`'s `Timeout` and
    /// `Buffer`: `map_rejection(BoxError::from)`. The [`BreakerError`] can be found in it by
    /// `downcast_ref`.
    ///
    /// ```
    /// use breaker_runtime::tower::CircuitBreakerLayer;
    /// use breaker_runtime::{BreakerError, CircuitBreaker};
    /// use tower::{BoxError, ServiceBuilder, ServiceExt};
    ///
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// let breaker = CircuitBreaker::builder("prices").build()?;
    /// breaker.trip();
    /// let service = ServiceBuilder::new()
    ///     .layer(CircuitBreakerLayer::new(breaker).map_rejection(BoxError::from))
    ///     .service_fn(async |product: u32| Ok::<u32, BoxError>(product));
    /// assert!(service.oneshot(7).await.unwrap_err().is::<BreakerError>());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn map_rejection<E, F>(self, error: F) -> CircuitBreakerLayer<B, LayerPolicy<J, AsError<F>, W>>
    where
        F: Fn(BreakerError) -> E,
    {
        self.answering(AsError(error))
    }

    /// Turns rejections and time-outs into responses, for servers. What is left are the inner service's
    /// errors, which are `Infallible` with axum.
    pub fn respond_to_rejection<T, F>(
        self,
        response: F,
    ) -> CircuitBreakerLayer<B, LayerPolicy<J, AsResponse<F>, W>>
    where
        F: Fn(BreakerError) -> T,
    {
        self.answering(AsResponse(response))
    }

    fn answering<Other>(self, handler: Other) -> CircuitBreakerLayer<B, LayerPolicy<J, Other, W>> {
        let Self { breaker, policy: LayerPolicy { classifier, ready, .. } } = self;
        CircuitBreakerLayer { breaker, policy: LayerPolicy { classifier, handler, ready } }
    }

    /// Allows an inner service that is not `Clone`. If
    /// [`max_concurrent`](crate::CircuitBreakerBuilder::max_concurrent) calls run already, a further one
    /// is rejected, whatever [`max_wait`](crate::CircuitBreakerBuilder::max_wait) says.
    ///
    /// ```
    /// use breaker_runtime::CircuitBreaker;
    /// use breaker_runtime::tower::CircuitBreakerLayer;
    /// use tower::{Layer, service_fn};
    ///
    /// let breaker = CircuitBreaker::builder("prices").max_concurrent(8).build()?;
    /// let layer = CircuitBreakerLayer::new(breaker).without_waiting();
    /// let service = layer.layer(service_fn(async |product: u32| Ok::<_, String>(product)));
    /// # Ok::<(), breaker_runtime::ConfigError>(())
    /// ```
    pub fn without_waiting(self) -> CircuitBreakerLayer<B, LayerPolicy<J, A, NeverWaits>> {
        let Self { breaker, policy: LayerPolicy { classifier, handler, .. } } = self;
        CircuitBreakerLayer { breaker, policy: LayerPolicy { classifier, handler, ready: NeverWaits } }
    }
}

impl<S, B: Clone, P: Clone> Layer<S> for CircuitBreakerLayer<B, P> {
    type Service = CircuitBreakerService<S, B, P>;

    fn layer(&self, inner: S) -> Self::Service {
        CircuitBreakerService::new(inner, self.clone())
    }
}

impl<B: fmt::Debug, P> fmt::Debug for CircuitBreakerLayer<B, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CircuitBreakerLayer").field("breaker", &self.breaker).finish_non_exhaustive()
    }
}
