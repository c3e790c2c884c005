//! The pings in flight of one task: [`RunningPings`].
//!
//! They are polled by the task itself, each when its own waker was called, so that one task is all that
//! an open breaker costs. Not tasks of their own: what runs when a breaker is open would be visible as
//! thousands of tasks.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use crate::breaker::CircuitBreaker;
use crate::breaker::background::{MOST_PINGS, PingFuture};
#[cfg(feature = "test-util")]
use crate::breaker::scope::{self, Scope};
use crate::state::cell::CallEnd;
use crate::state::token::CallToken;
use crate::support::contain::contained;
use crate::time::Ticks;
use crate::time::timer::{Sleep, sleep};
use crate::types::outcome::Outcome;

/// The pings in flight.
pub(super) struct RunningPings {
    slots: Vec<Option<(RunningPing, Arc<SlotWaker>)>>,
    free: Vec<usize>,
    task: Arc<TaskWaker>,
}

/// A ping in flight. Dropped before its end, it counts nowhere and frees its probe slot.
pub(super) struct RunningPing {
    pub(super) address: usize,
    breaker: CircuitBreaker,
    /// `None` once it is settled.
    token: Option<CallToken>,
    /// `None` once it is dropped.
    future: Option<PingFuture>,
    limit: Pin<Box<Sleep>>,
    #[cfg(feature = "test-util")]
    scope: Option<Scope>,
}

/// A ping that has ended.
pub(super) struct EndedPing {
    pub(super) address: usize,
    /// The time before which the next one must not begin.
    pub(super) not_before: Ticks,
}

/// The waker of the task, as of its last poll.
struct TaskWaker(Mutex<Option<Waker>>);

/// The waker of one ping.
struct SlotWaker {
    woken: AtomicBool,
    task: Arc<TaskWaker>,
}

impl Wake for SlotWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Ordering::Release);
        let task = self.task.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(task) = task {
            task.wake();
        }
    }
}

impl RunningPings {
    pub(super) fn new() -> Self {
        let task = Arc::new(TaskWaker(Mutex::new(None)));
        Self { slots: Vec::new(), free: Vec::new(), task }
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    pub(super) fn is_full(&self) -> bool {
        self.len() >= MOST_PINGS
    }

    /// Adds a ping, which is polled by the next [`poll`](Self::poll).
    pub(super) fn push(&mut self, ping: RunningPing) {
        let waker = SlotWaker { woken: AtomicBool::new(true), task: Arc::clone(&self.task) };
        let slot = Some((ping, Arc::new(waker)));
        match self.free.pop() {
            Some(index) => self.slots[index] = slot,
            None => self.slots.push(slot),
        }
    }

    /// Polls the pings that were woken, and returns those that have ended.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Vec<EndedPing> {
        let waker = Some(context.waker().clone());
        let last =
            std::mem::replace(&mut *self.task.0.lock().unwrap_or_else(PoisonError::into_inner), waker);
        drop(last);
        let mut ended = Vec::new();
        for (index, slot) in self.slots.iter_mut().enumerate() {
            let Some((ping, waker)) = slot else { continue };
            if !waker.woken.swap(false, Ordering::AcqRel) {
                continue;
            }
            let own = Waker::from(Arc::clone(waker));
            if let Poll::Ready(end) = ping.poll(&mut Context::from_waker(&own)) {
                ended.push(end);
                *slot = None;
                self.free.push(index);
            }
        }
        ended
    }
}

impl RunningPing {
    pub(super) fn new(
        address: usize,
        breaker: CircuitBreaker,
        token: CallToken,
        limit: Duration,
        #[cfg(feature = "test-util")] scope: Option<Scope>,
    ) -> Self {
        Self {
            address,
            breaker,
            token: Some(token),
            future: None,
            limit: Box::pin(sleep(limit)),
            #[cfg(feature = "test-util")]
            scope,
        }
    }

    /// Makes the future of the ping at the first poll, and polls it. Code of the user's runs in here
    /// alone.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<EndedPing> {
        #[cfg(feature = "test-util")]
        let _entered = self.scope.clone().map(|scope| scope::enter(Some(scope)));
        let Self { breaker, future, limit, .. } = self;
        let inner = breaker.own_inner();
        let polled = contained(|| {
            let ping = match future {
                Some(ping) => ping,
                None => future.insert(inner.ping_with_faults(inner.background_link()?)),
            };
            Some(ping.as_mut().poll(context))
        });
        let (end, cause) = match polled {
            None => (CallEnd::Failure, "panic"),
            Some(None) => (CallEnd::Ignored, "probe"),
            Some(Some(Poll::Ready(outcome))) => (CallEnd::from(outcome), "probe"),
            Some(Some(Poll::Pending)) => match limit.as_mut().poll(context) {
                Poll::Ready(()) => (CallEnd::from(Outcome::Failure), "probe_timeout"),
                Poll::Pending => return Poll::Pending,
            },
        };
        Poll::Ready(EndedPing { address: self.address, not_before: self.settle(end, cause) })
    }

    /// Drops the future, which may use the dependency until then, and settles the permit.
    fn settle(&mut self, end: CallEnd, cause: &'static str) -> Ticks {
        let future = self.future.take();
        let _ = contained(|| drop(future));
        let inner = self.breaker.own_inner();
        let token = self.token.take();
        let settle = || token.map(|token| inner.end_ping(token, end, cause));
        contained(settle).flatten().unwrap_or_default()
    }
}

impl Drop for RunningPing {
    fn drop(&mut self) {
        if self.token.is_some() {
            self.settle(CallEnd::Cancelled, "cancelled");
        }
    }
}
