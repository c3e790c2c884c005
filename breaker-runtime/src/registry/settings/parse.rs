//! Reads the value of one option.

use std::time::Duration;

use crate::config::keyed::OutlierChange;
use crate::config::retry::{RetryChange, RetryParts, retry_options};
use crate::config::{Quorum, SharedGroup, ThrottleChange, Window, range};
use crate::registry::settings::search::Search;
use crate::registry::settings::value::{RawValue, SettingValue, ValueTable};
use crate::registry::settings::words::Foreign;
use crate::time::duration;
use crate::types::snapshot::Mode;

/// The issues of a value, one text each.
pub(super) type ValueIssues = Vec<String>;

/// The value of an option. A text that is a number counts as that number, and so does one that is `true`
/// or `false`, as some formats have nothing but texts.
#[derive(Clone, Copy)]
pub(super) struct Given<'v> {
    pub(super) option: &'v str,
    pub(super) value: &'v RawValue,
}

impl Given<'_> {
    /// Returns the error that the value is not what the option takes.
    pub(super) fn wrong(&self, takes: &str) -> String {
        format!("`{}` takes {takes}, not {}", self.option, self.value)
    }

    /// Reads the value with `read`, or returns `None` for `"off"` or `false`.
    pub(super) fn unless_off<T>(
        self,
        read: fn(&Self) -> Result<T, String>,
    ) -> Result<Option<T>, String> {
        if self.as_flag() == Some(false) {
            return Ok(None);
        }
        read(&self).map(Some).map_err(|problem| format!("{problem}; \"off\" switches it off"))
    }

    /// Returns the value if it is a flag.
    pub(super) fn as_flag(&self) -> Option<bool> {
        match self.value {
            RawValue::Flag(flag) => Some(*flag),
            RawValue::Text(text) if matches!(text.trim(), "true" | "on") => Some(true),
            RawValue::Text(text) if matches!(text.trim(), "false" | "off") => Some(false),
            _ => None,
        }
    }

    /// Returns the value if it is a number.
    fn as_number(&self) -> Option<f64> {
        match self.value {
            #[expect(clippy::cast_precision_loss, reason = "no option takes so large a number")]
            RawValue::Whole(number) => Some(*number as f64),
            RawValue::Decimal(number) => Some(*number),
            RawValue::Text(text) => text.trim().replace('_', "").parse().ok(),
            _ => None,
        }
    }

    /// Reads `true` or `false`, or `"on"` or `"off"`.
    pub(super) fn flag(&self) -> Result<bool, String> {
        self.as_flag().ok_or_else(|| self.wrong("true or false"))
    }

    /// Reads a whole number.
    pub(super) fn count(&self) -> Result<u32, String> {
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

    /// Reads a number.
    pub(super) fn decimal(&self) -> Result<f64, String> {
        self.as_number().ok_or_else(|| self.wrong("a number, such as 2.0"))
    }

    /// Reads a number, or a text with a percentage.
    pub(super) fn share(&self) -> Result<f64, String> {
        let percent = match self.value {
            RawValue::Text(text) => text.trim().strip_suffix('%'),
            _ => None,
        };
        let number = match percent {
            Some(percent) => percent.trim_end().parse().ok().map(|percent: f64| percent / 100.0),
            None => self.as_number(),
        };
        number.ok_or_else(|| self.wrong("a share, such as 0.5 or \"50%\""))
    }

    /// Reads a length of time: a text with units, or a number of seconds.
    pub(super) fn length(&self) -> Result<Duration, String> {
        match self.value {
            RawValue::Length(length) => Ok(*length),
            RawValue::Text(text) => {
                duration::parse(text).map_err(|problem| format!("`{}`: {problem}", self.option))
            }
            RawValue::Whole(_) | RawValue::Decimal(_) => self.seconds(),
            _ => Err(self.wrong("a length of time, such as \"30s\" or a number of seconds")),
        }
    }

    /// Reads a number without a unit.
    fn seconds(&self) -> Result<Duration, String> {
        let seconds = self.as_number().filter(|seconds| *seconds > 0.0);
        let length = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        // Less than half a nanosecond is none.
        length
            .filter(|length| !length.is_zero())
            .ok_or_else(|| self.wrong("a number of seconds above 0"))
    }

    /// Reads a number of calls or a length of time.
    pub(super) fn window(&self) -> Result<Window, String> {
        match self.value {
            RawValue::Length(_) => self.length().map(Window::Span),
            RawValue::Text(_) if self.as_number().is_none() => self.length().map(Window::Span),
            RawValue::Whole(_) | RawValue::Decimal(_) | RawValue::Text(_) => {
                self.count().map(Window::Calls)
            }
            _ => Err(self.wrong("a number of calls, such as 100, or a length of time, such as \"10s\"")),
        }
    }

    /// Reads the group that shares the breaker: its name, or a flag for that of the breaker. `None`
    /// switches it off.
    pub(super) fn group(&self) -> Result<Option<SharedGroup>, String> {
        match (self.value, self.as_flag()) {
            (_, Some(on)) => Ok(on.then_some(SharedGroup::OfName)),
            (RawValue::Text(text), None) => Ok(Some(SharedGroup::from(text.as_str()))),
            _ => Err(self.wrong("the name of a group, such as \"payments\", true, or \"off\"")),
        }
    }

    /// Reads a number of processes, or a share of them.
    pub(super) fn quorum(&self) -> Result<Quorum, String> {
        match (self.value, self.as_number()) {
            (RawValue::Whole(_) | RawValue::Text(_), Some(number)) if number.fract() == 0.0 => {
                self.count().map(Quorum::Processes)
            }
            (RawValue::Whole(_) | RawValue::Decimal(_) | RawValue::Text(_), _) => {
                let share = self.share().map(Quorum::Share);
                share
                    .map_err(|_| self.wrong("a number of processes, such as 2, or a share, such as 0.1"))
            }
            _ => Err(self.wrong("a number of processes, such as 2, or a share, such as 0.1")),
        }
    }

    /// Reads a mode.
    pub(super) fn mode(&self) -> Result<Mode, String> {
        let text = match self.value {
            RawValue::Text(text) => text.trim().replace(['_', ' '], "-"),
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
}

/// The options that are tables of parts.
impl Given<'_> {
    /// Reads `throttle`: a table of its parts, or a flag. `None` switches it off.
    pub(super) fn throttle(&self, search: &mut Search) -> Result<Option<ThrottleChange>, ValueIssues> {
        let table = match (self.value, self.as_flag()) {
            (RawValue::ValueTable(table), _) => table,
            (_, Some(on)) => return Ok(on.then(ThrottleChange::default)),
            _ => return Err(vec![self.wrong("`{ k = 2.0, window = \"2m\" }`, true, or \"off\"")]),
        };
        let mut change = ThrottleChange::default();
        let issues = each_part("throttle", table, |name, given| match name {
            "k" => part(&mut change.k, given.decimal()),
            "window" => part(&mut change.window, given.length()),
            _ => Err(unknown("throttle.", name, &["k", "window"], search)),
        });
        if issues.is_empty() { Ok(Some(change)) } else { Err(issues) }
    }

    /// Reads `outlier`: a table of its parts, or a flag. `None` switches it off.
    pub(super) fn outlier(&self, search: &mut Search) -> Result<Option<OutlierChange>, ValueIssues> {
        const PARTS: [&str; 4] = ["stdev", "min_keys", "min_calls", "window"];
        let table = match (self.value, self.as_flag()) {
            (RawValue::ValueTable(table), _) => table,
            (_, Some(on)) => return Ok(on.then(OutlierChange::default)),
            _ => return Err(vec![self.wrong("`{ stdev = 1.9, window = \"10s\" }`, true, or \"off\"")]),
        };
        let mut change = OutlierChange::default();
        let issues = each_part("outlier", table, |name, given| match name {
            "stdev" => part(&mut change.stdev, given.decimal()),
            "min_keys" => part(&mut change.min_keys, given.count()),
            "min_calls" => part(&mut change.min_calls, given.count()),
            "window" => part(&mut change.window, given.length()),
            _ => Err(unknown("outlier.", name, &PARTS, search)),
        });
        if issues.is_empty() { Ok(Some(change)) } else { Err(issues) }
    }

    /// Reads `retry`: a table of its parts, or a flag.
    pub(super) fn retry(&self, search: &mut Search) -> Result<RetryChange, ValueIssues> {
        let table = match (self.value, self.as_flag()) {
            (RawValue::ValueTable(table), _) => table,
            (_, Some(on)) => return Ok(RetryChange { off: !on, ..RetryChange::NOTHING }),
            _ => {
                let takes = "`{ attempts = 3, backoff = \"100ms\" }`, true for the code's, or \"off\"";
                return Err(vec![self.wrong(takes)]);
            }
        };
        let mut parts = RetryParts::NOTHING;
        let mut issues = each_part("retry", table, |name, given| {
            if let Some(read) = retry_part(name, given, &mut parts) {
                return read;
            }
            Err(match Foreign::part_of_retry(name) {
                _ if name == "if" => {
                    "`retry.if` belongs to the code: settings cannot change it".to_owned()
                }
                Some(foreign) => format!("unknown option `retry.{name}`: {}", foreign.advice()),
                None => unknown("retry.", name, PARTS_OF_RETRY, search),
            })
        });
        if let (Some(first), Some(longest)) = (parts.backoff, parts.max_backoff) {
            if longest < first {
                issues.push(format!(
                    "`retry.max_backoff` is {longest:?} and must be at least `retry.backoff`, which is {first:?}"
                ));
            }
        }
        if issues.is_empty() { Ok(RetryChange { off: false, parts }) } else { Err(issues) }
    }

    fn within<T: Copy + std::fmt::Debug>(
        &self,
        value: Result<T, String>,
        in_range: fn(T) -> bool,
        must_be: &str,
    ) -> Result<T, String> {
        let value = value?;
        if in_range(value) {
            Ok(value)
        } else {
            Err(format!("`{}` is {value:?} and must be {must_be}", self.option))
        }
    }
}

macro_rules! define_retry_parts {
    ($($(#[$doc:meta])* $name:ident {
        with: $with:tt, value: ($storage:ident $kind:ident in $range:ident), default: $default:tt, off: $off:tt,
    })*) => {
        pub(super) const PARTS_OF_RETRY: &[&str] = &[$(stringify!($name)),*];

        /// Reads one part of `retry`; returns `None` if there is no part of this name.
        fn retry_part(
            name: &str,
            given: Given<'_>,
            parts: &mut RetryParts,
        ) -> Option<Result<(), String>> {
            Some(match name {
                $(stringify!($name) => {
                    let value = given.within(given.$kind(), range::$range, range::text!($range));
                    part(&mut parts.$name, value)
                })*
                _ => return None,
            })
        }
    };
}

retry_options! { [define_retry_parts] }

/// Reads each part of a table; returns what is wrong with them.
pub(super) fn each_part(
    option: &str,
    table: &ValueTable,
    mut read: impl FnMut(&str, Given<'_>) -> Result<(), String>,
) -> ValueIssues {
    let mut issues: ValueIssues =
        table.repeated().map(|name| format!("`{option}.{name}` is given twice")).collect();
    for (name, SettingValue(value)) in &table.0 {
        let path = format!("{option}.{name}");
        issues.extend(read(name, Given { option: &path, value }).err());
    }
    issues
}

pub(super) fn part<T>(part: &mut Option<T>, value: Result<T, String>) -> Result<(), String> {
    *part = Some(value?);
    Ok(())
}

/// Returns the issue of an option or part that does not exist, with the nearest one that does.
pub(super) fn unknown(table: &str, name: &str, names: &[&str], search: &mut Search) -> String {
    let advice = match search.nearest(name, names) {
        Some(Some(near)) => format!("did you mean `{table}{near}`?"),
        Some(None) => format!("the options are {}", names.join(", ")),
        None => "the first ones of these have advice".to_owned(),
    };
    format!("unknown option `{table}{name}`: {advice}")
}
