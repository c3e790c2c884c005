//! One entry of settings: a key, and the options under it with their values parsed.

use crate::config::{Config, Fault};
use crate::registry::settings::error::SettingsIssue;
use crate::registry::settings::key::KeyPattern;
use crate::registry::settings::option::{Draft, ParsedValue, Setting};
use crate::registry::settings::search::Search;
use crate::registry::settings::value::{RawValue, SettingValue, ValueTable};

/// The options under one key. Values are parsed once, when settings are read.
pub(super) struct SettingsEntry {
    pub(super) key: KeyPattern,
    pub(super) options: Vec<(&'static Setting, ParsedValue)>,
    /// The options with values that cannot be read.
    pub(super) invalid: Vec<&'static str>,
    /// Whether nothing is wrong with the entry by itself.
    pub(super) is_valid: bool,
}

impl SettingsEntry {
    /// Parses an entry, and adds what is wrong with it by itself to `issues`. Returns `None` if nothing
    /// in it can apply to a breaker.
    pub(super) fn parse(
        key: &str,
        value: &SettingValue,
        issues: &mut Vec<SettingsIssue>,
        search: &mut Search,
    ) -> Option<Self> {
        let before = issues.len();
        let parsed_key = KeyPattern::new(key)
            .map_err(|text| issues.push(SettingsIssue::of_entry(key, None, text.to_owned())));
        let table = table(key, value)
            .map_err(|text| issues.push(SettingsIssue::of_entry(key, None, text)))
            .ok()?;
        for option in table.repeated() {
            let text = format!("`{option}` is given twice");
            issues.push(SettingsIssue::of_entry(key, Some(option), text));
        }
        let has = |option: &str| table.0.iter().any(|(name, _)| name == option);
        if has("mode") && has("observe") {
            let text = "`observe` and `mode` say the same thing: leave one of them out".to_owned();
            issues.push(SettingsIssue::of_entry(key, Some("observe"), text));
        }
        let (mut options, mut invalid) = (Vec::new(), Vec::new());
        let mut draft = Draft::new(Config::DEFAULT);
        for (option, value) in &table.0 {
            let texts = match Setting::find(option) {
                None => vec![Setting::unknown(option, search)],
                Some(setting) => match setting.parse(value, search) {
                    Ok(value) => {
                        draft.apply(value);
                        options.push((setting, value));
                        continue;
                    }
                    Err(texts) => {
                        invalid.push(setting.name);
                        texts
                    }
                },
            };
            let texts = texts.into_iter();
            issues.extend(texts.map(|text| SettingsIssue::of_entry(key, Some(option), text)));
        }
        let out_of_range = draft.options.check().into_iter().filter(|issue| issue.fault == Fault::Range);
        issues.extend(
            out_of_range
                .map(|issue| SettingsIssue::of_entry(key, Some(issue.option), issue.to_string())),
        );
        Some(Self { key: parsed_key.ok()?, options, invalid, is_valid: issues.len() == before })
    }

    /// Returns whether the entry sets an option, or for `table.part` the table.
    pub(super) fn sets(&self, option: &str) -> bool {
        let option = option.split('.').next().unwrap_or(option);
        self.options.iter().any(|(setting, _)| setting.name == option)
    }
}

impl std::fmt::Debug for SettingsEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("SettingsEntry").field(&self.key).finish()
    }
}

fn table<'v>(key: &str, value: &'v SettingValue) -> Result<&'v ValueTable, String> {
    match &value.0 {
        RawValue::ValueTable(table) => Ok(table),
        _ if Setting::find(key).is_some() => {
            Err(format!("`{key}` is an option, and belongs under the name of a breaker or under `*`"))
        }
        other => Err(format!("takes a table of options, such as `timeout = \"30s\"`, not {other}")),
    }
}
