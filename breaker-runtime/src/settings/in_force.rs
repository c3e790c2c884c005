//! The settings that hold now, for the breakers that are still to come.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::rules::{Rules, Subject};
use crate::engine::Engine;

#[derive(Debug)]
pub(crate) struct InForce(Mutex<Option<Version>>);

/// Settings, and a number that is greater than that of all that were in force before.
#[derive(Clone, Debug)]
pub(super) struct Version {
    pub(super) number: u64,
    pub(super) rules: Arc<Rules>,
}

impl Version {
    /// A breaker to which the settings do not fit keeps its code's options: it is not their author's fault that it
    /// was built later.
    pub(super) fn apply(&self, engine: &Engine) -> bool {
        self.apply_to(engine, false)
    }

    /// Applies what is for the key of a breaker, which has what is for its template.
    pub(super) fn apply_to_key(&self, engine: &Engine) {
        if self.rules.has_keys() {
            self.apply_to(engine, true);
        }
    }

    fn apply_to(&self, engine: &Engine, again: bool) -> bool {
        let subject = Subject::of(engine, self.rules.has_keys());
        let wanted = self.rules.wanted(&subject).unwrap_or_default();
        engine.configure(self.number, wanted.as_ref(), again)
    }
}

impl InForce {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(None))
    }

    pub(super) fn get(&self) -> Option<Version> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn put(&self, rules: Rules) -> Version {
        static LAST: AtomicU64 = AtomicU64::new(0);
        let rules = Arc::new(rules);
        let mut place = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let number = LAST.fetch_add(1, Ordering::Relaxed) + 1;
        let version = Version { number, rules };
        *place = Some(version.clone());
        version
    }
}
