//! Changes of state, told to listeners: [`Event`].

use std::fmt;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::{Duration, SystemTime};

use crate::support::contain::contained;
use crate::support::text::escaped;
use crate::types::key::Key;
use crate::types::reason::Reason;
use crate::types::snapshot::{Mode, State};

/// A change of a breaker's state.
///
/// Every change makes one event, also one that starts the same state anew, such as a reset while closed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// The breaker's name.
    pub breaker: &'static str,
    /// The key that it is for, if it is one of several of that name.
    pub key: Option<Key>,
    /// Counts the breaker's changes of state from 1, without gaps.
    pub sequence: u64,
    /// How many events right before this one were dropped, as listeners were slow and 1,024 events waited; 0 if none.
    pub dropped: u64,
    /// The state before.
    pub from: State,
    /// The state after.
    pub to: State,
    /// Who decides, after the change.
    pub mode: Mode,
    /// Why.
    pub reason: Reason,
    /// When, by the breaker's clock: a reading of it, monotonic and with an origin of the clock's own choice.
    pub at: Duration,
    /// When, as wall-clock time: [`Clock::system_time`](crate::Clock::system_time) of `at`. To set beside other logs;
    /// for distances between events take `at`, as the system's time can be set.
    pub time: SystemTime,
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let why = match self.reason {
            Reason::FailureThreshold => "too many failures in a row",
            Reason::FailureRate => "too many failures in the window",
            Reason::SlowCallRate => "too many slow calls in the window",
            Reason::TimeoutElapsed => "the open period is over",
            Reason::ProbeFailed => "a probe failed",
            Reason::ProbesSucceeded => "the probes succeeded",
            Reason::Tripped => "tripped by hand",
            Reason::Reset => "reset by hand",
            Reason::ModeChanged => "the mode changed",
        };
        write!(f, "{}", escaped(self.breaker))?;
        if let Some(key) = &self.key {
            write!(f, "[{key}]")?;
        }
        write!(f, ": {} -> {} ({why}", self.from, self.to)?;
        match self.mode {
            Mode::Automatic => f.write_str(")")?,
            mode => write!(f, "; {mode})")?,
        }
        match self.dropped {
            0 => Ok(()),
            dropped => write!(f, "; events dropped before this one: {dropped}"),
        }
    }
}

type Callback = dyn Fn(&Event) + Send + Sync;

/// A callback, and who is inside it.
pub(crate) struct Listener {
    callback: Box<Callback>,
    gate: Mutex<Gate>,
    left: Condvar,
}

#[derive(Default)]
struct Gate {
    closed: bool,
    inside: Vec<ThreadId>,
}

impl Listener {
    pub(crate) fn new(callback: Box<Callback>) -> Self {
        Self { callback, gate: Mutex::default(), left: Condvar::new() }
    }

    /// Calls back, with no lock held. A panic stays here: it must not become the result of the call that
    /// changed the state, nor keep the other listeners from hearing of it.
    pub(crate) fn tell(&self, event: &Event) {
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
        if let Some(place) = gate.inside.iter().position(|thread| *thread == me) {
            gate.inside.swap_remove(place);
        }
        if gate.closed && !gate.inside.contains(&me) {
            waiting::left(self.address(), me);
        }
        drop(gate);
        self.left.notify_all();
    }

    /// Lets no thread in any more, and waits until other threads have left. Not for one that waits for this thread, as
    /// where two listeners drop each other's subscription: neither would end.
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

/// Which threads wait for which others to leave a listener.
///
/// A lock of its own, taken after that of a listener and before no other.
mod waiting {
    use std::sync::{Mutex, MutexGuard, PoisonError};
    use std::thread::ThreadId;

    struct Wait {
        thread: ThreadId,
        listener: usize,
        inside: Vec<ThreadId>,
    }

    static WAITS: Mutex<Vec<Wait>> = Mutex::new(Vec::new());

    fn waits() -> MutexGuard<'static, Vec<Wait>> {
        WAITS.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a thread waits for those inside a listener, unless one of them waits for it.
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
        waits.push(Wait { thread, listener, inside });
        true
    }

    pub(crate) fn end(thread: ThreadId) {
        waits().retain(|wait| wait.thread != thread);
    }

    /// Notes that a thread has left a listener, so that it counts as left before those that wait wake up.
    pub(crate) fn left(listener: usize, thread: ThreadId) {
        for wait in waits().iter_mut().filter(|wait| wait.listener == listener) {
            wait.inside.retain(|inside| *inside != thread);
        }
    }
}
