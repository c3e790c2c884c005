//! The settings that apply now, for breakers that are built later.
//!
//! No lock is held while a breaker is changed, as that asks the user's clock and may call listeners.
//! Each set of settings has a number instead, and a breaker ignores settings that are older than those
//! it has applied. A breaker that is built while settings change is listed first and then looks for
//! them, and settings become active before the breakers are listed to which they apply: one of the two
//! sees the other.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::breaker::inner::Inner;
use crate::breaker::reconfigure::Desired;
use crate::breaker::role::KeySettings;
#[cfg(feature = "test-util")]
use crate::breaker::scope;
use crate::config::Config;
use crate::registry::settings::entries::{Entries, Subject};

/// The settings of the process, or of the isolation of a test.
#[derive(Debug)]
struct ActiveSettings {
    /// Whether there are any, so that building a breaker takes no lock otherwise. The lock of the list
    /// of breakers orders the two sides: if this was set before a new breaker was listed, the thread
    /// that builds it sees that; otherwise the thread that has set it finds the breaker in the list.
    is_any: AtomicBool,
    version: Mutex<Option<Version>>,
}

/// Settings, with a number greater than that of all that were active before.
#[derive(Clone, Debug)]
pub(crate) struct Version {
    number: u64,
    pub(crate) entries: Arc<Entries>,
}

impl Version {
    /// Applies the settings to a breaker; returns whether they change it. One that they do not fit keeps
    /// the options of its code, as the author of the settings could not know a breaker that is built
    /// later.
    pub(crate) fn apply(&self, inner: &Inner) -> bool {
        self.apply_to(inner, false)
    }

    /// Applies the entries for the key of a breaker, which has the options of its template.
    pub(super) fn apply_to_key(&self, inner: &Inner) {
        if !self.entries.has_keys() {
            return;
        }
        let given = inner.current_desired();
        let Some(over) = self.entries.over(&Subject::of(inner, true), given) else { return };
        if inner.has_version(self.number) {
            if let Ok(wanted) = over {
                inner.configure(self.number, Some(&wanted), true);
            }
        } else {
            // Its template has not applied these settings yet.
            self.apply_to(inner, true);
        }
    }

    /// Returns the options of a key's breaker after its template has changed to `of_template`.
    fn options_of_key(&self, inner: &Inner, of_template: Config) -> Config {
        let given = Desired { config: of_template, ..inner.current_desired() };
        match self.entries.over(&Subject::of(inner, true), given) {
            None => of_template,
            Some(Ok(wanted)) => wanted.config,
            Some(Err(())) => inner.config(),
        }
    }

    fn apply_to(&self, inner: &Inner, again: bool) -> bool {
        let subject = Subject::of(inner, self.entries.has_keys());
        let wanted = self.entries.wanted(&subject).unwrap_or_default();
        inner.configure(self.number, wanted.as_ref(), again)
    }
}

/// The entries for single keys, for a template that changes its options at run time.
#[derive(Debug)]
struct OfKeys(Option<Version>);

impl OfKeys {
    fn new(version: Option<Version>) -> Self {
        Self(version.filter(|version| version.entries.has_keys()))
    }

    /// Returns the options of a key's breaker after its template has changed: the entries for the key
    /// apply over those of the template. If the two do not go together the breaker keeps its options.
    fn options(&self, inner: &Inner, of_template: Config) -> Config {
        self.0.as_ref().map_or(of_template, |version| version.options_of_key(inner, of_template))
    }

    /// Returns the number of the settings; `None` if they have no entries for single keys.
    fn number(&self) -> Option<u64> {
        self.0.as_ref().map(|version| version.number)
    }
}

impl ActiveSettings {
    const fn new() -> Self {
        Self { is_any: AtomicBool::new(false), version: Mutex::new(None) }
    }

    fn get(&self) -> Option<Version> {
        if !self.is_any.load(Ordering::Acquire) {
            return None;
        }
        self.version.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn put(&self, entries: Entries) -> Version {
        static LAST: AtomicU64 = AtomicU64::new(0);
        let entries = Arc::new(entries);
        let mut active = self.version.lock().unwrap_or_else(PoisonError::into_inner);
        let number = LAST.fetch_add(1, Ordering::Relaxed) + 1;
        let version = Version { number, entries };
        *active = Some(version.clone());
        self.is_any.store(true, Ordering::Release);
        version
    }
}

static PROCESS: ActiveSettings = ActiveSettings::new();

/// Makes settings active, in place of those before.
pub(crate) fn activate(entries: Entries) -> Version {
    with_active(|active| active.put(entries))
}

/// Applies the active settings to a breaker, once it is listed.
pub(crate) fn apply_active(inner: &Inner) {
    #[cfg(feature = "record")]
    crate::breaker::call_log::join_active(inner);
    if let Some(version) = active() {
        version.apply(inner);
    }
}

/// The lookup of entries for single keys that templates carry.
pub(crate) static KEY_SETTINGS: KeySettings = KeySettings {
    apply: |member| {
        if let Some(version) = active() {
            version.apply_to_key(member);
        }
    },
    options: |member, of_template| of_keys().options(member, of_template),
    version: || of_keys().number(),
};

/// Returns the active entries for single keys.
fn of_keys() -> OfKeys {
    OfKeys::new(active())
}

/// Applies the settings of a test to a breaker that replaces another one there. Without settings of its
/// own the breaker keeps the options of the one that it replaces.
#[cfg(feature = "test-util")]
pub(crate) fn apply_active_to_shadow(shadow: &Inner) {
    #[cfg(feature = "record")]
    crate::breaker::call_log::join_active(shadow);
    if let Some(version) = of_test() {
        version.apply(shadow);
    }
}

/// Returns the settings of the current test, or else those of the process.
fn active() -> Option<Version> {
    #[cfg(feature = "test-util")]
    if let Some(of_test) = of_test() {
        return Some(of_test);
    }
    PROCESS.get()
}

/// Returns the settings of the current test; `None` without any, and outside of a test.
#[cfg(feature = "test-util")]
fn of_test() -> Option<Version> {
    scope::shadow(&PROCESS, |_| ActiveSettings::new())?.get()
}

#[cfg(not(feature = "test-util"))]
fn with_active<R>(with: impl FnOnce(&ActiveSettings) -> R) -> R {
    with(&PROCESS)
}

#[cfg(feature = "test-util")]
fn with_active<R>(with: impl FnOnce(&ActiveSettings) -> R) -> R {
    match scope::shadow(&PROCESS, |_| ActiveSettings::new()) {
        Some(active) => with(&active),
        None => with(&PROCESS),
    }
}
