//! Reads the option `shadow`: a table of options of the policy.

use crate::config::ConfigUpdate;
#[cfg(feature = "shadow")]
use crate::config::shadow::{Shadow, ShadowOptions};
#[cfg(feature = "shadow")]
use crate::registry::settings::option::{ParsedValue, Setting};
use crate::registry::settings::parse::{Given, ValueIssues};
use crate::registry::settings::search::Search;
#[cfg(feature = "shadow")]
use crate::registry::settings::value::{RawValue, SettingValue};

/// The options of a shadow, of which there is none without the feature; `None` switches it off.
#[cfg(feature = "shadow")]
pub(super) type ShadowSetting = Option<Shadow>;
#[cfg(not(feature = "shadow"))]
pub(super) type ShadowSetting = Option<std::convert::Infallible>;

/// Sets the shadow: its options replace those of less specific entries and of the code one by one.
#[cfg(feature = "shadow")]
pub(super) fn apply(setting: ShadowSetting, options: &mut ConfigUpdate) {
    let before = options.config.shadow;
    options.config.shadow = setting.map(|over| match before {
        Some(before) => before.merged(over).kept(),
        None => over,
    });
}

#[cfg(not(feature = "shadow"))]
pub(super) fn apply(_: ShadowSetting, _: &mut ConfigUpdate) {}

#[cfg(not(feature = "shadow"))]
impl Given<'_> {
    /// Reads `"off"`: without the feature there is no shadow.
    pub(super) fn shadow(&self, _: &mut Search) -> Result<ShadowSetting, ValueIssues> {
        if self.as_flag() == Some(false) {
            return Ok(None);
        }
        Err(vec![
            "`shadow` needs the feature `shadow` of breaker-runtime; add it in Cargo.toml, or leave the option out"
                .to_owned(),
        ])
    }
}

#[cfg(feature = "shadow")]
impl Given<'_> {
    /// Reads the table of a shadow's options; `None` switches it off.
    pub(super) fn shadow(&self, search: &mut Search) -> Result<ShadowSetting, ValueIssues> {
        if self.as_flag() == Some(false) {
            return Ok(None);
        }
        let RawValue::ValueTable(table) = self.value else {
            return Err(vec![
                self.wrong("a table of options, such as `{ failure_rate = 0.3 }`, or \"off\""),
            ]);
        };
        let repeated = table.repeated().map(|name| format!("`shadow.{name}` is given twice"));
        let mut issues: ValueIssues = repeated.collect();
        let mut options = ShadowOptions::new();
        for (name, SettingValue(value)) in &table.0 {
            let path = format!("shadow.{name}");
            match shadow_part(name, Given { option: &path, value }, search) {
                Ok(ParsedValue::Policy(change)) => options.set(change),
                Ok(_) => issues.push(of_calls(name)),
                Err(more) => issues.extend(more),
            }
        }
        if table.0.is_empty() {
            issues.push(
                "`shadow` is empty; give an option that differs, such as `failure_rate`".to_owned(),
            );
        }
        if issues.is_empty() { Ok(Some(options.kept())) } else { Err(issues) }
    }
}

/// Reads one option of a shadow.
#[cfg(feature = "shadow")]
fn shadow_part(name: &str, given: Given<'_>, search: &mut Search) -> Result<ParsedValue, ValueIssues> {
    let is_taken = |setting: &&Setting| setting.is_of_policy() && ShadowOptions::takes(setting.name);
    if let Some(setting) = Setting::find(name) {
        return match Some(setting).filter(is_taken) {
            Some(setting) => setting.parse_at(given, search),
            None => Err(vec![of_calls(name)]),
        };
    }
    if Setting::is_of_the_code(name) {
        return Err(vec![of_calls(name)]);
    }
    let names: Vec<_> = Setting::all().filter(is_taken).map(|setting| setting.name).collect();
    Err(vec![Setting::unknown_among("shadow.", name, &names, search)])
}

#[cfg(feature = "shadow")]
fn of_calls(name: &str) -> String {
    format!(
        "`shadow.{name}` has no effect: a shadow decides about calls that run in any case; leave it out"
    )
}
