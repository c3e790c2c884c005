//! The options of a breaker, and their change while it is used.
//!
//! - The options are replaced as a whole, behind a pointer that calls read without a lock.
//! - Writers hold the lock of the windows, so that the policy of the cell, the concurrency limit and the
//!   options are those of the same change. No code of the user's runs under it.

mod desired;

use std::ops::Deref;
use std::sync::{Arc, MutexGuard, PoisonError};

use arc_swap::ArcSwap;

use crate::breaker::cold::Cold;
use crate::breaker::future::total::BreakerLimits;
use crate::breaker::injection::Plan;
use crate::breaker::inner::Inner;
pub(crate) use crate::breaker::reconfigure::desired::{Desired, DesiredMode, External};
use crate::config::Config;
use crate::config::retry::RetryChange;
use crate::state::gate::CallGate;
use crate::state::policy::Policy;
use crate::time::Ticks;

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
            self.failure_gate.set_policy(&new.policy);
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
