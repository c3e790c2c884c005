//! The settings that hold now, for the breakers that are still to come.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::breaker::inner::Inner;
use crate::breaker::reconfigure::Desired;
use crate::config::Config;
use crate::registry::settings::entries::{Entries, Subject};

#[derive(Debug)]
pub(crate) struct InForce(Mutex<Option<Version>>);

/// Settings, and a number that is greater than that of all that were in force before.
#[derive(Clone, Debug)]
pub(super) struct Version {
    pub(super) number: u64,
    pub(super) entries: Arc<Entries>,
}

impl Version {
    /// A breaker to which the settings do not fit keeps its code's options: it is not their author's fault that it
    /// was built later.
    pub(super) fn apply(&self, engine: &Inner) -> bool {
        self.apply_to(engine, false)
    }

    /// Applies what is for the key of a breaker, which has what its template has.
    pub(super) fn apply_to_key(&self, engine: &Inner) {
        if !self.entries.has_keys() {
            return;
        }
        let given = engine.given();
        let Some(over) = self.entries.over(&Subject::of(engine, true), given) else { return };
        if engine.has_version(self.number) {
            if let Ok(wanted) = over {
                engine.configure(self.number, Some(&wanted), true);
            }
        } else {
            // Its template has not these settings yet.
            self.apply_to(engine, true);
        }
    }

    /// Returns the options of the breaker of a key after its template has got these.
    fn options_of_key(&self, engine: &Inner, of_template: Config) -> Config {
        let given = Desired { config: of_template, ..engine.given() };
        match self.entries.over(&Subject::of(engine, true), given) {
            None => of_template,
            Some(Ok(wanted)) => wanted.config,
            Some(Err(())) => engine.config(),
        }
    }

    fn apply_to(&self, engine: &Inner, again: bool) -> bool {
        let subject = Subject::of(engine, self.entries.has_keys());
        let wanted = self.entries.wanted(&subject).unwrap_or_default();
        engine.configure(self.number, wanted.as_ref(), again)
    }
}

/// What settings give to single keys, for a template that changes its options at run time.
#[derive(Debug)]
pub(crate) struct OfKeys(Option<Version>);

impl OfKeys {
    pub(super) fn new(version: Option<Version>) -> Self {
        Self(version.filter(|version| version.entries.has_keys()))
    }

    /// Returns the options of the breaker of a key after its template has got these: what settings give to the key holds
    /// over them. If that does not go together the breaker keeps its options.
    pub(crate) fn options(&self, engine: &Inner, of_template: Config) -> Config {
        self.0.as_ref().map_or(of_template, |version| version.options_of_key(engine, of_template))
    }

    pub(crate) fn are_those_of(&self, other: &Self) -> bool {
        let number = |of: &Self| of.0.as_ref().map(|version| version.number);
        number(self) == number(other)
    }
}

impl InForce {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(None))
    }

    pub(super) fn get(&self) -> Option<Version> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn put(&self, entries: Entries) -> Version {
        static LAST: AtomicU64 = AtomicU64::new(0);
        let entries = Arc::new(entries);
        let mut place = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let number = LAST.fetch_add(1, Ordering::Relaxed) + 1;
        let version = Version { number, entries };
        *place = Some(version.clone());
        version
    }
}
