//! `breaker-lab simulate`: arguments, the runs, and the output.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::lab::input::bar;
use crate::lab::output::{json, print, remark, write_file};
use crate::lab::policies::{Policies, Wanted};
use crate::lab::simulate::map::{MapAxes, MapPolicy, PolicyMap, maps, seed_of};
use crate::lab::simulate::recovery::{Aftermath, TimeSlice};
use crate::lab::simulate::scenario::{EXAMPLE, MapRows, Scenario, TriggerKind, check, read};
use crate::lab::simulate::world::{RunCounts, run};
use crate::lab::simulate::{svg, table};
use crate::registry::settings::Settings;
use crate::time::clock::Instant;
use crate::time::duration;

/// The sentence that each output has about the method.
pub(crate) const METHOD: &str = "A simulation is a model: a queue before workers, and callers that retry. It shows which \
     policies break a vicious circle, and not the numbers of your system.";

/// The arguments of `simulate`.
#[derive(Debug, Args)]
pub(crate) struct SimulateArgs {
    /// A scenario in TOML; `--example` prints one. Without it a usual service meets a brown-out
    #[arg(value_name = "SCENARIO")]
    scenario: Option<PathBuf>,
    /// A settings file (TOML, or JSON by its name) with a policy; once for each policy to compare
    #[arg(long = "settings", value_name = "FILE")]
    settings: Vec<PathBuf>,
    /// The name of the breaker, for settings files with more than one entry
    #[arg(long, value_name = "NAME")]
    breaker: Option<String>,
    /// Prints the scenario that is simulated without a file, with comments, and ends
    #[arg(long)]
    example: bool,
    /// Prints JSON, with each point of the maps
    #[arg(long)]
    json: bool,
    /// Draws the maps, and what happens at the load of the scenario
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// The seed of all random numbers: the same seed gives the same output
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    numbers: NumberArgs,
}

/// Numbers of the scenario.
#[derive(Debug, Args)]
#[command(next_help_heading = "Numbers of the scenario")]
struct NumberArgs {
    /// Requests per second
    #[arg(long, value_name = "RATE")]
    rate: Option<f64>,
    /// Calls that the dependency works on at once
    #[arg(long, value_name = "N")]
    workers: Option<u32>,
    /// The mean time that a worker takes, such as 50ms
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    mean: Option<Duration>,
    /// Calls that wait for a worker at most
    #[arg(long, value_name = "N")]
    queue: Option<u32>,
    /// The time after which callers give a call up
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    deadline: Option<Duration>,
    /// The retries of a request
    #[arg(long, value_name = "N")]
    retries: Option<u32>,
    /// The share of the requests that a full cache answers
    #[arg(long, value_name = "SHARE")]
    hit_rate: Option<f64>,
    /// The trouble
    #[arg(long, value_enum, value_name = "KIND")]
    trigger: Option<TriggerKind>,
    /// Its size: times as slow or as busy, or the share that is lost
    #[arg(long, value_name = "N")]
    size: Option<f64>,
    /// Its length
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    length: Option<Duration>,
    /// The time in which the system has to come back
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    within: Option<Duration>,
    /// The rows of the map
    #[arg(long, value_enum, value_name = "WHAT")]
    by: Option<MapRows>,
    /// The runs at each point
    #[arg(long, value_name = "N")]
    runs: Option<u32>,
}

/// The system with a policy.
#[derive(Debug, serde::Serialize)]
pub(crate) struct PolicyCourse {
    pub(crate) policy: String,
    /// The end of the run at the load of the scenario, with its counts.
    pub(crate) aftermath: Aftermath,
    pub(crate) counts: RunCounts,
    /// The requests by the slice of time in which they arrived.
    pub(crate) slices: Vec<TimeSlice>,
    pub(crate) map: PolicyMap,
    pub(crate) left_out: Vec<&'static str>,
}

/// The results of all policies.
#[derive(Debug, serde::Serialize)]
pub(crate) struct SimulationReport {
    pub(crate) method: &'static str,
    pub(crate) seed: u64,
    pub(crate) scenario: Scenario,
    /// The length of a slice, in ns.
    pub(crate) slice_length: u64,
    pub(crate) rates: Vec<f64>,
    pub(crate) values: Vec<f64>,
    /// The first one is without a policy.
    pub(crate) policies: Vec<PolicyCourse>,
}

impl SimulateArgs {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// If the scenario or the settings cannot be used, or the output cannot be written.
    pub(crate) fn run(&self) -> Result<(), String> {
        if self.example {
            return print(EXAMPLE);
        }
        let scenario = self.scenario()?;
        let policies = self.policies()?;
        let begun = Instant::now();
        let report = simulate(&scenario, &policies, self.seed);
        let seconds = begun.elapsed().as_secs_f64();
        if let Some(path) = &self.svg {
            write_file(path, &svg::draw(&report))?;
        }
        if self.json {
            return print(&json(&report)?);
        }
        print(&table::text(&report))?;
        let calls: u64 = report
            .policies
            .iter()
            .flat_map(|policy| policy.map.points.iter().flatten())
            .map(|point| point.counts.calls)
            .sum();
        remark(&format!("simulated {} calls in {seconds:.2} s", calls * u64::from(scenario.map.runs)));
        Ok(())
    }

    /// Returns the scenario of the file, with the numbers of the arguments.
    fn scenario(&self) -> Result<Scenario, String> {
        let mut scenario = self.scenario.as_deref().map_or_else(|| Ok(Scenario::default()), read)?;
        let Scenario { dependency, clients, trigger, recovery, map } = &mut scenario;
        let numbers = &self.numbers;
        set(&mut clients.rate, numbers.rate);
        set(&mut dependency.workers, numbers.workers);
        set(&mut dependency.mean, numbers.mean);
        set(&mut dependency.queue, numbers.queue);
        set(&mut clients.deadline, numbers.deadline);
        set(&mut clients.retries, numbers.retries);
        set(&mut dependency.hit_rate, numbers.hit_rate);
        set(&mut trigger.kind, numbers.trigger);
        trigger.size = numbers.size.or(trigger.size.filter(|_| numbers.trigger.is_none()));
        set(&mut trigger.length, numbers.length);
        set(&mut recovery.within, numbers.within);
        set(&mut map.by, numbers.by);
        set(&mut map.runs, numbers.runs);
        check(&scenario).map_err(|issue| issue.to_string())?;
        Ok(scenario)
    }

    /// Returns the policies of all settings files.
    fn policies(&self) -> Result<Vec<(String, Wanted)>, String> {
        let files = if self.settings.is_empty() {
            vec![Policies::new("defaults".to_owned(), &Settings::new())?]
        } else {
            self.settings.iter().map(|path| Policies::read(path)).collect::<Result<_, _>>()?
        };
        let policies = files.into_iter().map(|file| {
            let name = match (&self.breaker, file.keys().as_slice()) {
                (Some(name), _) | (None, [(_, name)]) => name.clone(),
                (None, []) => "simulated".to_owned(),
                (None, keys) => {
                    return Err(format!(
                        "{}: it has {} entries; name the breaker, such as `--breaker {}`",
                        file.name,
                        keys.len(),
                        keys[0].1
                    ));
                }
            };
            let wanted = file.options_of(&name, None)?;
            Ok((file.name, wanted))
        });
        policies.collect()
    }
}

fn set<T>(number: &mut T, wanted: Option<T>) {
    if let Some(wanted) = wanted {
        *number = wanted;
    }
}

/// Simulates a scenario without a policy and with each of these, on all cores.
pub(crate) fn simulate(
    scenario: &Scenario,
    policies: &[(String, Wanted)],
    seed: u64,
) -> SimulationReport {
    let all: Vec<_> = std::iter::once(MapPolicy { name: "without a policy".to_owned(), config: None })
        .chain(
            policies
                .iter()
                .map(|(name, wanted)| MapPolicy { name: name.clone(), config: Some(wanted.config) }),
        )
        .collect();
    let axes = MapAxes::new(scenario);
    let runs = all.len() * axes.rates.len() * axes.values.len() * scenario.map.runs as usize;
    let bar = bar(runs as u64);
    let maps = maps(scenario, &axes, &all, seed, || bar.inc(1));
    bar.finish_and_clear();
    let left_outs =
        std::iter::once(Vec::new()).chain(policies.iter().map(|(_, wanted)| left_out(wanted)));
    let mut slice_length = 0;
    let courses = all.into_iter().zip(maps).zip(left_outs).map(|((policy, map), left_out)| {
        let result = run(scenario, policy.config, seed_of(seed, usize::MAX >> 1, 0), false);
        slice_length = result.slice_length;
        PolicyCourse {
            policy: policy.name,
            aftermath: result.aftermath,
            counts: result.counts,
            slices: result.slices,
            map,
            left_out,
        }
    });
    let policies = courses.collect();
    SimulationReport {
        method: METHOD,
        seed,
        scenario: scenario.clone(),
        slice_length,
        rates: axes.rates,
        values: axes.values,
        policies,
    }
}

/// Returns what a simulation of these options leaves out, a sentence each.
fn left_out(wanted: &Wanted) -> Vec<&'static str> {
    let config = wanted.config;
    let parts = [
        (wanted.has_mode, "`mode` and `observe`: the breaker decides by itself"),
        (config.honour_retry_after(), "`honour_retry_after`: the dependency sends no `Retry-After`"),
        (config.max_wait().is_some(), "`max_wait`: a call over the limit is rejected at once"),
        (config.shared().is_some(), "`shared`: each process decides by itself"),
        (config.probe_every().is_some(), "`probe_every`: calls probe in place of pings"),
    ];
    parts.into_iter().filter(|(is_set, _)| *is_set).map(|(_, text)| text).collect()
}
