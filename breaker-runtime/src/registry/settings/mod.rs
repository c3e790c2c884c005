//! Settings from outside: [`configure`], for a file that is read at the start, and again when it has changed.
//!
//! `value` holds what was written, right or wrong; `option` reads the value of one option; `rules` holds the
//! entries against each other and against the code; `in_force` keeps them for breakers that are still to come.
//!
//! No lock is held while a breaker is changed, as that asks the user's clock and may call listeners. Each set of
//! settings has a number instead, and a breaker does nothing for settings that are older than those it has heard
//! of. A breaker that is built while settings change is listed first and then asks for them, and the
//! settings are put in force first and then asked who is listed: one of the two sees the other.

#[cfg(feature = "serde")]
mod deserialize;
mod entries;
mod entry;
mod error;
mod in_force;
mod key;
mod merge;
mod option;
mod parse;
mod search;
pub(crate) mod similar;
mod value;
pub(crate) mod words;

use std::collections::{BTreeSet, HashSet};
use std::fmt;
use std::ptr;

use crate::breaker::inner::Inner;
#[cfg(feature = "test-util")]
use crate::breaker::scope;
use crate::keyed::group::KeyedGroup;
use crate::registry::settings::entries::{Entries, Subject};
pub use crate::registry::settings::error::{SettingsError, SettingsIssue};
pub(crate) use crate::registry::settings::in_force::{InForce, OfKeys};
#[cfg(test)]
use crate::registry::settings::option::names as option_names;
pub use crate::registry::settings::value::SettingValue;
use crate::registry::settings::value::Table;
use crate::registry::warnings;
use crate::registry::{breakers_here, retried};
use crate::support::text::escaped;

/// Options for breakers, by their names: for [`configure`].
///
/// With the feature `serde` they can be deserialised from every format that tells texts, numbers and tables
/// apart, such as TOML, JSON or YAML, as a file of their own or as a part of one:
///
/// ```toml
/// ["*"]                           # every breaker
/// timeout = "30s"
///
/// ["shop::payments::*"]           # those whose names begin so
/// failure_rate = 0.5
/// window = "10s"                  # or a number of calls
///
/// ["shop::payments::refund"]      # one
/// failure_threshold = "off"
/// throttle = { k = 1.5, window = "1m" }
/// observe = true
/// ```
///
/// # Keys
///
/// A key is a breaker's name, or the beginning of names and `*`. All the entries that match a breaker are for
/// it: first the code's own options hold, then over them those of the shortest beginning, then of longer ones,
/// and last of the name. The order in the file has no meaning.
///
/// Entries for the name of a function or family with breakers of keys are for all of those. `"shop::hosts[eu.example.com]"`
/// is for that of one key, also if it is made later, and `"shop::hosts[eu.*"` for those of keys that begin so; they come
/// last.
///
/// # Options
///
/// They are those of the attribute, without those that are code, such as `fallback`, and they are written in the
/// same way: numbers, and lengths of time as texts such as `"1m 30s"`, or as numbers of seconds: `90`, `1.5`. The [`CircuitBreakerBuilder`](crate::CircuitBreakerBuilder) has the
/// table of them. Beyond that:
///
/// - `"off"`, or `false`, switches off what need not be on: `failure_threshold`, `failure_rate`, `slow_call`,
///   `max_timeout`, `call_timeout`, `first_item`, `idle`, `ramp`, `throttle`, `max_concurrent`, `max_wait`,
///   `max_pending`, `max_open_keys`, `retry`. For `honour_retry_after` and `observe`, which are flags, it means `false`.
/// - `throttle` is a table of `k` and `window`, either of which may be left out, or `true`.
/// - `mode` is `"forced-open"`, `"forced-closed"`, `"observe"` or `"automatic"`. The breaker goes over to that mode
///   with each [`configure`]; when settings no longer say so, it goes back to automatic, unless its mode was changed by
///   a call meanwhile.
/// - `observe = true` makes it a [dry run](crate::CircuitBreaker::observe), but a breaker that was forced open or closed
///   stays so.
/// - `retry` is for functions with that option, and for breakers that such a function shares: a table of its parts, each of which may be left out, `"off"`, or `true`
///   for what the code says. A `max_backoff` of the code that is shorter than `backoff` here counts as that.
/// - `max_keys`, `key_idle` and `max_open_keys` are for breakers of keys, under the name of all of them; a smaller
///   `max_keys` holds from the next new key on, a smaller `max_open_keys` from the next breaker on that opens.
/// - A text that is a number counts as that number, for formats that have nothing but texts; but a length of time in a
///   text has its unit, and a number as `window` is one of calls.
///
/// # By hand
///
/// ```
/// use std::time::Duration;
/// use breaker_runtime::{CircuitBreaker, Settings, configure};
///
/// let breaker = CircuitBreaker::builder("by hand").build()?;
/// let settings = Settings::new()
///     .set("by *", "timeout", "30s")
///     .set("by hand", "failure_threshold", 3)
///     .set("by hand", "throttle.window", Duration::from_secs(60));
/// let report = configure(settings)?;
/// assert_eq!(report.to_string(), "1 circuit breaker changed"); // and which entries match none
/// assert_eq!(breaker.config().timeout(), Duration::from_secs(30));
/// assert_eq!(breaker.config().failure_threshold(), Some(3));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings(Table);

impl Settings {
    /// No settings: every breaker has the options of its code.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets an option in the entry with this key. An option in a table is written with a dot: `throttle.k`.
    ///
    /// Nothing is checked before [`configure`], or [`check`](Self::check).
    #[must_use = "the settings are returned"]
    pub fn set(
        mut self,
        key: impl AsRef<str>,
        option: impl AsRef<str>,
        value: impl Into<SettingValue>,
    ) -> Self {
        self.0.entry(key.as_ref()).table().set(option.as_ref(), value.into());
        self
    }

    /// Whether [`configure`] would take these settings, with the breakers that there are now. Changes nothing.
    ///
    /// # Errors
    ///
    /// As [`configure`].
    pub fn check(&self) -> Result<(), SettingsError> {
        self.parse().map(|_| ())
    }

    fn parse(&self) -> Result<Entries, SettingsError> {
        let (entries, mut issues) = Entries::parse(&self.0);
        // What fits a template fits the breakers of its keys.
        let retried = retried();
        for breaker in breakers_here().filter(|breaker| breaker.key().is_none()) {
            let address = ptr::from_ref(breaker.own_engine()).addr();
            let never_retries = retried.as_ref().is_some_and(|retried| !retried.contains(&address));
            let subject = Subject::of(breaker.engine(), false).never_retries(never_retries);
            issues.extend(entries.wanted(&subject).err().into_iter().flatten());
            issues.extend(entries.issues_of_keys(&subject));
        }
        SettingsError::unless_empty(issues).map(|()| entries)
    }
}

/// Puts settings in force, in place of those that were in force before, for all breakers: those that there are,
/// and those that are still to be built.
///
/// ```
/// use breaker_runtime::{BreakerError, Settings, breaker_of, circuit_breaker, configure};
///
/// #[circuit_breaker(name = "invoices", failure_threshold = 5)]
/// fn invoice(order: u32) -> Result<u32, BreakerError> {
///     Ok(order)
/// }
///
/// # #[cfg(feature = "serde")] {
/// let settings: Settings = serde_json::from_str(r#"{ "invoice*": { "failure_threshold": 3 } }"#)?;
/// println!("{}", configure(settings)?);
/// assert_eq!(breaker_of(invoice).config().failure_threshold(), Some(3));
///
/// let settings = r#"{ "invoices": { "failure_treshold": 3, "timeout": "30 parsecs" } }"#;
/// let error = configure(serde_json::from_str(settings)?).unwrap_err();
/// assert_eq!(error.to_string(), r#"the settings have 2 errors, and nothing was changed:
///   "invoices": unknown option `failure_treshold`: did you mean `failure_threshold`?
///   "invoices": `timeout`: `parsecs` is no unit of time: use ns, us, ms, s, m, h or d"#);
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # What changes
///
/// - A breaker that the settings name has the options of its code, and over them those of the settings. What
///   [`reconfigure`](crate::CircuitBreaker::reconfigure) has made of it is gone.
/// - A breaker that earlier settings named, and these do not, goes back to the options of its code, and out of a
///   dry run that those began.
/// - Every other breaker stays as it is.
///
/// An entry for a breaker by its whole name that can have no effect on it, such as `retry` where no function with that
/// option goes through it, is refused. A beginning of names says what is to hold where it can.
///
/// Each breaker changes in the way of [`reconfigure`](crate::CircuitBreaker::reconfigure): nothing of its state is lost,
/// and calls go on. An annotated function that nobody has called yet is one of the breakers that
/// there are.
///
/// A breaker that is built later and cannot do with the settings, as its code has options that do not go
/// together with theirs, keeps its code's; [`Settings::check`] tells that.
///
/// In a `testing::isolate` the settings are for the test's own breakers alone.
///
/// # Errors
///
/// [`SettingsError`] with every issue. Then nothing has changed, and the earlier settings stay in force.
pub fn configure(settings: Settings) -> Result<ConfigureReport, SettingsError> {
    let entries = settings.parse()?;
    drop(settings);
    let version = in_force(|place| place.put(entries));
    let mut configured = ConfigureReport::default();
    let (mut names, mut templates) = (BTreeSet::new(), HashSet::new());
    for breaker in breakers_here().filter(|breaker| breaker.key().is_none()) {
        let engine = breaker.engine();
        names.insert(engine.name());
        let mut changed = version.apply(engine);
        if engine.own_limits().is_some() {
            templates.insert(engine.name());
            // Those that are made from here on are made as their template is now.
            let members = engine.family().map(KeyedGroup::members).unwrap_or_default();
            changed = members.iter().fold(changed, |changed, member| version.apply(member) | changed);
        }
        if changed {
            configured.changed.push(engine.name());
        }
    }
    configured.unmatched = version.entries.unmatched(&names, &templates);
    let names: Vec<_> = names.into_iter().collect();
    let nearest = |key: &String| similar::nearest(key, &names);
    configured.nearest = configured.unmatched.iter().take(MOST_IN_WORDS).map(nearest).collect();
    if !configured.unmatched.is_empty() {
        warnings::unmatched_settings(&configured.unmatched_in_words());
    }
    Ok(configured)
}

/// What [`configure`] did.
///
/// Entries that match no breaker are a [warning](crate#warnings) as well.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "an entry with a misspelt name changes nothing, and is reported here: print this, or look at `unmatched`"]
pub struct ConfigureReport {
    changed: Vec<&'static str>,
    unmatched: Vec<String>,
    /// Breakers with similar names, of the first ones that are unmatched.
    nearest: Vec<Option<&'static str>>,
}

/// How many unmatched entries are printed with the breaker that may be meant. To find that takes time, and a line of a
/// log has to end.
const MOST_IN_WORDS: usize = 8;

impl ConfigureReport {
    /// The breakers that have other options now, or have begun or ended a dry run.
    pub fn changed(&self) -> &[&'static str] {
        &self.changed
    }

    /// The keys that match no breaker so far: misspelt perhaps, or there for one that is still to be built. The key of
    /// a single breaker, `hosts[eu-1]`, matches where there are breakers of keys with this name.
    pub fn unmatched(&self) -> &[String] {
        &self.unmatched
    }

    fn unmatched_in_words(&self) -> String {
        let in_words = self.unmatched.iter().zip(&self.nearest).map(|(key, nearest)| match nearest {
            Some(nearest) => format!("{key} (did you mean {nearest}?)"),
            None => key.clone(),
        });
        let words = in_words.collect::<Vec<_>>().join(", ");
        match self.unmatched.len().saturating_sub(MOST_IN_WORDS) {
            0 => words,
            more => format!("{words} and {more} more"),
        }
    }
}

impl fmt::Display for ConfigureReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.changed.len() {
            1 => f.write_str("1 circuit breaker changed")?,
            many => write!(f, "{many} circuit breakers changed")?,
        }
        if !self.unmatched.is_empty() {
            write!(f, "; none matches {}", escaped(self.unmatched_in_words()))?;
        }
        Ok(())
    }
}

/// A breaker that was built is listed: now it does what the settings want of it.
pub(crate) fn adopt(engine: &Inner) {
    let version = in_force(InForce::get).or_else(|| PROCESS.get());
    if let Some(version) = version {
        version.apply(engine);
    }
}

/// Likewise the breaker of a key, which follows its template and is listed.
pub(crate) fn adopt_key(engine: &Inner) {
    let version = in_force(InForce::get).or_else(|| PROCESS.get());
    if let Some(version) = version {
        version.apply_to_key(engine);
    }
}

/// Returns what settings give to single keys now.
pub(crate) fn of_keys() -> OfKeys {
    OfKeys::new(in_force(InForce::get).or_else(|| PROCESS.get()))
}

/// Likewise a breaker that replaces another one in a test. Without settings of the test's own it keeps the
/// options of the one that it replaces.
#[cfg(feature = "test-util")]
pub(crate) fn adopt_shadow(shadow: &Inner) {
    let version = scope::shadow(&PROCESS, |_| InForce::new()).and_then(|in_force| in_force.get());
    if let Some(version) = version {
        version.apply(shadow);
    }
}

static PROCESS: InForce = InForce::new();

#[cfg(not(feature = "test-util"))]
fn in_force<R>(with: impl FnOnce(&InForce) -> R) -> R {
    with(&PROCESS)
}

#[cfg(feature = "test-util")]
fn in_force<R>(with: impl FnOnce(&InForce) -> R) -> R {
    match scope::shadow(&PROCESS, |_| InForce::new()) {
        Some(in_force) => with(&in_force),
        None => with(&PROCESS),
    }
}
