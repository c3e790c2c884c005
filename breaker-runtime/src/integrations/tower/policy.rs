//! The rules of a layer in one type: [`LayerPolicy`].

use crate::integrations::tower::answer::AsCallError;
use crate::integrations::tower::counts::ResultClassifier;
use crate::integrations::tower::ready::MayWait;

/// The rules of a [`CircuitBreakerLayer`](crate::integrations::tower::CircuitBreakerLayer), which its
/// methods set: how results count, what a rejection becomes, and whether calls may wait.
///
/// Write it down to name the type of a layer or a service, with `fn` pointers as rules:
///
/// ```
/// use std::convert::Infallible;
///
/// use breaker_runtime::tower::{AsResponse, CircuitBreakerService, LayerPolicy, ResultClassifier};
/// use breaker_runtime::{BreakerError, CircuitBreaker};
///
/// type Reply = Result<String, Infallible>;
/// type Classifier = ResultClassifier<fn(&Reply) -> bool>;
/// type Rules = LayerPolicy<Classifier, AsResponse<fn(BreakerError) -> String>>;
///
/// struct Client<S> {
///     service: CircuitBreakerService<S, CircuitBreaker, Rules>,
/// }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct LayerPolicy<Classifier = ResultClassifier, Handler = AsCallError, Ready = MayWait> {
    pub(super) classifier: Classifier,
    pub(super) handler: Handler,
    pub(super) ready: Ready,
}
