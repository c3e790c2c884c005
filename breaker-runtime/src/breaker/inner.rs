//! One breaker, put together: the state machine, its clock, its counters and its event_log. A
//! [`CircuitBreaker`](crate::CircuitBreaker) is a handle to one of these.

use std::sync::Mutex;
use std::time::Duration;

use arc_swap::ArcSwap;
use once_cell::race::OnceBox;
use once_cell::sync::OnceCell;

use crate::breaker::events::{EventLog, Source};
pub(crate) use crate::breaker::reconfigure::{Changed, External, Settings};
use crate::breaker::role::{KeyedMember, Role};
use crate::breaker::scope::ScopeId;
use crate::config::Config;
use crate::registry::Listing;
pub(crate) use crate::state::cell::End;
use crate::state::cell::{AtomicState, Change, Fate, Settled};
use crate::state::counters::rare::{Count, RareCounters};
use crate::state::counters::striped::{HotCounter, ThreadSlot};
use crate::state::counters::thread_slot;
use crate::state::env::Env;
use crate::state::policy::Policy;
use crate::state::retry_budget::RetryBudget;
use crate::state::rng::Rng;
use crate::state::semaphore::Semaphore;
use crate::state::transition;
use crate::state::transition::{Command, Rejection};
use crate::state::word::CallToken;
use crate::time::Ticks;
use crate::time::clock::{Time, ticks};
use crate::types::error::{BreakerError, ErrorKind};
use crate::types::outcome::Outcome;
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
    pub(crate) bulkhead: OnceBox<Semaphore>,
    pub(crate) counters: RareCounters,
    pub(crate) time: Time,
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
    /// Where it is listed, if it was built.
    pub(crate) _listing: Listing,
}

impl Env for Inner {
    fn now(&self) -> Ticks {
        self.time.now()
    }

    fn coarse(&self) -> Ticks {
        self.time.coarse()
    }

    fn chance(&self) -> f64 {
        self.chance.draw()
    }

    fn lane(&self) -> ThreadSlot {
        thread_slot::claim()
    }

    fn take_allowance(&self, by_order: bool) -> bool {
        self.membership().is_none_or(|member| member.take_allowance(by_order))
    }

    fn give_allowance_back(&self) {
        if let Some(member) = self.membership() {
            member.give_allowance_back();
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
            bulkhead: const { OnceBox::new() },
            counters: const { RareCounters::new() },
            time: const { Time::DEFAULT },
            chance: const { Rng::DEFAULT },
            name: const { OnceCell::new() },
            find_name,
            created_at: None,
            event_log: const { EventLog::new() },
            scope: ScopeId::PROCESS,
            budget: const { OnceBox::new() },
            role,
            _listing: Listing::NONE,
        }
    }

    pub(crate) fn listed(self, listing: Listing) -> Self {
        Self { _listing: listing, ..self }
    }

    pub(crate) fn mode(&self) -> Mode {
        transition::mode(self.cell.word())
    }

    pub(crate) fn present(&self) -> Ticks {
        self.time.now()
    }

    pub(crate) fn named(
        name: &'static str,
        config: Config,
        time: Time,
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

    /// A fresh breaker with this one's name, clock and chance, and the options that it has now.
    #[cfg(feature = "test-util")]
    pub(crate) fn shadow(&self) -> Self {
        let (time, chance) = (self.time.clone(), self.chance.clone());
        let shadow = Self::named(self.name(), self.own.config, time, chance, self.now());
        let present = self.config();
        if present != self.own.config {
            shadow.replace(present, None, |_| true);
        }
        shadow.external().named = self.external().named;
        let role = match &self.role {
            Role::Single => Role::Single,
            Role::Template(template) => Role::Template(template.shadow()),
            Role::KeyedMember(member) => Role::KeyedMember(member.shadow()),
        };
        Self { role, ..shadow }
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

    /// Admits a call. While closed this is a load and a comparison.
    #[inline(always)]
    pub(crate) fn admit(&self) -> Result<CallToken, BreakerError> {
        match self.cell.admit_closed() {
            Some(token) => Ok(token),
            None => self.admit_slowly(),
        }
    }

    #[cold]
    #[inline(never)]
    fn admit_slowly(&self) -> Result<CallToken, BreakerError> {
        self.admit_slowly_by(Self::admit_fully)
    }

    /// Rejects a call of an open breaker, which is what most calls come here for, and admits others by `fully`. Part
    /// of each caller, so that a rejection takes no other call than that of the clock.
    #[inline(always)]
    pub(crate) fn admit_slowly_by(
        &self,
        fully: fn(&Self) -> Result<CallToken, BreakerError>,
    ) -> Result<CallToken, BreakerError> {
        let Some(Rejection { kind, retry_after }) = self.reject_early() else { return fully(self) };
        match self.name.get() {
            // A thread without a number has no counter of its own either.
            Some(name) if self.cell.count_alone(HotCounter::Rejected, thread_slot::current()) => {
                Err(BreakerError::new(name, kind, retry_after))
            }
            // One way out for what is missing: what is at hand need not survive two other calls.
            _ => self.reject(kind, retry_after),
        }
    }

    #[cold]
    #[inline(never)]
    fn reject(&self, kind: ErrorKind, retry_after: Option<Ticks>) -> Result<CallToken, BreakerError> {
        Err(self.rejected(Rejection { kind, retry_after }))
    }

    #[inline(always)]
    fn reject_early(&self) -> Option<Rejection> {
        let open = self.cell.open_word()?;
        let now = self.time.coarse();
        self.note_call(now);
        self.cell.reject_early(open, now)
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn rejected(&self, Rejection { kind, retry_after }: Rejection) -> BreakerError {
        self.cell.count(HotCounter::Rejected, thread_slot::claim());
        BreakerError::new(self.name(), kind, retry_after)
    }

    /// What the breaker says, for all that the word does not say on sight. A rejection is not counted yet.
    #[inline]
    pub(crate) fn ask(&self, settings: &Settings) -> Result<CallToken, Rejection> {
        let token = self.cell.admit(&settings.policy, self, |change| self.enter(change))?;
        if token.is_unfenced() {
            self.counters.add(Count::WouldReject);
        }
        if self.changed.get().is_some() && self.cell.has_no_gate() {
            // It was this call that opened it, and the options may have become others by then.
            self.refresh_if_outdated(settings);
        }
        Ok(token)
    }

    #[cold]
    fn refresh_if_outdated(&self, seen: &Settings) {
        let present = self.settings();
        if present.config != seen.config {
            self.cell.refresh(&present.policy, self.now());
        }
    }

    #[inline(always)]
    pub(crate) fn succeed(&self, token: CallToken) {
        if !self.cell.pass(token, thread_slot::current()) {
            self.succeed_slowly(token);
        }
    }

    #[inline(never)]
    fn succeed_slowly(&self, token: CallToken) {
        if !self.cell.pass_quietly(&self.settings().policy, token, self) {
            self.settle(token, End::Success);
        }
    }

    #[inline(never)]
    pub(crate) fn settle(&self, token: CallToken, end: End) {
        if token.holds_place() {
            return self.settle_and_leave(token, end, None);
        }
        let settings = self.settings();
        if !self.cell.settle_plainly(&settings.policy, token, end, thread_slot::claim()) {
            self.settle_fully(&settings.policy, token, end, None);
        }
    }

    /// A failure that opens the breaker, if it does, for `wait` at least.
    #[cold]
    pub(crate) fn fail_until(&self, token: CallToken, wait: Duration) {
        if token.holds_place() {
            return self.settle_and_leave(token, End::Failure, Some(wait));
        }
        let settings = self.settings();
        let wait = settings.config.honour_retry_after().then(|| ticks(wait));
        self.settle_fully(&settings.policy, token, End::Failure, wait);
    }

    #[inline(never)]
    pub(crate) fn settle_fully(&self, policy: &Policy, token: CallToken, end: End, wait: Option<Ticks>) {
        self.look_before_opening();
        let settled = self.cell.settle(policy, token, end, wait, self);
        // Counted before listeners run: one that looks at the totals sees the call that woke it.
        self.tally(end, settled);
        if let Some(change) = settled.change {
            self.enter(change);
        }
    }

    pub(crate) fn tally(&self, end: End, settled: Settled) {
        let Settled { fate, outcome, slow, .. } = settled;
        if slow && fate != Fate::Late {
            self.counters.add(Count::Slow);
        }
        match (fate, outcome) {
            (Fate::Passed, _) => {}
            (Fate::Late, _) => self.counters.add(Count::Late),
            (Fate::Counted, Outcome::Success) => self.counters.add(Count::OtherSuccess),
            (Fate::Counted, Outcome::Failure) => {
                self.cell.count(HotCounter::Failure, thread_slot::claim());
            }
            (Fate::Counted, Outcome::Ignored) if end == End::Cancelled => {
                self.counters.add(Count::Cancelled);
            }
            (Fate::Counted, Outcome::Ignored) => self.counters.add(Count::Ignored),
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
    pub(crate) fn enter(&self, change: Change) {
        self.append(change);
        self.notify();
    }

    /// Enters a change of state. Runs no code of the user's, so that nothing keeps the change from being entered.
    #[cold]
    pub(crate) fn append(&self, change: Change) {
        if self.changed.get().is_some() && change.after.is_closed_or_forced_closed() {
            // The thread that made the change may have begun before the options were changed.
            self.cell.refresh(&self.settings().policy, change.at);
        }
        let common = self.membership().map(KeyedMember::common);
        let who = Source {
            name: self.name(),
            key: self.key(),
            family: common.map(|common| &common.listeners),
        };
        self.event_log.append(who, &self.time, change);
    }

    /// Runs the listeners of what was entered.
    #[cold]
    pub(crate) fn notify(&self) {
        self.event_log.notify(&self.time);
    }
}
