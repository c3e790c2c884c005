//! Merges the options of the code and of all entries that match a breaker, and checks the result.

use crate::breaker::reconfigure::Desired;
use crate::config::keyed;
use crate::config::retry::RetryChange;
use crate::config::{ConfigUpdate, Fault, InvalidOption};
use crate::registry::settings::entries::Subject;
use crate::registry::settings::entry::SettingsEntry;
use crate::registry::settings::error::SettingsIssue;
use crate::registry::settings::option::Draft;
use crate::time::duration::shown;

/// Merges entries for a single key over what its template gives it.
///
/// # Errors
///
/// If the entries do not go together with that.
pub(super) fn over(given: Desired, layers: &[&SettingsEntry]) -> Result<Desired, ()> {
    let draft = Draft::over(given, layers);
    // The template's options need not have an effect beside the key's.
    let fits = draft.options.check().iter().all(|issue| issue.fault == Fault::Inert);
    if fits { Ok(draft.into()) } else { Err(()) }
}

/// Merges all entries for a breaker over the options of its code.
///
/// # Errors
///
/// With the issues of the merged options that an entry causes.
pub(super) fn for_breaker(
    subject: &Subject,
    layers: &[&SettingsEntry],
) -> Result<Desired, Vec<SettingsIssue>> {
    let breaker = subject.name;
    let draft = Draft::over(Draft::new(subject.own).into(), layers);
    let invalid = draft.options.check().into_iter();
    let mut issues: Vec<_> = invalid.filter_map(|issue| attribute(issue, layers, breaker)).collect();
    if !subject.is_template && subject.labels.is_empty() {
        let why = "there is one breaker for all calls";
        issues.extend(without_effect(layers, breaker, keyed::NAMES, why));
    }
    if subject.never_retries {
        let why = "no function with this breaker has `retry(..)`";
        // What applies to the template is reported for the template.
        let own = layers.iter().filter(|entry| subject.labels.is_empty() || entry.key.text() != breaker);
        issues.extend(without_effect(own, breaker, &["retry"], why));
    }
    issues.extend(retry_without_effect(&draft, layers, breaker));
    if issues.is_empty() { Ok(draft.into()) } else { Err(issues) }
}

impl Draft {
    fn over(given: Desired, layers: &[&SettingsEntry]) -> Self {
        let Desired { config, mode, retry, injection, limits } = given;
        let mut draft = Self { options: ConfigUpdate::new(config), mode, retry, injection, limits };
        layers.iter().flat_map(|entry| &entry.options).for_each(|(_, value)| draft.apply(*value));
        draft
    }
}

impl From<Draft> for Desired {
    fn from(Draft { options, mode, retry, injection, limits }: Draft) -> Self {
        Self { config: options.config, mode, retry, injection, limits }
    }
}

/// Returns an issue if no pause of `retry` can end within `total_timeout`, as far as the settings say
/// so: parts that the code gives are known to the function alone, which warns when it runs.
fn retry_without_effect(
    draft: &Draft,
    layers: &[&SettingsEntry],
    breaker: &'static str,
) -> Option<SettingsIssue> {
    let RetryChange { off, parts } = draft.retry;
    let (Some(pause), Some(false), false) = (parts.backoff, parts.jitter, off) else { return None };
    let total = draft.options.config.total_timeout().filter(|total| pause >= *total)?;
    let entry = layers.iter().rfind(|entry| entry.sets("retry") || entry.sets("total_timeout"))?;
    let option = if entry.sets("retry") { "retry" } else { "total_timeout" };
    let text = format!(
        "retry.backoff is {} and must be shorter than total_timeout, which is {}, if retry.jitter is false",
        shown(pause),
        shown(total)
    );
    let issue = SettingsIssue::of_entry(&entry.key.to_string(), Some(option), text);
    Some(SettingsIssue { breaker: Some(breaker), ..issue })
}

/// Returns the options that have no effect on a breaker which an entry names. A beginning of names sets
/// what applies where it can.
fn without_effect<'e>(
    layers: impl IntoIterator<Item = &'e &'e SettingsEntry>,
    breaker: &'static str,
    options: &[&str],
    why: &str,
) -> Vec<SettingsIssue> {
    let named = layers.into_iter().filter(|entry| entry.key.is_name());
    let issues = named.flat_map(|entry| {
        options.iter().filter(|option| entry.sets(option)).map(|option| {
            let text = format!("`{option}` has no effect: {why}; leave it out");
            let issue = SettingsIssue::of_entry(&entry.key.to_string(), Some(option), text);
            SettingsIssue { breaker: Some(breaker), ..issue }
        })
    });
    issues.collect()
}

/// Attributes an issue of merged options to an entry; `None` if no entry causes it, or if it follows
/// from an issue that is reported already.
fn attribute(
    mut issue: InvalidOption,
    layers: &[&SettingsEntry],
    breaker: &'static str,
) -> Option<SettingsIssue> {
    let option = issue.option;
    let setter = layers.iter().rfind(|entry| entry.sets(option));
    let cause = match issue.fault {
        Fault::Range => return None,
        // A prefix sets what applies where it can, and the code could not know the settings.
        Fault::Inert => {
            setter.filter(|entry| entry.key.is_name() && layers.iter().all(|layer| layer.is_valid))?
        }
        Fault::Conflict { with } => {
            let is_invalid = |entry: &&SettingsEntry| {
                entry.invalid.iter().any(|name| *name == option || *name == with)
            };
            if layers.iter().any(is_invalid) {
                return None;
            }
            let sets_either = |entry: &&&SettingsEntry| entry.sets(option) || entry.sets(with);
            layers.iter().rfind(sets_either).or(layers.last())?
        }
    };
    match setter {
        None => issue.value.push_str(" in the code"),
        Some(entry) if entry.key != cause.key => {
            issue.value = format!("{} by \"{}\"", issue.value, entry.key);
        }
        Some(_) => {}
    }
    let of_entry = SettingsIssue::of_entry(&cause.key.to_string(), Some(option), issue.to_string());
    Some(SettingsIssue { breaker: Some(breaker), ..of_entry })
}
