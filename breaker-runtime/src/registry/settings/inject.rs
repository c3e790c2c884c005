//! Reads the option `inject`.

#[cfg(feature = "inject")]
use std::time::{Duration, SystemTime};

use crate::breaker::injection::Plan;
#[cfg(feature = "inject")]
use crate::breaker::injection::plan::{LONGEST, PlanRegistry};
#[cfg(feature = "inject")]
use crate::registry::inject;
use crate::registry::settings::parse::{Given, ValueIssues};
#[cfg(feature = "inject")]
use crate::registry::settings::parse::{each_part, part, unknown};
use crate::registry::settings::search::Search;
#[cfg(feature = "inject")]
use crate::registry::settings::value::{RawValue, SettingValue};
#[cfg(feature = "inject")]
use crate::types::injection::Injection;

#[cfg(not(feature = "inject"))]
impl Given<'_> {
    /// Reads `"off"`: without the feature there is no game day.
    pub(super) fn inject(&self, _: &mut Search) -> Result<Option<&'static Plan>, ValueIssues> {
        if self.as_flag() == Some(false) {
            return Ok(None);
        }
        Err(vec![
            "`inject` needs the feature `inject` of breaker-runtime; add it in Cargo.toml, or leave the option out"
                .to_owned(),
        ])
    }
}

/// The parts of the option, each of which may be left out but the end.
#[cfg(feature = "inject")]
const PARTS: &[&str] = &["fail", "hang", "latency", "share", "keys", "until"];

#[cfg(feature = "inject")]
#[derive(Default)]
struct Parts {
    fail: Option<f64>,
    hang: Option<f64>,
    latency: Option<Duration>,
    share: Option<f64>,
    keys: Option<Vec<String>>,
    until: Option<SystemTime>,
}

#[cfg(feature = "inject")]
impl Given<'_> {
    /// Reads a table of the faults of a game day; `None` switches it off.
    pub(super) fn inject(&self, search: &mut Search) -> Result<Option<&'static Plan>, ValueIssues> {
        if self.as_flag() == Some(false) {
            return Ok(None);
        }
        let RawValue::ValueTable(table) = self.value else {
            return Err(vec![
                self.wrong("`{ fail = 0.1, until = \"2030-01-31T12:00:00Z\" }`, or \"off\""),
            ]);
        };
        let mut parts = Parts::default();
        let mut issues = each_part("inject", table, |name, given| match name {
            "fail" => part(&mut parts.fail, given.share_of_calls()),
            "hang" => part(&mut parts.hang, given.share_of_calls()),
            "latency" => part(&mut parts.latency, given.length()),
            "share" => part(&mut parts.share, given.share_of_calls()),
            "keys" => part(&mut parts.keys, given.texts()),
            "until" => part(&mut parts.until, given.time()),
            _ => Err(unknown("inject.", name, PARTS, search)),
        });
        issues.extend(inject::refusal().map(str::to_owned));
        let is_given = |name: &str| table.0.iter().any(|(there, _)| there == name);
        if !["fail", "hang", "latency"].into_iter().any(is_given) {
            issues.push("`inject` injects nothing; give `fail`, `hang` or `latency`".to_owned());
        }
        if is_given("share") && !is_given("latency") {
            issues.push(
                "`inject.share` is the share of calls with `latency`, which is missing; give both"
                    .to_owned(),
            );
        }
        if !is_given("until") {
            issues.push(
                "`inject` has no end; give `until`, at most a day ahead, such as \"2030-01-31T12:00:00Z\""
                    .to_owned(),
            );
        }
        match parts.until {
            Some(until) if issues.is_empty() => Ok(Some(parts.plan(until))),
            _ => Err(issues),
        }
    }

    /// Reads a share from 0 to 1.
    fn share_of_calls(&self) -> Result<f64, String> {
        let share = self.share()?;
        if (0.0..=1.0).contains(&share) {
            Ok(share)
        } else {
            Err(format!("`{}` is {share:?} and must be from 0 to 1", self.option))
        }
    }

    /// Reads a list of texts, or one.
    fn texts(&self) -> Result<Vec<String>, String> {
        let text = |value: &RawValue| match value {
            RawValue::Text(text) => Some(text.clone()),
            RawValue::Whole(number) => Some(number.to_string()),
            _ => None,
        };
        let texts = match self.value {
            RawValue::List(all) => all.iter().map(|SettingValue(value)| text(value)).collect(),
            one => text(one).map(|text| vec![text]),
        };
        texts
            .filter(|texts: &Vec<_>| !texts.is_empty())
            .ok_or_else(|| self.wrong("a list of keys, such as [\"eu\"]"))
    }

    /// Reads a time, of which at most a day is left.
    fn time(&self) -> Result<SystemTime, String> {
        let text = match self.value {
            RawValue::Text(text) => Some(text),
            // A time without quotes in TOML.
            RawValue::ValueTable(table) => match &table.0[..] {
                [(name, SettingValue(RawValue::Text(text)))] if name == "$__toml_private_datetime" => {
                    Some(text)
                }
                _ => None,
            },
            _ => None,
        };
        let time = text.and_then(|text| rfc3339(text.trim()));
        let time =
            time.ok_or_else(|| self.wrong("a time with its zone, such as \"2030-01-31T12:00:00Z\""))?;
        let ahead = time.duration_since(crate::time::clock::system_time()).unwrap_or_default();
        if ahead > LONGEST {
            return Err(format!(
                "`{}` is more than a day ahead; give an end within the next 24 hours",
                self.option
            ));
        }
        Ok(time)
    }
}

#[cfg(feature = "inject")]
impl Parts {
    fn plan(self, until: SystemTime) -> &'static Plan {
        let Self { fail, hang, latency, share, keys, until: _ } = self;
        let injection = Injection {
            fail: fail.unwrap_or(0.0),
            hang: hang.unwrap_or(0.0),
            latency,
            share: share.unwrap_or(1.0),
            keys: keys.unwrap_or_default(),
            until,
        };
        Plan::of(injection, PLAN_REGISTRY)
    }
}

#[cfg(feature = "inject")]
const PLAN_REGISTRY: PlanRegistry =
    PlanRegistry { on_change: inject::refresh, answers_injected: crate::registry::answers_injected };

/// Reads a time in the format of RFC 3339: in UTC, or with an offset, which the crate does not read.
#[cfg(feature = "inject")]
fn rfc3339(text: &str) -> Option<SystemTime> {
    let text = text.to_ascii_uppercase().replacen(' ', "T", 1);
    let sign_at = text.rfind(['+', '-']).filter(|at| *at > "2030-01-31T".len());
    let Some((local, offset)) = sign_at.and_then(|at| text.split_at_checked(at)) else {
        return humantime::parse_rfc3339(&text).ok();
    };
    let (hours, minutes) = offset[1..].split_once(':')?;
    let number = |digits: &str| {
        (digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| digits.parse::<u64>().ok())
            .flatten()
    };
    let (hours, minutes) =
        (number(hours).filter(|hours| *hours < 24)?, number(minutes).filter(|minutes| *minutes < 60)?);
    let length = Duration::from_secs(hours * 3_600 + minutes * 60);
    let time = humantime::parse_rfc3339(&format!("{local}Z")).ok()?;
    if offset.starts_with('+') { time.checked_sub(length) } else { time.checked_add(length) }
}

#[cfg(all(test, feature = "inject"))]
mod tests {
    use super::*;

    #[test]
    fn time_is_read_with_its_zone() {
        let noon = humantime::parse_rfc3339("2030-01-31T12:00:00Z").ok();
        assert!(noon.is_some());
        for text in [
            "2030-01-31T12:00:00Z",
            "2030-01-31t12:00:00.000z",
            "2030-01-31 12:00:00Z",
            "2030-01-31T14:00:00+02:00",
            "2030-01-31T06:30:00-05:30",
            "2030-01-31T12:00:00-00:00",
        ] {
            assert_eq!(rfc3339(text), noon, "{text}");
        }
        for text in [
            "",
            "noon",
            "2030-01-31",
            "2030-01-31T12:00:00",
            "2030-01-31T12:00:00+2:00",
            "2030-01-31T12:00:00+24:00",
            "2030-01-31T12:00:00+02:60",
            "2030-01-31T12:00:00+\u{e9}:00",
            "2030-02-31T12:00:00Z",
        ] {
            assert_eq!(rfc3339(text), None, "{text}");
        }
    }
}
