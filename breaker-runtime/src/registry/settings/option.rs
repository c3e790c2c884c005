//! The options that settings may set, and the values that they are parsed into.
//!
//! The options of the policy are made from the table of options.

use crate::breaker::injection::Plan;
use crate::breaker::reconfigure::DesiredMode;
use crate::config::keyed::{LimitsChange, keyed_options};
use crate::config::retry::RetryChange;
use crate::config::table::policy_options;
use crate::config::{Config, ConfigChange, ConfigUpdate};
use crate::registry::settings::parse::{Given, ValueIssues, unknown};
use crate::registry::settings::search::Search;
use crate::registry::settings::shadow::{self, ShadowSetting};
use crate::registry::settings::value::SettingValue;
use crate::registry::settings::words::Foreign;

/// The value of one option, parsed and checked by itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum ParsedValue {
    Policy(ConfigChange),
    Limits(LimitsChange),
    Retry(RetryChange),
    Inject(Option<&'static Plan>),
    Mode(DesiredMode),
    Shadow(ShadowSetting),
}

/// The options of one breaker while entries are merged into them, the more specific ones later.
pub(super) struct Draft {
    pub(super) options: ConfigUpdate,
    pub(super) mode: DesiredMode,
    pub(super) retry: RetryChange,
    pub(super) injection: Option<&'static Plan>,
    pub(super) limits: LimitsChange,
}

impl Draft {
    pub(super) fn new(config: Config) -> Self {
        Self {
            options: ConfigUpdate::new(config),
            mode: DesiredMode::Any,
            retry: RetryChange::NOTHING,
            injection: None,
            limits: LimitsChange::NOTHING,
        }
    }

    /// Sets one option.
    pub(super) fn apply(&mut self, value: ParsedValue) {
        match value {
            ParsedValue::Policy(change) => self.options.apply(change),
            ParsedValue::Limits(change) => self.limits = self.limits.merged(change),
            ParsedValue::Retry(change) => self.retry = self.retry.merged(change),
            ParsedValue::Inject(injection) => self.injection = injection,
            ParsedValue::Mode(mode) => self.mode = mode,
            ParsedValue::Shadow(setting) => shadow::apply(setting, &mut self.options),
        }
    }
}

/// An option, with the reader of its values.
pub(super) struct Setting {
    pub(super) name: &'static str,
    parse: fn(Given<'_>, &mut Search) -> Result<ParsedValue, ValueIssues>,
}

/// Expands to the reader of an option of the policy.
macro_rules! parse_policy {
    ($name:ident (optional throttle in $range:ident) $off:tt) => {
        |given, search| {
            given.throttle(search).map(|change| ParsedValue::Policy(ConfigChange::$name(change)))
        }
    };
    ($name:ident (optional group in $range:ident) $off:tt) => {
        |given, _| parsed(given.group(), |group| ParsedValue::Policy(ConfigChange::$name(group)))
    };
    ($name:ident (optional $kind:ident in $range:ident) ()) => {
        |given, _| parsed(given.$kind(), |value| ParsedValue::Policy(ConfigChange::$name(Some(value))))
    };
    ($name:ident (switchable $kind:ident in $range:ident) $off:tt) => {
        parse_policy!($name (optional $kind in $range) $off)
    };
    ($name:ident (optional $kind:ident in $range:ident) $off:tt) => {
        |given, _| {
            let value = given.unless_off(Given::$kind);
            parsed(value, |value| ParsedValue::Policy(ConfigChange::$name(value)))
        }
    };
    ($name:ident (fixed $kind:ident in $range:ident) $off:tt) => {
        |given, _| parsed(given.$kind(), |value| ParsedValue::Policy(ConfigChange::$name(value)))
    };
}

macro_rules! define_settings {
    ($($(#[$doc:meta])* $name:ident {
        with: $with:tt, value: $value:tt, default: $default:tt, get: $get:tt, off: $off:tt, needs: $needs:tt,
        fits: $fits:tt, feature: $feature:tt, aliases: $aliases:tt,
    })*) => {
        /// The options of the policy.
        static POLICY: &[Setting] = &[$(
            Setting { name: stringify!($name), parse: parse_policy!($name $value $off) },
        )*];
    };
}

policy_options! { [define_settings] }

macro_rules! parse_limit {
    ($given:ident $search:ident outlier $off:tt) => {
        $given.outlier($search)
    };
    ($given:ident $search:ident $kind:ident ()) => {
        $given.$kind().map_err(|issue| vec![issue])
    };
    ($given:ident $search:ident $kind:ident $off:tt) => {
        $given.unless_off(Given::$kind).map_err(|issue| vec![issue])
    };
}

macro_rules! define_keyed_settings {
    ($($(#[$doc:meta])* $name:ident {
        with: $with:tt, value: ($storage:ident $kind:ident in $range:ident), default: $default:tt, off: $off:tt,
    })*) => {
        /// The options of keyed breakers.
        static KEYED: &[Setting] = &[$(Setting {
            name: stringify!($name),
            parse: |given, search| {
                let _ = &search;
                let value = parse_limit!(given search $kind $off)?;
                limits(LimitsChange { $name: Some(value), ..LimitsChange::NOTHING })
            },
        },)*];
    };
}

keyed_options! { [define_keyed_settings] }

/// The other options.
static OTHERS: [Setting; 5] = [
    Setting { name: "retry", parse: |given, search| given.retry(search).map(ParsedValue::Retry) },
    Setting { name: "inject", parse: |given, search| given.inject(search).map(ParsedValue::Inject) },
    Setting { name: "shadow", parse: |given, search| given.shadow(search).map(ParsedValue::Shadow) },
    Setting {
        name: "mode",
        parse: |given, _| parsed(given.mode(), |mode| ParsedValue::Mode(DesiredMode::Set(mode))),
    },
    Setting {
        name: "observe",
        parse: |given, _| {
            let mode = |on| if on { DesiredMode::DryRun } else { DesiredMode::Any };
            parsed(given.flag(), |on| ParsedValue::Mode(mode(on)))
        },
    },
];

fn parsed<T>(
    value: Result<T, String>,
    to: impl FnOnce(T) -> ParsedValue,
) -> Result<ParsedValue, ValueIssues> {
    value.map(to).map_err(|issue| vec![issue])
}

/// Checks limits of a group, which have ranges of their own.
fn limits(change: LimitsChange) -> Result<ParsedValue, ValueIssues> {
    let issues: ValueIssues = change.check().iter().map(ToString::to_string).collect();
    if issues.is_empty() { Ok(ParsedValue::Limits(change)) } else { Err(issues) }
}

/// The options of the attribute that are part of the code.
const OF_THE_CODE: [&str; 13] = [
    "name",
    "breaker",
    "key",
    "probe",
    "failure_if",
    "ignore_if",
    "exclude",
    "fallback",
    "fallback_on",
    "last_good",
    "clone",
    "accessor",
    "crate",
];

impl Setting {
    /// Returns all of them, in the order of the builder's table.
    pub(super) fn all() -> impl Iterator<Item = &'static Self> {
        POLICY.iter().chain(KEYED).chain(&OTHERS)
    }

    /// Returns the option of this name.
    pub(super) fn find(name: &str) -> Option<&'static Self> {
        Self::all().find(|setting| setting.name == name)
    }

    /// Returns what is wrong with the name of an option that [`find`](Self::find) does not find.
    pub(super) fn unknown(name: &str, search: &mut Search) -> String {
        if OF_THE_CODE.contains(&name) {
            return format!("`{name}` belongs to the code: settings cannot change it");
        }
        match Foreign::option(name) {
            Some(foreign) if OF_THE_CODE.contains(&foreign.target()) => format!(
                "unknown option `{name}`: {}; it belongs to the code: settings cannot change it",
                foreign.advice()
            ),
            Some(foreign) => format!("unknown option `{name}`: {}", foreign.advice()),
            None => {
                let names: Vec<_> = Self::all().map(|setting| setting.name).collect();
                unknown("", name, &names, search)
            }
        }
    }

    /// Returns what is wrong with the name of an option in a table that has only these.
    #[cfg(feature = "shadow")]
    pub(super) fn unknown_among(
        table: &str,
        name: &str,
        names: &[&'static str],
        search: &mut Search,
    ) -> String {
        match Foreign::option(name).filter(|foreign| names.contains(&foreign.target())) {
            Some(foreign) => format!("unknown option `{table}{name}`: {}", foreign.advice()),
            None => unknown(table, name, names, search),
        }
    }

    /// Returns whether it is an option of the policy.
    #[cfg(feature = "shadow")]
    pub(super) fn is_of_policy(&self) -> bool {
        POLICY.iter().any(|setting| setting.name == self.name)
    }

    /// Returns whether an option of this name is part of the code.
    #[cfg(feature = "shadow")]
    pub(super) fn is_of_the_code(name: &str) -> bool {
        OF_THE_CODE.contains(&name)
    }

    /// Parses a value of this option.
    ///
    /// # Errors
    ///
    /// With everything that is wrong with the value by itself.
    pub(super) fn parse(
        &self,
        value: &SettingValue,
        search: &mut Search,
    ) -> Result<ParsedValue, ValueIssues> {
        self.parse_at(Given { option: self.name, value: &value.0 }, search)
    }

    /// Parses a value as [`parse`](Self::parse) does, under the name that errors give it.
    pub(super) fn parse_at(
        &self,
        given: Given<'_>,
        search: &mut Search,
    ) -> Result<ParsedValue, ValueIssues> {
        (self.parse)(given, search)
    }
}

#[cfg(test)]
pub(super) fn names() -> (Vec<&'static str>, Vec<&'static str>) {
    let mut parts = crate::registry::settings::parse::PARTS_OF_RETRY.to_vec();
    parts.push("if");
    (Setting::all().map(|setting| setting.name).chain(OF_THE_CODE).collect(), parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::option_facts;

    #[test]
    fn settings_that_take_off_are_those_of_the_table() {
        for option in option_facts() {
            let setting = Setting::find(option.name).expect(option.name);
            let off = setting.parse(&SettingValue::from("off"), &mut Search::new());
            // For a flag it is `false`.
            assert_eq!(off.is_ok(), option.off || option.kind == "flag", "{}", option.name);
        }
    }

    #[test]
    fn aliases_are_the_words_of_other_libraries_for_the_option() {
        for option in option_facts() {
            for word in option.aliases {
                assert_eq!(Foreign::option(word).map(Foreign::target), Some(option.name), "{word}");
            }
        }
    }

    #[test]
    fn main_words_of_other_libraries_are_aliases() {
        for word in [
            "fail_max",
            "reset_timeout",
            "max_requests",
            "interval",
            "ready_to_trip",
            "rolling_window",
            "sleep_window",
            "wait_duration_in_open_state",
            "sliding_window_size",
            "permitted_number_of_calls_in_half_open_state",
            "break_duration",
            "failure_ratio",
            "volume_threshold",
            "delay",
            "recovery_timeout",
        ] {
            assert!(option_facts().iter().any(|option| option.aliases.contains(&word)), "{word}");
        }
    }

    #[test]
    fn off_is_documented_for_options_that_take_it() {
        let source = include_str!("mod.rs");
        let (_, list) = source.split_once("/// - `\"off\"`").expect("the list");
        let (list, _) = list.split_once("/// - ").expect("the next item of the list");
        let off = SettingValue::from("off");
        for setting in Setting::all() {
            let taken = setting.parse(&off, &mut Search::new()).is_ok();
            let documented = list.contains(&format!("`{}`", setting.name));
            assert_eq!(documented, taken, "{}", setting.name);
        }
    }
}
