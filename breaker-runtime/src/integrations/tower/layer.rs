//! The layer and what it is told: [`CircuitBreakerLayer`].

use std::fmt;

use tower_layer::Layer;

use crate::breaker::CircuitBreaker;
use crate::breaker::keyed_breakers::KeyedBreakers;
use crate::integrations::classify::TellsClass;
use crate::integrations::classify::retry_after::HasRetryAfter;
use crate::integrations::tower::answer::{AsCallError, AsError, AsResponse};
use crate::integrations::tower::breaker::{KeyOf, Keyed};
use crate::integrations::tower::counts::{Counts, CountsByClass, RuleOf, WaitOf};
use crate::integrations::tower::ready::{NeverWaits, Waits};
use crate::integrations::tower::service::CircuitBreakerService;
use crate::types::error::BreakerError;
use crate::types::outcome::Outcome;

/// Puts a circuit breaker around a service. The [module](super) has examples.
///
/// Services that are made by one layer, or by its clones, share the breaker.
///
/// `B` is whose breaker it is, `J` how results [count](Counts), `A` what the caller of a rejected call
/// gets, and `W` whether calls may wait. All four have defaults and are found by the compiler otherwise.
#[derive(Clone)]
#[must_use = "a layer does nothing until it is given a service"]
pub struct CircuitBreakerLayer<B = CircuitBreaker, J = Counts, A = AsCallError, W = Waits> {
    pub(super) breaker: B,
    pub(super) counts: J,
    pub(super) answer: A,
    waits: W,
}

impl CircuitBreakerLayer {
    /// One breaker for all requests.
    pub fn new(breaker: CircuitBreaker) -> Self {
        Self::of(breaker)
    }
}

impl<F> CircuitBreakerLayer<Keyed<F>> {
    /// A breaker for each key, such as the host. `key` is asked once for each call, before anything
    /// else.
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
        Self::of(Keyed { breakers, key })
    }
}

impl<B> CircuitBreakerLayer<B> {
    fn of(breaker: B) -> Self {
        Self { breaker, counts: Counts::default(), answer: AsCallError, waits: Waits }
    }
}

impl<B, F, I, H, A, W> CircuitBreakerLayer<B, Counts<F, I, H>, A, W> {
    /// Which results are failures. Default: `Err`.
    ///
    /// An HTTP client's response is `Ok` whatever its status:
    /// [`classify::server_error`](crate::integrations::classify::server_error) is the rule for that.
    pub fn failure_if<T, E, P>(self, failure: P) -> CircuitBreakerLayer<B, Counts<P, I, H>, A, W>
    where
        P: Fn(&Result<T, E>) -> bool,
    {
        self.counting(|Counts { ignored, wait, .. }| Counts { failure, ignored, wait })
    }

    /// Which results are neither failures nor successes, whatever [`failure_if`](Self::failure_if) says
    /// of them. Default: none.
    pub fn ignore_if<T, E, P>(self, ignored: P) -> CircuitBreakerLayer<B, Counts<F, P, H>, A, W>
    where
        P: Fn(&Result<T, E>) -> bool,
    {
        self.counting(|Counts { failure, wait, .. }| Counts { failure, ignored, wait })
    }

    /// Counts results by their [class](crate::integrations::classify::Class::outcome): an answer is a
    /// success, a client error included, and what is neutral, such as the rejection by an inner breaker,
    /// is ignored. Replaces [`failure_if`](Self::failure_if) and [`ignore_if`](Self::ignore_if).
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
    /// async fn page(_: Request<()>) -> Result<Response<()>, std::io::Error> {
    ///     Ok(Response::builder().status(404).body(()).unwrap())
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
    pub fn classify<Output, Via>(self) -> CircuitBreakerLayer<B, CountsByClass<Output, H>, A, W>
    where
        Output: TellsClass<Via>,
    {
        let failure: RuleOf<Output> = |output| output.class_of().outcome() == Outcome::Failure;
        let ignored: RuleOf<Output> = |output| output.class_of().outcome() == Outcome::Ignored;
        self.counting(|Counts { wait, .. }| Counts { failure, ignored, wait })
    }

    /// Asks a failed result for how long the dependency wants to be left alone, by its
    /// [`Retry-After`](crate::integrations::classify::RetryAfter). The breaker has to be built with
    /// [`honour_retry_after`](crate::CircuitBreakerBuilder::honour_retry_after) as well.
    ///
    /// Where both sides of the `Result` can tell: `honour_retry_after::<_, classify::via::Both>()`.
    pub fn honour_retry_after<Output, Via>(
        self,
    ) -> CircuitBreakerLayer<B, Counts<F, I, WaitOf<Output>>, A, W>
    where
        Output: HasRetryAfter<Via>,
    {
        let wait: WaitOf<Output> = |output| output.hint().retry_after;
        self.counting(|Counts { failure, ignored, .. }| Counts { failure, ignored, wait })
    }

    fn counting<J>(self, change: impl FnOnce(Counts<F, I, H>) -> J) -> CircuitBreakerLayer<B, J, A, W> {
        let Self { breaker, counts, answer, waits } = self;
        CircuitBreakerLayer { breaker, counts: change(counts), answer, waits }
    }
}

impl<B, J, A, W> CircuitBreakerLayer<B, J, A, W> {
    /// Turns rejections and time-outs into errors of the inner service's type, which then is that of
    /// this one too.
    ///
    /// Needed where the inner service's error is a `BoxError`, as that of `tower`'s `Timeout` and
    /// `Buffer`: `map_rejection(BoxError::from)`. The [`BreakerError`] can be found in it by
    /// `downcast_ref`.
    pub fn map_rejection<E, F>(self, error: F) -> CircuitBreakerLayer<B, J, AsError<F>, W>
    where
        F: Fn(BreakerError) -> E,
    {
        self.answering(AsError(error))
    }

    /// Turns rejections and time-outs into responses, for servers. What is left are the inner service's
    /// errors, which are `Infallible` with axum.
    pub fn respond_to_rejection<T, F>(self, response: F) -> CircuitBreakerLayer<B, J, AsResponse<F>, W>
    where
        F: Fn(BreakerError) -> T,
    {
        self.answering(AsResponse(response))
    }

    fn answering<Other>(self, answer: Other) -> CircuitBreakerLayer<B, J, Other, W> {
        let Self { breaker, counts, waits, .. } = self;
        CircuitBreakerLayer { breaker, counts, answer, waits }
    }

    /// For an inner service that is not `Clone`. Where
    /// [`max_concurrent`](crate::CircuitBreakerBuilder::max_concurrent) calls run already, a further one
    /// is rejected, whatever [`max_wait`](crate::CircuitBreakerBuilder::max_wait) says.
    pub fn without_waiting(self) -> CircuitBreakerLayer<B, J, A, NeverWaits> {
        let Self { breaker, counts, answer, .. } = self;
        CircuitBreakerLayer { breaker, counts, answer, waits: NeverWaits }
    }
}

impl<S, B: Clone, J: Clone, A: Clone, W: Clone> Layer<S> for CircuitBreakerLayer<B, J, A, W> {
    type Service = CircuitBreakerService<S, B, J, A, W>;

    fn layer(&self, inner: S) -> Self::Service {
        CircuitBreakerService::new(inner, self.clone())
    }
}

impl<B: fmt::Debug, J, A, W> fmt::Debug for CircuitBreakerLayer<B, J, A, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CircuitBreakerLayer").field("breaker", &self.breaker).finish_non_exhaustive()
    }
}
