//! The options of a breaker, and their change while it is used.
//!
//! - The options are replaced as a whole, behind a pointer that calls read without a lock.
//! - Writers hold the lock of the windows, so that the policy of the cell, the concurrency limit and the
//!   options are those of the same change. No code of the user's runs under it.
//! - Settings from outside have a version: a breaker ignores those that are older than the latest
//!   that it has applied.

use std::ops::Deref;
use std::sync::{Arc, MutexGuard, PoisonError};

use arc_swap::ArcSwap;

use crate::breaker::cold::Cold;
use crate::breaker::future::total::BreakerLimits;
use crate::breaker::injection::Plan;
use crate::breaker::inner::Inner;
use crate::config::Config;
use crate::config::keyed::LimitsChange;
use crate::config::retry::RetryChange;
use crate::keyed::group::KeyedGroup;
use crate::keyed::member::Member;
use crate::state::gate::CallGate;
use crate::state::policy::Policy;
use crate::state::transition::Command;
use crate::time::Ticks;
use crate::types::snapshot::Mode;

/// The options, and the policy that the state machine reads of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ActiveOptions {
    pub(crate) config: Config,
    pub(crate) policy: Policy,
}

impl ActiveOptions {
    pub(crate) const fn new(config: Config) -> Self {
        Self { config, policy: config.policy() }
    }

    /// Returns the checks that these options ask for.
    pub(crate) const fn gate(&self) -> CallGate {
        CallGate::new(&self.policy, self.config.max_concurrent.is_some())
    }

    /// Sends each call through the slow admission path, where a game day meets it.
    fn injecting(mut self, injects: bool) -> Self {
        self.policy.bulkhead |= injects;
        self
    }

    /// Sends each call through the slow admission path with its start, for a recording.
    fn observed(mut self, is_observed: bool) -> Self {
        if is_observed {
            self.policy = self.policy.observed();
        }
        self
    }
}

/// The state of a breaker towards settings from outside. Locked for a moment only, under the lock of the
/// windows or with no other lock held.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct External {
    /// The version of the latest settings.
    pub(crate) version: u64,
    /// Whether the settings name this breaker, so that the options are theirs.
    pub(crate) named: bool,
    pub(crate) mode: DesiredMode,
    /// The mode that settings have set, as opposed to a command.
    pub(crate) set_mode: Option<Mode>,
}

impl External {
    pub(crate) const NOTHING: Self =
        Self { version: 0, named: false, mode: DesiredMode::Any, set_mode: None };
}

/// The options and the mode that settings desire of a breaker that they name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Desired {
    pub(crate) config: Config,
    pub(crate) mode: DesiredMode,
    pub(crate) retry: RetryChange,
    /// The game day that is to apply.
    pub(crate) injection: Option<&'static Plan>,
    /// The limits of a template.
    pub(crate) limits: LimitsChange,
}

/// The mode that settings desire.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum DesiredMode {
    #[default]
    Any,
    /// A dry run, unless the breaker is forced.
    DryRun,
    /// This mode, also in place of a forced one.
    Set(Mode),
}

/// The options since they were changed at run time, with the changes of settings to a function's
/// `retry`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ChangedOptions {
    pub(crate) settings: ActiveOptions,
    pub(crate) retry: RetryChange,
    /// The game day that applies.
    pub(crate) injection: Option<&'static Plan>,
    /// The options that settings from outside last made; `None` if none apply.
    pub(crate) by_settings: Option<Config>,
    pub(crate) times: ChangeTimes,
    /// Whether options that decide about a trip have been changed after a call had ended.
    pub(crate) after_calls: bool,
}

impl ChangedOptions {
    /// Returns the checks that these options ask for.
    pub(crate) const fn gate(&self) -> CallGate {
        let gate = self.settings.gate();
        if self.injection.is_some() { gate.with_more_checks() } else { gate }
    }

    pub(crate) fn new(settings: &ActiveOptions) -> Self {
        Self {
            settings: *settings,
            retry: RetryChange::NOTHING,
            injection: None,
            by_settings: None,
            times: ChangeTimes::default(),
            after_calls: false,
        }
    }
}

/// The time at which each option was last changed, of those that were.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ChangeTimes(Vec<(&'static str, Ticks)>);

impl ChangeTimes {
    /// Returns when the option last changed; `None` if it never did.
    #[cfg(feature = "dashboard")]
    pub(crate) fn of(&self, option: &str) -> Option<Ticks> {
        self.0.iter().find(|(name, _)| *name == option).map(|(_, at)| *at)
    }

    /// Returns the times after a change of these options at `now`.
    fn after(&self, changed: Vec<&'static str>, now: Ticks) -> Self {
        let others = self.0.iter().filter(|(name, _)| !changed.contains(name)).copied();
        let mut times: Vec<_> = others.collect();
        times.extend(changed.into_iter().map(|name| (name, now)));
        Self(times)
    }
}

/// The settings of a breaker from outside, beside the options that they make.
pub(crate) struct Outside {
    pub(crate) retry: RetryChange,
    pub(crate) injection: Option<&'static Plan>,
    pub(crate) by_settings: Option<Config>,
    /// The times of the changes, if they were made elsewhere: those of the template.
    pub(crate) times: Option<ChangeTimes>,
}

impl Outside {
    /// Returns what settings have made before.
    fn kept(old: &ChangedOptions) -> Self {
        let ChangedOptions { retry, injection, by_settings, .. } = *old;
        Self { retry, injection, by_settings, times: None }
    }
}

/// A guard of the options that are active now.
pub(crate) enum CurrentOptions<'e> {
    Own(&'e ActiveOptions),
    Changed(arc_swap::Guard<Arc<ChangedOptions>>),
}

impl Deref for CurrentOptions<'_> {
    type Target = ActiveOptions;

    fn deref(&self) -> &ActiveOptions {
        match self {
            Self::Own(settings) => settings,
            Self::Changed(changed) => &changed.settings,
        }
    }
}

impl Cold {
    /// Returns a copy of the active options.
    pub(crate) fn config(&self) -> Config {
        self.settings().config
    }

    /// Returns the deadlines of calls, without a copy of all options.
    #[inline]
    pub(crate) fn limits(&self) -> BreakerLimits {
        let Config { call_timeout, total_timeout, .. } = self.settings().config;
        BreakerLimits { call_timeout, total_timeout }
    }

    /// Returns the options in the code.
    pub(crate) fn own_config(&self) -> Config {
        self.own.config
    }

    /// Returns the active options.
    pub(crate) fn settings(&self) -> CurrentOptions<'_> {
        match self.changed.get() {
            None => CurrentOptions::Own(&self.own),
            Some(changed) => CurrentOptions::Changed(changed.load()),
        }
    }

    /// Returns whether the latest settings that it has applied are of this version.
    pub(crate) fn has_version(&self, version: u64) -> bool {
        self.external().version == version
    }

    /// Returns the changes of settings to a function's `retry`; `None` for no change.
    pub(crate) fn retry_change(&self) -> Option<RetryChange> {
        let retry = self.changed.get()?.load().retry;
        (retry != RetryChange::NOTHING).then_some(retry)
    }

    /// Returns the game day that applies.
    pub(crate) fn injection(&self) -> Option<&'static Plan> {
        self.changed.get()?.load().injection
    }

    pub(crate) fn external(&self) -> MutexGuard<'_, External> {
        self.external.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Replaces the options, if they are still `from`; returns whether they were. `to` has been checked.
    /// The state stays.
    pub(crate) fn reconfigure(&self, from: Config, to: Config) -> bool {
        let mut seen = false;
        self.replace(to, None, |current| {
            seen = current.settings.config == from;
            seen && from != to
        });
        seen
    }

    /// Applies what settings desire, or returns to the options in the code if they desire nothing and
    /// earlier ones did. Returns whether anything changed.
    ///
    /// Outdated settings do nothing. `again` is for the breaker of a key, to which the same version
    /// applies twice: first as to its template, then as to its key.
    pub(crate) fn configure(&self, version: u64, desired: Option<&Desired>, again: bool) -> bool {
        let is_outdated = |seen: u64| seen > version || seen == version && !again;
        {
            let mut external = self.external();
            if is_outdated(external.version) {
                return false;
            }
            if desired.is_none() && !external.named {
                external.version = version;
                return false;
            }
        }
        let to = desired.map_or(self.own.config, |desired| desired.config);
        let retry = desired.map_or(RetryChange::NOTHING, |desired| desired.retry);
        let injection = desired.and_then(|desired| desired.injection);
        let limits = desired.map_or(LimitsChange::NOTHING, |desired| desired.limits);
        let mode = desired.map_or(DesiredMode::Any, |desired| desired.mode);
        let mut differs = false;
        let mut other_limits = false;
        let by_settings = desired.map(|desired| desired.config);
        self.replace(to, Some(Outside { retry, injection, by_settings, times: None }), |current| {
            let mut external = self.external();
            if is_outdated(external.version) {
                return false;
            }
            let other_layers = current.retry != retry || current.injection != injection;
            differs = current.settings.config != to || other_layers;
            *external = External { version, named: desired.is_some(), mode, ..*external };
            // Under the lock of the version, so that later limits are not overwritten.
            other_limits = self.change_limits(limits);
            differs
        });
        if other_limits {
            // Outside the lock, as the last handle to a breaker may be dropped here. Those that are
            // inserted meanwhile look for themselves.
            let members = self.group().map(KeyedGroup::members).unwrap_or_default();
            for member in &members {
                member.watch_siblings();
            }
        }
        self.apply_desired_mode() || differs || other_limits
    }

    /// Ends a game day that is over.
    #[cfg(feature = "inject")]
    pub(crate) fn end_injection(&self, plan: &'static Plan) {
        let Some(changed) = self.changed.get().map(ArcSwap::load_full) else { return };
        let config = changed.settings.config;
        self.replace(config, Some(Outside { injection: None, ..Outside::kept(&changed) }), |current| {
            // Otherwise the next look at it ends it.
            current.settings.config == config && current.injection == Some(plan)
        });
    }

    /// Returns the active options as what settings would desire, without the limits of a template.
    pub(crate) fn current_desired(&self) -> Desired {
        let cold = self.cold_to_read();
        let retry = cold.retry_change().unwrap_or(RetryChange::NOTHING);
        let (mode, injection) = (cold.external().mode, cold.injection());
        Desired { config: cold.config(), mode, retry, injection, limits: LimitsChange::NOTHING }
    }

    /// Sets the mode that settings desire, or ends the one that they have set; returns whether it did.
    ///
    /// The loop reads the desired mode again: a listener may have applied other settings meanwhile.
    pub(crate) fn apply_desired_mode(&self) -> bool {
        let mut changed = false;
        loop {
            let External { version, mode, set_mode, .. } = *self.external();
            let (command, sets) = match mode {
                DesiredMode::Any => (None, None),
                DesiredMode::DryRun => (Some(Command::DryRun(true)), Some(Mode::Observe)),
                DesiredMode::Set(mode) => (Some(Command::Mode(mode)), Some(mode)),
            };
            if let Some(before) = set_mode.filter(|set_mode| Some(*set_mode) != sets) {
                self.external().set_mode = None;
                // Not if another mode replaces it: a call between the two commands would meet neither
                // mode.
                if !matches!(mode, DesiredMode::Set(_)) {
                    changed |= self.control(Command::Leave(before));
                }
            }
            if command.is_some_and(|command| self.control(command)) {
                self.external().set_mode = sets.filter(|mode| *mode != Mode::Automatic);
                changed = true;
            }
            if self.external().version == version {
                return changed;
            }
        }
    }

    /// Replaces the options under the lock of the windows, if `condition` returns `true` for the active
    /// ones. `outside` is what settings from outside have made; `None` keeps what they made before.
    pub(crate) fn replace(
        &self,
        config: Config,
        outside: Option<Outside>,
        condition: impl FnOnce(&ChangedOptions) -> bool,
    ) {
        let own = || Box::new(ArcSwap::from_pointee(ChangedOptions::new(&self.own)));
        let changed = self.changed.get_or_init(own);
        let injects = match &outside {
            Some(outside) => outside.injection.is_some(),
            None => changed.load().injection.is_some(),
        };
        let new = ActiveOptions::new(config).injecting(injects).observed(self.wants_observation());
        // Before the lock: the clock may be code of the user's.
        let now = self.now();
        let replaced = || {
            let old = changed.load();
            condition(&old).then_some(old.settings.policy)
        };
        self.cell.reconfigure(&new.policy, &**self, replaced, || {
            let old = changed.load_full();
            let Outside { retry, injection, by_settings, times } =
                outside.unwrap_or_else(|| Outside::kept(&old));
            let times = times
                .unwrap_or_else(|| old.times.after(old.settings.config.differing(&new.config), now));
            let decides = new.policy.decides_otherwise(&old.settings.policy);
            let after_calls = old.after_calls || decides && self.has_ended_calls();
            let options =
                ChangedOptions { settings: new, retry, injection, by_settings, times, after_calls };
            changed.store(Arc::new(options));
            let gate = new.gate();
            self.gate.set(if injects { gate.with_more_checks() } else { gate });
            if decides {
                self.recorder.change_options();
            }
            self.set_concurrency_limit(&new);
        });
        self.wake_waiters();
        let (injects, ActiveOptions { policy, config }) = (self.injection().is_some(), *self.settings());
        #[cfg(feature = "shadow")]
        self.renew_shadow();
        let is_observed = self.wants_observation() || config.has_shadow();
        #[cfg(feature = "shadow")]
        self.choose_rejection_path(is_observed);
        if injects && !policy.bulkhead || is_observed != policy.observed {
            self.restore_path();
        }
    }

    /// Returns whether each call goes to a recording.
    #[cfg_attr(not(feature = "record"), expect(clippy::unused_self, reason = "there is none"))]
    fn wants_observation(&self) -> bool {
        #[cfg(feature = "record")]
        return self.is_logged();
        #[cfg(not(feature = "record"))]
        false
    }

    /// Sends calls through the path that they need: a game day or a recording has begun or ended while
    /// another policy was made without it.
    #[cold]
    fn restore_path(&self) {
        let config = self.config();
        self.replace(config, None, |current| current.settings.config == config);
    }
}
