//! A callback of the user's that can be disabled while other threads run it: [`Callback`].

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use crate::support::contain::contained;

/// A callback for values of the type `E`, and the threads that run it.
pub(crate) struct Callback<E> {
    run: Box<dyn Fn(&E) + Send + Sync>,
    gate: Mutex<Gate>,
    left: Condvar,
}

#[derive(Default)]
struct Gate {
    closed: bool,
    inside: Vec<ThreadId>,
    /// The number of threads that wait in [`Callback::close`]. Without one, none is woken: that is a
    /// call of the system for each event.
    waiting: usize,
}

thread_local! {
    static ME: ThreadId = thread::current().id();
}

/// Returns the id of this thread, without a handle to it.
fn current_thread() -> ThreadId {
    // Fails while the thread ends.
    ME.try_with(|me| *me).unwrap_or_else(|_| thread::current().id())
}

impl<E> Callback<E> {
    /// Creates an enabled callback.
    pub(crate) fn new(run: Box<dyn Fn(&E) + Send + Sync>) -> Self {
        Self { run, gate: Mutex::default(), left: Condvar::new() }
    }

    /// Runs the callback with no lock held, unless it is disabled.
    ///
    /// A panic ends here: it must neither become the result of the call that made the event, nor keep
    /// other listeners from their events.
    pub(crate) fn notify(&self, event: &E) {
        let me = current_thread();
        {
            let mut gate = self.gate();
            if gate.closed {
                return;
            }
            gate.inside.push(me);
        }
        let _ = contained(|| (self.run)(event));
        let mut gate = self.gate();
        if let Some(index) = gate.inside.iter().position(|thread| *thread == me) {
            gate.inside.swap_remove(index);
        }
        if gate.closed && !gate.inside.contains(&me) {
            waiting::left(self.address(), me);
        }
        let is_awaited = gate.waiting > 0;
        drop(gate);
        if is_awaited {
            self.left.notify_all();
        }
    }

    /// Disables the callback and waits for other threads that run it.
    ///
    /// It does not wait for a thread that waits for this one, as where two listeners drop each other's
    /// subscription: neither would return.
    pub(crate) fn close(&self) {
        let me = current_thread();
        let mut gate = self.gate();
        gate.closed = true;
        loop {
            let others: Vec<_> = gate.inside.iter().copied().filter(|thread| *thread != me).collect();
            if others.is_empty() || !waiting::begin(me, self.address(), others) {
                return;
            }
            gate.waiting += 1;
            gate = self.left.wait(gate).unwrap_or_else(PoisonError::into_inner);
            gate.waiting -= 1;
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

/// The threads that wait for others to leave a callback.
///
/// The lock is taken while a callback is locked, and no other lock is taken under it.
mod waiting {
    use std::sync::{Mutex, MutexGuard, PoisonError};
    use std::thread::ThreadId;

    struct WaitingThread {
        thread: ThreadId,
        callback: usize,
        inside: Vec<ThreadId>,
    }

    static WAITS: Mutex<Vec<WaitingThread>> = Mutex::new(Vec::new());

    fn waits() -> MutexGuard<'static, Vec<WaitingThread>> {
        WAITS.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Registers that a thread waits for those inside a callback, and returns `true`, unless one of them
    /// waits for it.
    pub(crate) fn begin(thread: ThreadId, callback: usize, inside: Vec<ThreadId>) -> bool {
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
        waits.push(WaitingThread { thread, callback, inside });
        true
    }

    /// Removes what [`begin`] registered.
    pub(crate) fn end(thread: ThreadId) {
        waits().retain(|wait| wait.thread != thread);
    }

    /// Registers that a thread has left a callback, before those that wait are woken.
    pub(crate) fn left(callback: usize, thread: ThreadId) {
        for wait in waits().iter_mut().filter(|wait| wait.callback == callback) {
            wait.inside.retain(|inside| *inside != thread);
        }
    }
}
