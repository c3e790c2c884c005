//! `breaker-lab replay`: arguments, the replay of all policies, and the output.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::SystemTime;

use clap::Args;
use rayon::prelude::*;

use crate::lab::chance::float;
use crate::lab::input::{LogArgs, bar, remarks};
use crate::lab::log::{CallGroup, LoadedLog, LogFacts};
use crate::lab::output::{json, print, remark, write_file};
use crate::lab::policies::{Policies, Wanted, left_out};
use crate::lab::replay::engine::Replayed;
use crate::lab::replay::incident::{Weather, find};
use crate::lab::replay::keys::KeysPolicy;
use crate::lab::replay::score::{Score, ScoreOptions, scored, scored_keys};
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
    let breakers = breakers_of(log);
    let pairs: Vec<_> =
        policies.iter().flat_map(|policy| breakers.iter().map(move |groups| (policy, groups))).collect();
    let results: Result<Vec<_>, String> = pairs
        .par_iter()
        .map(|(policy, groups)| {
            let watched: Vec<_> = groups.iter().map(|at| (&log.groups[*at], &weathers[*at])).collect();
            let results = replayed(policy, &watched, log.started, options)?;
            bar.inc(watched.iter().map(|(group, _)| group.calls.len() as u64).sum());
            Ok(groups.iter().copied().zip(results).collect::<Vec<_>>())
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
        let mut of_policy: Vec<_> = results.by_ref().take(breakers.len()).flatten().collect();
        of_policy.sort_by_key(|(at, _)| *at);
        for (_, (left_out, outcomes)) in of_policy {
            report.total.add(&outcomes.score);
            report.left_out.extend(left_out);
            report.breakers.push(outcomes);
        }
        report.left_out.sort_unstable();
        report.left_out.dedup();
        report
    });
    let policies = reports.collect();
    let weathers = log.groups.iter().zip(weathers);
    let breakers = weathers.map(|(group, weather)| BreakerWeather {
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

/// Returns the indices of the groups of each breaker: those of all its keys together.
fn breakers_of(log: &LoadedLog) -> Vec<Vec<usize>> {
    let (mut breakers, mut with_keys): (Vec<Vec<usize>>, HashMap<&str, usize>) = Default::default();
    for (at, group) in log.groups.iter().enumerate() {
        let known = group.key.as_ref().and_then(|_| with_keys.get(group.breaker.as_str()));
        match known {
            Some(breaker) => breakers[*breaker].push(at),
            None => {
                if group.key.is_some() {
                    with_keys.insert(&group.breaker, breakers.len());
                }
                breakers.push(vec![at]);
            }
        }
    }
    breakers
}

/// Replays a breaker, or all keys of one: together if one can depend on the others.
fn replayed(
    policy: &Policies,
    watched: &[(&CallGroup, &Weather)],
    started: SystemTime,
    options: ScoreOptions,
) -> Result<Vec<(Vec<&'static str>, Outcomes)>, String> {
    let wanted: Result<Vec<_>, _> = watched.iter().map(|(group, _)| policy.options(group)).collect();
    let wanted = wanted?;
    let joint = joint_policy(policy, watched, &wanted)?;
    let scores: Vec<_> = match joint {
        Some(joint) => scored_keys(watched, &joint, started, options),
        None => {
            let each = watched.par_iter().zip(&wanted);
            each.map(|((group, weather), wanted)| {
                scored(group, weather, wanted.config, started, options)
            })
            .collect()
        }
    };
    let outcomes = watched.iter().zip(scores).map(|((group, _), (score, replayed))| {
        let trips = replayed.trips.clone();
        Outcomes { breaker: group.label(), score, trips, replayed }
    });
    Ok(wanted.iter().map(left_out).zip(outcomes).collect())
}

/// Returns the policy of keys that have to be replayed together; `None` if each can be replayed by
/// itself.
fn joint_policy(
    policy: &Policies,
    watched: &[(&CallGroup, &Weather)],
    wanted: &[Wanted],
) -> Result<Option<KeysPolicy>, String> {
    let Some((CallGroup { breaker, key: Some(_), .. }, _)) = watched.first() else { return Ok(None) };
    let Wanted { config, limits, .. } = policy.options_of_keys(breaker)?;
    let of_keys = wanted.iter().map(|wanted| wanted.config).collect();
    let joint = KeysPolicy { config, limits, of_keys };
    let groups: Vec<_> = watched.iter().map(|(group, _)| *group).collect();
    Ok(joint.is_joint(&groups).then_some(joint))
}
