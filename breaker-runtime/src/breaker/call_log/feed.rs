//! The queue between the calls of all recorded breakers and the thread that writes: [`CallFeed`].

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::breaker::call_log::log::{CallEntry, CallLog};
use crate::breaker::inner::Inner;
use crate::breaker::scope::ScopeId;
use crate::time::Ticks;
use crate::time::clock::TimeSource;

/// The sending side of the queue of a recording.
pub(crate) struct CallFeed {
    queue: SyncSender<CallEntry>,
    /// The share of the plain successes that have an entry of their own.
    sample: f64,
    /// The calls that found the queue full.
    dropped: Arc<AtomicU64>,
    /// The start of the recording on the default clock.
    pub(super) started: Ticks,
    starting: AtomicBool,
    ended: AtomicBool,
    scope: ScopeId,
    /// The breakers that are recorded, by name or by the beginning of names before `*`; empty for all.
    only: Vec<String>,
}

/// The recordings that go on: at most one for each scope.
static ACTIVE: Mutex<Vec<Arc<CallFeed>>> = Mutex::new(Vec::new());

/// Whether there are any, so that building a breaker takes no lock otherwise.
static IS_ANY_ACTIVE: AtomicBool = AtomicBool::new(false);

fn active() -> MutexGuard<'static, Vec<Arc<CallFeed>>> {
    ACTIVE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts a feed for the scope of the current thread; breakers that are built from here on join it, and
/// the caller has those that exist [join](CallFeed::join). `None` if the scope has one.
pub(crate) fn start(
    capacity: usize,
    sample: f64,
    only: Vec<String>,
) -> Option<(Arc<CallFeed>, Receiver<CallEntry>)> {
    let (queue, entries) = sync_channel(capacity);
    let scope = ScopeId::current();
    let feed = Arc::new(CallFeed {
        queue,
        sample,
        dropped: Arc::default(),
        started: TimeSource::DEFAULT.now(),
        starting: AtomicBool::new(true),
        ended: AtomicBool::new(false),
        scope,
        only,
    });
    let mut active = active();
    if active.iter().any(|other| other.scope == scope) {
        return None;
    }
    active.push(Arc::clone(&feed));
    IS_ANY_ACTIVE.store(true, Ordering::Release);
    Some((feed, entries))
}

/// Ends a feed for breakers that are built from here on. The caller has those that exist
/// [leave](CallFeed::leave).
pub(crate) fn stop(feed: &Arc<CallFeed>) {
    feed.ended.store(true, Ordering::SeqCst);
    let mut active = active();
    active.retain(|other| !Arc::ptr_eq(other, feed));
    IS_ANY_ACTIVE.store(!active.is_empty(), Ordering::Release);
}

/// Lets a new breaker join the recording of its scope.
pub(crate) fn join_active(inner: &Inner) {
    if !IS_ANY_ACTIVE.load(Ordering::Acquire) {
        return;
    }
    let feed = active().iter().find(|feed| feed.scope == inner.scope()).cloned();
    if let Some(feed) = feed {
        feed.join(inner);
    }
}

impl CallFeed {
    /// Logs the calls of a breaker, if the recording wants them.
    pub(crate) fn join(self: &Arc<Self>, inner: &Inner) {
        let is_in = inner.call_log().is_some_and(|log| log.is_of(self));
        if !is_in && self.wants(inner.name()) {
            inner.set_call_log(Some(Arc::new(CallLog::new(inner, Arc::clone(self)))));
            if self.ended.load(Ordering::SeqCst) {
                // The end may have come too early to find this breaker.
                self.leave(inner);
            }
        }
    }

    fn wants(&self, name: &str) -> bool {
        let matches = |pattern: &String| match pattern.strip_suffix('*') {
            Some(beginning) => name.starts_with(beginning),
            None => name == pattern,
        };
        self.only.is_empty() || self.only.iter().any(matches)
    }

    /// Logs the calls of a breaker no longer.
    pub(crate) fn leave(self: &Arc<Self>, inner: &Inner) {
        if inner.call_log().is_some_and(|log| log.is_of(self)) {
            inner.set_call_log(None);
        }
    }

    /// Marks that the breakers that existed at the start have joined.
    pub(crate) fn end_start(&self) {
        self.starting.store(false, Ordering::Relaxed);
    }

    pub(super) fn is_starting(&self) -> bool {
        self.starting.load(Ordering::Relaxed)
    }

    /// Returns the number of calls that found the queue full. It outlives the feed.
    pub(crate) fn dropped(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.dropped)
    }

    pub(super) fn add_dropped(&self, calls: u64) {
        if calls > 0 {
            self.dropped.fetch_add(calls, Ordering::Relaxed);
        }
    }

    /// Draws whether a success has no entry of its own.
    pub(super) fn leaves_out(&self) -> bool {
        self.sample < 1.0 && fastrand::f64() >= self.sample
    }

    /// Puts an entry into the queue; returns whether there was room.
    pub(super) fn send(&self, entry: CallEntry) -> bool {
        self.queue.try_send(entry).is_ok()
    }
}

impl fmt::Debug for CallFeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallFeed").field("dropped", &self.dropped).finish_non_exhaustive()
    }
}
