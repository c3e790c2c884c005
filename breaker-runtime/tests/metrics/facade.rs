//! The figures in a recorder of the crate `metrics`.

use std::time::Duration;

use ::metrics::with_local_recorder;
use breaker_runtime::{CircuitBreaker, ManualClock, metrics_facade};
use metrics_util::debugging::{DebugValue, DebuggingRecorder};

use crate::wait::wait_until;

/// The metrics of one breaker after a publication: name, label beside the breaker's, and value.
struct Published(Vec<(String, String, DebugValue)>);

impl Published {
    fn of(breaker: &str, recorder: &DebuggingRecorder) -> Self {
        with_local_recorder(recorder, metrics_facade::publish);
        let all = recorder.snapshotter().snapshot().into_vec().into_iter();
        let of_breaker = all.filter_map(|(key, _, _, value)| {
            let mut labels = key.key().labels();
            labels.find(|label| label.key() == "breaker" && label.value() == breaker)?;
            let further = key.key().labels().find(|label| label.key() != "breaker");
            let further = further.map_or_else(String::new, |label| label.value().to_owned());
            Some((key.key().name().to_owned(), further, value))
        });
        Self(of_breaker.collect())
    }

    fn get(&self, metric: &str, label: &str) -> Option<&DebugValue> {
        let found = self.0.iter().find(|(name, further, _)| name == metric && further == label);
        found.map(|(.., value)| value)
    }

    fn counter(&self, metric: &str, label: &str) -> Option<u64> {
        match self.get(metric, label)? {
            DebugValue::Counter(count) => Some(*count),
            other => panic!("{metric} is no counter: {other:?}"),
        }
    }

    fn gauge(&self, metric: &str, label: &str) -> Option<f64> {
        match self.get(metric, label)? {
            DebugValue::Gauge(value) => Some(value.0),
            other => panic!("{metric} is no gauge: {other:?}"),
        }
    }
}

#[test]
fn recorder_has_the_absolute_counts_and_present_gauges() {
    let recorder = DebuggingRecorder::new();
    let clock = ManualClock::new();
    let name = "facade.payments";
    let builder = CircuitBreaker::builder(name).failure_rate(1.0).min_calls(2).window(10);
    let builder = builder.slow_call(Duration::from_secs(5)).slow_call_rate(1.0);
    let breaker = builder.clock(clock.clone()).build().unwrap();
    let call = |output| {
        let _ = breaker.call(|| {
            clock.advance(Duration::from_millis(20));
            output
        });
    };
    call(Ok(()));
    let published = Published::of(name, &recorder);
    assert_eq!(published.gauge("breaker_call_duration_seconds", "0.99"), None, "a minute begins");

    call(Err(()));
    let published = Published::of(name, &recorder);
    assert_eq!(published.counter("breaker_calls_total", "failure"), Some(1));
    assert_eq!(published.gauge("breaker_failure_ratio", ""), Some(0.5));
    assert_eq!(published.gauge("breaker_state", "closed"), Some(1.0));
    let p99 = published.gauge("breaker_call_duration_seconds", "0.99").unwrap();
    assert!((p99 - 0.02).abs() < 0.001, "{p99}");

    breaker.trip();
    clock.advance(Duration::from_secs(7));
    let published = Published::of(name, &recorder);
    assert_eq!(published.counter("breaker_open_seconds_total", ""), Some(7));
    assert_eq!(published.gauge("breaker_state", "closed"), Some(0.0));
    assert_eq!(published.gauge("breaker_state", "open"), Some(1.0));
    let ratio = published.gauge("breaker_failure_ratio", "").unwrap();
    assert!(ratio.is_nan(), "an open breaker has none, and the last one must not stay: {ratio}");

    drop(breaker);
    // Another test that lists the breakers may have a handle for a moment.
    wait_until("a breaker that is gone is not open", || {
        Published::of(name, &recorder).gauge("breaker_state", "open").is_some_and(f64::is_nan)
    });
}
