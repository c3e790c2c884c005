//! Subscriptions to the events of a breaker, or of all breakers: [`Subscription`].

use std::fmt;
use std::sync::Arc;

use crate::breaker::CircuitBreaker;
use crate::breaker::listener::Listener;
use crate::breaker::listeners::OF_PROCESS;
use crate::breaker::scope::ScopeId;
use crate::types::event::Event;

/// A guard that keeps a listener subscribed; from [`CircuitBreaker::on_event`] and
/// [`on_event`](crate::on_event).
///
/// Dropping it unsubscribes, and that is final: when the drop returns, the listener is not running on
/// any other thread and is not called again. So do not drop it while holding a lock that the listener
/// takes. A listener may drop its own subscription and any other one. If two listeners drop each other's
/// at the same time, one of the two drops returns while the other listener still runs, as both would
/// wait for ever.
///
/// ```
/// use breaker_runtime::{CircuitBreaker, Subscription};
///
/// let breaker = CircuitBreaker::builder("payments").build()?;
/// let subscription: Subscription = breaker.on_event(|event| println!("{event}"));
/// breaker.trip();
/// drop(subscription);
/// breaker.reset(); // prints nothing
/// # Ok::<(), breaker_runtime::ConfigError>(())
/// ```
#[must_use = "dropping a subscription unsubscribes; call `detach` to listen for good"]
pub struct Subscription {
    /// `None` once it is detached.
    to: Option<Publisher>,
    listener: Arc<Listener>,
}

/// The publisher of the events that a listener receives.
#[derive(Debug)]
enum Publisher {
    Breaker(CircuitBreaker),
    Process,
}

impl Subscription {
    fn new(to: Publisher, listener: Arc<Listener>) -> Self {
        Self { to: Some(to), listener }
    }

    /// Keeps the listener subscribed for as long as the breaker lives; one to all breakers for the life
    /// of the process.
    pub fn detach(mut self) {
        self.to = None;
    }
}

/// Calls `listener` for every change of state of every breaker, until the [`Subscription`] is dropped:
/// also of breakers that are made later, and of those of keys.
///
/// What [`CircuitBreaker::on_event`] says holds here as well: the events of one breaker come in order,
/// each once, from a thread that has changed its state, with no lock held. Events of different breakers
/// may come at once, on different threads.
///
/// Under [`testing::isolate`](crate::testing::isolate) it receives the events of the test's own breakers
/// alone; outside, those of the other breakers.
///
/// ```
/// use breaker_runtime::CircuitBreaker;
///
/// let subscription = breaker_runtime::on_event(|event| eprintln!("{event}"));
/// CircuitBreaker::builder("payments").build()?.trip(); // payments: closed -> open (tripped manually)
/// # drop(subscription);
/// # Ok::<(), breaker_runtime::ConfigError>(())
/// ```
pub fn on_event(listener: impl Fn(&Event) + Send + Sync + 'static) -> Subscription {
    let listener = Arc::new(Listener::to_scope(ScopeId::current(), Box::new(listener)));
    OF_PROCESS.add(Arc::clone(&listener));
    Subscription::new(Publisher::Process, listener)
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
        Subscription::new(Publisher::Breaker(self.clone()), self.subscribe(listener))
    }

    /// Adds a listener, which stays until it is [removed](Self::unsubscribe).
    pub(crate) fn subscribe(&self, listener: impl Fn(&Event) + Send + Sync + 'static) -> Arc<Listener> {
        let listener = Arc::new(Listener::new(Box::new(listener)));
        let inner = self.inner();
        inner.event_log().subscribe(Arc::clone(&listener));
        if let Some(group) = inner.group() {
            group.shared().listeners.add(Arc::clone(&listener));
        }
        listener
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
        match self.to.take() {
            Some(Publisher::Breaker(breaker)) => breaker.unsubscribe(&self.listener),
            Some(Publisher::Process) => OF_PROCESS.remove(&self.listener),
            None => return,
        }
        self.listener.close();
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").field("to", &self.to).finish_non_exhaustive()
    }
}
