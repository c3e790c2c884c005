//! The options and the mode that settings from outside desire of a breaker: [`Desired`].
//!
//! Settings have a version: a breaker ignores those that are older than the latest that it has applied.

#[cfg(feature = "inject")]
use arc_swap::ArcSwap;

use crate::breaker::injection::Plan;
use crate::breaker::inner::Inner;
use crate::breaker::reconfigure::Outside;
use crate::config::Config;
use crate::config::keyed::LimitsChange;
use crate::config::retry::RetryChange;
use crate::keyed::group::KeyedGroup;
use crate::keyed::member::Member;
use crate::state::transition::Command;
use crate::types::snapshot::Mode;

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

impl Inner {
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
}
