//! Breakers as templates and as members of a group: what [`KeyedGroup`] asks of them, through the trait
//! [`Member`].

use std::num::NonZero;
use std::sync::{Arc, Mutex};

use arc_swap::ArcSwap;
use once_cell::race::OnceBox;

#[cfg(feature = "tokio")]
use crate::breaker::background::BackgroundLink;
use crate::breaker::cold::{Cold, ColdRest};
use crate::breaker::events::ModeInForce;
use crate::breaker::inner::Inner;
use crate::breaker::reconfigure::{ChangedOptions, External, Outside};
use crate::breaker::role::{GroupShared, KeyedMember, Role};
use crate::config::keyed::{Limits, LimitsChange};
use crate::keyed::group::KeyedGroup;
use crate::keyed::member::{EvictionCost, Member};
use crate::state::commands::{Applied, Change, CommandLog, IssuedCommand};
use crate::state::counters::striped::ThreadSlot;
use crate::state::env::Env;
use crate::state::gate::CurrentGate;
use crate::state::open_quota::OpenQuota;
use crate::state::outlier::OutlierRule;
use crate::state::retry_budget::RetryBudget;
use crate::state::transition;
use crate::state::transition::Command;
use crate::time::Ticks;
use crate::types::counts::GroupCounts;
use crate::types::key::{Key, KeyRef};
use crate::types::snapshot::Mode;

/// Settings and mode that the breakers of keys inherit from their template.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Inherited {
    settings: ChangedOptions,
    mode: Mode,
    /// The operator that has set the mode, and its end.
    in_force: Option<ModeInForce>,
    external: External,
    /// The number of commands that led to this.
    commands: u64,
}

/// The environment of a breaker at a time that was read before a lock was taken: no user code may run
/// under that lock.
struct At<'e>(&'e Inner, Ticks);

impl Env for At<'_> {
    fn now(&self) -> Ticks {
        self.1
    }

    fn coarse(&self) -> Ticks {
        self.1
    }

    fn other_ends(&self) -> u64 {
        self.0.other_ends()
    }

    fn random(&self) -> f64 {
        // Commands draw no random number.
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

impl Member for Inner {
    type Shared = GroupShared;
    type Inherited = Inherited;

    #[inline(always)]
    fn is_for(&self, key: KeyRef<'_>) -> bool {
        self.key().is_some_and(|own| key.is(own))
    }

    fn now(&self) -> Ticks {
        Cold::now(self)
    }

    fn mode(&self) -> Mode {
        transition::mode(self.cell.word())
    }

    fn inherited(&self, commands: u64) -> Inherited {
        let own = ChangedOptions::new(&self.own);
        let settings = self.changed.get().map_or(own, |changed| (**changed.load()).clone());
        let mode = transition::mode(self.cell.word());
        let in_force = self.event_log.mode_in_force().filter(|in_force| in_force.mode == mode);
        Inherited { settings, mode, in_force, external: *self.external(), commands }
    }

    fn new_member(
        &self,
        key: Key,
        shared: Arc<GroupShared>,
        inherited: &Inherited,
        now: Ticks,
    ) -> (Self, Option<Change>) {
        let Inherited { settings, external, commands, .. } = inherited;
        let own = self.own;
        let changed = (*settings != ChangedOptions::new(&own))
            .then(|| Box::new(ArcSwap::from_pointee(settings.clone())));
        let role = Role::KeyedMember(KeyedMember::new(shared, *commands));
        let rest = ColdRest {
            external: Mutex::new(*external),
            created_at: NonZero::new(now.max(1)),
            chance: self.chance.clone(),
            scope: self.scope,
            ..ColdRest::new(role)
        };
        let cold = Cold {
            changed: changed.map_or_else(OnceBox::new, OnceBox::with_value),
            gate: CurrentGate::new(settings.gate()),
            ..Cold::named(self.name(), own.config, self.time.clone(), rest)
        };
        let member = Self::with_key(cold, Some(key));
        #[cfg(feature = "tokio")]
        if let Some(link) = self.background_link() {
            let own = BackgroundLink::new(link.probe().clone(), None);
            member.background.get_or_init(|| Box::new(own));
        }
        let change = member.inherit_mode(inherited);
        (member, change)
    }

    fn inherit(&self, inherited: &Inherited) -> Option<Change> {
        let Inherited { settings, external, .. } = inherited;
        let outside = Outside {
            retry: settings.retry,
            injection: settings.injection,
            by_settings: settings.by_settings,
            times: Some(settings.times.clone()),
        };
        self.replace(settings.settings.config, Some(outside), |present| {
            // Later settings may have reached it directly.
            let mut present_outside = self.external();
            let outdated = present_outside.version > external.version;
            if !outdated {
                *present_outside = *external;
            }
            !outdated && *present != *settings
        });
        self.inherit_mode(inherited)
    }

    fn report(&self, change: Change) {
        self.append_and_notify_change(change);
    }

    fn apply_commands(&self, commands: &CommandLog) {
        let Some(applied) = self.applied() else { return };
        let now = self.now();
        let policy = self.settings().policy;
        let apply = |issued: &IssuedCommand| self.carry_out(&policy, issued, &At(self, now));
        for change in commands.apply_pending(applied, apply) {
            self.append_and_notify_change(change);
        }
    }

    fn last_applied(&self) -> u64 {
        self.applied().map_or(0, Applied::number)
    }

    fn on_insert(&self, template: &Self) {
        self.watch_siblings();
        #[cfg(feature = "record")]
        self.join_call_log_of(template);
        if let Role::Template(template) = &template.role {
            (template.settings().apply)(self);
        }
    }

    fn on_remove(&self) {
        if let Some(member) = self.membership() {
            member.leave_quota();
        }
        #[cfg(feature = "tokio")]
        self.look_at_background();
    }

    fn eviction_cost(&self, template: &Self, now: Ticks) -> EvictionCost {
        let (word, settings) = (self.cell.word(), self.settings());
        let mode = transition::mode(word);
        let template_mode = transition::mode(template.cell.word());
        if mode != template_mode || settings.config != template.settings().config {
            return EvictionCost::OwnSettings;
        }
        if mode == Mode::ForcedOpen {
            return EvictionCost::Nothing;
        }
        if !word.is_closed_or_forced_closed() {
            #[cfg(feature = "tokio")]
            let idle_from = self.idle_from();
            #[cfg(not(feature = "tokio"))]
            let idle_from = None;
            let until = match idle_from {
                _ if word.is_half_open() => 0,
                Some(until) => until,
                None => word.payload(),
            };
            return EvictionCost::NotClosed { until };
        }
        let tally = self.cell.counts(word, &settings.policy, now).tally;
        let in_window = tally.is_some_and(|tally| tally.failures + tally.slow > 0);
        let has_failures = transition::streak(word) > 0 || in_window;
        if has_failures { EvictionCost::Failures } else { EvictionCost::Nothing }
    }

    fn last_call_while_open(&self) -> Option<Ticks> {
        let member = self.membership().filter(|_| self.cell.word().is_open())?;
        #[cfg(feature = "tokio")]
        if self.idle_from().is_some() {
            return Some(member.last_call());
        }
        let since = self.event_log.history().since.unwrap_or_default();
        Some(member.last_call().max(since))
    }

    fn set_recent(&self, recent: bool) {
        if let Some(member) = self.membership() {
            member.set_recent(recent);
        }
    }

    fn counted(&self) -> GroupCounts {
        self.own_counts()
    }

    fn set_outlier(shared: &GroupShared, rule: Option<OutlierRule>) {
        shared.outliers.set_rule(rule);
    }

    fn watch_siblings(&self) {
        if let Some(member) = self.membership() {
            self.event_log.watch(member.shared().outliers.is_on());
        }
    }

    fn open_quota(shared: &GroupShared) -> &OpenQuota {
        &shared.quota
    }
}

/// Methods of a template.
impl Inner {
    /// Returns the breakers of this template's keys; `None` for other breakers.
    #[inline(always)]
    pub(crate) fn group(&self) -> Option<&KeyedGroup<Self>> {
        match &self.role {
            Role::Template(template) => Some(template.group()),
            Role::Single | Role::KeyedMember(_) => None,
        }
    }

    /// Returns the limits of a template in the code.
    pub(crate) fn own_limits(&self) -> Option<Limits> {
        match &self.role {
            Role::Template(template) => Some(template.own_limits()),
            Role::Single | Role::KeyedMember(_) => None,
        }
    }

    /// Sets the limits of a template to those of the code with a change over them. Returns whether they
    /// changed.
    pub(crate) fn change_limits(&self, change: LimitsChange) -> bool {
        match &self.role {
            Role::Template(template) => template.group().set_limits(template.own_limits().with(change)),
            Role::Single | Role::KeyedMember(_) => false,
        }
    }

    /// Passes a template's options on to the breakers of its keys. What settings say about single keys
    /// takes precedence.
    pub(crate) fn pass_on_options(&self) {
        let Role::Template(template) = &self.role else { return };
        let (group, settings) = (template.group(), template.settings());
        loop {
            let (options, version) = (self.config(), (settings.version)());
            for member in group.members() {
                let options = (settings.options)(&member, options);
                while !member.reconfigure(member.config(), options) {}
            }
            if self.config() == options && (settings.version)() == version {
                return;
            }
        }
    }
}

impl Cold {
    /// Returns the part that only the breaker of a key has.
    pub(crate) fn membership(&self) -> Option<&KeyedMember> {
        match &self.role {
            Role::KeyedMember(member) => Some(member),
            Role::Single | Role::Template(_) => None,
        }
    }

    /// Returns the retry budget, which all keys of a function share.
    pub(crate) fn budget(&self, now: Ticks) -> &RetryBudget {
        self.budget_cell().get_or_init(|| Box::new(RetryBudget::new(now)))
    }

    /// Returns the retry budget, if a call has needed one.
    pub(crate) fn budget_if_made(&self) -> Option<&RetryBudget> {
        self.budget_cell().get()
    }

    fn budget_cell(&self) -> &OnceBox<RetryBudget> {
        let shared = match &self.role {
            Role::Single => None,
            Role::Template(template) => Some(template.group().shared()),
            Role::KeyedMember(member) => Some(member.shared()),
        };
        shared.map_or(&self.budget, GroupShared::budget)
    }
}

/// Methods of a member.
impl Inner {
    /// Updates which breakers of the group count for `max_open_keys`, before this one may open: those
    /// that were not called for `key_idle` must not keep it from opening.
    #[inline]
    pub(crate) fn refresh_quota(&self) {
        if self.key().is_none() {
            return;
        }
        if let Some(member) = self.membership() {
            if member.shared().quota.is_limited() {
                let group = member.shared().group();
                group.inspect(|group| group.refresh_quota(self.time.coarse()));
            }
        }
    }

    /// Returns the key for an error, which may outlive the breaker.
    pub(crate) fn error_key(&self) -> Option<&Arc<Key>> {
        self.key().map(|key| self.error_key.get_or_init(|| Box::new(Arc::new(key.clone()))))
    }

    /// Takes over the mode alone: a new breaker is made with the options.
    fn inherit_mode(&self, inherited: &Inherited) -> Option<Change> {
        let now = self.now();
        let policy = self.settings().policy;
        let in_force = inherited.in_force.as_ref();
        let operator = in_force.and_then(|in_force| in_force.operator.clone());
        let issued = IssuedCommand { command: Command::Mode(inherited.mode), operator };
        let set_mode = || self.carry_out(&policy, &issued, &At(self, now));
        let change = self.membership()?.applied().apply_through(inherited.commands, set_mode)?;
        // The end is that of the template, however late the breaker of this key was made.
        Some(Change { end: in_force.and_then(|in_force| in_force.end), ..change })
    }

    /// Returns which of the commands to its group a template or member has applied.
    fn applied(&self) -> Option<&Applied> {
        match &self.role {
            Role::Single => None,
            Role::Template(template) => Some(template.group().shared().applied_by_template()),
            Role::KeyedMember(member) => Some(member.applied()),
        }
    }

    #[cfg(test)]
    pub(crate) fn is_closed(&self) -> bool {
        self.cell.word().is_closed_or_forced_closed()
    }
}
