//! Breakers of keys, and the template that they are made after.

use std::sync::Mutex;

use arc_swap::ArcSwap;
use once_cell::race::OnceBox;
use once_cell::sync::OnceCell;

use crate::breaker::inner::Inner;
use crate::breaker::reconfigure::{Changed, External};
use crate::breaker::role::{GroupShared, KeyedMember, Role, Template};
use crate::config::keyed::{Limits, LimitsChange};
use crate::keyed::group::{KeyedGroup, RetiredTotals};
use crate::state::cell::{AtomicState, Transition};
use crate::state::commands::{Applied, CommandLog};
use crate::state::counters::striped::ThreadSlot;
use crate::state::env::Env;
use crate::state::retry_budget::RetryBudget;
use crate::state::transition;
use crate::state::transition::Command;
use crate::time::Ticks;
use crate::types::key::{Key, KeyRef};
use crate::types::snapshot::Mode;

/// What a group's template has that its keys' breakers are to have as well.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Inherited {
    settings: Changed,
    mode: Mode,
    external: External,
    /// How many orders have led to that.
    orders: u64,
}

/// What a group loses with one of its breakers, from little to much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Nothing: a new one would be the same.
    Clean,
    /// Failures or slow calls that count towards opening.
    Marked,
    /// That it is not closed: open until then, or since an earlier time half-open.
    Open { until: Ticks },
    /// A mode or options that it was given by itself.
    Kept,
}

impl Standing {
    pub(crate) const fn rank(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Marked => 1,
            Self::Open { .. } => 2,
            Self::Kept => 3,
        }
    }
}

impl Inherited {
    pub(crate) fn orders(&self) -> u64 {
        self.orders
    }
}

/// A breaker whose clock was read before a lock was taken under which no code of the user's may run.
struct At<'e>(&'e Inner, Ticks);

impl Env for At<'_> {
    fn now(&self) -> Ticks {
        self.1
    }

    fn coarse(&self) -> Ticks {
        self.1
    }

    fn random(&self) -> f64 {
        // Orders draw none.
        0.5
    }

    fn thread_slot(&self) -> ThreadSlot {
        self.0.thread_slot()
    }

    fn reserve_open_slot(&self, forced: bool) -> bool {
        self.0.reserve_open_slot(forced)
    }

    fn release_open_slot(&self) {
        self.0.release_open_slot();
    }
}

impl Inner {
    /// One that has a breaker per key.
    pub(crate) fn with_keys(self, template: Template) -> Self {
        Self { role: Role::Template(template), ..self }
    }

    /// The breaker of a key, with the options of its template. It [takes on](Self::follow_mode) the mode then.
    pub(crate) fn member(&self, member: KeyedMember, manner: &Inherited, created_at: Ticks) -> Self {
        let Inherited { settings, external, .. } = manner;
        let own = self.own;
        let changed =
            (*settings != Changed::new(&own)).then(|| Box::new(ArcSwap::from_pointee(*settings)));
        Self {
            cell: AtomicState::new(settings.settings.policy.flags(false)),
            own,
            changed: changed.map_or_else(OnceBox::new, OnceBox::with_value),
            external: Mutex::new(*external),
            name: OnceCell::with_value(self.name()),
            created_at: Some(created_at),
            time: self.time.clone(),
            chance: self.chance.clone(),
            scope: self.scope,
            ..Self::unnamed(own.config, |_| None, Role::KeyedMember(member))
        }
    }

    /// The breakers of its keys.
    #[inline(always)]
    pub(crate) fn group(&self) -> Option<&KeyedGroup> {
        match &self.role {
            Role::Template(template) => Some(template.group()),
            Role::Single | Role::KeyedMember(_) => None,
        }
    }

    pub(crate) fn membership(&self) -> Option<&KeyedMember> {
        match &self.role {
            Role::KeyedMember(member) => Some(member),
            Role::Single | Role::Template(_) => None,
        }
    }

    pub(crate) fn key(&self) -> Option<&Key> {
        self.membership().map(KeyedMember::key)
    }

    /// Whether it is the breaker of this key.
    #[inline(always)]
    pub(crate) fn is_for(&self, key: KeyRef<'_>) -> bool {
        match &self.role {
            Role::KeyedMember(member) => key.is(member.key()),
            Role::Single | Role::Template(_) => false,
        }
    }

    /// The limits of a template in the code.
    pub(crate) fn own_limits(&self) -> Option<Limits> {
        match &self.role {
            Role::Template(template) => Some(template.own_limits()),
            Role::Single | Role::KeyedMember(_) => None,
        }
    }

    /// Gives a template other limits than those of the code; returns whether they were others before.
    pub(crate) fn change_limits(&self, change: LimitsChange) -> bool {
        match (&self.role, self.own_limits()) {
            (Role::Template(template), Some(own)) => template.group().set_limits(own.with(change)),
            _ => false,
        }
    }

    /// What is to hold for the breakers of keys. The number of orders is read first: a mode that is newer than it does
    /// no harm to whoever carries out the orders after it.
    pub(crate) fn manner(&self) -> Inherited {
        let orders = self.group().map_or(0, |group| group.orders_obeyed(self));
        let own = Changed::new(&self.own);
        let settings = self.changed.get().map_or(own, |changed| **changed.load());
        Inherited { settings, mode: self.mode(), external: *self.external(), orders }
    }

    /// If it is another one by now.
    pub(crate) fn manner_unless(&self, seen: &Inherited) -> Option<Inherited> {
        let present = self.manner();
        (present != *seen).then_some(present)
    }

    /// Takes on what holds for the breakers of keys, and returns the change of state, which is still to be entered.
    pub(crate) fn follow(&self, manner: &Inherited) -> Option<Transition> {
        let Inherited { settings, external, .. } = manner;
        self.replace(settings.settings.config, Some(settings.retry), |present| {
            // Later settings may have reached it by themselves.
            let mut present_outside = self.external();
            let outdated = present_outside.version > external.version;
            if !outdated {
                *present_outside = *external;
            }
            !outdated && *present != *settings
        });
        self.follow_mode(manner)
    }

    /// Takes on the mode alone, as a breaker does that was made with the options.
    pub(crate) fn follow_mode(&self, manner: &Inherited) -> Option<Transition> {
        let now = self.present();
        let policy = self.settings().policy;
        let control = || self.cell.control(&policy, Command::Mode(manner.mode), &At(self, now));
        self.membership()?.obeyed().follow(manner.orders, control)
    }

    /// The orders to all of its group that a breaker of a key has carried out.
    pub(crate) fn obeyed(&self) -> Option<&Applied> {
        self.membership().map(KeyedMember::obeyed)
    }

    /// Carries out the orders to its group that it has not carried out yet.
    pub(crate) fn obey(&self, orders: &CommandLog, obeyed: &Applied) {
        let now = self.present();
        let policy = self.settings().policy;
        let changes =
            orders.carry_out(obeyed, |order| self.cell.control(&policy, order, &At(self, now)));
        for change in changes {
            self.enter(change);
        }
    }

    /// What goes with it if it goes. For callers that hold the group's lock.
    pub(crate) fn standing(&self, template: &Self, now: Ticks) -> Standing {
        let (word, settings) = (self.cell.word(), self.settings());
        let mode = transition::mode(word);
        if mode != template.mode() || settings.config != template.settings().config {
            return Standing::Kept;
        }
        if mode == Mode::ForcedOpen {
            return Standing::Clean;
        }
        if !word.is_closed_or_forced_closed() {
            return Standing::Open { until: if word.is_half_open() { 0 } else { word.payload() } };
        }
        let tally = self.cell.counts(word, &settings.policy, now).tally;
        let in_window = tally.is_some_and(|tally| tally.failures + tally.slow > 0);
        if transition::streak(word) > 0 || in_window { Standing::Marked } else { Standing::Clean }
    }

    /// When a call last asked it, or it last changed; `None` unless it is open by itself. Only then are calls timed.
    pub(crate) fn last_call_while_open(&self) -> Option<Ticks> {
        let member = self.membership().filter(|_| self.cell.word().is_open())?;
        let since = self.event_log.history().since.unwrap_or_default();
        Some(member.last_call().max(since))
    }

    /// Notes that a call asks a breaker that is open.
    #[inline]
    pub(crate) fn record_call_while_open(&self, now: Ticks) {
        if let Some(member) = self.membership() {
            member.record_call_while_open(now);
        }
    }

    /// Sees to it that breakers which were not called for `key_idle` do not keep this one from opening.
    #[inline]
    pub(crate) fn refresh_quota(&self) {
        if let Some(member) = self.membership() {
            if member.shared().quota.is_limited() {
                let group = member.shared().group();
                group.inspect(|group| group.refresh_quota(self.time.coarse()));
            }
        }
    }

    /// Whether it was called within `key_idle`.
    pub(crate) fn set_recent(&self, recent: bool) {
        if let Some(member) = self.membership() {
            member.set_recent(recent);
        }
    }

    /// It is found by its key no longer, or never was.
    pub(crate) fn leave_group(&self) {
        if let Some(member) = self.membership() {
            member.leave();
        }
    }

    /// Of the retries: one for all keys of a function.
    pub(crate) fn budget(&self, now: Ticks) -> &RetryBudget {
        let shared = match &self.role {
            Role::Single => None,
            Role::Template(template) => Some(template.group().shared()),
            Role::KeyedMember(member) => Some(member.shared()),
        };
        shared.map_or(&self.budget, GroupShared::budget).get_or_init(|| Box::new(RetryBudget::new(now)))
    }

    #[cfg(test)]
    pub(crate) fn is_closed(&self) -> bool {
        self.cell.word().is_closed_or_forced_closed()
    }

    /// What it has counted, in sum.
    pub(crate) fn past(&self) -> RetiredTotals {
        RetiredTotals { totals: self.totals(), trips: self.event_log.history().trips }
    }
}
