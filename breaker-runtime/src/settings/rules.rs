//! Settings that have been read, and what they come to for a breaker.

use super::error::SettingsMistake;
use super::key::Key;
use super::option::{Draft, Setting};
use super::value::{Raw, SettingValue, Table};
use crate::config::{BadValue, Config, Fault};
use crate::engine::Wanted;

#[derive(Debug, Default)]
pub(super) struct Rules {
    /// The more specific ones come later.
    entries: Vec<Entry>,
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
    pub(super) fn read(settings: &Table) -> (Self, Vec<SettingsMistake>) {
        let mut mistakes: Vec<_> = settings
            .repeated()
            .map(|key| mistake(key, None, "there are two entries with this key".to_owned()))
            .collect();
        let entries = settings.0.iter();
        let mut entries: Vec<_> =
            entries.filter_map(|(key, value)| Entry::read(key, value, &mut mistakes)).collect();
        entries.sort_by_key(|entry| entry.key.specificity());
        (Self { entries }, mistakes)
    }

    /// The keys that match none of these names.
    pub(super) fn unmatched(&self, names: &[&str]) -> Vec<String> {
        let matches = |key: &Key| names.iter().any(|name| key.matches(name));
        self.entries
            .iter()
            .map(|entry| &entry.key)
            .filter(|key| !matches(key))
            .map(Key::to_string)
            .collect()
    }

    /// What a breaker is to do; `None` if no entry is for it.
    pub(super) fn wanted(
        &self,
        breaker: &'static str,
        own: Config,
    ) -> Result<Option<Wanted>, Vec<SettingsMistake>> {
        let layers: Vec<_> = self.entries.iter().filter(|entry| entry.key.matches(breaker)).collect();
        if layers.is_empty() {
            return Ok(None);
        }
        let mut draft = Draft::new(own);
        for (setting, value) in layers.iter().flat_map(|entry| &entry.given) {
            // What cannot be read has been told already.
            let _ = setting.read(value, &mut draft);
        }
        let problems = draft.options.check();
        let mistakes: Vec<_> =
            problems.into_iter().filter_map(|problem| blame(problem, &layers, breaker)).collect();
        if mistakes.is_empty() {
            Ok(Some(Wanted { config: draft.options.config, dry_run: draft.dry_run }))
        } else {
            Err(mistakes)
        }
    }
}

impl Entry {
    /// `None` if there is nothing in it that could be held against other entries.
    fn read(key: &str, value: &SettingValue, mistakes: &mut Vec<SettingsMistake>) -> Option<Self> {
        let told = mistakes.len();
        let read_key =
            Key::new(key).map_err(|problem| mistakes.push(mistake(key, None, problem.to_owned())));
        let table =
            options(key, value).map_err(|problem| mistakes.push(mistake(key, None, problem))).ok()?;
        for option in table.repeated() {
            mistakes.push(mistake(key, Some(option), format!("`{option}` is given twice")));
        }
        let mut draft = Draft::new(Config::DEFAULT);
        let (mut given, mut unread) = (Vec::new(), Vec::new());
        for (option, value) in &table.0 {
            let problems = match Setting::find(option) {
                Err(problem) => vec![problem],
                Ok(setting) => {
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
        _ if Setting::find(key).is_ok() => {
            Err(format!("`{key}` is an option, and belongs under the name of a breaker or under `*`"))
        }
        other => Err(format!("takes a table of options, such as `timeout = \"30s\"`, not {other}")),
    }
}

/// Whose mistake it is that options do not go together; `None` if it is nobody's, or follows from one that has
/// been told.
fn blame(mut problem: BadValue, layers: &[&Entry], breaker: &'static str) -> Option<SettingsMistake> {
    let option = problem.option;
    let giver = layers.iter().rfind(|entry| entry.gives(option));
    let culprit = match problem.fault {
        Fault::Range => return None,
        // A prefix says what is to hold where it can, and the code could not know the settings.
        Fault::Useless => {
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
    Some(SettingsMistake { breaker: Some(breaker), ..told })
}

fn mistake(key: &str, option: Option<&str>, text: String) -> SettingsMistake {
    SettingsMistake { key: key.to_owned(), breaker: None, option: option.map(str::to_owned), text }
}
