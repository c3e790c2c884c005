//! One listener: a callback that can be disabled while other threads run it.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use crate::breaker::scope::ScopeId;
use crate::support::contain::contained;
use crate::types::event::Event;

type Callback = dyn Fn(&Event) + Send + Sync;

/// A callback, and the threads that run it.
pub(crate) struct Listener {
    callback: Box<Callback>,
    /// The breakers that it listens to, if they are all those of a scope.
    scope: Option<ScopeId>,
    gate: Mutex<Gate>,
    left: Condvar,
}

#[derive(Default)]
struct Gate {
    closed: bool,
    inside: Vec<ThreadId>,
}

impl Listener {
    /// Creates an enabled listener.
    pub(crate) fn new(callback: Box<Callback>) -> Self {
        Self { callback, scope: None, gate: Mutex::default(), left: Condvar::new() }
    }

    /// Creates an enabled listener to all breakers of a scope.
    pub(crate) fn to_scope(scope: ScopeId, callback: Box<Callback>) -> Self {
        Self { scope: Some(scope), ..Self::new(callback) }
    }

    /// Returns whether the breakers of a scope are among those that it listens to.
    pub(crate) fn includes(&self, scope: ScopeId) -> bool {
        self.scope.is_none_or(|own| own == scope)
    }

    /// Calls the callback with no lock held.
    ///
    /// A panic ends here: it must neither become the result of the call that changed the state, nor keep
    /// other listeners from their events.
    pub(crate) fn notify(&self, event: &Event) {
        let me = thread::current().id();
        {
            let mut gate = self.gate();
            if gate.closed {
                return;
            }
            gate.inside.push(me);
        }
        let _ = contained(|| (self.callback)(event));
        let mut gate = self.gate();
        if let Some(index) = gate.inside.iter().position(|thread| *thread == me) {
            gate.inside.swap_remove(index);
        }
        if gate.closed && !gate.inside.contains(&me) {
            waiting::left(self.address(), me);
        }
        drop(gate);
        self.left.notify_all();
    }

    /// Disables the listener and waits for running callbacks on other threads.
    ///
    /// It does not wait for a thread that waits for this one, as where two listeners drop each other's
    /// subscription: neither would return.
    pub(crate) fn close(&self) {
        let me = thread::current().id();
        let mut gate = self.gate();
        gate.closed = true;
        loop {
            let others: Vec<_> = gate.inside.iter().copied().filter(|thread| *thread != me).collect();
            if others.is_empty() || !waiting::begin(me, self.address(), others) {
                return;
            }
            gate = self.left.wait(gate).unwrap_or_else(PoisonError::into_inner);
            waiting::end(me);
        }
    }

    fn address(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    fn gate(&self) -> MutexGuard<'_, Gate> {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The threads that wait for others to leave a listener.
///
/// The lock is taken while a listener is locked, and no other lock is taken under it.
mod waiting {
    use std::sync::{Mutex, MutexGuard, PoisonError};
    use std::thread::ThreadId;

    struct WaitingThread {
        thread: ThreadId,
        listener: usize,
        inside: Vec<ThreadId>,
    }

    static WAITS: Mutex<Vec<WaitingThread>> = Mutex::new(Vec::new());

    fn waits() -> MutexGuard<'static, Vec<WaitingThread>> {
        WAITS.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Registers that a thread waits for those inside a listener, and returns `true`, unless one of them
    /// waits for it.
    pub(crate) fn begin(thread: ThreadId, listener: usize, inside: Vec<ThreadId>) -> bool {
        let mut waits = waits();
        let mut found = inside.clone();
        let mut at = 0;
        while let Some(other) = found.get(at).copied() {
            if other == thread {
                return false;
            }
            for next in waits.iter().filter(|wait| wait.thread == other).flat_map(|wait| &wait.inside) {
                if !found.contains(next) {
                    found.push(*next);
                }
            }
            at += 1;
        }
        waits.push(WaitingThread { thread, listener, inside });
        true
    }

    /// Removes what [`begin`] registered.
    pub(crate) fn end(thread: ThreadId) {
        waits().retain(|wait| wait.thread != thread);
    }

    /// Registers that a thread has left a listener, before those that wait are woken.
    pub(crate) fn left(listener: usize, thread: ThreadId) {
        for wait in waits().iter_mut().filter(|wait| wait.listener == listener) {
            wait.inside.retain(|inside| *inside != thread);
        }
    }
}
