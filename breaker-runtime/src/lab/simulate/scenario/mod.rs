//! The numbers of a system: [`Scenario`].

mod check;
mod read;
mod times;

use std::time::Duration;

pub(crate) use crate::lab::simulate::scenario::check::{NumberIssue, check};
#[cfg(test)]
pub(crate) use crate::lab::simulate::scenario::read::parse;
pub(crate) use crate::lab::simulate::scenario::read::read;
use crate::lab::simulate::service::{ServiceShape, ServiceTime};

/// The scenario without a file, with a comment on each number.
pub(crate) const EXAMPLE: &str = include_str!("example.toml");

/// A system, the trouble that it meets, and the map that is drawn of it.
#[derive(Clone, Debug, Default, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Scenario {
    pub(crate) dependency: DependencyNumbers,
    pub(crate) clients: ClientNumbers,
    pub(crate) trigger: TriggerNumbers,
    pub(crate) recovery: RecoveryNumbers,
    pub(crate) map: MapNumbers,
}

/// The queue, the workers and the cache.
#[derive(Clone, Debug, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct DependencyNumbers {
    pub(crate) workers: u32,
    pub(crate) service: ServiceShape,
    #[serde(with = "times")]
    pub(crate) mean: Duration,
    #[serde(with = "times::optional", skip_serializing_if = "Option::is_none")]
    pub(crate) p99: Option<Duration>,
    pub(crate) queue: u32,
    /// Whether it drops waiting calls that their callers gave up.
    pub(crate) drops_abandoned: bool,
    pub(crate) hit_rate: f64,
    pub(crate) cache_entries: u32,
}

/// The callers.
#[derive(Clone, Debug, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ClientNumbers {
    /// Requests per second.
    pub(crate) rate: f64,
    pub(crate) processes: u32,
    #[serde(with = "times")]
    pub(crate) deadline: Duration,
    pub(crate) retries: u32,
    #[serde(with = "times")]
    pub(crate) backoff: Duration,
    pub(crate) backoff_factor: f64,
    pub(crate) jitter: f64,
}

/// The kind of trouble.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum, serde::Deserialize, serde::Serialize,
)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum TriggerKind {
    /// A share of the workers is gone, and all calls at the dependency are lost
    Crash,
    /// Workers take so many times as long
    #[default]
    BrownOut,
    /// A share of the cache is emptied at once, and fills again with the answers
    ColdCache,
    /// So many times as many requests arrive
    Surge,
}

/// The trouble.
#[derive(Clone, Debug, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct TriggerNumbers {
    pub(crate) kind: TriggerKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) size: Option<f64>,
    #[serde(with = "times")]
    pub(crate) length: Duration,
}

/// When a system counts as back.
#[derive(Clone, Debug, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RecoveryNumbers {
    /// The time before the trigger.
    #[serde(with = "times")]
    pub(crate) before: Duration,
    #[serde(with = "times")]
    pub(crate) within: Duration,
    /// The share of the requests that are answered in a healthy system.
    pub(crate) healthy: f64,
    #[serde(with = "times")]
    pub(crate) steady: Duration,
}

/// The numbers that differ between the rows of the map.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum, serde::Deserialize, serde::Serialize,
)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum MapRows {
    /// The number of workers
    #[default]
    Workers,
    /// The length of the trigger, in seconds
    Length,
    /// The size of the trigger
    Size,
}

/// The map.
#[derive(Clone, Debug, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct MapNumbers {
    pub(crate) by: MapRows,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rates: Option<[f64; 2]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) range: Option<[f64; 2]>,
    pub(crate) columns: u32,
    pub(crate) rows: u32,
    pub(crate) runs: u32,
}

impl Default for DependencyNumbers {
    fn default() -> Self {
        Self {
            workers: 10,
            service: ServiceShape::Exponential,
            mean: Duration::from_millis(50),
            p99: None,
            queue: 1_000,
            drops_abandoned: false,
            hit_rate: 0.0,
            cache_entries: 2_000,
        }
    }
}

impl Default for ClientNumbers {
    fn default() -> Self {
        Self {
            rate: 120.0,
            processes: 1,
            deadline: Duration::from_secs(1),
            retries: 3,
            backoff: Duration::from_millis(100),
            backoff_factor: 2.0,
            jitter: 0.5,
        }
    }
}

impl Default for TriggerNumbers {
    fn default() -> Self {
        Self { kind: TriggerKind::BrownOut, size: None, length: Duration::from_secs(10) }
    }
}

impl Default for RecoveryNumbers {
    fn default() -> Self {
        Self {
            before: Duration::from_secs(10),
            within: Duration::from_secs(60),
            healthy: 0.9,
            steady: Duration::from_secs(5),
        }
    }
}

impl Default for MapNumbers {
    fn default() -> Self {
        Self { by: MapRows::Workers, rates: None, range: None, columns: 24, rows: 12, runs: 3 }
    }
}

impl DependencyNumbers {
    /// Returns the distribution of service times.
    pub(crate) fn service_time(&self) -> ServiceTime {
        ServiceTime::new(self.service, self.mean, self.p99.unwrap_or(self.mean))
    }

    /// Returns the requests per second that all workers can answer, with a full cache.
    pub(crate) fn capacity(&self) -> f64 {
        f64::from(self.workers) / self.mean.as_secs_f64() / (1.0 - self.hit_rate)
    }
}

impl TriggerNumbers {
    /// Returns the size, by default that of a large trouble of the kind.
    pub(crate) fn size(&self) -> f64 {
        self.size.unwrap_or(match self.kind {
            TriggerKind::Crash | TriggerKind::ColdCache => 1.0,
            TriggerKind::BrownOut => 10.0,
            TriggerKind::Surge => 3.0,
        })
    }

    /// Returns how long it lasts: a cache is emptied at once.
    pub(crate) fn length(&self) -> Duration {
        if self.kind == TriggerKind::ColdCache { Duration::ZERO } else { self.length }
    }

    /// Returns the trouble in a few words.
    pub(crate) fn words(&self) -> String {
        use crate::time::duration::shown;
        let (size, length) = (self.size(), shown(self.length));
        match self.kind {
            TriggerKind::Crash => {
                format!("a crash of {:.0} % of the workers for {length}", 100.0 * size)
            }
            TriggerKind::BrownOut => format!("a brown-out of {length}, with calls {size} times as long"),
            TriggerKind::ColdCache => format!("a cache that loses {:.0} % of its entries", 100.0 * size),
            TriggerKind::Surge => format!("a surge of {length}, with {size} times the load"),
        }
    }
}

impl Scenario {
    /// Returns the rates of the columns, from the first to the last: by default up to a tenth above what
    /// the system can carry.
    pub(crate) fn rates(&self) -> [f64; 2] {
        self.map.rates.unwrap_or_else(|| {
            let mut largest = self.dependency.clone();
            if self.map.by == MapRows::Workers {
                largest.workers = to_workers(self.range()[1]);
            }
            let most = rounded(1.1 * largest.capacity());
            [rounded(most / 20.0), most]
        })
    }

    /// Returns the values of the rows, from the first to the last.
    pub(crate) fn range(&self) -> [f64; 2] {
        self.map.range.unwrap_or_else(|| match self.map.by {
            MapRows::Workers => {
                let workers = f64::from(self.dependency.workers);
                [(workers / 2.0).ceil(), (workers * 1.6).ceil().max(2.0)]
            }
            MapRows::Length => {
                let length = self.trigger.length.as_secs_f64();
                [length / 10.0, length * 2.0]
            }
            MapRows::Size => match self.trigger.kind {
                TriggerKind::Crash | TriggerKind::ColdCache => [0.1, 1.0],
                _ => [1.0 + (self.trigger.size() - 1.0) / 10.0, 1.0 + (self.trigger.size() - 1.0) * 1.5],
            },
        })
    }

    /// Returns this with another load, and another value of what the rows of the map are.
    pub(crate) fn at(&self, rate: f64, value: f64) -> Self {
        let mut scenario = self.clone();
        scenario.clients.rate = rate;
        match self.map.by {
            MapRows::Workers => scenario.dependency.workers = to_workers(value),
            MapRows::Length => scenario.trigger.length = Duration::from_secs_f64(value.clamp(0.0, 1e6)),
            MapRows::Size => scenario.trigger.size = Some(value),
        }
        scenario
    }
}

/// Returns a number of workers, at least one.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped before")]
pub(crate) fn to_workers(value: f64) -> u32 {
    value.round().clamp(1.0, 1e6) as u32
}

/// Returns a number with two digits, as an axis has.
pub(crate) fn rounded(number: f64) -> f64 {
    let step = 10_f64.powf(number.max(1e-9).log10().floor() - 1.0);
    let digits = (number / step).round();
    // Division by a power of ten is exact where multiplication by a tenth is not.
    if step < 1.0 { digits / (1.0 / step).round() } else { digits * step }
}
