//! The ranges of the numbers of a scenario.

use std::fmt;
use std::time::Duration;

use crate::lab::simulate::scenario::{MapRows, Scenario, TriggerKind};
use crate::lab::simulate::service::{MAX_P99, ServiceShape};
use crate::time::duration::shown;

/// The most requests of one run.
const MAX_REQUESTS: f64 = 5e6;

/// A number that is out of its range, or does not go with others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NumberIssue {
    /// Section and key, such as `clients.rate`.
    pub(crate) key: &'static str,
    text: String,
}

impl fmt::Display for NumberIssue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.text)
    }
}

/// Checks all numbers.
///
/// # Errors
///
/// With the first one that cannot be used.
pub(crate) fn check(scenario: &Scenario) -> Result<(), NumberIssue> {
    let Scenario { dependency, clients, trigger, recovery, map } = scenario;
    number("dependency.workers", dependency.workers.into(), 1.0, 1e5)?;
    time("dependency.mean", dependency.mean, 1e-6, 3_600.0)?;
    number("dependency.queue", dependency.queue.into(), 0.0, 1e7)?;
    number("dependency.hit_rate", dependency.hit_rate, 0.0, 0.999)?;
    number("dependency.cache_entries", dependency.cache_entries.into(), 1.0, 1e6)?;
    number("clients.rate", clients.rate, 1e-3, 1e6)?;
    number("clients.processes", clients.processes.into(), 1.0, 1e4)?;
    time("clients.deadline", clients.deadline, 1e-6, 3_600.0)?;
    number("clients.retries", clients.retries.into(), 0.0, 20.0)?;
    time("clients.backoff", clients.backoff, 1e-9, 3_600.0)?;
    number("clients.backoff_factor", clients.backoff_factor, 1.0, 10.0)?;
    number("clients.jitter", clients.jitter, 0.0, 1.0)?;
    time("trigger.length", trigger.length, 1e-3, 86_400.0)?;
    time("recovery.before", recovery.before, 1.0, 86_400.0)?;
    time("recovery.within", recovery.within, 1.0, 86_400.0)?;
    number("recovery.healthy", recovery.healthy, 0.01, 1.0)?;
    time("recovery.steady", recovery.steady, 1.0, 3_600.0)?;
    number("map.columns", map.columns.into(), 2.0, 200.0)?;
    number("map.rows", map.rows.into(), 2.0, 200.0)?;
    number("map.runs", map.runs.into(), 1.0, 99.0)?;
    together(scenario)?;
    ends("map.rates", scenario.rates(), 1e-3, 1e6)?;
    let (least, most) = match map.by {
        MapRows::Workers => (1.0, 1e5),
        MapRows::Length => (1e-3, 86_400.0),
        MapRows::Size => sizes(trigger.kind),
    };
    ends("map.range", scenario.range(), least, most)?;
    bounded(scenario)
}

/// Checks numbers that depend on others.
fn together(scenario: &Scenario) -> Result<(), NumberIssue> {
    let Scenario { dependency, trigger, map, .. } = scenario;
    let (least, most) = sizes(trigger.kind);
    number("trigger.size", trigger.size(), least, most)?;
    match (dependency.service, dependency.p99) {
        (ServiceShape::Lognormal, None) => {
            let usual = shown(dependency.mean * 4);
            return issue(
                "dependency.service",
                format!("a lognormal one needs its p99; write `p99 = \"{usual}\"`"),
            );
        }
        (ServiceShape::Lognormal, Some(p99)) => {
            let mean = dependency.mean.as_secs_f64();
            time("dependency.p99", p99, mean, mean * MAX_P99)?;
        }
        (_, Some(_)) => {
            return issue(
                "dependency.p99",
                "only a lognormal service has one; write `service = \"lognormal\"`",
            );
        }
        (_, None) => {}
    }
    if trigger.kind == TriggerKind::ColdCache {
        if dependency.hit_rate == 0.0 {
            return issue(
                "trigger.kind",
                "there is no cache; write `hit_rate = 0.8` in `[dependency]`, or `--hit-rate 0.8`",
            );
        }
        if map.by == MapRows::Length {
            return issue(
                "map.by",
                "a cache is emptied at once; write `by = \"size\"` or `by = \"workers\"`",
            );
        }
    }
    Ok(())
}

/// Checks that no run takes too long.
fn bounded(scenario: &Scenario) -> Result<(), NumberIssue> {
    let Scenario { trigger, recovery, map, clients, .. } = scenario;
    let longest = match map.by {
        MapRows::Length => scenario.range()[1].max(trigger.length().as_secs_f64()),
        _ => trigger.length().as_secs_f64(),
    };
    let busier = match (trigger.kind, map.by) {
        (TriggerKind::Surge, MapRows::Size) => scenario.range()[1].max(trigger.size()),
        (TriggerKind::Surge, _) => trigger.size(),
        _ => 1.0,
    };
    let rest = recovery.before + recovery.within + recovery.steady;
    let rate = scenario.rates()[1].max(clients.rate);
    let requests = rate * (rest.as_secs_f64() + busier * longest);
    if requests > MAX_REQUESTS {
        return issue(
            "recovery.within",
            format!(
                "a run has {requests:.0} requests, more than {MAX_REQUESTS:.0}; divide the rates, the workers and the \
                 queue by one number, or shorten the times"
            ),
        );
    }
    Ok(())
}

/// Returns the range of the size of a trigger.
fn sizes(kind: TriggerKind) -> (f64, f64) {
    match kind {
        TriggerKind::Crash | TriggerKind::ColdCache => (0.01, 1.0),
        TriggerKind::BrownOut | TriggerKind::Surge => (1.0, 1_000.0),
    }
}

fn issue<T>(key: &'static str, text: impl Into<String>) -> Result<T, NumberIssue> {
    Err(NumberIssue { key, text: text.into() })
}

fn number(key: &'static str, value: f64, least: f64, most: f64) -> Result<(), NumberIssue> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    issue(key, format!("{value} is out of range; write a number from {least} to {most}"))
}

fn time(key: &'static str, value: Duration, least: f64, most: f64) -> Result<(), NumberIssue> {
    if (least..=most).contains(&value.as_secs_f64()) {
        return Ok(());
    }
    let [least, most] = [least, most].map(|limit| shown(Duration::from_secs_f64(limit)).to_string());
    issue(key, format!("{} is out of range; write a time from \"{least}\" to \"{most}\"", shown(value)))
}

fn ends(key: &'static str, [from, to]: [f64; 2], least: f64, most: f64) -> Result<(), NumberIssue> {
    number(key, from, least, most)?;
    number(key, to, least, most)?;
    if from < to {
        return Ok(());
    }
    issue(key, format!("[{from}, {to}] is no range; write the smaller number first"))
}
