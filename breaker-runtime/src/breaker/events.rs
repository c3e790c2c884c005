//! The record of a breaker's changes of state, in order, and their delivery to listeners.
//!
//! The thread that wins a change appends it here after the change is published, before any code of the user's
//! runs: a panic in a waker or a clock in between would leave a gap, behind which no change is delivered. Two
//! threads may arrive in the wrong order; the generation in the word shows it, and the later change waits for the
//! earlier. One thread at a time delivers, and it holds no lock while a listener runs, so that a listener may call
//! any API: what it brings about is queued and delivered after it returns.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use crate::breaker::listener::Listener;
use crate::breaker::listeners::Listeners;
use crate::state::cell::Transition;
use crate::state::transition;
use crate::state::word::GENERATION_MASK;
use crate::support::contain::contained;
use crate::time::Ticks;
use crate::time::clock::TimeSource;
use crate::types::event::Event;
use crate::types::key::Key;
use crate::types::snapshot::State;

#[derive(Default)]
pub(crate) struct EventLog(Mutex<Entries>);

/// How many events wait for listeners before the oldest is dropped: a listener that blocks must not fill the memory.
const MAX_UNDELIVERED: usize = 1_024;

#[derive(Default)]
struct Entries {
    /// Changes entered so far; the next has this number plus one.
    entered: u64,
    /// Changes that came before an earlier one did.
    early: Vec<Transition>,
    since: Option<Ticks>,
    trips: u64,
    /// At most [`MAX_UNDELIVERED`].
    undelivered: VecDeque<(Event, Option<GroupListeners>)>,
    /// Since events were first dropped; few breakers ever have it.
    losses: Option<Box<Losses>>,
    delivering: bool,
    listeners: Vec<Subscribed>,
}

#[derive(Default)]
struct Losses {
    /// Dropped since the start.
    dropped: u64,
    /// Dropped since an event was last delivered.
    before_next: u64,
    /// Who was to hear of them, until no lock is held.
    discarded: Vec<GroupListeners>,
}

/// A listener, and how many changes had been entered when it came.
#[derive(Clone)]
struct Subscribed {
    listener: Arc<Listener>,
    after: u64,
}

/// Those that listened to the whole group when a change was entered.
type GroupListeners = Arc<Vec<Arc<Listener>>>;

/// Whose changes they are.
#[derive(Clone, Copy)]
pub(crate) struct Source<'b> {
    pub(crate) name: &'static str,
    pub(crate) key: Option<&'b Key>,
    /// Who else listens.
    pub(crate) group: Option<&'b Listeners>,
}

/// What a snapshot takes from the event_log.
#[derive(Clone, Copy, Debug)]
pub(crate) struct History {
    /// When the present state began; `None` before the first change.
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
        Self(Mutex::new(Entries {
            entered: 0,
            early: Vec::new(),
            since: None,
            trips: 0,
            undelivered: VecDeque::new(),
            losses: None,
            delivering: false,
            listeners: Vec::new(),
        }))
    }

    /// Appends a change of state, which listeners hear of by [`EventLog::notify`]. Runs no code of the user's.
    pub(crate) fn append(&self, who: Source<'_>, time: &TimeSource, change: Transition) {
        let mut entries = self.entries();
        entries.early.push(change);
        while let Some(change) = entries.take_next() {
            entries.record(who, time, change);
        }
    }

    /// Delivers what has been appended, unless another thread does so already.
    pub(crate) fn notify(&self, time: &TimeSource) {
        let mut entries = self.entries();
        if let Some(losses) = &mut entries.losses {
            let discarded = std::mem::take(&mut losses.discarded);
            drop(entries);
            // These may be the last handles to listeners, as below.
            let _ = contained(|| drop(discarded));
            entries = self.entries();
        }
        if entries.delivering {
            return;
        }
        entries.delivering = true;
        while let Some((mut event, group)) = entries.undelivered.pop_front() {
            let listeners = entries.listeners.clone();
            if let Some(losses) = &mut entries.losses {
                event.dropped = std::mem::take(&mut losses.before_next);
            }
            drop(entries);
            event.time = time.system_time(event.at);
            let of_group = group.as_deref().map_or(&[][..], Vec::as_slice);
            for listener in of_group {
                listener.notify(&event);
            }
            for Subscribed { listener, after } in &listeners {
                if event.sequence > *after {
                    listener.notify(&event);
                }
            }
            // The last handle to a listener, and with it the user's closure, must not be dropped under
            // the lock. A panic in that must not end the delivery, nor the call that delivers.
            let _ = contained(|| drop((listeners, group)));
            entries = self.entries();
        }
        entries.delivering = false;
    }

    pub(crate) fn subscribe(&self, listener: Arc<Listener>) {
        let mut entries = self.entries();
        let after = entries.entered;
        entries.listeners.push(Subscribed { listener, after });
    }

    pub(crate) fn unsubscribe(&self, listener: &Arc<Listener>) {
        let mut entries = self.entries();
        let place = entries.listeners.iter().position(|other| Arc::ptr_eq(&other.listener, listener));
        let removed = place.map(|place| entries.listeners.remove(place));
        drop(entries);
        drop(removed);
    }

    pub(crate) fn history(&self) -> History {
        let entries = self.entries();
        let dropped = entries.losses.as_ref().map_or(0, |losses| losses.dropped);
        History { since: entries.since, trips: entries.trips, dropped }
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entries {
    /// The change that follows the last one entered, if it has come.
    fn take_next(&mut self) -> Option<Transition> {
        let next = (self.entered + 1) & GENERATION_MASK;
        let place = self.early.iter().position(|change| change.after.generation() == next)?;
        Some(self.early.swap_remove(place))
    }

    fn record(&mut self, who: Source<'_>, time: &TimeSource, change: Transition) {
        self.entered += 1;
        let from = transition::effective(change.before, 0);
        let to = transition::effective(change.after, 0);
        self.since = Some(change.since());
        self.trips += u64::from(to == State::Open && change.reason.is_trip());
        let group = who.group.and_then(Listeners::present);
        if self.listeners.is_empty() && group.is_none() {
            return;
        }
        let event = Event {
            breaker: who.name,
            key: who.key.cloned(),
            sequence: self.entered,
            dropped: 0,
            from,
            to,
            mode: transition::mode(change.after),
            reason: change.reason,
            at: time.reading(change.at),
            // Filled in when it is delivered: the clock may be the user's code.
            time: SystemTime::UNIX_EPOCH,
        };
        if self.undelivered.len() >= MAX_UNDELIVERED {
            let losses = self.losses.get_or_insert_default();
            let oldest = self.undelivered.pop_front();
            losses.discarded.extend(oldest.and_then(|(_, group)| group));
            losses.before_next += 1;
            losses.dropped += 1;
        }
        self.undelivered.push_back((event, group));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::word::{Flags, StateKind, StateWord};
    use crate::types::reason::Reason;

    /// Pitfall 15 (gascity PR 4839): told outside the lock, events came out of order.
    #[test]
    fn changes_are_told_in_order_whoever_enters_first() {
        let event_log = EventLog::new();
        let told = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&told);
        event_log.subscribe(Arc::new(Listener::new(Box::new(move |event| {
            log.lock().unwrap().push((event.sequence, event.from, event.to));
        }))));
        let opened = Transition {
            before: StateWord::initial(Flags::default()),
            after: StateWord::initial(Flags::default()).next(StateKind::Open, 30),
            reason: Reason::FailureThreshold,
            at: 0,
        };
        let reset = Transition {
            before: opened.after,
            after: opened.after.next(StateKind::Closed, 0),
            reason: Reason::Reset,
            at: 1,
        };
        let who = Source { name: "overtaken", key: None, group: None };
        let enter = |change| {
            event_log.append(who, &TimeSource::DEFAULT, change);
            event_log.notify(&TimeSource::DEFAULT);
        };
        enter(reset);
        assert_eq!((event_log.history().trips, told.lock().unwrap().len()), (0, 0));
        enter(opened);
        assert_eq!(
            *told.lock().unwrap(),
            [(1, State::Closed, State::Open), (2, State::Open, State::Closed)]
        );
        assert_eq!((event_log.history().trips, event_log.history().since), (1, Some(1)));
    }
}
