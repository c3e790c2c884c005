//! The map: what comes of a system at each load and row, for each policy, on all cores.

use rayon::prelude::*;

use crate::config::Config;
use crate::lab::simulate::recovery::Aftermath;
use crate::lab::simulate::scenario::{MapRows, Scenario, to_workers};
use crate::lab::simulate::service::part_seed;
use crate::lab::simulate::world::{RunCounts, RunResult, run};

/// A policy to simulate, or none.
#[derive(Clone, Debug)]
pub(crate) struct MapPolicy {
    /// The name of the settings file.
    pub(crate) name: String,
    pub(crate) config: Option<Config>,
}

/// A point of the map: the middle one of its runs.
#[derive(Clone, Copy, Debug, serde::Serialize)]
pub(crate) struct MapPoint {
    pub(crate) rate: f64,
    pub(crate) value: f64,
    pub(crate) aftermath: Aftermath,
    /// The counts of the run, up to when it was known what came of the system.
    pub(crate) counts: RunCounts,
}

/// The map of one policy: rows from the smallest value, and in each the rates from the smallest one.
#[derive(Clone, Debug, serde::Serialize)]
pub(crate) struct PolicyMap {
    pub(crate) points: Vec<Vec<MapPoint>>,
}

impl PolicyMap {
    /// Returns how many points came to something.
    pub(crate) fn number(&self, is_it: impl Fn(Aftermath) -> bool) -> usize {
        self.points.iter().flatten().filter(|point| is_it(point.aftermath)).count()
    }

    /// Returns the times until the system was back, in ns, in order.
    pub(crate) fn times(&self) -> Vec<u64> {
        let mut times: Vec<_> = self
            .points
            .iter()
            .flatten()
            .filter_map(|point| match point.aftermath {
                Aftermath::Back(time) => Some(time),
                _ => None,
            })
            .collect();
        times.sort_unstable();
        times
    }
}

/// The columns and rows of a map.
#[derive(Clone, Debug)]
pub(crate) struct MapAxes {
    pub(crate) rates: Vec<f64>,
    pub(crate) values: Vec<f64>,
}

impl MapAxes {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let rates = steps(scenario.rates(), scenario.map.columns);
        let mut values = steps(scenario.range(), scenario.map.rows);
        if scenario.map.by == MapRows::Workers {
            values = values.into_iter().map(|value| f64::from(to_workers(value))).collect();
            values.dedup();
        }
        Self { rates, values }
    }
}

/// Returns so many numbers from the first to the last, with four digits.
fn steps([from, to]: [f64; 2], number: u32) -> Vec<f64> {
    let step = |nth: u32| from + (to - from) * f64::from(nth) / f64::from(number.max(2) - 1);
    let digits = 10_f64.powf(3.0 - to.max(1e-9).log10().floor());
    (0..number).map(|nth| (step(nth) * digits).round() / digits).collect()
}

/// Runs all points with all policies. `progress` is called for each run.
pub(crate) fn maps(
    scenario: &Scenario,
    axes: &MapAxes,
    policies: &[MapPolicy],
    seed: u64,
    progress: impl Fn() + Sync,
) -> Vec<PolicyMap> {
    let (columns, rows) = (axes.rates.len(), axes.values.len());
    let all: Vec<MapPoint> = (0..policies.len() * rows * columns)
        .into_par_iter()
        .map(|index| {
            let (policy, point) = (index / (rows * columns), index % (rows * columns));
            let (rate, value) = (axes.rates[point % columns], axes.values[point / columns]);
            let at = scenario.at(rate, value);
            let mut results: Vec<_> = (0..scenario.map.runs)
                .map(|nth| {
                    progress();
                    run(&at, policies[policy].config, seed_of(seed, point, nth), true)
                })
                .collect();
            results.sort_by_key(|result| result.aftermath);
            let RunResult { aftermath, counts, .. } = &results[results.len() / 2];
            MapPoint { rate, value, aftermath: *aftermath, counts: *counts }
        })
        .collect();
    let of_policies = all.chunks(rows * columns);
    of_policies
        .map(|points| PolicyMap { points: points.chunks(columns).map(<[_]>::to_vec).collect() })
        .collect()
}

/// Returns the seed of a run: that of the point is the same for all policies.
pub(crate) fn seed_of(seed: u64, point: usize, nth: u32) -> u64 {
    part_seed(part_seed(seed, point as u64), nth.into())
}
