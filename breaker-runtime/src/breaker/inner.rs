//! All of one breaker: [`Inner`], which the handle [`CircuitBreaker`](crate::CircuitBreaker) refers to.
//!
//! A breaker in a `static` is made by a `const fn`: all that needs memory or a name is made on first
//! use, and so it is for any other breaker. The methods of `Inner` stand in the files of what they do:
//! `admission`, `settle`, `reconfigure`, `member`, `snapshot`. Those that need the [`Cold`] part alone
//! are methods of that.

use std::num::NonZero;
use std::ops::Deref;
#[cfg(any(feature = "lab", feature = "test-util"))]
use std::sync::atomic::Ordering;
use std::time::Duration;

use once_cell::race::OnceBox;

#[cfg(feature = "tokio")]
use crate::breaker::background::BackgroundProbe;
use crate::breaker::cold::{Cold, Origin};
use crate::breaker::cold_source::{ColdSource, SharedSource};
use crate::breaker::events::{EventLog, Source};
use crate::breaker::future::total::BreakerLimits;
use crate::breaker::given_name::GivenName;
#[cfg(feature = "tokio")]
use crate::breaker::handle::WeakBreaker;
pub(crate) use crate::breaker::reconfigure::ActiveOptions;
use crate::breaker::role::{KeyedMember, Role, Template};
use crate::breaker::scope::ScopeId;
use crate::config::Config;
use crate::state::cell::{AtomicState, Transition};
use crate::state::commands::{Change, IssuedCommand};
use crate::state::counters::rare::Count;
use crate::state::counters::striped::LayerCounter;
use crate::state::counters::thread_slot;
use crate::state::transition;
use crate::state::word::StateWord;
use crate::time::Ticks;
use crate::types::key::Key;
use crate::types::snapshot::{Mode, State};

/// All of one breaker: what a call touches while closed, and behind two pointers the rest.
///
/// With the counts of an `Arc` it takes 128 bytes, of which a call of a key reads 64 in a row: the key,
/// the word, and the counters of one thread. What threads write in two breakers is at least a cache line
/// apart wherever an allocator puts them, as the pointers that follow are only read. An alignment to
/// cache lines would add 64 bytes to each breaker of a key.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Inner {
    /// The key, of the breaker of a key. Beside the hot part of the cell: a look-up among many breakers
    /// reads both.
    identity: Identity,
    pub(crate) cell: AtomicState,
    cold: OnceBox<Cold>,
    made_from: MadeFrom,
}

/// The data that distinguishes a breaker from others with the same source.
#[derive(Debug)]
enum Identity {
    /// A breaker in a `static`.
    Address,
    Key(Key),
    /// A breaker that was built.
    Name(GivenName),
}

/// The data that the cold part of a breaker is made from.
#[derive(Debug)]
enum MadeFrom {
    /// The options of a breaker in a `static`, which is there from the start of the process. `None` for
    /// a breaker that has had its cold part from the start.
    Origin(Option<&'static Origin>),
    /// The source of any other breaker, and when the breaker was made. Without a value of zero, which
    /// takes eight bytes less; a breaker made at zero is a microsecond younger.
    Source(SharedSource, NonZero<Ticks>),
}

#[cfg(all(target_pointer_width = "64", not(breaker_loom)))]
const _: () = assert!(size_of::<Inner>() == 112);

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
    pub(crate) const fn unnamed(origin: &'static Origin) -> Self {
        Self {
            identity: Identity::Address,
            cell: AtomicState::new(origin.flags),
            cold: const { OnceBox::new() },
            made_from: MadeFrom::Origin(Some(origin)),
        }
    }

    /// Makes a breaker that was built.
    pub(crate) fn built(name: GivenName, source: SharedSource, role: Role, created_at: Ticks) -> Self {
        let cold = match role {
            Role::Single => OnceBox::new(),
            // The first call of a key needs it.
            role => OnceBox::with_value(Box::new(source.make_as(name.text(), role))),
        };
        Self::with_source(source, Identity::Name(name), cold, created_at)
    }

    /// Makes the breaker of a key.
    pub(super) fn of_key(key: Key, source: SharedSource, created_at: Ticks) -> Self {
        Self::with_source(source, Identity::Key(key), OnceBox::new(), created_at)
    }

    fn with_source(
        source: SharedSource,
        identity: Identity,
        cold: OnceBox<Cold>,
        created_at: Ticks,
    ) -> Self {
        let cell = AtomicState::new(source.policy().flags(false));
        let created_at = NonZero::new(created_at).unwrap_or(NonZero::<Ticks>::MIN);
        Self { identity, cell, cold, made_from: MadeFrom::Source(source, created_at) }
    }

    /// Makes a breaker that has its cold part from the start, and a key if it is that of one.
    #[cfg(any(feature = "lab", feature = "test-util"))]
    pub(super) fn with_cold(cold: Cold, key: Option<Key>) -> Self {
        let cell = AtomicState::new(cold.settings().policy.flags(false));
        let cold = OnceBox::with_value(Box::new(cold));
        let identity = key.map_or(Identity::Address, Identity::Key);
        let inner = Self { identity, cell, cold, made_from: MadeFrom::Origin(None) };
        let is_early = inner.may_reject_early() && !inner.settings().policy.observed;
        inner.rejects_early.store(is_early, Ordering::Relaxed);
        inner
    }

    /// Returns whether an early rejection can have all that it needs.
    #[cfg(any(feature = "record", feature = "lab", feature = "shadow", feature = "test-util"))]
    pub(crate) fn may_reject_early(&self) -> bool {
        self.time.is_default() && !self.own.config.has_probe() && self.key().is_none()
    }

    /// Returns the cold part, if anything has needed it.
    #[inline(always)]
    pub(crate) fn cold_if_made(&self) -> Option<&Cold> {
        self.cold.get()
    }

    /// Returns the cold part for a reader that changes nothing: for the breaker of a key without one, a
    /// cold part of its group that nothing has used. A caller that reads the word as well does so
    /// before: a word that is not that of a new breaker has a cold part.
    #[inline]
    pub(crate) fn cold_to_read(&self) -> &Cold {
        match self.cold.get() {
            Some(cold) => cold,
            None => self.unused_cold(),
        }
    }

    #[cold]
    fn unused_cold(&self) -> &Cold {
        let unused = self.source().and_then(|source| source.unused());
        unused.unwrap_or_else(|| self.make_cold())
    }

    #[cold]
    #[inline(never)]
    fn make_cold(&self) -> &Cold {
        self.cold.get_or_init(|| {
            Box::new(match &self.made_from {
                MadeFrom::Origin(origin) => Cold::unnamed(*origin),
                MadeFrom::Source(source, _) => source.make(self.name_of(&**source)),
            })
        })
    }

    /// Returns what the breaker in a `static` is made from.
    pub(crate) const fn origin(&self) -> Option<&'static Origin> {
        match self.made_from {
            MadeFrom::Origin(origin) => origin,
            MadeFrom::Source(..) => None,
        }
    }

    fn source(&self) -> Option<&dyn ColdSource> {
        match &self.made_from {
            MadeFrom::Origin(_) => None,
            MadeFrom::Source(source, _) => Some(&**source),
        }
    }

    /// Returns the name that the breaker was given when it was built, if another breaker had that.
    pub(crate) fn lost_name(&self) -> Option<&'static str> {
        match &self.identity {
            Identity::Name(name) => name.wanted(),
            Identity::Address | Identity::Key(_) => None,
        }
    }

    /// Returns when the breaker was made; `None` for one in a `static`.
    pub(crate) fn created_at(&self) -> Option<Ticks> {
        let created_at = match self.made_from {
            #[cfg(any(feature = "lab", feature = "test-util"))]
            MadeFrom::Origin(None) => return self.cold_if_made()?.created_at,
            MadeFrom::Origin(_) => return None,
            MadeFrom::Source(_, created_at) => created_at,
        };
        Some(created_at.get())
    }

    /// Returns the part of a template that other breakers have not; `None` for other breakers.
    #[inline(always)]
    pub(super) fn template(&self) -> Option<&Template> {
        let cold = match self.cold.get() {
            Some(cold) => cold,
            // A template that was built has its cold part from the start.
            None => self.origin().filter(|origin| origin.is_of_keys()).map(|_| self.make_cold())?,
        };
        match &cold.role {
            Role::Template(template) => Some(template),
            Role::Single | Role::KeyedMember(_) => None,
        }
    }

    /// Returns the key.
    #[inline]
    pub(crate) fn key(&self) -> Option<&Key> {
        match &self.identity {
            Identity::Key(key) => Some(key),
            Identity::Address | Identity::Name(_) => None,
        }
    }

    /// Returns the scope in which it was made.
    pub(crate) fn scope(&self) -> ScopeId {
        let of_source = || self.source().map_or(ScopeId::PROCESS, ColdSource::scope);
        self.cold.get().map_or_else(of_source, |cold| cold.scope)
    }

    /// Returns a copy of the active options.
    pub(crate) fn config(&self) -> Config {
        self.cold_to_read().config()
    }

    /// Returns the deadlines of calls, without a copy of all options.
    #[inline]
    pub(crate) fn limits(&self) -> BreakerLimits {
        self.cold_to_read().limits()
    }

    #[inline]
    pub(crate) fn name(&self) -> &'static str {
        match self.name_if_known() {
            Some(name) => name,
            None => self.name_slowly(),
        }
    }

    /// Returns the name, if it was asked for before.
    #[inline(always)]
    pub(crate) fn name_if_known(&self) -> Option<&'static str> {
        self.cold.get().and_then(|cold| cold.name.get()).copied()
    }

    #[cold]
    #[inline(never)]
    fn name_slowly(&self) -> &'static str {
        if let Some(source) = self.source() {
            return self.name_of(source);
        }
        match self.origin().and_then(|origin| (origin.registry.name_of)(self)) {
            Some(name) => self.name.get_or_init(|| name),
            // Called by another constructor before `main`, before this breaker is registered: it is
            // named later.
            None => "unregistered",
        }
    }

    /// Returns the name of a breaker with this source.
    fn name_of(&self, source: &dyn ColdSource) -> &'static str {
        match &self.identity {
            Identity::Name(name) => name.text(),
            Identity::Address | Identity::Key(_) => source.name().unwrap_or_default(),
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

    /// Counts what a layer around the breaker has done.
    pub(crate) fn count_layer(&self, what: LayerCounter) {
        self.cell.count_layer(what, thread_slot::claim());
    }

    pub(crate) fn state(&self) -> State {
        self.end_expired_mode();
        let word = self.cell.word();
        self.state_for_calls(word, self.cold_to_read().now())
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
        let word = self.cell.word();
        let now = self.cold_to_read().now();
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
        #[cfg(feature = "shadow")]
        self.shadow_change(&change.transition);
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
        self.origin().and_then(|origin| (origin.registry.probe_of)(self))
    }

    /// Delivers what was appended to the listeners.
    #[cold]
    pub(crate) fn notify(&self) {
        self.event_log.notify(&self.time, self.scope);
    }
}
