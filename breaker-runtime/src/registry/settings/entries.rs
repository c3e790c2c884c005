//! All entries of settings, parsed, and the search for those that match a breaker.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::breaker::inner::Inner;
use crate::breaker::reconfigure::Desired;
use crate::config::{Config, keyed};
use crate::registry::settings::entry::SettingsEntry;
use crate::registry::settings::error::SettingsIssue;
use crate::registry::settings::key::KeyPattern;
use crate::registry::settings::merge;
use crate::registry::settings::search::Search;
use crate::registry::settings::value::ValueTable;

/// The parsed entries. Later ones are more specific.
#[derive(Debug, Default)]
pub(crate) struct Entries {
    all: Vec<SettingsEntry>,
    /// Entries by the whole name, which may be that of a key's breaker: `hosts[eu-1]`.
    by_name: HashMap<String, usize>,
    /// Entries by the beginning of names.
    by_prefix: HashMap<String, usize>,
    prefix_lengths: BTreeSet<usize>,
    /// The entries for keys, by the possible names of their templates.
    by_group: HashMap<String, Vec<usize>>,
}

/// A breaker, as entries are matched with it.
pub(crate) struct Subject {
    pub(super) name: &'static str,
    /// The name with the key, `hosts[eu-1]`, with the key as it is and as it is printed.
    pub(super) labels: Vec<String>,
    /// The options of the code.
    pub(super) own: Config,
    pub(super) is_template: bool,
    /// Whether `retry` has no effect, as no function of the breaker has it.
    pub(super) never_retries: bool,
}

impl Subject {
    pub(crate) fn of(inner: &Inner, with_key: bool) -> Self {
        let name = inner.name();
        let key = inner.key().filter(|_| with_key);
        let mut labels: Vec<_> = key
            .into_iter()
            .flat_map(|key| [key.text(), key.to_string()])
            .map(|key| format!("{name}[{key}]"))
            .collect();
        labels.dedup();
        let is_template = inner.own_limits().is_some();
        Self { name, labels, own: inner.cold_to_read().own_config(), is_template, never_retries: false }
    }

    /// Returns the subject for a breaker that is not in this process: its code has these options.
    #[cfg(feature = "lab")]
    pub(crate) fn elsewhere(name: &'static str, key: Option<&str>, own: Config) -> Self {
        let labels = key.map(|key| format!("{name}[{key}]")).into_iter().collect();
        Self { name, labels, own, is_template: key.is_some(), never_retries: false }
    }

    /// Returns the subject for all keys of a breaker that is not in this process.
    #[cfg(feature = "lab")]
    pub(crate) fn keys_elsewhere(name: &'static str, own: Config) -> Self {
        Self { is_template: true, ..Self::elsewhere(name, None, own) }
    }

    /// Sets whether an entry that changes how calls are retried has no effect, for a check.
    pub(crate) fn never_retries(self, never_retries: bool) -> Self {
        Self { never_retries, ..self }
    }
}

impl Entries {
    /// Parses all entries. Returns what is wrong with each by itself as well, whether or not it matches
    /// a breaker.
    pub(super) fn parse(settings: &ValueTable) -> (Self, Vec<SettingsIssue>) {
        let repeated = settings.repeated().map(|key| {
            SettingsIssue::of_entry(key, None, "there are two entries with this key".to_owned())
        });
        let mut issues: Vec<_> = repeated.collect();
        let mut search = Search::new();
        let parsed = settings.0.iter();
        let mut parsed: Vec<_> = parsed
            .filter_map(|(key, value)| SettingsEntry::parse(key, value, &mut issues, &mut search))
            .collect();
        parsed.sort_by_key(|entry| entry.key.specificity());
        let mut entries = Self::default();
        for entry in parsed {
            entries.add(entry);
        }
        (entries, issues)
    }

    fn add(&mut self, entry: SettingsEntry) {
        let at = self.all.len();
        let text = entry.key.text().to_owned();
        for group in entry.key.groups() {
            self.by_group.entry(group.to_owned()).or_default().push(at);
        }
        if entry.key.is_name() {
            self.by_name.entry(text).or_insert(at);
        } else {
            self.prefix_lengths.insert(text.len());
            self.by_prefix.entry(text).or_insert(at);
        }
        self.all.push(entry);
    }

    /// Returns the keys of all entries, the least specific first: each with its name, or with the
    /// beginning of names.
    #[cfg(feature = "lab")]
    pub(crate) fn keys(&self) -> impl Iterator<Item = (String, &str)> {
        self.all.iter().map(|entry| (entry.key.to_string(), entry.key.text()))
    }

    /// Returns whether some entries are for single keys.
    pub(super) fn has_keys(&self) -> bool {
        !self.by_group.is_empty()
    }

    /// Returns the keys of entries that match none of these names, of which `templates` have breakers of
    /// keys.
    pub(crate) fn unmatched(&self, names: &BTreeSet<&str>, templates: &HashSet<&str>) -> Vec<String> {
        let matches = |key: &KeyPattern| {
            let begins =
                |from: &str| names.range(from..).next().is_some_and(|name| name.starts_with(from));
            let is_there = if key.is_name() { names.contains(key.text()) } else { begins(key.text()) };
            is_there || key.groups().any(|group| templates.contains(group))
        };
        let keys = self.all.iter().map(|entry| &entry.key);
        keys.filter(|key| !matches(key)).map(KeyPattern::to_string).collect()
    }

    /// Returns the entries for a breaker, of which later ones are more specific: beginnings of its name,
    /// the name, beginnings of its label, the label.
    fn layers(&self, name: &str, labels: &[String]) -> Vec<&SettingsEntry> {
        let mut layers: Vec<_> = self.prefixes(name, None).collect();
        layers.extend(self.named(name));
        layers.extend(self.layers_of_key(name, labels));
        layers
    }

    /// Returns the entries for a single key.
    fn layers_of_key(&self, name: &str, labels: &[String]) -> Vec<&SettingsEntry> {
        let prefixes = labels.iter().flat_map(|label| self.prefixes(label, Some(name.len())));
        prefixes.chain(labels.iter().filter_map(|label| self.named(label))).collect()
    }

    fn named(&self, name: &str) -> Option<&SettingsEntry> {
        self.by_name.get(name).map(|at| &self.all[*at])
    }

    fn prefixes(&self, text: &str, longer_than: Option<usize>) -> impl Iterator<Item = &SettingsEntry> {
        let lengths = self.prefix_lengths.range(..=text.len());
        let lengths = lengths.filter(move |length| longer_than.is_none_or(|shorter| **length > shorter));
        let found = lengths.filter_map(|length| self.by_prefix.get(text.get(..*length)?));
        found.map(|at| &self.all[*at])
    }

    /// Returns the options of a key's breaker: those that its template gives it, and over them those of
    /// the entries for the key. Returns `None` if no entry is for it.
    ///
    /// # Errors
    ///
    /// If the entries do not go together with the template's options.
    pub(super) fn over(&self, subject: &Subject, given: Desired) -> Option<Result<Desired, ()>> {
        let layers = self.layers_of_key(subject.name, &subject.labels);
        (!layers.is_empty()).then(|| merge::over(given, &layers))
    }

    /// Returns the options of a breaker: those of its code, and over them those of the entries that
    /// match it. Returns `None` if no entry matches.
    ///
    /// # Errors
    ///
    /// With the issues of the merged options that an entry causes.
    pub(crate) fn wanted(&self, subject: &Subject) -> Result<Option<Desired>, Vec<SettingsIssue>> {
        let layers = self.layers(subject.name, &subject.labels);
        if layers.is_empty() {
            return Ok(None);
        }
        merge::for_breaker(subject, &layers).map(Some)
    }

    /// Returns what is wrong with the entries for single keys of a template, also for keys that have no
    /// breaker yet.
    pub(crate) fn issues_of_keys(&self, template: &Subject) -> Vec<SettingsIssue> {
        let of_keys = self.by_group.get(template.name).into_iter().flatten();
        let issues = of_keys.filter(|_| template.is_template).map(|at| {
            let entry = &self.all[*at];
            let label = entry.key.text().to_owned();
            let subject = Subject { labels: vec![label], is_template: false, ..*template };
            let mut layers = self.layers(subject.name, &subject.labels);
            if !entry.key.is_name() {
                layers.push(entry);
            }
            let of_group = keyed::NAMES.iter().filter(|option| entry.sets(option)).map(|option| {
                let text =
                    format!("`{option}` is for all keys together: write it under \"{}\"", template.name);
                SettingsIssue::of_entry(&entry.key.to_string(), Some(option), text)
            });
            let mut issues: Vec<_> = of_group.collect();
            issues.extend(merge::for_breaker(&subject, &layers).err().into_iter().flatten());
            issues
        });
        issues.flatten().collect()
    }
}
