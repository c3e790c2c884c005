//! Breakers as templates and as members of a group: what [`KeyedGroup`] asks of them, through the trait
//! [`Member`].

use std::sync::Arc;

use once_cell::race::OnceBox;

use crate::breaker::cold::Cold;
use crate::breaker::cold_source::{KeySource, KeySourceHandle};
use crate::breaker::events::ModeInForce;
use crate::breaker::inner::Inner;
use crate::breaker::reconfigure::{ChangedOptions, External, Outside};
use crate::breaker::role::{GroupShared, KeyedMember, Role, Template};
use crate::config::keyed::{Limits, LimitsChange};
use crate::keyed::group::KeyedGroup;
use crate::keyed::member::{EvictionCost, Member};
use crate::state::commands::{Applied, Change, CommandLog, IssuedCommand};
use crate::state::counters::striped::ThreadSlot;
use crate::state::env::Env;
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
    pub(super) settings: ChangedOptions,
    mode: Mode,
    /// The operator that has set the mode, and its end.
    in_force: Option<ModeInForce>,
    pub(super) external: External,
    /// The number of commands that led to this.
    pub(super) commands: u64,
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
    type Inherited = KeySourceHandle;

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

    fn inherited(&self, commands: u64, shared: &Arc<GroupShared>) -> KeySourceHandle {
        let own = ChangedOptions::new(&self.own);
        let settings = self.changed.get().map_or(own, |changed| (**changed.load()).clone());
        let mode = transition::mode(self.cell.word());
        let in_force = self.event_log.mode_in_force().filter(|in_force| in_force.mode == mode);
        let external = *self.external();
        let inherited = Inherited { settings, mode, in_force, external, commands };
        match self.template() {
            Some(template) => template.newest_source.get_or_make(self, shared, inherited),
            None => KeySourceHandle::new(KeySource::new(self, shared, inherited)),
        }
    }

    fn new_member(&self, key: Key, source: &KeySourceHandle, now: Ticks) -> (Self, Option<Change>) {
        let member = Self::of_key(key, source.shared.clone(), now);
        let inherited = &source.inherited;
        // A new breaker is in automatic mode.
        let changes = inherited.mode != Mode::Automatic;
        let change = if changes { member.inherit_mode(inherited) } else { None };
        (member, change)
    }

    fn inherit(&self, source: &KeySourceHandle) -> Option<Change> {
        let inherited = &source.inherited;
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
        self.cold_to_read().applied().map_or(0, Applied::number)
    }

    fn on_insert(&self, template: &Self) {
        self.watch_siblings();
        #[cfg(feature = "record")]
        self.join_call_log_of(template);
        if let Some(template) = template.template() {
            (template.settings().apply)(self);
        }
    }

    fn on_remove(&self, in_use: bool) {
        // A member that is in use may still open, and then must not count.
        if !in_use && self.cold_if_made().is_none() {
            return;
        }
        if let Some(member) = self.membership() {
            member.leave_quota();
        }
        #[cfg(feature = "tokio")]
        self.look_at_background();
    }

    fn eviction_cost(&self, template: &Self, now: Ticks) -> EvictionCost {
        let word = self.cell.word();
        let settings = self.cold_to_read().settings();
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
        let in_window = || {
            let tally = self.cell.counts(word, &settings.policy, now).tally;
            tally.is_some_and(|tally| tally.failures + tally.slow > 0)
        };
        let has_failures = self.cell.streak_of(word) > 0 || self.cell.has_cold_part() && in_window();
        if has_failures { EvictionCost::Failures } else { EvictionCost::Nothing }
    }

    fn last_call_while_open(&self) -> Option<Ticks> {
        if !self.cell.word().is_open() {
            return None;
        }
        let member = self.membership()?;
        #[cfg(feature = "tokio")]
        if self.idle_from().is_some() {
            return Some(member.last_call());
        }
        let since = self.event_log.history().since.unwrap_or_default();
        Some(member.last_call().max(since))
    }

    fn set_recent(&self, recent: bool) {
        // Without a cold part it has no open slot, and one that opens counts as used.
        if let Some(member) = self.cold_if_made().and_then(Cold::membership) {
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
        let is_on = |member: &KeyedMember| member.shared().outliers.is_on();
        let watches = self.cold_to_read().membership().is_some_and(is_on);
        if watches || self.cold_if_made().is_some() {
            self.event_log.watch(watches, &self.failure_gate);
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
        self.template().map(Template::group)
    }

    /// Returns the limits of a template in the code.
    pub(crate) fn own_limits(&self) -> Option<Limits> {
        self.template().map(Template::own_limits)
    }

    /// Sets the limits of a template to those of the code with a change over them. Returns whether they
    /// changed.
    pub(crate) fn change_limits(&self, change: LimitsChange) -> bool {
        self.template()
            .is_some_and(|template| template.group().set_limits(template.own_limits().with(change)))
    }

    /// Passes a template's options on to the breakers of its keys. What settings say about single keys
    /// takes precedence.
    pub(crate) fn pass_on_options(&self) {
        let Some(template) = self.template() else { return };
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

    /// Returns which of the commands to its group a template or member has applied.
    fn applied(&self) -> Option<&Applied> {
        match &self.role {
            Role::Single => None,
            Role::Template(template) => Some(template.group().shared().applied_by_template()),
            Role::KeyedMember(member) => Some(member.applied()),
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
    pub(super) fn inherit_mode(&self, inherited: &Inherited) -> Option<Change> {
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

    #[cfg(test)]
    pub(crate) fn is_closed(&self) -> bool {
        self.cell.word().is_closed_or_forced_closed()
    }
}
