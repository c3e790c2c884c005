//! Subscriptions to the events of a breaker: [`Subscription`].

use std::fmt;
use std::sync::Arc;

use crate::breaker::CircuitBreaker;
use crate::breaker::listener::Listener;
use crate::types::event::Event;

/// A guard that keeps a listener subscribed; from [`CircuitBreaker::on_event`].
///
/// Dropping it unsubscribes, and that is final: when the drop returns, the listener is not running on
/// any other thread and is not called again. So do not drop it while holding a lock that the listener
/// takes. A listener may drop its own subscription and any other one. If two listeners drop each other's
/// at the same time, one of the two drops returns while the other listener still runs, as both would
/// wait for ever.
#[must_use = "dropping a subscription unsubscribes; call `detach` to listen for good"]
pub struct Subscription {
    breaker: Option<CircuitBreaker>,
    listener: Arc<Listener>,
}

impl Subscription {
    pub(crate) fn new(breaker: CircuitBreaker, listener: Arc<Listener>) -> Self {
        Self { breaker: Some(breaker), listener }
    }

    /// Keeps the listener subscribed for as long as the breaker lives.
    pub fn detach(mut self) {
        self.breaker = None;
    }
}

impl CircuitBreaker {
    /// Calls `listener` for every change of state, in order, until the [`Subscription`] is dropped.
    ///
    /// It runs after the change is published, on a thread that has changed the state of this breaker,
    /// with no lock held: it may call any method of any breaker. A panic in it is caught and dropped. It
    /// should be quick, as a call waits for it. While it runs, up to 1,024 further events wait; then the
    /// oldest are dropped, which [`Event::dropped`] and
    /// [`Snapshot::dropped_events`](crate::Snapshot::dropped_events) count.
    ///
    /// ```
    /// # use breaker_runtime::CircuitBreaker;
    /// let breaker = CircuitBreaker::builder("payments").build()?;
    /// let subscription = breaker.on_event(|event| eprintln!("{event}"));
    /// breaker.trip(); // payments: closed -> open (tripped manually)
    /// # drop(subscription);
    /// # Ok::<(), breaker_runtime::ConfigError>(())
    /// ```
    pub fn on_event(&self, listener: impl Fn(&Event) + Send + Sync + 'static) -> Subscription {
        let listener = Arc::new(Listener::new(Box::new(listener)));
        let inner = self.inner();
        inner.event_log().subscribe(Arc::clone(&listener));
        if let Some(group) = inner.group() {
            group.shared().listeners.add(Arc::clone(&listener));
        }
        Subscription::new(self.clone(), listener)
    }

    /// Removes a listener, in the scope of a test from the breaker and from its shadow.
    pub(crate) fn unsubscribe(&self, listener: &Arc<Listener>) {
        // In the scope of a test the listener may be on either of the two.
        for inner in [self.inner(), self.own_inner()] {
            inner.event_log().unsubscribe(listener);
            if let Some(group) = inner.group() {
                group.shared().listeners.remove(listener);
            }
        }
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
