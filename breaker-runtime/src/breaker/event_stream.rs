//! Events for async code: [`EventStream`], a bounded queue between a listener and a reader.
//!
//! - A change of state puts its event into the queue and never waits: if the queue is full, the oldest
//!   event is dropped and counted.
//! - Events are dropped, and wakers called, when the lock is free: both may be code of the user's.
//!
//! Not a broadcast channel of tokio: that drops values under its lock, and an event has a key, which may
//! be of a user's type. Nor one that drops the newest event: a reader that was slow must end with the
//! present state.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};

use crate::breaker::CircuitBreaker;
use crate::breaker::handle::WeakBreaker;
use crate::breaker::listener::Listener;
use crate::breaker::subscription::{Subscription, on_event};
use crate::support::contain::contained;
use crate::types::event::Event;

/// The events of one breaker or of all, for async code; from [`CircuitBreaker::events`] and
/// [`events`].
///
/// At most `capacity` events wait for the reader. If it is slower, the oldest are dropped, and the next
/// event says how many in [`Event::dropped`]. No call waits for it. With the feature `stream` it is a
/// `Stream`.
///
/// ```
/// use breaker_runtime::{CircuitBreaker, EventStream, State};
///
/// let breaker = CircuitBreaker::builder("payments").build()?;
/// let mut events: EventStream = breaker.events(64);
/// breaker.trip();
/// assert_eq!(events.try_recv().map(|event| event.to), Some(State::Open));
/// assert_eq!(events.try_recv(), None);
/// # Ok::<(), breaker_runtime::ConfigError>(())
/// ```
#[must_use = "an event stream that is dropped receives nothing"]
pub struct EventStream {
    queue: Arc<EventQueue>,
    /// Ends the subscription when it is dropped.
    subscription: StreamSource,
}

/// The subscription behind a stream.
enum StreamSource {
    /// One to a breaker. The breaker alone keeps the listener, and so the stream ends with it.
    Breaker {
        breaker: WeakBreaker,
        listener: Weak<Listener>,
    },
    Process {
        _subscription: Subscription,
    },
}

/// The events between the listener and the reader.
#[derive(Default)]
struct EventQueue(Mutex<EventQueueState>);

#[derive(Default)]
struct EventQueueState {
    events: VecDeque<Event>,
    /// The number of events dropped since one was last read.
    dropped: u64,
    waker: Option<Waker>,
    is_closed: bool,
}

/// The part of the queue that the listener holds: it closes the queue when the listener is dropped.
struct Sender {
    queue: Arc<EventQueue>,
    capacity: usize,
}

impl CircuitBreaker {
    /// Returns the events from now on as a stream, of which at most `capacity`, or 1 if that is 0, wait
    /// for the reader. That of a [template](Self::is_template) has the events of all keys.
    ///
    /// It ends when the last handle to the breaker is dropped, which the stream does not keep alive.
    ///
    /// ```
    /// use breaker_runtime::{CircuitBreaker, State};
    ///
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// let breaker = CircuitBreaker::builder("payments").build()?;
    /// let mut events = breaker.events(64);
    /// breaker.trip();
    /// drop(breaker);
    /// assert_eq!(events.recv().await.unwrap().to, State::Open);
    /// assert_eq!(events.recv().await, None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn events(&self, capacity: usize) -> EventStream {
        let queue = Arc::<EventQueue>::default();
        let sender = Sender { queue: Arc::clone(&queue), capacity };
        let listener = Arc::downgrade(&self.subscribe(move |event| sender.send(event)));
        let breaker = self.clone().into_scoped().downgrade();
        EventStream { queue, subscription: StreamSource::Breaker { breaker, listener } }
    }
}

/// Returns the events of all breakers from now on as a stream, of which at most `capacity`, or 1 if that
/// is 0, wait for the reader.
///
/// It has the events that [`on_event`](crate::on_event) receives, and never ends.
///
/// ```
/// use breaker_runtime::{CircuitBreaker, events};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let mut events = events(1_024);
/// let breaker = CircuitBreaker::builder("payments").build()?;
/// breaker.trip();
/// if let Some(event) = events.recv().await {
///     println!("{event}"); // payments: closed -> open (tripped manually)
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn events(capacity: usize) -> EventStream {
    let queue = Arc::<EventQueue>::default();
    let sender = Sender { queue: Arc::clone(&queue), capacity };
    let subscription =
        StreamSource::Process { _subscription: on_event(move |event| sender.send(event)) };
    EventStream { queue, subscription }
}

impl EventStream {
    /// Waits for the next event, on any executor; `None` when the breaker is gone and all its events
    /// were read.
    ///
    /// # Cancel safety
    ///
    /// No event is lost if the future is dropped.
    pub async fn recv(&mut self) -> Option<Event> {
        poll_fn(|context| self.poll_recv(context)).await
    }

    /// Returns the next event if there is one.
    pub fn try_recv(&mut self) -> Option<Event> {
        self.queue.lock().pop()
    }

    /// Polls for the next event, as [`recv`](Self::recv) does.
    ///
    /// ```
    /// use std::task::{Context, Poll, Waker};
    /// use breaker_runtime::CircuitBreaker;
    ///
    /// let breaker = CircuitBreaker::builder("payments").build()?;
    /// let mut events = breaker.events(64);
    /// let mut context = Context::from_waker(Waker::noop());
    /// assert_eq!(events.poll_recv(&mut context), Poll::Pending);
    /// breaker.trip();
    /// assert!(events.poll_recv(&mut context).is_ready());
    /// # Ok::<(), breaker_runtime::ConfigError>(())
    /// ```
    pub fn poll_recv(&mut self, context: &mut Context<'_>) -> Poll<Option<Event>> {
        // Cloned without the lock, and the one before is dropped without it.
        let waker = context.waker().clone();
        let mut queue = self.queue.lock();
        if let Some(event) = queue.pop() {
            return Poll::Ready(Some(event));
        }
        if queue.is_closed {
            return Poll::Ready(None);
        }
        let before = queue.waker.replace(waker);
        drop(queue);
        drop(before);
        Poll::Pending
    }
}

impl Sender {
    fn send(&self, event: &Event) {
        let event = event.clone();
        let mut queue = self.queue.lock();
        let is_full = queue.events.len() >= self.capacity.max(1);
        let oldest = if is_full { queue.events.pop_front() } else { None };
        if let Some(oldest) = &oldest {
            queue.dropped += oldest.dropped + 1;
        }
        queue.events.push_back(event);
        let waker = queue.waker.take();
        drop(queue);
        wake(waker);
        // Last, as the drop of a key may panic.
        drop(oldest);
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        let mut queue = self.queue.lock();
        queue.is_closed = true;
        let waker = queue.waker.take();
        drop(queue);
        wake(waker);
    }
}

/// Wakes the reader. A panic in its waker ends here: the current call is unrelated.
fn wake(waker: Option<Waker>) {
    let _ = contained(|| waker.map(Waker::wake));
}

impl EventQueue {
    fn lock(&self) -> MutexGuard<'_, EventQueueState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl EventQueueState {
    fn pop(&mut self) -> Option<Event> {
        let mut event = self.events.pop_front()?;
        event.dropped += std::mem::take(&mut self.dropped);
        Some(event)
    }
}

#[cfg(feature = "stream")]
impl futures_core::Stream for EventStream {
    type Item = Event;

    fn poll_next(self: std::pin::Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Event>> {
        self.get_mut().poll_recv(context)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.queue.lock().events.len(), None)
    }
}

impl Drop for EventStream {
    fn drop(&mut self) {
        if let StreamSource::Breaker { breaker, listener } = &self.subscription {
            if let (Some(breaker), Some(listener)) = (breaker.upgrade(), listener.upgrade()) {
                breaker.unsubscribe(&listener);
            }
        }
    }
}

impl fmt::Debug for EventStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let waiting = self.queue.lock().events.len();
        f.debug_struct("EventStream").field("waiting", &waiting).finish_non_exhaustive()
    }
}
