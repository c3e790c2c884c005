//! The options of a breaker, and how they are changed while it is used.

use std::ops::Deref;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;

use super::Engine;
use crate::config::Config;
use crate::state::machine::Control;
use crate::state::policy::Policy;

/// The options, and what the rules need of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Settings {
    pub(super) config: Config,
    pub(super) policy: Policy,
}

impl Settings {
    pub(super) const fn new(config: Config) -> Self {
        Self { config, policy: config.policy() }
    }
}

/// What settings from outside ask of a breaker. Read and written for a moment only, under the lock of the
/// windows or with no other lock held.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Outside {
    /// Those that were heard of last.
    pub(super) version: u64,
    /// Whether the options are theirs.
    pub(super) named: bool,
    pub(super) dry_run: bool,
    /// Whether a dry run is theirs, and not one that somebody began by hand.
    pub(super) dry_run_began: bool,
}

impl Outside {
    pub(super) const NOTHING: Self =
        Self { version: 0, named: false, dry_run: false, dry_run_began: false };
}

/// What settings want of a breaker that they name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Wanted {
    pub(crate) config: Config,
    pub(crate) dry_run: bool,
}

/// The settings at this moment.
pub(super) enum Current<'e> {
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

impl Engine {
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

    pub(super) fn settings(&self) -> Current<'_> {
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
    pub(super) fn follow_dry_run(&self) -> bool {
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

    pub(super) fn outside(&self) -> MutexGuard<'_, Outside> {
        self.outside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn replace(&self, config: Config, wanted: impl FnOnce(&Config) -> bool) {
        let new = Settings::new(config);
        let changed = self.changed.get_or_init(|| Box::new(ArcSwap::from_pointee(self.own)));
        let replaced = || {
            let old = changed.load();
            wanted(&old.config).then_some(old.policy)
        };
        self.cell.reconfigure(&new.policy, self, replaced, || {
            changed.store(Arc::new(new));
            self.limit_places(&new);
        });
        self.serve_places();
    }
}
