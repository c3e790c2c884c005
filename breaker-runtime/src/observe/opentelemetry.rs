//! Metrics for OpenTelemetry, behind the feature `opentelemetry`.
//!
//! [`register`] adds observable instruments to a meter of the service. The SDK asks them for values when
//! it exports; calls execute nothing for it. The [guide](crate::guide::metrics) has the names.

use std::sync::{Arc, Mutex, PoisonError};

use ::opentelemetry::KeyValue;
use ::opentelemetry::metrics::{AsyncInstrument, Meter};

use crate::observe::families::quantiles::RecentQuantiles;
use crate::observe::families::table::{FAMILIES, MetricFamily, MetricKind};
use crate::observe::families::{MetricSample, MetricValue, read_all};

/// The attribute with the name of the breaker.
const NAME: &str = "circuit_breaker.name";

/// Adds the metrics of all breakers to a meter, as observable instruments. Call it once for each
/// `MeterProvider`.
///
/// Attributes are `circuit_breaker.name`, and `circuit_breaker.state`, `circuit_breaker.outcome` and so
/// on in place of the labels `state` and `outcome`. The names and attributes of OpenTelemetry are a
/// proposal there so far: when it is adopted, they move along in a new version of this crate.
///
/// `breaker.call_duration` is a gauge with the attribute `circuit_breaker.quantile` (`0.5`, `0.9`,
/// `0.99`), of the calls of about the last minute: there are no observable histograms.
///
/// ```
/// # let provider = opentelemetry::metrics::noop::NoopMeterProvider::new();
/// use opentelemetry::metrics::MeterProvider;
///
/// breaker_runtime::opentelemetry::register(&provider.meter("breaker"));
/// ```
pub fn register(meter: &Meter) {
    for family in FAMILIES {
        register_family(meter, family);
    }
}

fn register_family(meter: &Meter, family: &'static MetricFamily) {
    let (name, help) = (family.otel_name, family.help);
    match family.kind {
        MetricKind::Counter => {
            let builder = meter.u64_observable_counter(name).with_description(help);
            builder.with_callback(move |instrument| observe(family, instrument)).build();
        }
        MetricKind::SecondsCounter => {
            let builder = meter.f64_observable_counter(name).with_description(help).with_unit("s");
            builder.with_callback(move |instrument| observe(family, instrument)).build();
        }
        MetricKind::Gauge | MetricKind::Info => {
            let builder = meter.f64_observable_gauge(name).with_description(help);
            builder.with_callback(move |instrument| observe(family, instrument)).build();
        }
        MetricKind::Histogram => {
            let recent = Arc::new(Mutex::new(RecentQuantiles::default()));
            let builder = meter.f64_observable_gauge(name).with_description(help).with_unit("s");
            builder.with_callback(move |instrument| observe_quantiles(&recent, instrument)).build();
        }
    }
}

/// A type of values of instruments.
trait InstrumentValue: Sized {
    /// Returns the value of a sample, if it is of this type.
    fn of(value: &MetricValue) -> Option<Self>;
}

impl InstrumentValue for u64 {
    fn of(value: &MetricValue) -> Option<Self> {
        match value {
            MetricValue::Count(count) => Some(*count),
            MetricValue::Seconds(_) | MetricValue::Gauge(_) | MetricValue::Histogram(_) => None,
        }
    }
}

impl InstrumentValue for f64 {
    fn of(value: &MetricValue) -> Option<Self> {
        match value {
            MetricValue::Seconds(value) | MetricValue::Gauge(value) => Some(*value),
            MetricValue::Count(_) | MetricValue::Histogram(_) => None,
        }
    }
}

fn observe<T: InstrumentValue>(family: &'static MetricFamily, instrument: &dyn AsyncInstrument<T>) {
    for sample in family.collect(&read_all()).samples {
        if let Some(value) = T::of(&sample.value) {
            instrument.observe(value, &attributes(family, &sample));
        }
    }
}

fn observe_quantiles(recent: &Mutex<RecentQuantiles>, instrument: &dyn AsyncInstrument<f64>) {
    let readings = read_all();
    let quantiles = recent.lock().unwrap_or_else(PoisonError::into_inner).update(&readings);
    for quantile in quantiles {
        let name = KeyValue::new(NAME, quantile.breaker);
        let share = KeyValue::new("circuit_breaker.quantile", quantile.quantile);
        instrument.observe(quantile.seconds, &[name, share]);
    }
}

fn attributes(family: &'static MetricFamily, sample: &MetricSample) -> Vec<KeyValue> {
    let breaker = sample.breaker.map(|name| KeyValue::new(NAME, name));
    let labels = sample
        .labels(family)
        .map(|(name, value)| KeyValue::new(format!("circuit_breaker.{name}"), value));
    breaker.into_iter().chain(labels).collect()
}
