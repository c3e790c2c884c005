//! The event log of a breaker: its changes of state in order, and their delivery to listeners.
//!
//! - A change is appended by the thread that made it, after it is published and before any code of the
//!   user's runs. A panic in a waker or a clock in between would leave a gap, and no change behind a gap
//!   is delivered.
//! - Threads may arrive in another order than that of their changes. The generation in the word shows
//!   it, and the later change waits for the earlier one.
//! - One thread at a time delivers, and holds no lock while a listener runs, so that a listener may call
//!   any API. The changes that it causes are delivered after it returns.
//!
//! Not a channel: a listener must have run when the call that changed the state returns, if no other
//! thread delivers.

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use crate::breaker::change_log::ChangeLog;
use crate::breaker::listener::Listener;
use crate::breaker::listeners::{ListenerList, Listeners, OF_PROCESS};
use crate::breaker::scope::ScopeId;
#[cfg(feature = "tracing")]
use crate::breaker::traced;
use crate::state::cell::Transition;
use crate::state::commands::Change;
use crate::state::failure_gate::FailureGate;
use crate::state::transition;
use crate::state::word::GENERATION_MASK;
use crate::support::contain::contained;
use crate::time::Ticks;
use crate::time::clock::TimeSource;
use crate::types::counts::ChangeCounts;
use crate::types::event::Event;
use crate::types::key::Key;
use crate::types::operator::Operator;
use crate::types::reason::Reason;
use crate::types::snapshot::{Mode, State};
use crate::types::trip::TripReport;

/// The event log of one breaker.
pub(crate) struct EventLog {
    state: Mutex<LogState>,
    /// Whether calls look for outliers among the siblings. Written under the lock.
    watches: AtomicBool,
    /// The end of the mode in force; without one [`NEVER`], or [`WATCHES`]. Written under the lock; read
    /// by calls without it.
    mode_end: AtomicU64,
}

/// The end of a mode that stays, and the time of no change.
const NEVER: Ticks = Ticks::MAX;

/// The end of a mode that stays, of a breaker that watches its siblings.
const WATCHES: Ticks = NEVER - 1;

/// The number of events that wait for listeners before the oldest is dropped: a listener that blocks
/// must not fill the memory.
const MAX_UNDELIVERED: usize = 1_024;

struct LogState {
    /// The number of changes appended in order so far.
    appended: u64,
    /// Changes that came before an earlier one did.
    early: Vec<Change>,
    /// The time of the last change; [`NEVER`] before the first.
    since: Ticks,
    trips: u64,
    /// At most [`MAX_UNDELIVERED`].
    undelivered: VecDeque<Undelivered>,
    /// Since the first change.
    changes: Option<Box<ChangeLog>>,
    /// Since it was first needed. Apart, so that other breakers are smaller.
    rare: Option<Box<Rare>>,
    delivering: bool,
    /// Shared with a delivery, which copies no list. `None` without any.
    listeners: Option<Arc<Vec<Subscribed>>>,
}

/// A mode other than automatic, which settings or a command have set.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ModeInForce {
    pub(crate) mode: Mode,
    pub(crate) operator: Option<Arc<Operator>>,
    pub(crate) since: Ticks,
    pub(crate) end: Option<Ticks>,
}

/// The part of the state that few breakers have: of a mode other than automatic, and of dropped events.
#[derive(Default)]
struct Rare {
    /// `None` in automatic mode.
    in_force: Option<ModeInForce>,
    /// The number of events dropped since the start.
    dropped: u64,
    /// The number of events dropped since one was last delivered.
    before_next: u64,
    /// The listeners of the dropped events, which are dropped when no lock is held.
    discarded: Vec<SharedListeners>,
}

/// An event that waits for its delivery.
struct Undelivered {
    event: Event,
    shared: SharedListeners,
}

/// The listeners to the whole group, and those to all breakers, when a change was appended.
type SharedListeners = [Option<ListenerList>; 2];

/// A listener, and the number of changes before it subscribed.
#[derive(Clone)]
struct Subscribed {
    listener: Arc<Listener>,
    after: u64,
}

/// The breaker that an event is of.
#[derive(Clone, Copy)]
pub(crate) struct Source<'b> {
    pub(crate) name: &'static str,
    pub(crate) key: Option<&'b Key>,
    /// The listeners to its whole group.
    pub(crate) group: Option<&'b Listeners>,
    pub(crate) scope: ScopeId,
}

/// The part of a snapshot that comes from the event log.
#[derive(Clone, Copy, Debug)]
pub(crate) struct History {
    /// The start of the current state; `None` before the first change.
    pub(crate) since: Option<Ticks>,
    pub(crate) trips: u64,
    pub(crate) dropped: u64,
}

impl fmt::Debug for EventLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventLog").finish_non_exhaustive()
    }
}

impl EventLog {
    pub(crate) const fn new() -> Self {
        let state = LogState {
            appended: 0,
            early: Vec::new(),
            since: NEVER,
            trips: 0,
            undelivered: VecDeque::new(),
            changes: None,
            rare: None,
            delivering: false,
            listeners: None,
        };
        Self {
            state: Mutex::new(state),
            mode_end: AtomicU64::new(NEVER),
            watches: AtomicBool::new(false),
        }
    }

    /// Sets whether calls look for outliers among the siblings of the breaker: whether
    /// [`has_mode_end`](Self::has_mode_end) is always set. One flag for both, as each call that is no
    /// plain success asks. A failure that only extends the streak reads the gate, which is set as well.
    pub(crate) fn watch(&self, watches: bool, gate: &FailureGate) {
        let state = self.state();
        self.watches.store(watches, Ordering::Relaxed);
        // Under the lock: the last call decides about both.
        gate.watch(watches);
        let end = state.in_force().and_then(|in_force| in_force.end);
        self.mode_end.store(end.unwrap_or_else(|| self.without_end()), Ordering::Relaxed);
    }

    fn without_end(&self) -> Ticks {
        if self.watches.load(Ordering::Relaxed) { WATCHES } else { NEVER }
    }

    /// Appends a change of state, which [`EventLog::notify`] delivers. Runs no code of the user's.
    ///
    /// `record` records each change in order, and returns the report of its trip if that is wanted, for
    /// listeners.
    pub(crate) fn append(
        &self,
        source: Source<'_>,
        time: &TimeSource,
        change: Change,
        record: impl Fn(u64, &Change, bool) -> Option<Arc<TripReport>>,
    ) {
        let mut state = self.state();
        state.early.push(change);
        while let Some(change) = state.take_next() {
            state.record(source, time, change, &record);
        }
        let end = state.in_force().and_then(|in_force| in_force.end);
        self.mode_end.store(end.unwrap_or_else(|| self.without_end()), Ordering::Relaxed);
    }

    /// Delivers what was appended by a breaker of this scope, unless another thread does so already.
    pub(crate) fn notify(&self, time: &TimeSource, scope: ScopeId) {
        let mut state = self.state();
        if let Some(rare) = &mut state.rare {
            let discarded = std::mem::take(&mut rare.discarded);
            drop(state);
            // These may be the last handles to listeners; see below.
            let _ = contained(|| drop(discarded));
            state = self.state();
        }
        if state.delivering {
            return;
        }
        state.delivering = true;
        while let Some(Undelivered { mut event, shared }) = state.undelivered.pop_front() {
            let listeners = state.listeners.clone();
            if let Some(rare) = &mut state.rare {
                event.dropped = std::mem::take(&mut rare.before_next);
            }
            drop(state);
            event.time = time.system_time(event.at);
            if let Some(trip) = event.trip.as_mut().and_then(Arc::get_mut) {
                trip.time = time.system_time(trip.at);
            }
            #[cfg(feature = "tracing")]
            traced::change(&event);
            let all = shared.iter().flatten().flat_map(|list| list.iter());
            for listener in all.filter(|listener| listener.includes(scope)) {
                listener.notify(&event);
            }
            for Subscribed { listener, after } in listeners.iter().flat_map(|list| list.iter()) {
                if event.sequence > *after {
                    listener.notify(&event);
                }
            }
            // The last handle to a listener, and with it the user's closure, must not be dropped under
            // the lock. A panic in that drop must not end the delivery, nor the call that delivers.
            let _ = contained(|| drop((listeners, shared)));
            state = self.state();
        }
        state.delivering = false;
    }

    pub(crate) fn subscribe(&self, listener: Arc<Listener>) {
        let mut state = self.state();
        let after = state.appended;
        let before = state.replace_listeners(|all| all.push(Subscribed { listener, after }));
        drop(state);
        drop(before);
    }

    pub(crate) fn unsubscribe(&self, listener: &Arc<Listener>) {
        let mut state = self.state();
        let stays = |other: &Subscribed| !Arc::ptr_eq(&other.listener, listener);
        let before = state.replace_listeners(|all| all.retain(stays));
        drop(state);
        drop(before);
    }

    pub(crate) fn history(&self) -> History {
        let state = self.state();
        let dropped = state.rare.as_ref().map_or(0, |rare| rare.dropped);
        History { since: Some(state.since).filter(|since| *since != NEVER), trips: state.trips, dropped }
    }

    /// Returns the mode in force; `None` in automatic mode.
    pub(crate) fn mode_in_force(&self) -> Option<ModeInForce> {
        self.state().in_force().cloned()
    }

    /// Returns whether the mode in force expires.
    #[inline]
    pub(crate) fn has_mode_end(&self) -> bool {
        self.mode_end.load(Ordering::Relaxed) != NEVER
    }

    /// Returns the generation of the last change on record, if the mode in force has expired.
    pub(crate) fn expired_at(&self, now: Ticks) -> Option<u64> {
        if now < self.mode_end.load(Ordering::Relaxed) {
            return None;
        }
        let state = self.state();
        let end = state.in_force()?.end?;
        (end <= now).then_some(state.appended & GENERATION_MASK)
    }

    /// Returns the counts of changes, with the open time as of the last [`EventLog::extend_open`].
    pub(crate) fn changes(&self) -> ChangeCounts {
        self.state().changes.as_ref().map(|changes| changes.counts()).unwrap_or_default()
    }

    #[cfg(any(feature = "metrics", feature = "metrics-facade", feature = "opentelemetry"))]
    /// Adds the open time until `now` to the counts, if the breaker is open.
    pub(crate) fn extend_open(&self, now: Ticks) {
        if let Some(changes) = &mut self.state().changes {
            changes.extend_open(now);
        }
    }

    fn state(&self) -> MutexGuard<'_, LogState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Source<'_> {
    fn shared_listeners(&self) -> SharedListeners {
        let of_process = OF_PROCESS.present();
        let includes = |list: &ListenerList| list.iter().any(|listener| listener.includes(self.scope));
        [self.group.and_then(Listeners::present), of_process.filter(includes)]
    }
}

impl LogState {
    /// Takes the change that follows the last one appended, if it has come.
    fn take_next(&mut self) -> Option<Change> {
        let next = (self.appended + 1) & GENERATION_MASK;
        let index = self.early.iter().position(|change| change.transition.after.generation() == next)?;
        Some(self.early.swap_remove(index))
    }

    fn record(
        &mut self,
        source: Source<'_>,
        time: &TimeSource,
        change: Change,
        record: impl Fn(u64, &Change, bool) -> Option<Arc<TripReport>>,
    ) {
        self.appended += 1;
        self.keep_mode(&change);
        let transition = change.transition;
        let from = transition::effective(transition.before, 0);
        let to = transition::effective(transition.after, 0);
        self.since = transition.since();
        self.changes.get_or_insert_default().append(&transition, from, to);
        self.trips += u64::from(to == State::Open && transition.reason.is_trip());
        let shared = source.shared_listeners();
        let has_listeners = self.listeners.is_some() || shared.iter().any(Option::is_some);
        #[cfg(feature = "tracing")]
        let has_listeners = has_listeners || traced::wants_changes();
        let trip = record(self.appended, &change, has_listeners);
        if !has_listeners {
            return;
        }
        let event = Event {
            breaker: source.name,
            key: source.key.cloned(),
            sequence: self.appended,
            dropped: 0,
            from,
            to,
            mode: transition::mode(transition.after),
            reason: transition.reason,
            at: time.reading(transition.at),
            background: change.background,
            operator: change.operator,
            trip,
            // Set on delivery, as the clock may be code of the user's.
            time: SystemTime::UNIX_EPOCH,
        };
        if self.undelivered.len() >= MAX_UNDELIVERED {
            let rare = self.rare.get_or_insert_default();
            let oldest = self.undelivered.pop_front();
            rare.discarded.extend(oldest.map(|oldest| oldest.shared));
            rare.before_next += 1;
            rare.dropped += 1;
        }
        self.undelivered.push_back(Undelivered { event, shared });
    }

    /// Replaces the listeners and returns the old list: the last handle to a listener must not be
    /// dropped under the lock.
    fn replace_listeners(
        &mut self,
        change: impl FnOnce(&mut Vec<Subscribed>),
    ) -> Option<Arc<Vec<Subscribed>>> {
        let mut all = self.listeners.as_deref().cloned().unwrap_or_default();
        change(&mut all);
        std::mem::replace(&mut self.listeners, (!all.is_empty()).then(|| Arc::new(all)))
    }

    fn in_force(&self) -> Option<&ModeInForce> {
        self.rare.as_ref()?.in_force.as_ref()
    }

    /// Keeps which mode is in force. A change within the mode, such as a trip in a dry run, leaves it.
    fn keep_mode(&mut self, change: &Change) {
        let Transition { before, after, reason, at, .. } = change.transition;
        let mode = transition::mode(after);
        if mode == Mode::Automatic {
            if let Some(rare) = &mut self.rare {
                rare.in_force = None;
            }
        } else if mode != transition::mode(before) || reason == Reason::ModeChanged {
            let (operator, end) = (change.operator.clone(), change.end);
            let in_force = ModeInForce { mode, operator, since: at, end };
            self.rare.get_or_insert_default().in_force = Some(in_force);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::window::Tally;
    use crate::state::word::{Flags, StateKind, StateWord};
    use crate::types::reason::Reason;

    /// Gascity PR 4839: delivered outside the lock, events came out of order.
    #[test]
    fn changes_appended_out_of_order_are_delivered_in_order() {
        let events = EventLog::new();
        let delivered = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&delivered);
        events.subscribe(Arc::new(Listener::new(Box::new(move |event| {
            log.lock().unwrap().push((event.sequence, event.from, event.to));
        }))));
        let opened = Transition {
            before: StateWord::initial(Flags::default()),
            after: StateWord::initial(Flags::default()).next(StateKind::Open, 30),
            reason: Reason::FailureThreshold,
            at: 0,
            tally: Tally::default(),
            streak: 0,
        };
        let reset = Transition {
            before: opened.after,
            after: opened.after.next(StateKind::Closed, 0),
            reason: Reason::Reset,
            at: 1,
            tally: Tally::default(),
            streak: 0,
        };
        let source = Source { name: "overtaken", key: None, group: None, scope: ScopeId::PROCESS };
        let append = |change: Transition| {
            let change = Change::from(change);
            events.append(source, &TimeSource::DEFAULT, change, |_, _, _| None);
            events.notify(&TimeSource::DEFAULT, ScopeId::PROCESS);
        };
        append(reset);
        assert_eq!((events.history().trips, delivered.lock().unwrap().len()), (0, 0));
        append(opened);
        assert_eq!(
            *delivered.lock().unwrap(),
            [(1, State::Closed, State::Open), (2, State::Open, State::Closed)]
        );
        assert_eq!((events.history().trips, events.history().since), (1, Some(1)));
    }
}
