//! `breaker-lab replay`: arguments, the replay of all policies, and the output.

use std::path::PathBuf;

use clap::Args;
use rayon::prelude::*;

use crate::lab::chance::float;
use crate::lab::input::{LogArgs, bar, remarks};
use crate::lab::log::{LoadedLog, LogFacts};
use crate::lab::output::{json, print, remark, write_file};
use crate::lab::policies::{Policies, left_out};
use crate::lab::replay::engine::Replayed;
use crate::lab::replay::incident::{Weather, find};
use crate::lab::replay::score::{Score, ScoreOptions, scored};
use crate::lab::replay::{svg, table};
use crate::time::clock::Instant;
use crate::types::trip::TripReport;

/// The sentence that each output has about the method.
pub(crate) const OPEN_LOOP: &str = "Replay is open-loop: each call ends as it did in the log. A rejected \
     call takes no load from the dependency here, and a recovery sooner than recorded is not seen.";

/// The arguments of `replay`.
#[derive(Debug, Args)]
pub(crate) struct ReplayArgs {
    #[command(flatten)]
    log: LogArgs,
    /// A settings file (TOML, or JSON by its name) with a policy; once for each policy to compare
    #[arg(long = "settings", value_name = "FILE")]
    settings: Vec<PathBuf>,
    /// Prints JSON, with the reports of the trips
    #[arg(long)]
    json: bool,
    /// Writes a time line of all policies
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Prints the whole report of each trip
    #[arg(long)]
    reports: bool,
}

/// The results of all policies.
#[derive(Debug, serde::Serialize)]
pub(crate) struct ReplayReport {
    pub(crate) method: &'static str,
    pub(crate) log: LogFacts,
    pub(crate) remarks: Vec<String>,
    pub(crate) breakers: Vec<BreakerWeather>,
    pub(crate) policies: Vec<PolicyReport>,
}

/// The incidents of one breaker and key.
#[derive(Debug, serde::Serialize)]
pub(crate) struct BreakerWeather {
    pub(crate) breaker: String,
    pub(crate) calls: usize,
    #[serde(flatten)]
    pub(crate) weather: Weather,
}

/// The result of one policy.
#[derive(Debug, serde::Serialize)]
pub(crate) struct PolicyReport {
    pub(crate) settings: String,
    pub(crate) total: Score,
    pub(crate) breakers: Vec<Outcomes>,
    pub(crate) left_out: Vec<&'static str>,
}

/// The result of one policy for one breaker and key.
#[derive(Debug, serde::Serialize)]
pub(crate) struct Outcomes {
    pub(crate) breaker: String,
    pub(crate) score: Score,
    pub(crate) trips: Vec<TripReport>,
    #[serde(skip)]
    pub(crate) replayed: Replayed,
}

impl ReplayArgs {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// If the log or the settings cannot be used, or the picture cannot be written.
    pub(crate) fn run(&self) -> Result<(), String> {
        let policies = if self.settings.is_empty() {
            vec![Policies::new("defaults".to_owned(), &crate::registry::settings::Settings::new())?]
        } else {
            self.settings.iter().map(|path| Policies::read(path)).collect::<Result<_, _>>()?
        };
        let log = self.log.read()?;
        let begun = Instant::now();
        let options = ScoreOptions { slow: self.log.slow, seed: self.log.seed };
        let report = compare(&log, &policies, options)?;
        let seconds = begun.elapsed().as_secs_f64();
        if let Some(path) = &self.svg {
            let picture = svg::draw(&log, &report, options.slow);
            write_file(path, &picture)?;
        }
        if self.json {
            print(&json(&report)?)?;
        } else {
            print(&table::text(&report, self.reports))?;
            let calls = log.found.calls * policies.len() as u64;
            let millions = float(calls) / 1e6 / seconds.max(1e-9);
            remark(&format!("replayed {calls} calls in {seconds:.2} s: {millions:.1} million a second"));
        }
        Ok(())
    }
}

/// Replays all policies on all breakers and keys, on all cores.
///
/// # Errors
///
/// If the options of a policy do not go together for a breaker of the log.
pub(crate) fn compare(
    log: &LoadedLog,
    policies: &[Policies],
    options: ScoreOptions,
) -> Result<ReplayReport, String> {
    let weathers: Vec<_> = log.groups.par_iter().map(|group| find(&group.calls, options.slow)).collect();
    let bar = bar(log.found.calls * policies.len() as u64);
    let pairs: Vec<_> = policies
        .iter()
        .flat_map(|policy| log.groups.iter().zip(&weathers).map(move |pair| (policy, pair)))
        .collect();
    let results: Result<Vec<_>, String> = pairs
        .par_iter()
        .map(|(policy, (group, weather))| {
            let wanted = policy.options(group)?;
            let (score, replayed) = scored(group, weather, wanted.config, log.started, options);
            bar.inc(group.calls.len() as u64);
            let trips = replayed.trips.clone();
            Ok((left_out(&wanted), Outcomes { breaker: group.label(), score, trips, replayed }))
        })
        .collect();
    bar.finish_and_clear();
    let mut results = results?.into_iter();
    let reports = policies.iter().map(|policy| {
        let mut report = PolicyReport {
            settings: policy.name.clone(),
            total: Score::default(),
            breakers: Vec::new(),
            left_out: Vec::new(),
        };
        for (left_out, outcomes) in results.by_ref().take(log.groups.len()) {
            report.total.add(&outcomes.score);
            report.left_out.extend(left_out);
            report.breakers.push(outcomes);
        }
        report.left_out.sort_unstable();
        report.left_out.dedup();
        report
    });
    let policies = reports.collect();
    let breakers = log.groups.iter().zip(weathers);
    let breakers = breakers.map(|(group, weather)| BreakerWeather {
        breaker: group.label(),
        calls: group.calls.len(),
        weather,
    });
    Ok(ReplayReport {
        method: OPEN_LOOP,
        log: log.found.clone(),
        remarks: remarks(&log.found),
        breakers: breakers.collect(),
        policies,
    })
}
