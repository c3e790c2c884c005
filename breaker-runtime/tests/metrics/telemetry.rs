//! The figures in OpenTelemetry.

use std::time::Duration;

use breaker_runtime::{CircuitBreaker, ManualClock};
use opentelemetry::KeyValue;
use opentelemetry::metrics::MeterProvider;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData, ResourceMetrics, ScopeMetrics};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider};

use crate::wait::wait_until;

/// A provider with the instruments registered.
struct Telemetry {
    provider: SdkMeterProvider,
    exporter: InMemoryMetricExporter,
}

impl Telemetry {
    fn new() -> Self {
        let exporter = InMemoryMetricExporter::default();
        let reader = PeriodicReader::builder(exporter.clone()).build();
        let provider = SdkMeterProvider::builder().with_reader(reader).build();
        breaker_runtime::opentelemetry::register(&provider.meter("breaker"));
        Self { provider, exporter }
    }

    /// Exports, and returns each point of a breaker: the instrument, the attributes but the name, and
    /// the value.
    fn points(&self, breaker: &str) -> Vec<String> {
        self.exporter.reset();
        self.provider.force_flush().expect("the exporter is in memory");
        let mut points = Vec::new();
        for resource in self.exporter.get_finished_metrics().expect("it has exported") {
            let metrics = resource.scope_metrics().flat_map(ScopeMetrics::metrics);
            for metric in metrics {
                for (attributes, value) in values(metric.data()) {
                    let name = KeyValue::new("circuit_breaker.name", breaker.to_owned());
                    if attributes.contains(&name) {
                        let mut further: Vec<String> = attributes
                            .iter()
                            .filter(|attribute| **attribute != name)
                            .map(|attribute| format!(" {}={}", attribute.key, attribute.value))
                            .collect();
                        further.sort();
                        points.push(format!("{}{} = {value}", metric.name(), further.concat()));
                    }
                }
            }
        }
        points
    }
}

/// Returns the number of points of the instruments with names that begin with `prefix`.
pub(crate) fn points_of_process(prefix: &str) -> usize {
    let Telemetry { provider, exporter } = Telemetry::new();
    provider.force_flush().expect("the exporter is in memory");
    let exported = exporter.get_finished_metrics().expect("it has exported");
    let metrics = exported.iter().flat_map(ResourceMetrics::scope_metrics);
    let metrics = metrics.flat_map(ScopeMetrics::metrics);
    let of_prefix = metrics.filter(|metric| metric.name().starts_with(prefix));
    of_prefix.map(|metric| values(metric.data()).len()).sum()
}

fn values(data: &AggregatedMetrics) -> Vec<(Vec<KeyValue>, f64)> {
    fn of<T: Copy>(data: &MetricData<T>, float: impl Fn(T) -> f64) -> Vec<(Vec<KeyValue>, f64)> {
        match data {
            MetricData::Gauge(gauge) => {
                let points = gauge.data_points();
                points
                    .map(|point| (point.attributes().cloned().collect(), float(point.value())))
                    .collect()
            }
            MetricData::Sum(sum) => {
                assert!(sum.is_monotonic(), "every sum here is a counter");
                let points = sum.data_points();
                points
                    .map(|point| (point.attributes().cloned().collect(), float(point.value())))
                    .collect()
            }
            MetricData::Histogram(_) | MetricData::ExponentialHistogram(_) => Vec::new(),
        }
    }
    match data {
        AggregatedMetrics::F64(data) => of(data, |value| value),
        AggregatedMetrics::U64(data) => {
            of(data, |value| f64::from(u32::try_from(value).expect("a small count")))
        }
        AggregatedMetrics::I64(_) => Vec::new(),
    }
}

#[test]
fn exporter_receives_state_outcome_and_reason_as_attributes() {
    let telemetry = Telemetry::new();
    let clock = ManualClock::new();
    let name = "telemetry.payments";
    let builder = CircuitBreaker::builder(name).failure_threshold(1).slow_call(Duration::from_secs(5));
    let breaker = builder.clock(clock.clone()).build().unwrap();
    let has = |points: &[String], point: &str| {
        assert!(points.iter().any(|found| found == point), "{point}: {points:#?}");
    };
    let points = telemetry.points(name);
    has(&points, "breaker.state circuit_breaker.state=closed = 1");
    has(&points, "breaker.calls circuit_breaker.outcome=failure = 0");

    let _ = breaker.call(|| {
        clock.advance(Duration::from_millis(500));
        Err::<(), _>(())
    });
    assert!(breaker.try_acquire().is_err());
    clock.advance(Duration::from_millis(2_500));
    let points = telemetry.points(name);
    for point in [
        "breaker.state circuit_breaker.state=closed = 0",
        "breaker.state circuit_breaker.state=open = 1",
        "breaker.mode circuit_breaker.mode=automatic = 1",
        "breaker.calls circuit_breaker.outcome=failure = 1",
        "breaker.rejections circuit_breaker.reason=open = 1",
        "breaker.transitions circuit_breaker.from=closed circuit_breaker.reason=failure_threshold \
         circuit_breaker.to=open = 1",
        "breaker.open_time = 2.5",
    ] {
        has(&points, point);
    }
    let p99 = points.iter().find(|point| point.contains("circuit_breaker.quantile=0.99"));
    assert!(p99.is_some_and(|p99| p99.starts_with("breaker.call_duration ")), "{points:#?}");

    drop(breaker);
    // Another test that lists the breakers may have a handle for a moment.
    wait_until("a breaker that is gone has no state", || {
        !telemetry.points(name).iter().any(|point| point.starts_with("breaker.state "))
    });
}
