//! The options of a breaker, and how they are changed while it is used.

use std::ops::Deref;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;

use crate::breaker::inner::Inner;
use crate::config::Config;
use crate::config::keyed::LimitsChange;
use crate::config::retry::RetryChange;
use crate::state::policy::Policy;
use crate::state::transition::Command;
use crate::types::snapshot::Mode;

/// The options, and what the rules need of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Settings {
    pub(crate) config: Config,
    pub(crate) policy: Policy,
}

impl Settings {
    pub(crate) const fn new(config: Config) -> Self {
        Self { config, policy: config.policy() }
    }
}

/// What settings from external ask of a breaker. Read and written for a moment only, under the lock of the
/// windows or with no other lock held.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct External {
    /// Those that were heard of last.
    pub(crate) version: u64,
    /// Whether the options are theirs.
    pub(crate) named: bool,
    pub(crate) mode: DesiredMode,
    /// The mode that they began, and not a call of this process.
    pub(crate) began: Option<Mode>,
}

impl External {
    pub(crate) const NOTHING: Self =
        Self { version: 0, named: false, mode: DesiredMode::Any, began: None };
}

/// What settings want of a breaker that they name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Desired {
    pub(crate) config: Config,
    pub(crate) mode: DesiredMode,
    pub(crate) retry: RetryChange,
    /// For a template alone.
    pub(crate) limits: LimitsChange,
}

/// The mode that settings want.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum DesiredMode {
    #[default]
    Any,
    /// A dry run, unless the breaker is forced.
    DryRun,
    /// This one, whatever it is.
    Set(Mode),
}

/// The options since they were changed at run time, with what settings change of a function's `retry`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Changed {
    pub(crate) settings: Settings,
    pub(crate) retry: RetryChange,
}

impl Changed {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self { settings: *settings, retry: RetryChange::NOTHING }
    }
}

/// The settings at this moment.
pub(crate) enum Current<'e> {
    Own(&'e Settings),
    Changed(arc_swap::Guard<Arc<Changed>>),
}

impl Deref for Current<'_> {
    type Target = Settings;

    fn deref(&self) -> &Settings {
        match self {
            Self::Own(settings) => settings,
            Self::Changed(changed) => &changed.settings,
        }
    }
}

impl Inner {
    pub(crate) fn config(&self) -> Config {
        self.settings().config
    }

    /// Without a copy of all options.
    #[inline]
    pub(crate) fn call_timeout(&self) -> Option<Duration> {
        self.settings().config.call_timeout
    }

    /// The options in the code.
    pub(crate) fn own_config(&self) -> Config {
        self.own.config
    }

    pub(crate) fn settings(&self) -> Current<'_> {
        match self.changed.get() {
            None => Current::Own(&self.own),
            Some(changed) => Current::Changed(changed.load()),
        }
    }

    /// Goes over to other options, which are in range, in the same state; if the present ones are those that
    /// the caller has looked at.
    pub(crate) fn reconfigure(&self, from: Config, to: Config) -> bool {
        let mut seen = false;
        self.replace(to, None, |present| {
            seen = present.settings.config == from;
            seen && from != to
        });
        seen
    }

    /// Does what settings want, or goes back to the code's options if they want nothing and earlier ones did.
    /// Whether anything changed.
    ///
    /// Later settings may have come meanwhile: what is outdated does nothing. `again` is for the breaker of a key, which
    /// has these settings as its template has them, and not yet as its key has them.
    pub(crate) fn configure(&self, version: u64, wanted: Option<&Desired>, again: bool) -> bool {
        let is_outdated = |seen: u64| seen > version || seen == version && !again;
        {
            let mut external = self.external();
            if is_outdated(external.version) {
                return false;
            }
            if wanted.is_none() && !external.named {
                external.version = version;
                return false;
            }
        }
        let to = wanted.map_or(self.own.config, |wanted| wanted.config);
        let retry = wanted.map_or(RetryChange::NOTHING, |wanted| wanted.retry);
        let limits = wanted.map_or(LimitsChange::NOTHING, |wanted| wanted.limits);
        let mode = wanted.map_or(DesiredMode::Any, |wanted| wanted.mode);
        let mut differs = false;
        let mut other_limits = false;
        self.replace(to, Some(retry), |present| {
            let mut external = self.external();
            if is_outdated(external.version) {
                return false;
            }
            differs = present.settings.config != to || present.retry != retry;
            *external = External { version, named: wanted.is_some(), mode, ..*external };
            // Under the lock of the version: a later one must not be overwritten.
            other_limits = self.change_limits(limits);
            differs
        });
        self.apply_desired_mode() || differs || other_limits
    }

    /// Returns what it has at present, as settings would ask for it. Not the limits of a template.
    pub(crate) fn given(&self) -> Desired {
        let retry = self.retry_change().unwrap_or(RetryChange::NOTHING);
        let mode = self.external().mode;
        Desired { config: self.config(), mode, retry, limits: LimitsChange::NOTHING }
    }

    /// Returns whether the settings that it heard of last are these.
    pub(crate) fn has_version(&self, version: u64) -> bool {
        self.external().version == version
    }

    /// Returns what settings change of a function's `retry`; `None` for nothing.
    pub(crate) fn retry_change(&self) -> Option<RetryChange> {
        let retry = self.changed.get()?.load().retry;
        (retry != RetryChange::NOTHING).then_some(retry)
    }

    /// Begins or ends the mode that settings want; returns whether it did. A listener may ask for the opposite, and then
    /// that is done.
    pub(crate) fn apply_desired_mode(&self) -> bool {
        let mut changed = false;
        loop {
            let External { version, mode, began, .. } = *self.external();
            let (order, begins) = match mode {
                DesiredMode::Any => (None, None),
                DesiredMode::DryRun => (Some(Command::DryRun(true)), Some(Mode::Observe)),
                DesiredMode::Set(mode) => (Some(Command::Mode(mode)), Some(mode)),
            };
            if let Some(before) = began.filter(|began| Some(*began) != begins) {
                self.external().began = None;
                // Not where another mode takes its place: between the two calls would meet neither.
                if !matches!(mode, DesiredMode::Set(_)) {
                    changed |= self.control(Command::Leave(before));
                }
            }
            if order.is_some_and(|order| self.control(order)) {
                self.external().began = begins.filter(|begins| *begins != Mode::Automatic);
                changed = true;
            }
            if self.external().version == version {
                return changed;
            }
        }
    }

    pub(crate) fn external(&self) -> MutexGuard<'_, External> {
        self.external.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Without `retry` what settings change of that stays.
    pub(crate) fn replace(
        &self,
        config: Config,
        retry: Option<RetryChange>,
        wanted: impl FnOnce(&Changed) -> bool,
    ) {
        let new = Settings::new(config);
        let own = || Box::new(ArcSwap::from_pointee(Changed::new(&self.own)));
        let changed = self.changed.get_or_init(own);
        let replaced = || {
            let old = changed.load();
            wanted(&old).then_some(old.settings.policy)
        };
        self.cell.reconfigure(&new.policy, self, replaced, || {
            let retry = retry.unwrap_or_else(|| changed.load().retry);
            changed.store(Arc::new(Changed { settings: new, retry }));
            self.set_concurrency_limit(&new);
        });
        self.wake_waiters();
    }
}
