//! Changes of state, told to listeners: [`Event`].

use std::fmt;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::{Duration, SystemTime};

use crate::contain::contained;
use crate::keyed::Key;
use crate::snapshot::{Mode, State};
pub use crate::state::machine::Reason;
use crate::text::escaped;

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
            Mode::Automatic => f.write_str(")"),
            mode => write!(f, "; {mode})"),
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
        drop(gate);
        self.left.notify_all();
    }

    /// Lets nobody in any more, and waits for those inside on other threads.
    pub(crate) fn close(&self) {
        let me = thread::current().id();
        let mut gate = self.gate();
        gate.closed = true;
        while gate.inside.iter().any(|thread| *thread != me) {
            gate = self.left.wait(gate).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn gate(&self) -> MutexGuard<'_, Gate> {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
