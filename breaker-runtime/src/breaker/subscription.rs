//! Keeps a listener on a breaker: [`Subscription`].

use std::fmt;
use std::sync::Arc;

use crate::breaker::CircuitBreaker;
use crate::breaker::listener::Listener;

/// Keeps a listener subscribed; from [`CircuitBreaker::on_event`].
///
/// Dropping it unsubscribes, and that is final: when the drop returns, the listener is not running on any
/// other thread and will not be called again. So do not drop it while holding a lock that the listener
/// takes. A listener may drop its own subscription, and any other one: where two listeners drop each other's
/// at the same time, one of the two drops returns while the other listener still runs, as they would wait for each
/// other for ever.
#[must_use = "dropping a subscription unsubscribes; call `detach` to listen for good"]
pub struct Subscription {
    breaker: Option<CircuitBreaker>,
    listener: Arc<Listener>,
}

impl Subscription {
    pub(crate) fn new(breaker: CircuitBreaker, listener: Arc<Listener>) -> Self {
        Self { breaker: Some(breaker), listener }
    }

    /// Listens for as long as the breaker lives.
    pub fn detach(mut self) {
        self.breaker = None;
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        if let Some(breaker) = self.breaker.take() {
            breaker.unsubscribe(&self.listener);
            self.listener.close();
        }
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").field("breaker", &self.breaker).finish_non_exhaustive()
    }
}
