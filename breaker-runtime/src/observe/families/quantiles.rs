//! Quantiles of durations, for libraries that take no histogram from outside: [`RecentQuantiles`].

use std::collections::HashMap;

use crate::observe::families::reading::BreakerReading;
use crate::observe::latency::RecentLatency;
use crate::time::clock::duration;

/// The shares, with the values of the label `quantile`.
const SHARES: [(f64, &str); 3] = [(0.5, "0.5"), (0.9, "0.9"), (0.99, "0.99")];

/// The durations of each breaker's calls over the last minute.
#[derive(Debug, Default)]
pub(crate) struct RecentQuantiles(HashMap<&'static str, RecentLatency>);

/// A quantile of a breaker's durations, in seconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DurationQuantile {
    pub(crate) breaker: &'static str,
    /// The value of the label `quantile`.
    pub(crate) quantile: &'static str,
    pub(crate) seconds: f64,
}

impl RecentQuantiles {
    /// Takes the readings of all breakers, and returns the quantiles of those with a timed call in the
    /// last minute. Runs no code of the user's.
    pub(crate) fn update(&mut self, readings: &[BreakerReading]) -> Vec<DurationQuantile> {
        let mut quantiles = Vec::new();
        let mut present = HashMap::new();
        for reading in readings {
            let mut recent = self.0.remove(reading.name).unwrap_or_default();
            let latency = recent.update_with(duration(reading.at), reading.latency.clone());
            for (share, quantile) in SHARES {
                let Some(took) = latency.as_ref().and_then(|latency| latency.quantile(share)) else {
                    continue;
                };
                let (breaker, seconds) = (reading.name, took.as_secs_f64());
                quantiles.push(DurationQuantile { breaker, quantile, seconds });
            }
            present.insert(reading.name, recent);
        }
        self.0 = present;
        quantiles
    }
}
