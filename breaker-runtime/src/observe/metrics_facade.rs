//! Metrics for the crate [`metrics`](::metrics), behind the feature `metrics-facade`.
//!
//! [`publish`] hands the figures of all breakers to the recorder that the service has installed, such as
//! an exporter. Call it before each scrape, or every few seconds:
//!
//! ```no_run
//! # async fn serve() {
//! use std::time::Duration;
//!
//! loop {
//!     breaker_runtime::metrics_facade::publish();
//!     tokio::time::sleep(Duration::from_secs(5)).await;
//! }
//! # }
//! ```
//!
//! The names and labels are those in the [guide](crate::guide::metrics), with two differences, because a
//! counter of that crate is an integer and a histogram takes single calls:
//!
//! - `breaker_open_seconds_total` is in whole seconds.
//! - `breaker_call_duration_seconds` is a gauge with the label `quantile` (`0.5`, `0.9`, `0.99`), of the
//!   calls of about the last minute.
//!
//! A gauge without a value, such as the failure ratio of an open breaker or any of a dropped one, is set
//! to NaN: it would keep its last value otherwise.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use ::metrics::{Label, Unit, counter, describe_counter, describe_gauge, gauge};

use crate::observe::families::quantiles::{DurationQuantile, RecentQuantiles};
use crate::observe::families::read_all;
use crate::observe::families::table::{FAMILIES, MetricFamily, MetricKind};
use crate::observe::families::{MetricSample, MetricValue};

/// A metric's name, and the names and values of its labels.
type MetricKey = (&'static str, Vec<(&'static str, &'static str)>);

/// The state between two calls of [`publish`].
#[derive(Default)]
struct Published {
    /// The gauges that had a value.
    gauges: HashSet<MetricKey>,
    quantiles: RecentQuantiles,
}

static PUBLISHED: Mutex<Option<Published>> = Mutex::new(None);

/// Sets the metrics of all breakers in the recorder of the crate `metrics`: counters to their absolute
/// values, gauges to the present ones. Does nothing without a recorder.
///
/// Two calls at a time are safe; the later one may set a gauge to the earlier one's value.
///
/// ```
/// breaker_runtime::metrics_facade::publish();
/// ```
pub fn publish() {
    FAMILIES.iter().for_each(describe);
    let readings = read_all();
    let mut present = HashSet::new();
    let mut set_gauge = |key: MetricKey, value: f64| {
        gauge!(key.0, labels(&key)).set(value);
        present.insert(key);
    };
    for family in FAMILIES.iter().filter(|family| family.kind != MetricKind::Histogram) {
        for sample in &family.collect(&readings).samples {
            let key = key_of(family, sample);
            match sample.value {
                MetricValue::Count(count) => counter!(key.0, labels(&key)).absolute(count),
                MetricValue::Seconds(seconds) => counter!(key.0, labels(&key)).absolute(whole(seconds)),
                MetricValue::Gauge(value) => set_gauge(key, value),
                MetricValue::Histogram(_) => {}
            }
        }
    }
    let quantiles = published().get_or_insert_default().quantiles.update(&readings);
    let histograms = FAMILIES.iter().filter(|family| family.kind == MetricKind::Histogram);
    for family in histograms {
        for DurationQuantile { breaker, quantile, seconds } in &quantiles {
            let labels = vec![("breaker", *breaker), ("quantile", *quantile)];
            set_gauge((family.name, labels), *seconds);
        }
    }
    let before = {
        let mut published = published();
        std::mem::replace(&mut published.get_or_insert_default().gauges, present.clone())
    };
    for key in before.difference(&present) {
        gauge!(key.0, labels(key)).set(f64::NAN);
    }
}

/// Locks what is published. No recorder, which is code of the user's, runs under the lock.
fn published() -> MutexGuard<'static, Option<Published>> {
    PUBLISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

fn describe(family: &'static MetricFamily) {
    match family.kind {
        MetricKind::Counter => describe_counter!(family.name, family.help),
        MetricKind::SecondsCounter => describe_counter!(family.name, Unit::Seconds, family.help),
        MetricKind::Histogram => describe_gauge!(family.name, Unit::Seconds, family.help),
        MetricKind::Gauge | MetricKind::Info => describe_gauge!(family.name, family.help),
    }
}

fn key_of(family: &'static MetricFamily, sample: &MetricSample) -> MetricKey {
    let breaker = sample.breaker.map(|name| ("breaker", name));
    (family.name, breaker.into_iter().chain(sample.labels(family)).collect())
}

fn labels((_, labels): &MetricKey) -> Vec<Label> {
    labels.iter().map(|(name, value)| Label::from_static_parts(name, value)).collect()
}

#[expect(clippy::cast_sign_loss, reason = "open time is not negative, and the conversion saturates")]
fn whole(seconds: f64) -> u64 {
    seconds as u64
}
