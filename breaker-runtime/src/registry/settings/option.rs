//! The options that settings may set, and how their values are read.

use crate::breaker::reconfigure::DesiredMode;
use crate::config::keyed::LimitsChange;
use crate::config::retry::RetryChange;
use crate::config::{Config, ConfigUpdate, Throttle, Window, range};
use crate::registry::settings::search::Search;
use crate::registry::settings::value::{Raw, SettingValue};
use crate::registry::settings::words::Foreign;
use crate::time::duration;
use crate::types::snapshot::Mode;

/// What entries come to, one after the other.
pub(super) struct Draft {
    pub(super) options: ConfigUpdate,
    pub(super) mode: DesiredMode,
    pub(super) retry: RetryChange,
    pub(super) limits: LimitsChange,
    pub(super) search: Search,
}

impl Draft {
    pub(super) fn new(config: Config) -> Self {
        Self {
            options: ConfigUpdate::new(config),
            mode: DesiredMode::Any,
            retry: RetryChange::NOTHING,
            limits: LimitsChange::NOTHING,
            search: Search::new(),
        }
    }

    fn config(&mut self) -> &mut Config {
        &mut self.options.config
    }
}

type Problems = Vec<String>;
type Read = fn(Given<'_>, &mut Draft) -> Result<(), Problems>;

pub(super) struct Setting {
    pub(super) name: &'static str,
    read: Read,
}

const fn setting(name: &'static str, read: Read) -> Setting {
    Setting { name, read }
}

/// In the order of the builder's table.
static SETTINGS: [Setting; 28] = [
    setting("failure_threshold", |given, draft| {
        let threshold = given.unless_off(Given::count);
        draft.options.no_threshold = threshold == Ok(None);
        put(&mut draft.config().failure_threshold, threshold)
    }),
    setting("failure_rate", |given, draft| {
        put(&mut draft.config().failure_rate, given.unless_off(Given::share))
    }),
    setting("window", |given, draft| put(&mut draft.config().window, given.window().map(Some))),
    setting("min_calls", |given, draft| put(&mut draft.config().min_calls, given.count().map(Some))),
    setting("slow_call", |given, draft| {
        put(&mut draft.config().slow_call, given.unless_off(Given::length))
    }),
    setting("slow_call_rate", |given, draft| {
        put(&mut draft.config().slow_call_rate, given.share().map(Some))
    }),
    setting("timeout", |given, draft| put(&mut draft.config().timeout, given.length())),
    setting("timeout_factor", |given, draft| put(&mut draft.config().timeout_factor, given.decimal())),
    setting("max_timeout", |given, draft| {
        put(&mut draft.config().max_timeout, given.unless_off(Given::length))
    }),
    setting("timeout_jitter", |given, draft| put(&mut draft.config().timeout_jitter, given.share())),
    setting("honour_retry_after", |given, draft| {
        put(&mut draft.config().honour_retry_after, given.flag())
    }),
    setting("success_threshold", |given, draft| {
        put(&mut draft.config().success_threshold, given.count())
    }),
    setting("max_probes", |given, draft| put(&mut draft.config().max_probes, given.count().map(Some))),
    setting("probe_timeout", |given, draft| {
        put(&mut draft.config().probe_timeout, given.length().map(Some))
    }),
    setting("call_timeout", |given, draft| {
        put(&mut draft.config().call_timeout, given.unless_off(Given::length))
    }),
    setting("first_item", |given, draft| {
        put(&mut draft.config().first_item, given.unless_off(Given::length))
    }),
    setting("idle", |given, draft| put(&mut draft.config().idle, given.unless_off(Given::length))),
    setting("ramp", |given, draft| put(&mut draft.config().ramp, given.unless_off(Given::length))),
    setting("throttle", |given, draft| {
        given.throttle(&mut draft.options.config.throttle, &mut draft.search)
    }),
    setting("max_concurrent", |given, draft| {
        put(&mut draft.config().max_concurrent, given.unless_off(Given::count))
    }),
    setting("max_wait", |given, draft| {
        put(&mut draft.config().max_wait, given.unless_off(Given::length))
    }),
    setting("max_pending", |given, draft| {
        put(&mut draft.config().max_pending, given.unless_off(Given::count))
    }),
    setting("max_keys", |given, draft| given.limit(draft, Given::count, |limits| &mut limits.max_keys)),
    setting("key_idle", |given, draft| given.limit(draft, Given::length, |limits| &mut limits.key_idle)),
    setting("max_open_keys", |given, draft| {
        given.limit(draft, |given| given.unless_off(Given::share), |limits| &mut limits.max_open_keys)
    }),
    setting("retry", |given, draft| given.retry(&mut draft.retry, &mut draft.search)),
    setting("mode", |given, draft| put(&mut draft.mode, given.mode().map(DesiredMode::Set))),
    setting("observe", |given, draft| {
        let wanted = |on| if on { DesiredMode::DryRun } else { DesiredMode::Any };
        put(&mut draft.mode, given.flag().map(wanted))
    }),
];

/// Those of the attribute that are part of the code.
const OF_THE_CODE: [&str; 12] = [
    "name",
    "breaker",
    "key",
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
    pub(super) fn find(name: &str) -> Option<&'static Self> {
        SETTINGS.iter().find(|setting| setting.name == name)
    }

    /// Returns what is wrong with the name of an option that [`find`](Self::find) does not find.
    pub(super) fn problem(name: &str, search: &mut Search) -> String {
        if OF_THE_CODE.contains(&name) {
            format!("`{name}` belongs to the code: settings cannot change it")
        } else {
            unknown_option(name, search)
        }
    }

    pub(super) fn read(&self, value: &SettingValue, draft: &mut Draft) -> Result<(), Problems> {
        (self.read)(Given { option: self.name, value: &value.0 }, draft)
    }
}

fn unknown_option(name: &str, search: &mut Search) -> String {
    match Foreign::option(name) {
        Some(foreign) if OF_THE_CODE.contains(&foreign.target()) => format!(
            "unknown option `{name}`: {}; it belongs to the code: settings cannot change it",
            foreign.advice()
        ),
        Some(foreign) => format!("unknown option `{name}`: {}", foreign.advice()),
        None => unknown("", name, &SETTINGS.each_ref().map(|setting| setting.name), search),
    }
}

#[cfg(test)]
pub(super) fn names() -> (Vec<&'static str>, Vec<&'static str>) {
    let of_files = SETTINGS.iter().map(|setting| setting.name);
    let parts = ["attempts", "backoff", "max_backoff", "factor", "jitter", "budget", "if"];
    (of_files.chain(OF_THE_CODE).collect(), parts.to_vec())
}

fn unknown(table: &str, name: &str, names: &[&str], search: &mut Search) -> String {
    let advice = match search.nearest(name, names) {
        Some(Some(near)) => format!("did you mean `{table}{near}`?"),
        Some(None) => format!("the options are {}", names.join(", ")),
        None => "the first ones of these have advice".to_owned(),
    };
    format!("unknown option `{table}{name}`: {advice}")
}

fn put<T>(place: &mut T, value: Result<T, String>) -> Result<(), Problems> {
    *place = value.map_err(|problem| vec![problem])?;
    Ok(())
}

/// An option's value. A text that is a number counts as that number, and so does one that is `true` or
/// `false`, as some formats have nothing but texts.
#[derive(Clone, Copy)]
struct Given<'v> {
    option: &'v str,
    value: &'v Raw,
}

impl Given<'_> {
    fn wrong(&self, takes: &str) -> String {
        format!("`{}` takes {takes}, not {}", self.option, self.value)
    }

    /// `None` for `"off"` or `false`.
    fn unless_off<T>(self, read: fn(&Self) -> Result<T, String>) -> Result<Option<T>, String> {
        if self.as_flag() == Some(false) {
            return Ok(None);
        }
        read(&self).map(Some).map_err(|problem| format!("{problem}; \"off\" switches it off"))
    }

    fn as_flag(&self) -> Option<bool> {
        match self.value {
            Raw::Flag(flag) => Some(*flag),
            Raw::Text(text) if matches!(text.trim(), "true" | "on") => Some(true),
            Raw::Text(text) if matches!(text.trim(), "false" | "off") => Some(false),
            _ => None,
        }
    }

    fn as_number(&self) -> Option<f64> {
        match self.value {
            #[expect(clippy::cast_precision_loss, reason = "no option takes so large a number")]
            Raw::Whole(number) => Some(*number as f64),
            Raw::Decimal(number) => Some(*number),
            Raw::Text(text) => text.trim().replace('_', "").parse().ok(),
            _ => None,
        }
    }

    fn flag(&self) -> Result<bool, String> {
        self.as_flag().ok_or_else(|| self.wrong("true or false"))
    }

    fn count(&self) -> Result<u32, String> {
        let number = self.as_number().filter(|number| *number >= 0.0 && number.fract() == 0.0);
        match number {
            None => Err(self.wrong("a whole number, such as 5")),
            Some(number) if number > f64::from(u32::MAX) => {
                Err(self.wrong(&format!("a whole number up to {}", u32::MAX)))
            }
            #[expect(clippy::cast_sign_loss, reason = "it is from 0 to u32::MAX")]
            Some(number) => Ok(number as u32),
        }
    }

    fn decimal(&self) -> Result<f64, String> {
        self.as_number().ok_or_else(|| self.wrong("a number, such as 2.0"))
    }

    /// A number, or a text with a percentage.
    fn share(&self) -> Result<f64, String> {
        let percent = match self.value {
            Raw::Text(text) => text.trim().strip_suffix('%'),
            _ => None,
        };
        let number = match percent {
            Some(percent) => percent.trim_end().parse().ok().map(|percent: f64| percent / 100.0),
            None => self.as_number(),
        };
        number.ok_or_else(|| self.wrong("a share, such as 0.5 or \"50%\""))
    }

    fn length(&self) -> Result<std::time::Duration, String> {
        match self.value {
            Raw::Length(length) => Ok(*length),
            Raw::Text(text) => {
                duration::parse(text).map_err(|problem| format!("`{}`: {problem}", self.option))
            }
            Raw::Whole(_) | Raw::Decimal(_) => self.seconds(),
            _ => Err(self.wrong("a length of time, such as \"30s\" or a number of seconds")),
        }
    }

    /// A number without a unit.
    fn seconds(&self) -> Result<std::time::Duration, String> {
        let seconds = self.as_number().filter(|seconds| *seconds > 0.0);
        let length = seconds.and_then(|seconds| std::time::Duration::try_from_secs_f64(seconds).ok());
        // Less than half a nanosecond is none.
        length
            .filter(|length| !length.is_zero())
            .ok_or_else(|| self.wrong("a number of seconds above 0"))
    }

    fn window(&self) -> Result<Window, String> {
        match self.value {
            Raw::Length(_) => self.length().map(Window::Span),
            Raw::Text(_) if self.as_number().is_none() => self.length().map(Window::Span),
            Raw::Whole(_) | Raw::Decimal(_) | Raw::Text(_) => self.count().map(Window::Calls),
            _ => Err(self.wrong("a number of calls, such as 100, or a length of time, such as \"10s\"")),
        }
    }

    fn mode(&self) -> Result<Mode, String> {
        let text = match self.value {
            Raw::Text(text) => text.trim().replace(['_', ' '], "-"),
            _ => String::new(),
        };
        match text.as_str() {
            "automatic" => Ok(Mode::Automatic),
            "forced-open" => Ok(Mode::ForcedOpen),
            "forced-closed" => Ok(Mode::ForcedClosed),
            "observe" => Ok(Mode::Observe),
            _ => Err(self.wrong("\"automatic\", \"forced-open\", \"forced-closed\" or \"observe\"")),
        }
    }

    /// A limit of a breaker per key.
    fn limit<T>(
        self,
        draft: &mut Draft,
        read: fn(&Self) -> Result<T, String>,
        place: fn(&mut LimitsChange) -> &mut Option<T>,
    ) -> Result<(), Problems> {
        let mut alone = LimitsChange::NOTHING;
        put(place(&mut alone), read(&self).map(Some))?;
        let problems: Problems = alone.check().iter().map(ToString::to_string).collect();
        if problems.is_empty() {
            *place(&mut draft.limits) = place(&mut alone).take();
            Ok(())
        } else {
            Err(problems)
        }
    }

    /// Keeps what is there already and is not given.
    fn retry(self, retry: &mut RetryChange, search: &mut Search) -> Result<(), Problems> {
        const PARTS: [&str; 6] = ["attempts", "backoff", "max_backoff", "factor", "jitter", "budget"];
        let table = match (self.value, self.as_flag()) {
            (Raw::Table(table), _) => table,
            (_, Some(on)) => {
                retry.off = !on;
                return Ok(());
            }
            _ => {
                let takes = "`{ attempts = 3, backoff = \"100ms\" }`, true for the code's, or \"off\"";
                return Err(vec![self.wrong(takes)]);
            }
        };
        let mut changed = RetryChange { off: false, ..*retry };
        let mut problems: Problems =
            table.repeated().map(|name| format!("`retry.{name}` is given twice")).collect();
        for (name, SettingValue(value)) in &table.0 {
            let given = |option| Given { option, value };
            let read = match name.as_str() {
                "attempts" => given("retry.attempts").part(
                    &mut changed.attempts,
                    Given::count,
                    |runs| range::attempts(*runs),
                    "from 2 to 100, the first run included",
                ),
                "backoff" => {
                    given("retry.backoff").part(&mut changed.backoff, Given::length, |_| true, "")
                }
                "max_backoff" => given("retry.max_backoff").part(
                    &mut changed.max_backoff,
                    Given::length,
                    |_| true,
                    "",
                ),
                "factor" => given("retry.factor").part(
                    &mut changed.factor,
                    Given::decimal,
                    |factor| range::factor(*factor),
                    "from 1 to 1000",
                ),
                "jitter" => given("retry.jitter").part(&mut changed.jitter, Given::flag, |_| true, ""),
                "budget" => given("retry.budget").part(
                    &mut changed.budget,
                    Given::share,
                    |share| range::budget(*share),
                    "from 0 to 1",
                ),
                "if" => {
                    Err(vec!["`retry.if` belongs to the code: settings cannot change it".to_owned()])
                }
                _ => Err(vec![match Foreign::part_of_retry(name) {
                    Some(foreign) => format!("unknown option `retry.{name}`: {}", foreign.advice()),
                    None => unknown("retry.", name, &PARTS, search),
                }]),
            };
            problems.extend(read.err().into_iter().flatten());
        }
        let gives = |part: &str| table.0.iter().any(|(name, _)| name == part);
        if let (true, Some(first), Some(longest)) =
            (gives("backoff") && gives("max_backoff"), changed.backoff, changed.max_backoff)
        {
            if longest < first {
                problems.push(format!(
                    "`retry.max_backoff` is {longest:?} and must be at least `retry.backoff`, which is {first:?}"
                ));
            }
        }
        if problems.is_empty() {
            *retry = changed;
            Ok(())
        } else {
            Err(problems)
        }
    }

    fn part<T: std::fmt::Debug>(
        self,
        place: &mut Option<T>,
        read: fn(&Self) -> Result<T, String>,
        is_in_range: fn(&T) -> bool,
        must_be: &str,
    ) -> Result<(), Problems> {
        match read(&self) {
            Ok(value) if is_in_range(&value) => {
                *place = Some(value);
                Ok(())
            }
            Ok(value) => Err(vec![format!("`{}` is {value:?} and must be {must_be}", self.option)]),
            Err(problem) => Err(vec![problem]),
        }
    }

    /// Keeps what is there already and is not given.
    fn throttle(self, throttle: &mut Option<Throttle>, search: &mut Search) -> Result<(), Problems> {
        let table = match (self.value, self.as_flag()) {
            (Raw::Table(table), _) => table,
            (_, Some(true)) => {
                throttle.get_or_insert(Throttle::DEFAULT);
                return Ok(());
            }
            (_, Some(false)) => {
                *throttle = None;
                return Ok(());
            }
            _ => return Err(vec![self.wrong("`{ k = 2.0, window = \"2m\" }`, true, or \"off\"")]),
        };
        let mut changed = throttle.unwrap_or(Throttle::DEFAULT);
        let mut problems: Problems =
            table.repeated().map(|name| format!("`throttle.{name}` is given twice")).collect();
        for (name, SettingValue(value)) in &table.0 {
            let read = match name.as_str() {
                "k" => put(&mut changed.k, Given { option: "throttle.k", value }.decimal()),
                "window" => {
                    put(&mut changed.window, Given { option: "throttle.window", value }.length())
                }
                _ => Err(vec![unknown("throttle.", name, &["k", "window"], search)]),
            };
            problems.extend(read.err().into_iter().flatten());
        }
        if problems.is_empty() {
            *throttle = Some(changed);
            Ok(())
        } else {
            Err(problems)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn off_is_documented_for_every_option_that_takes_it() {
        let source = include_str!("mod.rs");
        let (_, list) = source.split_once("/// - `\"off\"`").expect("the list");
        let (list, _) = list.split_once("/// - ").expect("the next item of the list");
        let off = SettingValue::from("off");
        for setting in &SETTINGS {
            let taken = setting.read(&off, &mut Draft::new(Config::DEFAULT)).is_ok();
            let documented = list.contains(&format!("`{}`", setting.name));
            assert_eq!(documented, taken, "{}", setting.name);
        }
    }
}
