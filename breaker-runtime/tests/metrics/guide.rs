//! The table of metrics in the guide, beside the text that is scraped.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use breaker_runtime::{CircuitBreaker, metrics};

const GUIDE: &str = include_str!("../../src/guide/metrics.rs");

/// A metric in the guide or in the text.
#[derive(Debug, Default, PartialEq)]
struct Metric {
    kind: String,
    help: String,
    /// The values of each label.
    labels: BTreeMap<String, BTreeSet<String>>,
}

/// Reads the table of the guide.
fn documented() -> BTreeMap<String, Metric> {
    let rows = GUIDE.lines().filter_map(|line| line.strip_prefix("//! | `breaker_"));
    let metrics = rows.map(|row| {
        let row = row.replace('`', "");
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let [name, kind, labels, help, ..] = cells[..] else { panic!("four columns: {row}") };
        let name = format!("breaker_{name}");
        (name, Metric { kind: kind.into(), help: help.into(), labels: documented_labels(labels) })
    });
    metrics.collect()
}

/// Reads a cell such as "from, to: as state; reason: tripped, reset".
fn documented_labels(cell: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut labels = BTreeMap::new();
    for part in cell.split(';').map(str::trim).filter(|part| !part.is_empty()) {
        let (names, values) = part.split_once(':').unwrap_or((part, ""));
        let values = values.replace("as state", "closed, open, half_open");
        let values: BTreeSet<String> = values
            .split(',')
            .map(|value| value.trim().to_owned())
            .filter(|value| !value.is_empty())
            .collect();
        for name in names.split(',') {
            labels.insert(name.trim().to_owned(), values.clone());
        }
    }
    labels
}

/// Reads the text that is scraped.
fn rendered() -> BTreeMap<String, Metric> {
    let mut metrics = BTreeMap::<String, Metric>::new();
    for line in metrics::render().lines() {
        if let Some((name, help)) = line.strip_prefix("# HELP ").and_then(|rest| rest.split_once(' ')) {
            metrics.entry(name.into()).or_default().help = help.into();
        } else if let Some((name, kind)) =
            line.strip_prefix("# TYPE ").and_then(|rest| rest.split_once(' '))
        {
            metrics.entry(name.into()).or_default().kind = kind.into();
        } else if let Some((name, rest)) = line.split_once('{') {
            let name = ["_bucket", "_sum", "_count"].iter().find_map(|suffix| name.strip_suffix(suffix));
            let name = name.unwrap_or(line.split('{').next().expect("a name"));
            let metric = metrics.get_mut(name).unwrap_or_else(|| panic!("{name} has no type"));
            let (labels, _) = rest.rsplit_once('}').expect("a value");
            for label in labels.split(',') {
                let (name, value) = label.split_once('=').expect("a label");
                let values = metric.labels.entry(name.into()).or_default();
                values.insert(value.trim_matches('"').into());
            }
        }
    }
    metrics
}

/// The prefix of the metrics that a process has only while it is connected to a fleet.
const FLEET: &str = "breaker_fleet_";

#[test]
fn table_of_the_guide_has_the_metrics_and_labels_that_are_scraped() {
    let builder = CircuitBreaker::builder("metrics.guide").failure_rate(0.9).min_calls(1);
    let breaker = builder.slow_call(Duration::from_secs(60)).max_concurrent(2).build().unwrap();
    breaker.call(|| Ok::<_, ()>(())).unwrap();
    let _keyed = CircuitBreaker::builder("metrics.guide.keys").keyed().build().unwrap();

    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let _entered = runtime.enter();
    let builder = CircuitBreaker::builder("metrics.guide.pinged").probe(|| async { true });
    let pinged = builder.build().expect("in range");
    pinged.trip();

    #[cfg(feature = "redis")]
    crate::fleet::connect();

    #[cfg(feature = "shadow")]
    let _shadowed = {
        let shadow = breaker_runtime::ShadowOptions::new().failure_threshold(1);
        CircuitBreaker::builder("metrics.guide.shadowed").shadow(shadow).build().expect("in range")
    };

    let (mut documented, rendered) = (documented(), rendered());
    documented.retain(|name, _| cfg!(feature = "shadow") || !name.starts_with("breaker_shadow_"));
    documented.retain(|name, _| cfg!(feature = "redis") || !name.starts_with(FLEET));
    assert_eq!(
        documented.keys().collect::<Vec<_>>(),
        rendered.keys().collect::<Vec<_>>(),
        "a metric is missing in the guide or in the text"
    );
    for (name, mut metric) in rendered {
        let row = &documented[&name];
        assert_eq!((&row.kind, &row.help), (&metric.kind, &metric.help), "{name}");
        let of_breaker = metric.labels.remove("breaker").is_some();
        let of_process = name == "breaker_build_info" || name.starts_with(FLEET);
        assert_eq!(of_breaker, !of_process, "{name}");
        metric.labels.remove("le");
        let names = |metric: &Metric| metric.labels.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(row), names(&metric), "{name}");
        for (label, values) in &metric.labels {
            let closed = &row.labels[label];
            let is_known = closed.is_empty() || values.is_subset(closed);
            assert!(is_known, "{name}: {label}: {values:?} is not within {closed:?}");
        }
    }
}
