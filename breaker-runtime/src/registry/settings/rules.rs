//! Settings that have been read, and what they come to for a breaker.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::breaker::inner::Inner;
use crate::breaker::reconfigure::Desired;
use crate::config::{Config, ConfigUpdate, Fault, InvalidOption};
use crate::registry::settings::error::SettingsIssue;
use crate::registry::settings::key::Key;
use crate::registry::settings::option::{Draft, Setting};
use crate::registry::settings::search::Search;
use crate::registry::settings::value::{Raw, SettingValue, Table};

#[derive(Debug, Default)]
pub(super) struct Rules {
    /// The more specific ones come later.
    entries: Vec<Entry>,
    /// By the whole name, which may be that of a key's breaker: `hosts[eu-1]`.
    by_name: HashMap<String, usize>,
    /// By how names begin.
    by_prefix: HashMap<String, usize>,
    prefix_lengths: BTreeSet<usize>,
    /// Those for keys, by what may be the name of their template.
    by_family: HashMap<String, Vec<usize>>,
}

/// A breaker, as entries ask for it.
pub(super) struct Subject {
    name: &'static str,
    /// That of a key: `hosts[eu-1]`, as it is and as it is printed.
    labels: Vec<String>,
    own: Config,
    /// Of a template.
    is_template: bool,
    /// Calls are not retried, whatever `retry` says.
    never_retries: bool,
}

impl Subject {
    pub(super) fn of(engine: &Inner, with_key: bool) -> Self {
        let name = engine.name();
        let key = engine.key().filter(|_| with_key);
        let mut labels: Vec<_> = key
            .into_iter()
            .flat_map(|key| [key.text(), key.to_string()])
            .map(|key| format!("{name}[{key}]"))
            .collect();
        labels.dedup();
        let is_template = engine.own_limits().is_some();
        Self { name, labels, own: engine.own_config(), is_template, never_retries: false }
    }

    /// For a check: an entry that changes how calls are retried is an issue if none is.
    pub(super) fn never_retries(self, never_retries: bool) -> Self {
        Self { never_retries, ..self }
    }
}

struct Entry {
    key: Key,
    given: Vec<(&'static Setting, SettingValue)>,
    /// The options whose values are mistakes.
    unread: Vec<&'static str>,
    /// Whether there was no mistake.
    sound: bool,
}

impl Rules {
    /// What is wrong with an entry by itself is told here, whether or not it is for any breaker.
    pub(super) fn read(settings: &Table) -> (Self, Vec<SettingsIssue>) {
        let mut mistakes: Vec<_> = settings
            .repeated()
            .map(|key| mistake(key, None, "there are two entries with this key".to_owned()))
            .collect();
        let entries = settings.0.iter();
        let mut search = Search::new();
        let mut entries: Vec<_> = entries
            .filter_map(|(key, value)| Entry::read(key, value, &mut mistakes, &mut search))
            .collect();
        entries.sort_by_key(|entry| entry.key.specificity());
        let mut rules = Self::default();
        for entry in entries {
            rules.add(entry);
        }
        (rules, mistakes)
    }

    fn add(&mut self, entry: Entry) {
        let at = self.entries.len();
        let text = entry.key.text().to_owned();
        for family in entry.key.families() {
            self.by_family.entry(family.to_owned()).or_default().push(at);
        }
        if entry.key.is_name() {
            self.by_name.entry(text).or_insert(at);
        } else {
            self.prefix_lengths.insert(text.len());
            self.by_prefix.entry(text).or_insert(at);
        }
        self.entries.push(entry);
    }

    /// Returns whether some entries are for single keys.
    pub(super) fn has_keys(&self) -> bool {
        !self.by_family.is_empty()
    }

    /// The keys that match none of these names, of which `templates` have breakers of keys.
    pub(super) fn unmatched(&self, names: &BTreeSet<&str>, templates: &HashSet<&str>) -> Vec<String> {
        let matches = |key: &Key| {
            let begins =
                |from: &str| names.range(from..).next().is_some_and(|name| name.starts_with(from));
            let is_there = if key.is_name() { names.contains(key.text()) } else { begins(key.text()) };
            is_there || key.families().any(|family| templates.contains(family))
        };
        let keys = self.entries.iter().map(|entry| &entry.key);
        keys.filter(|key| !matches(key)).map(Key::to_string).collect()
    }

    /// The entries for a breaker, of which later ones are more specific: beginnings of its name, the name, beginnings
    /// of its label, the label.
    fn layers(&self, name: &str, labels: &[String]) -> Vec<&Entry> {
        let mut layers: Vec<_> = self.prefixes(name, None).collect();
        layers.extend(self.named(name));
        layers.extend(self.layers_of_key(name, labels));
        layers
    }

    /// The entries for a single key.
    fn layers_of_key(&self, name: &str, labels: &[String]) -> Vec<&Entry> {
        let prefixes = labels.iter().flat_map(|label| self.prefixes(label, Some(name.len())));
        prefixes.chain(labels.iter().filter_map(|label| self.named(label))).collect()
    }

    fn named(&self, name: &str) -> Option<&Entry> {
        self.by_name.get(name).map(|at| &self.entries[*at])
    }

    fn prefixes(&self, text: &str, longer_than: Option<usize>) -> impl Iterator<Item = &Entry> {
        let lengths = self.prefix_lengths.range(..=text.len());
        let lengths = lengths.filter(move |length| longer_than.is_none_or(|shorter| **length > shorter));
        let found = lengths.filter_map(|length| self.by_prefix.get(text.get(..*length)?));
        found.map(|at| &self.entries[*at])
    }

    /// Returns what the entries for a single key make of what its template gives it; `None` if no entry is for it.
    ///
    /// # Errors
    ///
    /// If the entries do not go together with that.
    pub(super) fn over(&self, subject: &Subject, given: Desired) -> Option<Result<Desired, ()>> {
        let layers = self.layers_of_key(subject.name, &subject.labels);
        if layers.is_empty() {
            return None;
        }
        let draft = Draft::over(given, &layers);
        // The template's options need not have an effect beside the key's.
        let is_sound = draft.options.check().iter().all(|problem| problem.fault == Fault::Inert);
        Some(is_sound.then(|| draft.into()).ok_or(()))
    }

    /// What a breaker is to do; `None` if no entry is for it.
    pub(super) fn wanted(&self, subject: &Subject) -> Result<Option<Desired>, Vec<SettingsIssue>> {
        let layers = self.layers(subject.name, &subject.labels);
        if layers.is_empty() {
            return Ok(None);
        }
        Self::wanted_of(subject, &layers)
    }

    /// Whether the entries for single keys of a template fit, of keys that have no breaker yet as well.
    pub(super) fn misfits_of_keys(&self, template: &Subject) -> Vec<SettingsIssue> {
        let of_keys = self.by_family.get(template.name).into_iter().flatten();
        let misfits = of_keys.filter(|_| template.is_template).map(|at| {
            let entry = &self.entries[*at];
            let label = entry.key.text().to_owned();
            let subject = Subject { labels: vec![label], is_template: false, ..*template };
            let mut layers = self.layers(subject.name, &subject.labels);
            if !entry.key.is_name() {
                layers.push(entry);
            }
            let no_limits = LIMITS.iter().filter(|limit| entry.gives(limit)).map(|limit| {
                let text =
                    format!("`{limit}` is for all keys together: write it under \"{}\"", template.name);
                mistake(&entry.key.to_string(), Some(limit), text)
            });
            let mut misfits: Vec<_> = no_limits.collect();
            misfits.extend(Self::wanted_of(&subject, &layers).err().into_iter().flatten());
            misfits
        });
        misfits.flatten().collect()
    }

    fn wanted_of(subject: &Subject, layers: &[&Entry]) -> Result<Option<Desired>, Vec<SettingsIssue>> {
        let breaker = subject.name;
        let draft = Draft::over(Draft::new(subject.own).into(), layers);
        let problems = draft.options.check();
        let mut mistakes: Vec<_> =
            problems.into_iter().filter_map(|problem| blame(problem, layers, breaker)).collect();
        if !subject.is_template && subject.labels.is_empty() {
            mistakes.extend(useless(layers, breaker, &LIMITS, "there is one breaker for all calls"));
        }
        if subject.never_retries {
            let why = "no function with this breaker has `retry(..)`";
            // What is for the template has been an issue of that.
            let own =
                layers.iter().filter(|entry| subject.labels.is_empty() || entry.key.text() != breaker);
            mistakes.extend(useless(own, breaker, &["retry"], why));
        }
        if mistakes.is_empty() { Ok(Some(draft.into())) } else { Err(mistakes) }
    }
}

impl Draft {
    fn over(given: Desired, layers: &[&Entry]) -> Self {
        let Desired { config, mode, retry, limits } = given;
        let options = ConfigUpdate::new(config);
        let mut draft = Self { options, mode, retry, limits, search: Search::new() };
        for (setting, value) in layers.iter().flat_map(|entry| &entry.given) {
            // What cannot be read has been told already.
            let _ = setting.read(value, &mut draft);
        }
        draft
    }
}

impl From<Draft> for Desired {
    fn from(Draft { options, mode, retry, limits, .. }: Draft) -> Self {
        Self { config: options.config, mode, retry, limits }
    }
}

/// Options of all breakers of keys together.
const LIMITS: [&str; 3] = ["max_keys", "key_idle", "max_open_keys"];

/// Returns the options that have no effect on a breaker which an entry names. A beginning of names says what is to hold
/// where it can.
fn useless<'e>(
    layers: impl IntoIterator<Item = &'e &'e Entry>,
    breaker: &'static str,
    options: &[&str],
    why: &str,
) -> Vec<SettingsIssue> {
    let named = layers.into_iter().filter(|entry| entry.key.is_name());
    let useless = named.flat_map(|entry| {
        options.iter().filter(|option| entry.gives(option)).map(|option| {
            let text = format!("`{option}` has no effect: {why}; leave it out");
            let told = mistake(&entry.key.to_string(), Some(option), text);
            SettingsIssue { breaker: Some(breaker), ..told }
        })
    });
    useless.collect()
}

impl Entry {
    /// `None` if there is nothing in it that could be held against other entries.
    fn read(
        key: &str,
        value: &SettingValue,
        mistakes: &mut Vec<SettingsIssue>,
        search: &mut Search,
    ) -> Option<Self> {
        let told = mistakes.len();
        let read_key =
            Key::new(key).map_err(|problem| mistakes.push(mistake(key, None, problem.to_owned())));
        let table =
            options(key, value).map_err(|problem| mistakes.push(mistake(key, None, problem))).ok()?;
        for option in table.repeated() {
            mistakes.push(mistake(key, Some(option), format!("`{option}` is given twice")));
        }
        let writes = |option: &str| table.0.iter().any(|(name, _)| name == option);
        if writes("mode") && writes("observe") {
            let text = "`observe` and `mode` say the same thing: leave one of them out".to_owned();
            mistakes.push(mistake(key, Some("observe"), text));
        }
        let mut draft = Draft { search: *search, ..Draft::new(Config::DEFAULT) };
        let (mut given, mut unread) = (Vec::new(), Vec::new());
        for (option, value) in &table.0 {
            let problems = match Setting::find(option) {
                None => vec![Setting::problem(option, &mut draft.search)],
                Some(setting) => {
                    let problems = setting.read(value, &mut draft).err().unwrap_or_default();
                    if problems.is_empty() {
                        given.push((setting, value.clone()));
                    } else {
                        unread.push(setting.name);
                    }
                    problems
                }
            };
            mistakes.extend(problems.into_iter().map(|text| mistake(key, Some(option), text)));
        }
        *search = draft.search;
        let out_of_range =
            draft.options.check().into_iter().filter(|problem| problem.fault == Fault::Range);
        mistakes
            .extend(out_of_range.map(|problem| mistake(key, Some(problem.option), problem.to_string())));
        Some(Self { key: read_key.ok()?, given, unread, sound: mistakes.len() == told })
    }

    fn gives(&self, option: &str) -> bool {
        self.given.iter().any(|(setting, _)| setting.name == option)
    }
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Entry").field(&self.key).finish()
    }
}

fn options<'v>(key: &str, value: &'v SettingValue) -> Result<&'v Table, String> {
    match &value.0 {
        Raw::Table(table) => Ok(table),
        _ if Setting::find(key).is_some() => {
            Err(format!("`{key}` is an option, and belongs under the name of a breaker or under `*`"))
        }
        other => Err(format!("takes a table of options, such as `timeout = \"30s\"`, not {other}")),
    }
}

/// Whose mistake it is that options do not go together; `None` if it is nobody's, or follows from one that has
/// been told.
fn blame(mut problem: InvalidOption, layers: &[&Entry], breaker: &'static str) -> Option<SettingsIssue> {
    let option = problem.option;
    let giver = layers.iter().rfind(|entry| entry.gives(option));
    let culprit = match problem.fault {
        Fault::Range => return None,
        // A prefix says what is to hold where it can, and the code could not know the settings.
        Fault::Inert => {
            giver.filter(|entry| entry.key.is_name() && layers.iter().all(|layer| layer.sound))?
        }
        Fault::Conflict { with } => {
            let unread =
                |entry: &&Entry| entry.unread.iter().any(|name| *name == option || *name == with);
            if layers.iter().any(unread) {
                return None;
            }
            let party = |entry: &&&Entry| entry.gives(option) || entry.gives(with);
            layers.iter().rfind(party).or(layers.last())?
        }
    };
    match giver {
        None => problem.value.push_str(" in the code"),
        Some(entry) if entry.key != culprit.key => {
            problem.value = format!("{} by \"{}\"", problem.value, entry.key);
        }
        Some(_) => {}
    }
    let told = mistake(&culprit.key.to_string(), Some(option), problem.to_string());
    Some(SettingsIssue { breaker: Some(breaker), ..told })
}

fn mistake(key: &str, option: Option<&str>, text: String) -> SettingsIssue {
    SettingsIssue { key: key.to_owned(), breaker: None, option: option.map(str::to_owned), text }
}
