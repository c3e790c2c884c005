//! All of one breaker: [`Inner`], which the handle [`CircuitBreaker`](crate::CircuitBreaker) refers to.
//!
//! A breaker in a `static` is made by a `const fn`: all that needs memory or a name is made on first
//! use. The methods of `Inner` stand in the files of what they do: `admission`, `settle`, `reconfigure`,
//! `member`, `snapshot`. Those that need the [`Cold`] part alone are methods of that.

use std::ops::Deref;
use std::sync::atomic::Ordering;
use std::time::Duration;

use once_cell::race::OnceBox;

#[cfg(feature = "tokio")]
use crate::breaker::background::BackgroundProbe;
use crate::breaker::cold::{Cold, Origin};
use crate::breaker::events::{EventLog, Source};
#[cfg(feature = "tokio")]
use crate::breaker::handle::WeakBreaker;
pub(crate) use crate::breaker::reconfigure::ActiveOptions;
use crate::breaker::role::KeyedMember;
use crate::breaker::scope::ScopeId;
use crate::state::cell::{AtomicState, Transition};
use crate::state::commands::{Change, IssuedCommand};
use crate::state::counters::rare::Count;
use crate::state::transition;
use crate::state::word::{Flags, StateWord};
use crate::time::Ticks;
use crate::types::key::Key;
use crate::types::snapshot::{Mode, State};

/// All of one breaker: what a call touches while closed, and behind one pointer the rest.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Inner {
    /// The key, of the breaker of a key. Beside the hot part of the cell: a look-up among many breakers
    /// reads both.
    key: Option<Key>,
    cold: OnceBox<Cold>,
    /// The options that the cold part of a breaker in a `static` is made from.
    origin: Option<&'static Origin>,
    pub(crate) cell: AtomicState,
}

impl Deref for Inner {
    type Target = Cold;

    #[inline]
    fn deref(&self) -> &Cold {
        match self.cold.get() {
            Some(cold) => cold,
            None => self.make_cold(),
        }
    }
}

impl Inner {
    /// Makes a breaker for a `static`. Its cold part is made when it is first needed.
    pub(crate) const fn unnamed(origin: &'static Origin, flags: Flags) -> Self {
        Self {
            key: const { None },
            cold: const { OnceBox::new() },
            origin: Some(origin),
            cell: AtomicState::new(flags),
        }
    }

    /// Makes a breaker with a name.
    pub(crate) fn named(cold: Cold) -> Self {
        Self::with_key(cold, None)
    }

    /// Makes a breaker with a name, and with a key if it is the breaker of one.
    pub(crate) fn with_key(cold: Cold, key: Option<Key>) -> Self {
        let cell = AtomicState::new(cold.settings().policy.flags(false));
        let inner = Self { key, cold: OnceBox::with_value(Box::new(cold)), origin: None, cell };
        inner.rejects_early.store(inner.may_reject_early(), Ordering::Relaxed);
        inner
    }

    /// Returns whether an early rejection can have all that it needs.
    pub(crate) fn may_reject_early(&self) -> bool {
        self.time.is_default() && !self.own.config.has_probe() && self.key.is_none()
    }

    /// Returns the cold part, if anything has needed it.
    #[inline(always)]
    pub(crate) fn cold_if_made(&self) -> Option<&Cold> {
        self.cold.get()
    }

    #[cold]
    #[inline(never)]
    fn make_cold(&self) -> &Cold {
        self.cold.get_or_init(|| Box::new(Cold::unnamed(self.origin)))
    }

    /// Returns what the breaker in a `static` is made from.
    pub(crate) fn origin(&self) -> Option<&'static Origin> {
        self.origin
    }

    /// Returns the key.
    #[inline]
    pub(crate) fn key(&self) -> Option<&Key> {
        self.key.as_ref()
    }

    /// Returns the scope in which it was made.
    pub(crate) fn scope(&self) -> ScopeId {
        self.scope
    }

    #[inline]
    pub(crate) fn name(&self) -> &'static str {
        match self.name.get() {
            Some(name) => name,
            None => self.name_slowly(),
        }
    }

    #[cold]
    #[inline(never)]
    fn name_slowly(&self) -> &'static str {
        match self.origin.and_then(|origin| (origin.registry.name_of)(self)) {
            Some(name) => self.name.get_or_init(|| name),
            // Called by another constructor before `main`, before this breaker is registered: it is
            // named later.
            None => "unregistered",
        }
    }

    /// Runs a command; returns whether it had an effect.
    pub(crate) fn control(&self, command: impl Into<IssuedCommand>) -> bool {
        let change = self.carry_out(&self.settings().policy, &command.into(), &**self);
        let has_effect = change.is_some();
        if let Some(change) = change {
            self.append_and_notify_change(change);
        }
        has_effect
    }

    pub(crate) fn count(&self, what: Count) {
        self.counters.add(what);
    }

    pub(crate) fn state(&self) -> State {
        self.end_expired_mode();
        let now = self.now();
        self.state_for_calls(self.cell.word(), now)
    }

    /// Returns the state that the next call meets: open after the period as well while another process
    /// of the fleet probes, and until the task that probes in the background does.
    #[cfg_attr(not(feature = "tokio"), allow(clippy::unused_self, reason = "it is in no fleet"))]
    pub(crate) fn state_for_calls(&self, word: StateWord, now: Ticks) -> State {
        let state = transition::effective(word, now);
        #[cfg(feature = "tokio")]
        if state == State::HalfOpen && !word.is_half_open() && self.is_probed_in_background() {
            return State::Open;
        }
        #[cfg(feature = "redis")]
        if state == State::HalfOpen && self.fleet.get().is_some_and(|link| link.is_held(now)) {
            return State::Open;
        }
        state
    }

    /// Returns whether no call would run now, not even as a probe.
    pub(crate) fn rejects_all(&self) -> bool {
        let now = self.now();
        let word = self.cell.word();
        self.state_for_calls(word, now) == State::Open && transition::mode(word) != Mode::Observe
    }

    /// Blocks the thread, by the breaker's clock.
    pub(crate) fn sleep(&self, length: Duration) {
        self.time.sleep(length);
    }

    pub(crate) fn event_log(&self) -> &EventLog {
        &self.event_log
    }

    /// Appends a change of state to the event log and delivers it.
    #[cold]
    pub(crate) fn append_and_notify(&self, change: Transition) {
        self.append_and_notify_change(change.into());
    }

    /// Appends a change of state that a command may have made, and delivers it.
    #[cold]
    pub(crate) fn append_and_notify_change(&self, change: Change) {
        self.append_change(change);
        self.notify();
    }

    /// Appends a change of state to the event log. Runs no code of the user's, which could panic and
    /// lose the change.
    #[cold]
    pub(crate) fn append(&self, change: Transition) {
        self.append_change(change.into());
    }

    fn append_change(&self, change: Change) {
        let Transition { after, at, .. } = change.transition;
        #[cfg(feature = "tokio")]
        let background = change.background;
        #[cfg(feature = "inject")]
        self.note_trip(change.transition);
        let cold = &**self;
        if cold.changed.get().is_some() && after.is_closed_or_forced_closed() {
            // The thread that made the change may have read the options before they were changed.
            self.cell.refresh_flags(&self.settings().policy, at);
        }
        // Made here, so that no rejection by an open breaker allocates.
        let _ = self.error_key();
        let shared = self.membership().map(KeyedMember::shared);
        let group = shared.map(|shared| &shared.listeners);
        let source = Source { name: self.name(), key: self.key(), group, scope: self.scope };
        let record = |sequence, change: &Change, wanted| {
            #[cfg(feature = "redis")]
            if let Some(link) = self.fleet.get() {
                link.note(&change.transition);
            }
            self.record_change(sequence, change, wanted)
        };
        self.event_log.append(source, &self.time, change, record);
        #[cfg(feature = "redis")]
        if let Some(link) = self.fleet.get() {
            link.wake();
        }
        #[cfg(feature = "tokio")]
        if self.has_probe {
            self.note_for_background(after, background);
        }
    }

    /// Returns the probe of an annotated function, with the function's breaker.
    #[cfg(feature = "tokio")]
    pub(crate) fn registered_probe(&self) -> Option<(BackgroundProbe, WeakBreaker)> {
        self.origin.and_then(|origin| (origin.registry.probe_of)(self))
    }

    /// Delivers what was appended to the listeners.
    #[cold]
    pub(crate) fn notify(&self) {
        self.event_log.notify(&self.time, self.scope);
    }
}
