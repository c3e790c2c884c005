//! One breaker, put together: the state machine, its clock, its counters and its event_log. A
//! [`CircuitBreaker`](crate::CircuitBreaker) is a handle to one of these.

use std::sync::Mutex;
use std::time::Duration;

use arc_swap::ArcSwap;
use once_cell::race::OnceBox;
use once_cell::sync::OnceCell;

use crate::breaker::events::{EventLog, Source};
use crate::breaker::on_drop::OnDrop;
pub(crate) use crate::breaker::reconfigure::{Changed, External, Settings};
use crate::breaker::role::{KeyedMember, Role};
use crate::breaker::scope::ScopeId;
use crate::config::Config;
use crate::state::cell::{AtomicState, Transition};
use crate::state::counters::rare::{Count, RareCounters};
use crate::state::counters::striped::ThreadSlot;
use crate::state::counters::thread_slot;
use crate::state::env::Env;
use crate::state::retry_budget::RetryBudget;
use crate::state::rng::Rng;
use crate::state::semaphore::Semaphore;
use crate::state::transition;
use crate::state::transition::Command;
use crate::time::Ticks;
use crate::time::clock::TimeSource;
use crate::types::snapshot::{Mode, State};

#[derive(Debug)]
#[repr(C)]
pub(crate) struct Inner {
    /// Beside the hot part of the cell: where there are many, whoever finds one looks at both.
    pub(crate) role: Role,
    pub(crate) cell: AtomicState,
    /// As the code has them.
    pub(crate) own: Settings,
    /// Since they were changed at run time. Replaced under the lock of the windows.
    pub(crate) changed: OnceBox<ArcSwap<Changed>>,
    pub(crate) external: Mutex<External>,
    /// Since a call first needed a place.
    pub(crate) semaphore: OnceBox<Semaphore>,
    pub(crate) counters: RareCounters,
    pub(crate) time: TimeSource,
    pub(crate) chance: Rng,
    /// Unset until it is first needed, for an annotated function: its name depends on all the others.
    pub(crate) name: OnceCell<&'static str>,
    pub(crate) find_name: fn(&Inner) -> Option<&'static str>,
    /// When this breaker was made; `None` for one that the linker made.
    pub(crate) created_at: Option<Ticks>,
    pub(crate) event_log: EventLog,
    pub(crate) scope: ScopeId,
    /// Of a breaker whose calls are retried.
    pub(crate) budget: OnceBox<RetryBudget>,
    /// Leaves the registry, if the breaker is listed there.
    pub(crate) _on_drop: OnDrop,
}

impl Env for Inner {
    fn now(&self) -> Ticks {
        self.time.now()
    }

    fn coarse(&self) -> Ticks {
        self.time.coarse()
    }

    fn random(&self) -> f64 {
        self.chance.draw()
    }

    fn thread_slot(&self) -> ThreadSlot {
        thread_slot::claim()
    }

    fn reserve_open_slot(&self, forced: bool) -> bool {
        self.membership().is_none_or(|member| member.reserve_open_slot(forced))
    }

    fn release_open_slot(&self) {
        if let Some(member) = self.membership() {
            member.release_open_slot();
        }
    }
}

impl Inner {
    /// For a `static`.
    pub(crate) const fn unnamed(
        config: Config,
        find_name: fn(&Inner) -> Option<&'static str>,
        role: Role,
    ) -> Self {
        // What is the same in all is a constant, which a compiler evaluates once and not for each function.
        let own = Settings::new(config);
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
            find_name,
            created_at: None,
            event_log: const { EventLog::new() },
            scope: ScopeId::PROCESS,
            budget: const { OnceBox::new() },
            role,
            _on_drop: OnDrop::NOTHING,
        }
    }

    /// Runs this when the breaker is dropped.
    pub(crate) fn with_on_drop(self, on_drop: OnDrop) -> Self {
        Self { _on_drop: on_drop, ..self }
    }

    pub(crate) fn present(&self) -> Ticks {
        self.time.now()
    }

    pub(crate) fn named(
        name: &'static str,
        config: Config,
        time: TimeSource,
        chance: Rng,
        created_at: Ticks,
    ) -> Self {
        Self {
            name: OnceCell::with_value(name),
            created_at: Some(created_at),
            time,
            chance,
            scope: ScopeId::current(),
            ..Self::unnamed(config, |_| None, Role::Single)
        }
    }

    /// Whose breaker this is.
    pub(crate) fn scope(&self) -> ScopeId {
        self.scope
    }

    #[inline]
    pub(crate) fn name(&self) -> &'static str {
        match self.name.get() {
            Some(name) => name,
            None => self.first_name(),
        }
    }

    #[cold]
    #[inline(never)]
    fn first_name(&self) -> &'static str {
        match (self.find_name)(self) {
            Some(name) => self.name.get_or_init(|| name),
            // Called before `main`, before it is registered: it will have a name.
            None => "unregistered",
        }
    }

    /// Whether it had an effect.
    pub(crate) fn control(&self, order: Command) -> bool {
        let change = self.cell.control(&self.settings().policy, order, self);
        if let Some(change) = change {
            self.enter(change);
        }
        change.is_some()
    }

    pub(crate) fn count(&self, what: Count) {
        self.counters.add(what);
    }

    pub(crate) fn state(&self) -> State {
        self.cell.state(self.now())
    }

    /// Whether no call would run now, not even as a probe.
    pub(crate) fn rejects_all(&self) -> bool {
        let now = self.now();
        let word = self.cell.word();
        transition::effective(word, now) == State::Open && transition::mode(word) != Mode::Observe
    }

    /// Waits, on the thread.
    pub(crate) fn sleep(&self, length: Duration) {
        self.time.sleep(length);
    }

    pub(crate) fn event_log(&self) -> &EventLog {
        &self.event_log
    }

    #[cold]
    pub(crate) fn enter(&self, change: Transition) {
        self.append(change);
        self.notify();
    }

    /// Enters a change of state. Runs no code of the user's, so that nothing keeps the change from being entered.
    #[cold]
    pub(crate) fn append(&self, change: Transition) {
        if self.changed.get().is_some() && change.after.is_closed_or_forced_closed() {
            // The thread that made the change may have begun before the options were changed.
            self.cell.refresh_flags(&self.settings().policy, change.at);
        }
        let shared = self.membership().map(KeyedMember::shared);
        let who =
            Source { name: self.name(), key: self.key(), group: shared.map(|shared| &shared.listeners) };
        self.event_log.append(who, &self.time, change);
    }

    /// Runs the listeners of what was entered.
    #[cold]
    pub(crate) fn notify(&self) {
        self.event_log.notify(&self.time);
    }
}
