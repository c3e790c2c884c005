//! Metrics for Prometheus, behind the feature `metrics`.
//!
//! [`render`] returns the figures of all breakers as the text that Prometheus scrapes. A service that
//! has a registry of the crate [`prometheus_client`] adds a [`BreakerCollector`] to it.
//!
//! ```
//! use breaker_runtime::{CircuitBreaker, metrics};
//!
//! let breaker = CircuitBreaker::builder("payments").failure_threshold(1).build()?;
//! let _ = breaker.call(|| "seven".parse::<u32>());
//!
//! let text = metrics::render(); // answer a request with this, and with metrics::CONTENT_TYPE
//! assert!(text.contains(r#"breaker_state{breaker="payments",state="open"} 1"#));
//! assert!(text.contains(r#"breaker_calls_total{breaker="payments",outcome="failure"} 1"#));
//! # Ok::<(), breaker_runtime::ConfigError>(())
//! ```
//!
//! The [guide](crate::guide::metrics) has the names and labels, and the same figures for the crate
//! `metrics` and for OpenTelemetry.
//!
//! A figure is read when it is asked for: calls execute nothing for metrics. One pull takes about as
//! long as a [`snapshot`](crate::CircuitBreaker::snapshot) of every breaker, those of keys included.

use std::fmt;
use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, prometheus_text, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::{Registry, Unit};

use crate::observe::families::table::{MetricFamily, MetricKind};
use crate::observe::families::{CollectedFamily, MetricSample, MetricValue, collect};

/// The content type of [`render`].
pub const CONTENT_TYPE: &str = prometheus_text::CONTENT_TYPE;

/// The content type of [`render_openmetrics`].
///
/// ```
/// use breaker_runtime::metrics::{CONTENT_TYPE, OPENMETRICS_CONTENT_TYPE, render, render_openmetrics};
///
/// fn answer(accept: &str) -> (&'static str, String) {
///     if accept.contains("application/openmetrics-text") {
///         (OPENMETRICS_CONTENT_TYPE, render_openmetrics())
///     } else {
///         (CONTENT_TYPE, render())
///     }
/// }
///
/// assert!(answer("application/openmetrics-text").1.ends_with("# EOF\n"));
/// ```
pub const OPENMETRICS_CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The upper bounds of the buckets of `breaker_call_duration_seconds`, in seconds.
const BOUNDS: [f64; 14] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// Returns the figures of all breakers in the text format of Prometheus, version 0.0.4, which every
/// version of Prometheus reads. Its content type is [`CONTENT_TYPE`].
pub fn render() -> String {
    render_by(prometheus_text::encode)
}

/// Returns the figures of all breakers in the text format of `OpenMetrics`, version 1.0.0. Its content
/// type is [`OPENMETRICS_CONTENT_TYPE`]; answer with it if the `Accept` of a request asks for that.
pub fn render_openmetrics() -> String {
    render_by(text::encode)
}

fn render_by(encode: impl FnOnce(&mut String, &Registry) -> fmt::Result) -> String {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(BreakerCollector::new()));
    let mut text = String::new();
    // A `String` takes any text, and the collector has no error of its own.
    let _ = encode(&mut text, &registry);
    text
}

/// The figures of all breakers, for a registry of the crate `prometheus-client`: that of a service with
/// metrics of its own.
///
/// The names begin with `breaker_`; a prefix of the registry comes before that.
///
/// ```
/// use breaker_runtime::CircuitBreaker;
/// use breaker_runtime::metrics::BreakerCollector;
/// use prometheus_client::encoding::text::encode;
/// use prometheus_client::registry::Registry;
///
/// let breaker = CircuitBreaker::builder("catalogue").build()?;
/// let mut registry = Registry::default();
/// registry.register_collector(Box::new(BreakerCollector::new()));
///
/// let mut text = String::new();
/// encode(&mut text, &registry)?;
/// assert!(text.contains(r#"breaker_state{breaker="catalogue",state="closed"} 1"#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct BreakerCollector;

impl BreakerCollector {
    /// Makes a collector. All are the same.
    pub const fn new() -> Self {
        Self
    }
}

impl Collector for BreakerCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        // A family without samples would be a name that no query finds.
        let families = collect().into_iter().filter(|family| !family.samples.is_empty());
        for CollectedFamily { family, samples } in families {
            let (name, unit, metric_type) = descriptor(family);
            let mut encoder =
                encoder.encode_descriptor(name, family.help, unit.as_ref(), metric_type)?;
            for sample in &samples {
                encode_sample(&mut encoder, family, sample)?;
            }
        }
        Ok(())
    }
}

/// Returns the name without unit and suffix, which the encoder adds.
fn descriptor(family: &MetricFamily) -> (&'static str, Option<Unit>, MetricType) {
    let name = family.name;
    let without = |suffix| name.strip_suffix(suffix).unwrap_or(name);
    match family.kind {
        MetricKind::Counter => (without("_total"), None, MetricType::Counter),
        MetricKind::SecondsCounter => {
            (without("_seconds_total"), Some(Unit::Seconds), MetricType::Counter)
        }
        MetricKind::Gauge => (name, None, MetricType::Gauge),
        MetricKind::Histogram => (without("_seconds"), Some(Unit::Seconds), MetricType::Histogram),
        MetricKind::Info => (without("_info"), None, MetricType::Info),
    }
}

type StaticLabels = Vec<(&'static str, &'static str)>;

fn encode_sample(
    encoder: &mut MetricEncoder<'_>,
    family: &MetricFamily,
    sample: &MetricSample,
) -> fmt::Result {
    let breaker = sample.breaker.map(|name| ("breaker", name));
    let labels: StaticLabels = breaker.into_iter().chain(sample.labels(family)).collect();
    if family.kind == MetricKind::Info {
        return encoder.encode_info(&labels);
    }
    let mut encoder = encoder.encode_family(&labels)?;
    match &sample.value {
        MetricValue::Count(count) => encoder.encode_counter::<StaticLabels, _, f64>(count, None),
        MetricValue::Seconds(seconds) => encoder.encode_counter::<StaticLabels, _, f64>(seconds, None),
        MetricValue::Gauge(value) => encoder.encode_gauge(value),
        MetricValue::Histogram(latency) => {
            let within = |bound: f64| latency.count_within(Duration::from_secs_f64(bound));
            let mut below = 0;
            let mut buckets: Vec<_> = Vec::with_capacity(BOUNDS.len() + 1);
            for bound in BOUNDS {
                let up_to = within(bound);
                buckets.push((bound, up_to - below));
                below = up_to;
            }
            buckets.push((f64::INFINITY, latency.count() - below));
            let sum = latency.sum().as_secs_f64();
            encoder.encode_histogram::<StaticLabels>(sum, latency.count(), &buckets, None)
        }
    }
}
