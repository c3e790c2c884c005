//! Applies settings to breakers: [`configure`].

use std::collections::{BTreeSet, HashSet};
use std::fmt;
use std::ptr;

use crate::keyed::group::KeyedGroup;
use crate::registry::settings::{Entries, Settings, SettingsError, Subject, activate};
use crate::registry::{breakers_here, retried, warnings};
use crate::support::similar;
use crate::support::text::escaped;
use crate::types::finding::FindingKind;

/// Makes settings active, in place of those before, for all breakers: those that exist, and those that
/// are built later.
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
/// - A breaker that the settings name has the options of its code, and over them those of the settings.
///   Changes by [`reconfigure`](crate::CircuitBreaker::reconfigure) are lost.
/// - A breaker that earlier settings named, and these do not, goes back to the options of its code, and
///   leaves a dry run that those began.
/// - No other breaker changes.
///
/// An entry for a breaker by its whole name that can have no effect on it, such as `retry` where no
/// function with that option goes through it, is refused. A beginning of names sets what applies where
/// it can.
///
/// Each breaker changes as by [`reconfigure`](crate::CircuitBreaker::reconfigure): none of its state is
/// lost, and calls go on. The breaker of an annotated function exists before its first call.
///
/// A breaker that is built later and has options in its code that do not go together with the settings
/// keeps those of its code; [`Settings::check`] reports that.
///
/// In a `testing::isolate` the settings are for the test's own breakers alone.
///
/// # Errors
///
/// [`SettingsError`] with every issue. Then nothing has changed, and the earlier settings stay active.
pub fn configure(settings: Settings) -> Result<ConfigureReport, SettingsError> {
    let entries = parse(&settings)?;
    drop(settings);
    let version = activate(entries);
    let mut report = ConfigureReport::default();
    let (mut names, mut templates) = (BTreeSet::new(), HashSet::new());
    for breaker in breakers_here().filter(|breaker| breaker.key().is_none()) {
        let inner = breaker.inner();
        names.insert(inner.name());
        let mut changed = version.apply(inner);
        if inner.own_limits().is_some() {
            templates.insert(inner.name());
            // Breakers of keys that are made from here on have the options that their template has now.
            let members = inner.group().map(KeyedGroup::members).unwrap_or_default();
            changed = members.iter().fold(changed, |changed, member| version.apply(member) | changed);
        }
        if changed {
            report.changed.push(inner.name());
        }
    }
    #[cfg(feature = "inject")]
    crate::registry::inject::refresh();
    report.game_day_limits = game_day_limits();
    report.unmatched = version.entries.unmatched(&names, &templates);
    let names: Vec<_> = names.into_iter().collect();
    let nearest = |key: &String| similar::nearest(key, &names);
    report.nearest = report.unmatched.iter().take(MOST_SHOWN).map(nearest).collect();
    if !report.unmatched.is_empty() {
        warnings::unmatched_settings(&report.unmatched_text());
    }
    Ok(report)
}

/// Returns what game days cannot show, as findings, each of which is logged if it is new.
fn game_day_limits() -> Vec<String> {
    let breakers = breakers_here().filter(|breaker| breaker.key().is_none());
    let injected = breakers.filter(|breaker| breaker.inner().injection().is_some());
    let findings = injected.flat_map(|breaker| breaker.inner().current_findings());
    let limits = findings.filter(|finding| finding.kind == FindingKind::GameDayLimited);
    limits.map(|finding| finding.to_string()).collect()
}

/// Parses settings, and checks them with the breakers that exist.
fn parse(settings: &Settings) -> Result<Entries, SettingsError> {
    let (entries, mut issues) = settings.parse();
    // Entries that fit a template fit the breakers of its keys.
    let retried = retried();
    for breaker in breakers_here().filter(|breaker| breaker.key().is_none()) {
        let address = ptr::from_ref(breaker.own_inner()).addr();
        let never_retries = retried.as_ref().is_some_and(|retried| !retried.contains(&address));
        let subject = Subject::of(breaker.inner(), false).never_retries(never_retries);
        issues.extend(entries.wanted(&subject).err().into_iter().flatten());
        issues.extend(entries.issues_of_keys(&subject));
    }
    SettingsError::unless_empty(issues).map(|()| entries)
}

impl Settings {
    /// Checks whether [`configure`] would accept these settings, with the breakers that exist now.
    /// Changes nothing.
    ///
    /// ```
    /// use breaker_runtime::Settings;
    ///
    /// assert!(Settings::new().set("*", "failure_rate", 0.5).check().is_ok());
    /// assert!(Settings::new().set("*", "failure_rate", 1.5).check().is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// As [`configure`].
    pub fn check(&self) -> Result<(), SettingsError> {
        parse(self).map(|_| ())
    }
}

/// The result of [`configure`]: the breakers that changed, the entries that match none, and what a game
/// day cannot show.
///
/// Entries that match no breaker are a [warning](crate#warnings) as well.
///
/// ```
/// use breaker_runtime::{CircuitBreaker, ConfigureReport, Settings, configure};
///
/// let refunds = CircuitBreaker::builder("refunds").build()?;
/// let settings = Settings::new().set("refunds", "max_probes", 1).set("refund", "max_probes", 1);
/// let report: ConfigureReport = configure(settings)?;
/// assert_eq!(report.changed(), ["refunds"]);
/// assert_eq!(report.unmatched(), ["refund"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "an entry with a misspelt name changes nothing, and is reported here: print this, or look at `unmatched`"]
pub struct ConfigureReport {
    changed: Vec<&'static str>,
    unmatched: Vec<String>,
    /// For the first unmatched entries, a breaker with a similar name.
    nearest: Vec<Option<&'static str>>,
    game_day_limits: Vec<String>,
}

/// The number of unmatched entries that are printed with a breaker that may be meant. The search for it
/// takes time, and a line of a log has to end.
const MOST_SHOWN: usize = 8;

impl ConfigureReport {
    /// Returns the names of the breakers that have other options now, or have begun or ended a dry run.
    pub fn changed(&self) -> &[&'static str] {
        &self.changed
    }

    /// Returns the keys that match no breaker so far: they are misspelt, or for one that is built later.
    /// The key of a single breaker, `hosts[eu-1]`, matches where there are keyed breakers with this
    /// name.
    pub fn unmatched(&self) -> &[String] {
        &self.unmatched
    }

    /// Returns what a [game day](crate::guide::game_days#what-it-cannot-show) of these settings cannot
    /// show, one line for each breaker: faults that its callers do not meet as they would meet those of
    /// the dependency. Empty without `inject`.
    ///
    /// Each is also a [finding](crate::FindingKind::GameDayLimited) and a warning, once. What only calls
    /// can show is found later, as a finding alone.
    ///
    /// ```
    /// # #[cfg(feature = "inject")] {
    /// use breaker_runtime::{CircuitBreaker, Settings, configure, inject};
    ///
    /// let breaker = CircuitBreaker::builder("search").build()?;
    /// inject::allow();
    /// let settings = Settings::new()
    ///     .set("search", "inject.fail", 0.1)
    ///     .set("search", "inject.keys", "eu")
    ///     .set("search", "inject.until", inject::end_in(std::time::Duration::from_secs(600)));
    /// let report = configure(settings)?;
    /// // The breaker has no keys.
    /// assert!(report.game_day_limits()[0].starts_with("search: `inject.keys` limits the game day"));
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn game_day_limits(&self) -> &[String] {
        &self.game_day_limits
    }

    fn unmatched_text(&self) -> String {
        let texts = self.unmatched.iter().zip(&self.nearest).map(|(key, nearest)| match nearest {
            Some(nearest) => format!("{key} (did you mean {nearest}?)"),
            None => key.clone(),
        });
        let text = texts.collect::<Vec<_>>().join(", ");
        match self.unmatched.len().saturating_sub(MOST_SHOWN) {
            0 => text,
            more => format!("{text} and {more} more"),
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
            write!(f, "; none matches {}", escaped(self.unmatched_text()))?;
        }
        self.game_day_limits.iter().try_for_each(|limit| write!(f, "; {limit}"))?;
        Ok(())
    }
}
