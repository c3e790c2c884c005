//! `breaker-lab tune`: arguments, the search for each breaker, and the settings file.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

use clap::Args;
use rayon::prelude::*;
use serde_json::Value;

use crate::config::Config;
use crate::lab::input::{LogArgs, bar, remarks};
use crate::lab::log::LoadedLog;
use crate::lab::output::{json, print, write_file};
use crate::lab::replay::incident::{Weather, find};
use crate::lab::replay::score::ScoreOptions;
use crate::lab::tune::report::TuneReport;
use crate::lab::tune::search::{Tuned, Watched, tune};
use crate::lab::tune::words;

/// The arguments of `tune`.
#[derive(Debug, Args)]
pub(crate) struct TuneArgs {
    #[command(flatten)]
    log: LogArgs,
    /// Writes the settings here, in place of printing them
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Prints JSON, with all policies of the front and the settings
    #[arg(long)]
    json: bool,
}

/// The result for one breaker.
#[derive(Debug)]
pub(crate) struct TunedBreaker {
    pub(crate) name: String,
    pub(crate) keys: usize,
    pub(crate) calls: u64,
    pub(crate) incidents: usize,
    pub(crate) tuned: Tuned,
}

impl TuneArgs {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// If the log cannot be used, or the settings cannot be written.
    pub(crate) fn run(&self) -> Result<(), String> {
        let log = self.log.read()?;
        let options = ScoreOptions { slow: self.log.slow, seed: self.log.seed };
        let bar = bar(log.found.calls * 100);
        let tuned = tune_all(&log, options, |calls| bar.inc(calls));
        bar.finish_and_clear();
        let settings = settings(&tuned);
        if let Some(path) = &self.out {
            write_file(path, &settings)?;
        }
        let limits = words::limits(&log, &tuned, options.slow, &remarks(&log.found));
        if self.json {
            return print(&json(&TuneReport::new(&tuned, limits, settings))?);
        }
        let text = words::text(&tuned, &limits);
        print(&match &self.out {
            Some(path) => format!("{text}\nThe settings are in {}.\n", path.display()),
            None => format!("{text}\nSettings:\n\n{settings}"),
        })
    }
}

/// Tunes all breakers of a log, each with all its keys.
pub(crate) fn tune_all(
    log: &LoadedLog,
    options: ScoreOptions,
    progress: impl Fn(u64) + Sync,
) -> Vec<TunedBreaker> {
    let weathers: Vec<Weather> =
        log.groups.par_iter().map(|group| find(&group.calls, options.slow)).collect();
    let mut breakers: BTreeMap<&str, Vec<Watched<'_>>> = BTreeMap::new();
    for watched in log.groups.iter().zip(&weathers) {
        breakers.entry(&watched.0.breaker).or_default().push(watched);
    }
    let tuned = breakers.into_iter().map(|(name, groups)| TunedBreaker {
        name: name.to_owned(),
        keys: groups.iter().filter(|(group, _)| group.key.is_some()).count(),
        calls: groups.iter().map(|(group, _)| group.calls.len() as u64).sum(),
        incidents: groups.iter().map(|(_, weather)| weather.incidents.len()).sum(),
        tuned: tune(&groups, log.started, options, &progress),
    });
    tuned.collect()
}

/// Returns a settings file with the best policy of each breaker.
pub(crate) fn settings(tuned: &[TunedBreaker]) -> String {
    let mut text = String::new();
    for TunedBreaker { name, tuned, .. } in tuned {
        if let Some(best) = tuned.front.get(tuned.best) {
            // Writing to a text does not fail.
            let _ = writeln!(
                text,
                "[{}]\n{}",
                Value::from(name.as_str()),
                options(&best.candidate.config())
            );
        }
    }
    text
}

/// Returns the options that are not the defaults, as lines of TOML.
pub(crate) fn options(config: &Config) -> String {
    let Ok(Value::Object(options)) = serde_json::to_value(config) else { return String::new() };
    options.iter().fold(String::new(), |mut text, (name, value)| {
        let _ = writeln!(text, "{name} = {}", toml_value(value));
        text
    })
}

/// Returns a value as TOML: texts, numbers and flags are those of JSON, and a table is inline.
fn toml_value(value: &Value) -> String {
    let Value::Object(table) = value else { return value.to_string() };
    let fields: Vec<_> =
        table.iter().map(|(name, value)| format!("{name} = {}", toml_value(value))).collect();
    format!("{{ {} }}", fields.join(", "))
}
