//! All of one breaker: [`Inner`], which the handle [`CircuitBreaker`](crate::CircuitBreaker) refers to.
//!
//! A breaker in a `static` is made by a `const fn`: all that needs memory or a name is made on first
//! use. The methods of `Inner` stand in the files of what they do: `admission`, `settle`, `reconfigure`,
//! `member`, `snapshot`.

use std::num::NonZero;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arc_swap::ArcSwap;
use once_cell::race::OnceBox;
use once_cell::sync::OnceCell;

use crate::breaker::events::{EventLog, Source};
#[cfg(feature = "redis")]
use crate::breaker::fleet_link::FleetLink;
#[cfg(feature = "latency")]
use crate::breaker::latency::LatencyRecorder;
use crate::breaker::on_drop::OnDrop;
pub(crate) use crate::breaker::reconfigure::{ActiveOptions, ChangedOptions, External};
use crate::breaker::recorder::Recorder;
use crate::breaker::role::{KeyedMember, Role};
use crate::breaker::scope::ScopeId;
use crate::config::Config;
use crate::state::cell::{AtomicState, Transition};
use crate::state::commands::{Change, IssuedCommand};
use crate::state::counters::rare::{Count, RareCounters};
use crate::state::counters::striped::ThreadSlot;
use crate::state::counters::thread_slot;
use crate::state::env::Env;
use crate::state::retry_budget::RetryBudget;
use crate::state::rng::Rng;
use crate::state::semaphore::Semaphore;
use crate::state::transition;
use crate::state::word::StateWord;
use crate::time::Ticks;
use crate::time::clock::TimeSource;
use crate::types::key::Key;
use crate::types::snapshot::{Mode, State};

/// All of one breaker.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Inner {
    /// Beside the hot part of the cell: a look-up among many breakers reads both.
    pub(crate) role: Role,
    pub(crate) cell: AtomicState,
    /// The options in the code.
    pub(crate) own: ActiveOptions,
    /// The options since they were changed at run time. Replaced under the lock of the windows.
    pub(crate) changed: OnceBox<ArcSwap<ChangedOptions>>,
    pub(crate) external: Mutex<External>,
    /// The concurrency permits, since a call first needed one.
    pub(crate) semaphore: OnceBox<Semaphore>,
    pub(crate) counters: RareCounters,
    pub(crate) time: TimeSource,
    pub(crate) chance: Rng,
    /// Unset until it is first read, for an annotated function: its name depends on all other names.
    pub(crate) name: OnceCell<&'static str>,
    /// The key for errors, of a breaker that has rejected a call or changed its state. Apart from that
    /// in `role`, which a look-up compares without following a pointer.
    pub(crate) error_key: OnceBox<Arc<Key>>,
    pub(crate) resolve_name: fn(&Inner) -> Option<&'static str>,
    /// `None` for a breaker in a `static`, which is there from the start of the process.
    /// Without a value of zero, which takes eight bytes less; a breaker made at zero is a microsecond
    /// younger.
    pub(crate) created_at: Option<NonZero<Ticks>>,
    pub(crate) event_log: EventLog,
    pub(crate) recorder: Recorder,
    pub(crate) scope: ScopeId,
    /// The durations of calls, since one was first timed.
    #[cfg(feature = "latency")]
    pub(crate) latency: OnceBox<LatencyRecorder>,
    /// The link to the fleet, once the process is connected and if the breaker is shared.
    #[cfg(feature = "redis")]
    pub(crate) fleet: OnceBox<FleetLink>,
    /// The retry budget, if calls are retried.
    pub(crate) budget: OnceBox<RetryBudget>,
    /// Leaves the registry, if the breaker is listed there.
    pub(crate) _on_drop: OnDrop,
}

impl Env for Inner {
    fn now(&self) -> Ticks {
        Self::now(self)
    }

    fn coarse(&self) -> Ticks {
        self.time.coarse()
    }

    fn coarse_unclamped(&self) -> Ticks {
        self.time.coarse_unclamped()
    }

    #[cfg(feature = "latency")]
    fn record_duration(&self, took: Ticks) {
        self.record_latency(took);
    }

    fn random(&self) -> f64 {
        self.chance.draw()
    }

    fn thread_slot(&self) -> ThreadSlot {
        thread_slot::claim()
    }

    fn reserve_open_slot(&self, forced: bool) -> bool {
        let reserved = self.membership().is_none_or(|member| member.reserve_open_slot(forced));
        if !reserved {
            self.recorder.refuse();
        }
        reserved
    }

    fn release_open_slot(&self) {
        if let Some(member) = self.membership() {
            member.release_open_slot();
        }
    }

    #[cfg(feature = "redis")]
    fn may_probe(&self, now: Ticks) -> bool {
        self.fleet.get().is_none_or(|link| link.may_probe(now))
    }
}

impl Inner {
    /// Makes a breaker for a `static`.
    pub(crate) const fn unnamed(
        config: Config,
        resolve_name: fn(&Inner) -> Option<&'static str>,
        role: Role,
    ) -> Self {
        // Inline constants are evaluated once, and not for each annotated function.
        let own = ActiveOptions::new(config);
        Self {
            cell: AtomicState::new(own.policy.flags(false)),
            own,
            changed: const { OnceBox::new() },
            external: const { Mutex::new(External::NOTHING) },
            semaphore: const { OnceBox::new() },
            counters: const { RareCounters::new() },
            time: const { TimeSource::DEFAULT },
            chance: const { Rng::DEFAULT },
            name: const { OnceCell::new() },
            error_key: const { OnceBox::new() },
            resolve_name,
            created_at: None,
            event_log: const { EventLog::new() },
            recorder: const { Recorder::new() },
            scope: ScopeId::PROCESS,
            #[cfg(feature = "latency")]
            latency: const { OnceBox::new() },
            #[cfg(feature = "redis")]
            fleet: const { OnceBox::new() },
            budget: const { OnceBox::new() },
            role,
            _on_drop: OnDrop::NOTHING,
        }
    }

    /// Adds what runs when the breaker is dropped.
    pub(crate) fn with_on_drop(self, on_drop: OnDrop) -> Self {
        Self { _on_drop: on_drop, ..self }
    }

    /// Returns the time of the breaker's clock.
    pub(crate) fn now(&self) -> Ticks {
        self.time.now()
    }

    /// Makes a breaker in the scope of the current thread.
    pub(crate) fn named(
        name: &'static str,
        config: Config,
        time: TimeSource,
        chance: Rng,
        created_at: Ticks,
    ) -> Self {
        Self {
            name: OnceCell::with_value(name),
            created_at: NonZero::new(created_at.max(1)),
            time,
            chance,
            scope: ScopeId::current(),
            ..Self::unnamed(config, |_| None, Role::Single)
        }
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
        match (self.resolve_name)(self) {
            Some(name) => self.name.get_or_init(|| name),
            // Called by another constructor before `main`, before this breaker is registered: it is
            // named later.
            None => "unregistered",
        }
    }

    /// Runs a command; returns whether it had an effect.
    pub(crate) fn control(&self, command: impl Into<IssuedCommand>) -> bool {
        let change = self.carry_out(&self.settings().policy, &command.into(), self);
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
    /// of the fleet probes.
    #[cfg_attr(not(feature = "redis"), allow(clippy::unused_self, reason = "it is in no fleet"))]
    pub(crate) fn state_for_calls(&self, word: StateWord, now: Ticks) -> State {
        let state = transition::effective(word, now);
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
        if self.changed.get().is_some() && after.is_closed_or_forced_closed() {
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
    }

    /// Delivers what was appended to the listeners.
    #[cold]
    pub(crate) fn notify(&self) {
        self.event_log.notify(&self.time, self.scope);
    }
}
