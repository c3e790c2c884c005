//! The metrics of all breakers, before any library writes them: [`collect`].
//!
//! - A collection is a pull: it reads totals that the breakers keep anyway.
//! - A label has a closed set of values, or is the name of a breaker. A key is never a label: the
//!   breakers of keys are summed under their function.
//! - A count never shrinks while its breaker lives, also if keys are evicted: monitoring systems take a
//!   smaller value for a restart.
//! - A value that is not known has no sample: no rate below `min_calls`, no state of a group of keys.

mod fleet;
pub(crate) mod quantiles;
pub(crate) mod reading;
mod samples;
pub(crate) mod table;

use crate::breaker::latency::Latency;
use crate::observe::families::reading::BreakerReading;
use crate::observe::families::table::{FAMILIES, MetricFamily, MetricSource};
use crate::registry::breakers;

/// One value of a family.
#[derive(Clone, Debug)]
pub(crate) struct MetricSample {
    /// The breaker's name; `None` for the process.
    pub(crate) breaker: Option<&'static str>,
    /// The values of the family's labels, in their order; further ones are empty.
    pub(crate) labels: LabelValues,
    pub(crate) value: MetricValue,
}

/// The values of at most three labels.
pub(crate) type LabelValues = [&'static str; 3];

/// The value of a sample, by the kind of its family.
#[derive(Clone, Debug)]
pub(crate) enum MetricValue {
    Count(u64),
    /// A count of seconds.
    Seconds(f64),
    Gauge(f64),
    Histogram(Latency),
}

/// A family with its samples.
#[derive(Clone, Debug)]
pub(crate) struct CollectedFamily {
    pub(crate) family: &'static MetricFamily,
    pub(crate) samples: Vec<MetricSample>,
}

impl MetricSample {
    /// Returns the names and values of the labels, without the breaker's name.
    pub(crate) fn labels<'s>(
        &'s self,
        family: &'s MetricFamily,
    ) -> impl Iterator<Item = (&'static str, &'static str)> + 's {
        family.labels.iter().copied().zip(self.labels)
    }
}

/// Reads all breakers of the process. Those of keys are part of their function's.
pub(crate) fn read_all() -> Vec<BreakerReading> {
    let breakers = breakers().filter(|breaker| breaker.key().is_none());
    breakers.map(|breaker| BreakerReading::of(&breaker)).collect()
}

/// Collects all families of all breakers of the process.
pub(crate) fn collect() -> Vec<CollectedFamily> {
    let readings = read_all();
    FAMILIES.iter().map(|family| family.collect(&readings)).collect()
}

impl MetricFamily {
    /// Returns this family's samples of these breakers.
    pub(crate) fn collect(&'static self, readings: &[BreakerReading]) -> CollectedFamily {
        let mut samples = Vec::new();
        match self.source {
            MetricSource::Process(source) => {
                source(&mut |labels, value| {
                    samples.push(MetricSample { breaker: None, labels, value });
                });
            }
            MetricSource::Breaker(source) => {
                for reading in readings {
                    source(reading, &mut |labels, value| {
                        samples.push(MetricSample { breaker: Some(reading.name), labels, value });
                    });
                }
            }
        }
        CollectedFamily { family: self, samples }
    }
}
