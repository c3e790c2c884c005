//! One breaker, put together: the state machine, its clock, its counters and its journal. A
//! [`CircuitBreaker`](crate::CircuitBreaker) is a handle to one of these.

mod places;

use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use once_cell::race::OnceBox;
use once_cell::sync::OnceCell;

#[cfg(feature = "tokio")]
pub(crate) use self::places::{InLine, LinedUp};
use crate::chance::Chance;
use crate::clock::{Time, duration, ticks};
use crate::config::Config;
use crate::error::BreakerError;
use crate::journal::{Journal, Who};
use crate::keyed::{Family, Key, KeyRef, Member, Past, Role, Template};
use crate::lane;
use crate::outcome::Outcome;
use crate::realm::RealmId;
use crate::registry::Listing;
use crate::retry::budget::Budget;
use crate::snapshot::{Mode, Snapshot, State, Totals, WindowCounts};
use crate::state::bulkhead::Bulkhead;
pub(crate) use crate::state::cell::End;
use crate::state::cell::{Change, Fate, Settled, StateCell};
use crate::state::lanes::{LaneId, Quick};
use crate::state::machine::{self, Control, Rejection};
use crate::state::policy::Policy;
use crate::state::word::{Ticks, Token};
use crate::state::world::World;
use crate::totals::{Count, Counters};

#[derive(Debug)]
#[repr(C)]
pub(crate) struct Engine {
    /// Beside the hot part of the cell: where there are many, whoever finds one looks at both.
    role: Role,
    cell: StateCell,
    /// As the code has them.
    own: Settings,
    /// Since they were changed at run time. Replaced under the lock of the windows.
    changed: OnceBox<ArcSwap<Settings>>,
    outside: Mutex<Outside>,
    /// Since a call first needed a place.
    bulkhead: OnceBox<Bulkhead>,
    counters: Counters,
    time: Time,
    chance: Chance,
    /// Unset until it is first needed, for an annotated function: its name depends on all the others.
    name: OnceCell<&'static str>,
    find_name: fn(&Engine) -> &'static str,
    /// When this breaker was made; `None` for one that the linker made.
    born: Option<Ticks>,
    journal: Journal,
    realm: RealmId,
    /// Of a breaker whose calls are retried.
    budget: OnceBox<Budget>,
    /// Where it is listed, if it was built.
    _listing: Listing,
}

/// The options, and what the rules need of them.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Settings {
    config: Config,
    policy: Policy,
}

impl Settings {
    const fn new(config: Config) -> Self {
        Self { config, policy: config.policy() }
    }
}

/// What settings from outside ask of a breaker. Read and written for a moment only, under the lock of the
/// windows or with no other lock held.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Outside {
    /// Those that were heard of last.
    version: u64,
    /// Whether the options are theirs.
    named: bool,
    dry_run: bool,
    /// Whether a dry run is theirs, and not one that somebody began by hand.
    dry_run_began: bool,
}

impl Outside {
    const NOTHING: Self = Self { version: 0, named: false, dry_run: false, dry_run_began: false };
}

/// What settings want of a breaker that they name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Wanted {
    pub(crate) config: Config,
    pub(crate) dry_run: bool,
}

/// What a family's template has that its keys' breakers are to have as well.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Manner {
    settings: Settings,
    mode: Mode,
    outside: Outside,
}

/// The settings at this moment.
enum Current<'e> {
    Own(&'e Settings),
    Changed(arc_swap::Guard<Arc<Settings>>),
}

impl Deref for Current<'_> {
    type Target = Settings;

    fn deref(&self) -> &Settings {
        match self {
            Self::Own(settings) => settings,
            Self::Changed(settings) => settings,
        }
    }
}

impl World for Engine {
    fn now(&self) -> Ticks {
        self.time.now()
    }

    fn coarse(&self) -> Ticks {
        self.time.coarse()
    }

    fn chance(&self) -> f64 {
        self.chance.draw()
    }

    fn lane(&self) -> LaneId {
        lane::claim()
    }

    fn take_allowance(&self, by_order: bool) -> bool {
        self.membership().is_none_or(|member| member.common().allowances.take(by_order))
    }

    fn give_allowance_back(&self) {
        if let Some(member) = self.membership() {
            member.common().allowances.give_back();
        }
    }
}

impl Engine {
    /// For a `static`.
    pub(crate) const fn unnamed(
        config: Config,
        find_name: fn(&Engine) -> &'static str,
        role: Role,
    ) -> Self {
        let own = Settings::new(config);
        Self {
            cell: StateCell::new(own.policy.flags(false)),
            own,
            changed: OnceBox::new(),
            outside: Mutex::new(Outside::NOTHING),
            bulkhead: OnceBox::new(),
            counters: Counters::new(),
            time: Time::DEFAULT,
            chance: Chance::DEFAULT,
            name: OnceCell::new(),
            find_name,
            born: None,
            journal: Journal::new(),
            realm: RealmId::PROCESS,
            budget: OnceBox::new(),
            role,
            _listing: Listing::NONE,
        }
    }

    pub(crate) fn listed(self, listing: Listing) -> Self {
        Self { _listing: listing, ..self }
    }

    /// One that has a breaker per key.
    pub(crate) fn with_keys(self, template: Template) -> Self {
        Self { role: Role::Template(template), ..self }
    }

    /// The breaker of a key, as a template would have it.
    pub(crate) fn member(&self, member: Member, manner: &Manner, born: Ticks) -> Self {
        let Manner { settings, mode, outside } = manner;
        let own = self.own;
        let changed =
            (settings.config != own.config).then(|| Box::new(ArcSwap::from_pointee(*settings)));
        let engine = Self {
            cell: StateCell::new(settings.policy.flags(false)),
            own,
            changed: changed.map_or_else(OnceBox::new, OnceBox::with_value),
            outside: Mutex::new(*outside),
            name: OnceCell::with_value(self.name()),
            born: Some(born),
            time: self.time.clone(),
            chance: self.chance.clone(),
            realm: self.realm,
            ..Self::unnamed(own.config, |_| "", Role::Member(member))
        };
        engine.control(Control::Mode(*mode));
        engine
    }

    /// The breakers of its keys.
    #[inline(always)]
    pub(crate) fn family(&self) -> Option<&Family> {
        match &self.role {
            Role::Template(template) => Some(template.family()),
            Role::Single | Role::Member(_) => None,
        }
    }

    fn membership(&self) -> Option<&Member> {
        match &self.role {
            Role::Member(member) => Some(member),
            Role::Single | Role::Template(_) => None,
        }
    }

    pub(crate) fn key(&self) -> Option<&Key> {
        self.membership().map(Member::key)
    }

    /// Whether it is the breaker of this key.
    #[inline(always)]
    pub(crate) fn is_for(&self, key: KeyRef<'_>) -> bool {
        match &self.role {
            Role::Member(member) => key.is(member.key()),
            Role::Single | Role::Template(_) => false,
        }
    }

    /// What is to hold for the breakers of keys.
    pub(crate) fn manner(&self) -> Manner {
        Manner { settings: *self.settings(), mode: self.mode(), outside: *self.outside() }
    }

    /// If it is another one by now.
    pub(crate) fn manner_unless(&self, seen: &Manner) -> Option<Manner> {
        let present = self.manner();
        (present != *seen).then_some(present)
    }

    pub(crate) fn follow(&self, manner: &Manner) {
        let Manner { settings, mode, outside } = manner;
        self.replace(settings.config, |present| {
            // Later settings may have reached it by themselves.
            let mut present_outside = self.outside();
            let outdated = present_outside.version > outside.version;
            if !outdated {
                *present_outside = *outside;
            }
            !outdated && *present != settings.config
        });
        self.control(Control::Mode(*mode));
    }

    /// Whether one that is made anew would be no other, but for what it has counted.
    pub(crate) fn is_as_new(&self, template: &Self) -> bool {
        let word = self.cell.word();
        let (config, mode) = (self.settings().config, machine::mode(word));
        word.is_closed_or_forced_closed()
            && mode == template.mode()
            && config == template.settings().config
    }

    #[cfg(test)]
    pub(crate) fn is_closed(&self) -> bool {
        self.cell.word().is_closed_or_forced_closed()
    }

    pub(crate) fn mode(&self) -> Mode {
        machine::mode(self.cell.word())
    }

    pub(crate) fn present(&self) -> Ticks {
        self.time.now()
    }

    /// What it has counted, in sum.
    pub(crate) fn past(&self) -> Past {
        Past { totals: self.totals(), trips: self.journal.history().trips }
    }

    fn totals(&self) -> Totals {
        let mut totals = self.counters.read();
        totals.success += self.cell.counted(Quick::Success);
        totals.failure += self.cell.counted(Quick::Failure);
        totals.rejected += self.cell.counted(Quick::Rejected);
        totals
    }

    pub(crate) fn named(
        name: &'static str,
        config: Config,
        time: Time,
        chance: Chance,
        born: Ticks,
    ) -> Self {
        Self {
            name: OnceCell::with_value(name),
            born: Some(born),
            time,
            chance,
            realm: RealmId::current(),
            ..Self::unnamed(config, |_| "", Role::Single)
        }
    }

    /// A fresh breaker with this one's name, clock and chance, and the options that it has now.
    #[cfg(feature = "test-util")]
    pub(crate) fn twin(&self) -> Self {
        let (time, chance) = (self.time.clone(), self.chance.clone());
        let twin = Self::named(self.name(), self.own.config, time, chance, self.now());
        let present = self.config();
        if present != self.own.config {
            twin.replace(present, |_| true);
        }
        twin.outside().named = self.outside().named;
        let role = match &self.role {
            Role::Single => Role::Single,
            Role::Template(template) => Role::Template(template.twin()),
            Role::Member(member) => Role::Member(member.twin()),
        };
        Self { role, ..twin }
    }

    /// Whose breaker this is.
    pub(crate) fn realm(&self) -> RealmId {
        self.realm
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name.get_or_init(|| (self.find_name)(self))
    }

    pub(crate) fn config(&self) -> Config {
        self.settings().config
    }

    /// The options in the code.
    pub(crate) fn own_config(&self) -> Config {
        self.own.config
    }

    fn settings(&self) -> Current<'_> {
        match self.changed.get() {
            None => Current::Own(&self.own),
            Some(changed) => Current::Changed(changed.load()),
        }
    }

    /// Goes over to other options, which are in range, in the same state; if the present ones are those that
    /// the caller has looked at.
    pub(crate) fn reconfigure(&self, from: Config, to: Config) -> bool {
        let mut seen = false;
        self.replace(to, |present| {
            seen = *present == from;
            seen && from != to
        });
        seen
    }

    /// Does what settings want, or goes back to the code's options if they want nothing and earlier ones did.
    /// Whether anything changed.
    ///
    /// Later settings may have come meanwhile: what is outdated does nothing.
    pub(crate) fn configure(&self, version: u64, wanted: Option<Wanted>) -> bool {
        {
            let mut outside = self.outside();
            if outside.version >= version {
                return false;
            }
            if wanted.is_none() && !outside.named {
                outside.version = version;
                return false;
            }
        }
        let to = wanted.map_or(self.own.config, |wanted| wanted.config);
        let mut differs = false;
        self.replace(to, |present| {
            let mut outside = self.outside();
            if outside.version >= version {
                return false;
            }
            let (named, dry_run) = (wanted.is_some(), wanted.is_some_and(|wanted| wanted.dry_run));
            differs = *present != to;
            *outside = Outside { version, named, dry_run, ..*outside };
            differs
        });
        self.follow_dry_run() || differs
    }

    /// Begins or ends the dry run of the settings; whether it did. What a listener does about it may ask for the
    /// opposite, and then that is done.
    fn follow_dry_run(&self) -> bool {
        let mut changed = false;
        loop {
            let Outside { version, dry_run, dry_run_began, .. } = *self.outside();
            if dry_run {
                if self.control(Control::DryRun(true)) {
                    self.outside().dry_run_began = true;
                    changed = true;
                }
            } else if dry_run_began {
                self.outside().dry_run_began = false;
                changed |= self.control(Control::DryRun(false));
            }
            if self.outside().version == version {
                return changed;
            }
        }
    }

    fn outside(&self) -> MutexGuard<'_, Outside> {
        self.outside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn replace(&self, config: Config, wanted: impl FnOnce(&Config) -> bool) {
        let new = Settings::new(config);
        let changed = self.changed.get_or_init(|| Box::new(ArcSwap::from_pointee(self.own)));
        let old = changed.load_full();
        self.cell.reconfigure(&old.policy, &new.policy, self, || {
            let wanted = wanted(&changed.load().config);
            if wanted {
                changed.store(Arc::new(new));
                self.limit_places(&new);
            }
            wanted
        });
        self.serve_places();
    }

    /// Admits a call. While closed this is a load and a comparison.
    #[inline(always)]
    pub(crate) fn admit(&self) -> Result<Token, BreakerError> {
        match self.cell.admit_closed() {
            Some(token) => Ok(token),
            None => self.admit_slowly(),
        }
    }

    #[cold]
    #[inline(never)]
    fn admit_slowly(&self) -> Result<Token, BreakerError> {
        match self.cell.reject_early(|| self.time.coarse()) {
            Some(rejection) => Err(self.rejected(rejection)),
            None => self.admit_fully(),
        }
    }

    #[inline]
    fn rejected(&self, Rejection { kind, retry_after }: Rejection) -> BreakerError {
        self.cell.count(Quick::Rejected, lane::claim());
        BreakerError::new(self.name(), kind, retry_after)
    }

    /// What the breaker says, for all that the word does not say on sight. A rejection is not counted yet.
    #[inline]
    fn ask(&self, settings: &Settings) -> Result<Token, Rejection> {
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
            self.cell.refresh(&present.policy, self);
        }
    }

    #[inline(always)]
    pub(crate) fn succeed(&self, token: Token) {
        if !self.cell.pass(token, lane::current()) {
            self.succeed_slowly(token);
        }
    }

    #[inline(never)]
    fn succeed_slowly(&self, token: Token) {
        if !self.cell.pass_quietly(&self.settings().policy, token, self) {
            self.settle(token, End::Success);
        }
    }

    #[inline(never)]
    pub(crate) fn settle(&self, token: Token, end: End) {
        if token.holds_place() {
            return self.settle_and_leave(token, end, None);
        }
        let settings = self.settings();
        if !self.cell.settle_plainly(&settings.policy, token, end, lane::claim()) {
            self.settle_fully(&settings.policy, token, end, None);
        }
    }

    /// A failure that opens the breaker, if it does, for `wait` at least.
    #[cold]
    pub(crate) fn fail_until(&self, token: Token, wait: Duration) {
        if token.holds_place() {
            return self.settle_and_leave(token, End::Failure, Some(wait));
        }
        let settings = self.settings();
        let wait = settings.config.honour_retry_after().then(|| ticks(wait));
        self.settle_fully(&settings.policy, token, End::Failure, wait);
    }

    #[inline(never)]
    fn settle_fully(&self, policy: &Policy, token: Token, end: End, wait: Option<Ticks>) {
        let settled = self.cell.settle(policy, token, end, wait, self);
        // Counted before listeners run: one that looks at the totals sees the call that woke it.
        self.tally(end, settled);
        if let Some(change) = settled.change {
            self.enter(change);
        }
    }

    fn tally(&self, end: End, settled: Settled) {
        let Settled { fate, outcome, slow, .. } = settled;
        if slow && fate != Fate::Late {
            self.counters.add(Count::Slow);
        }
        match (fate, outcome) {
            (Fate::Passed, _) => {}
            (Fate::Late, _) => self.counters.add(Count::Late),
            (Fate::Counted, Outcome::Success) => self.counters.add(Count::OtherSuccess),
            (Fate::Counted, Outcome::Failure) => self.cell.count(Quick::Failure, lane::claim()),
            (Fate::Counted, Outcome::Ignored) if end == End::Cancelled => {
                self.counters.add(Count::Cancelled);
            }
            (Fate::Counted, Outcome::Ignored) => self.counters.add(Count::Ignored),
        }
    }

    /// Whether it had an effect.
    pub(crate) fn control(&self, order: Control) -> bool {
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
        machine::effective(word, now) == State::Open && machine::mode(word) != Mode::Observe
    }

    /// Of the retries.
    pub(crate) fn budget(&self, now: Ticks) -> &Budget {
        self.budget.get_or_init(|| Box::new(Budget::new(now)))
    }

    /// Waits, on the thread.
    pub(crate) fn sleep(&self, length: Duration) {
        self.time.sleep(length);
    }

    pub(crate) fn journal(&self) -> &Journal {
        &self.journal
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        let (now, word) = (self.now(), self.cell.word());
        let policy = self.settings().policy;
        let history = self.journal.history();
        let state = machine::effective(word, now);
        let in_state = match history.since.or(self.born) {
            // Half-open by the clock alone: since the open period ended.
            _ if state == State::HalfOpen && !word.is_half_open() => now.saturating_sub(word.payload()),
            Some(since) => now.saturating_sub(since),
            None => now.saturating_sub(Time::start()),
        };
        let counts = self.cell.counts(word, &policy, now);
        let rates = policy.window.zip(counts.tally).map(|(rule, tally)| rule.rates(tally));
        let (failure_rate, slow_call_rate) = rates.unwrap_or_default();
        let mut sum = Past { totals: self.totals(), trips: history.trips };
        if let Some(family) = self.family() {
            sum = sum.and(&family.sum());
        }
        Snapshot {
            name: self.name(),
            key: self.key().cloned(),
            state,
            mode: machine::mode(word),
            in_state: duration(in_state),
            retry_after: self.cell.retry_after(word, &policy, now).map(duration),
            streak: machine::streak(word),
            window: counts.tally.map(WindowCounts::from),
            failure_rate,
            slow_call_rate,
            throttle: counts.throttle,
            in_flight: self.cell.probes_in_flight(word, &policy, now),
            bulkhead: self.bulkhead_counts(),
            trips: sum.trips,
            totals: sum.totals,
        }
    }

    #[cold]
    fn enter(&self, change: Change) {
        if self.changed.get().is_some() && change.after.is_closed_or_forced_closed() {
            // Whoever made the change may have begun before the options were changed.
            self.cell.refresh(&self.settings().policy, self);
        }
        let common = self.membership().map(Member::common);
        let who =
            Who { name: self.name(), key: self.key(), family: common.map(|common| &common.listeners) };
        self.journal.enter(who, &self.time, change);
    }
}
