//! The metrics of breakers in a real Prometheus, with the board and the alerts in `monitoring`.

mod prometheus;
mod service;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use self::prometheus::{Prometheus, check_with_promtool};
use self::service::Service;

/// Returns the path of a file in `monitoring`.
fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("monitoring").join(name)
}

/// Returns the queries of the board, with the values that Grafana puts in for its variables.
fn queries_of_the_board() -> Vec<String> {
    fn expressions(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                found.extend(fields.get("expr").and_then(Value::as_str).map(str::to_owned));
                fields.values().for_each(|value| expressions(value, found));
            }
            Value::Array(values) => values.iter().for_each(|value| expressions(value, found)),
            _ => {}
        }
    }
    let board = fs::read_to_string(file("grafana-board.json")).expect("the board is there");
    let board: Value = serde_json::from_str(&board).expect("the board is JSON");
    let mut found = Vec::new();
    expressions(&board, &mut found);
    let put_in = |query: &String| {
        let query = query.replace("$__rate_interval", "1m");
        query.replace("$job", ".*").replace("$breaker", ".*")
    };
    let queries: Vec<_> = found.iter().map(put_in).collect();
    assert!(queries.len() > 20, "the board has moved: {queries:?}");
    assert!(!queries.iter().any(|query| query.contains('$')), "an unknown variable: {queries:?}");
    queries
}

/// Returns the names of metrics in a query.
fn metrics_of(query: &str) -> BTreeSet<String> {
    let words = query.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':'));
    words.filter(|word| word.starts_with("breaker_")).map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn prometheus_scrapes_the_breakers_and_runs_every_query_of_board_and_alerts() {
    let service = Service::start().await;
    let prometheus = Prometheus::start(service.address, &file("alerts.yml")).await;
    // Both formats parse, or the target would be down.
    prometheus.until_up("/metrics").await;
    prometheus.until_up("/openmetrics").await;
    service.trip();

    let series = prometheus.metric_names().await;
    let queries = queries_of_the_board();
    for query in &queries {
        for metric in metrics_of(query) {
            assert!(series.contains(&metric), "no series {metric} for the board's {query}");
        }
        prometheus.until_result(query).await;
    }

    let alerts = prometheus.alert_queries().await;
    assert!(alerts.len() >= 8, "{alerts:?}");
    for query in &alerts {
        for metric in metrics_of(query) {
            assert!(series.contains(&metric), "no series {metric} for the alert {query}");
        }
        prometheus.query(query).await.unwrap_or_else(|error| panic!("{query}: {error}"));
    }

    // Each metric is on the board, or it is no use to an operator.
    let shown: BTreeSet<_> = queries.iter().flat_map(|query| metrics_of(query)).collect();
    for metric in series.iter().filter(|name| name.starts_with("breaker_")) {
        let of_histogram = metric.ends_with("_count") || metric.ends_with("_sum");
        assert!(shown.contains(metric) || of_histogram, "{metric} is on no panel");
    }
}

#[tokio::test]
async fn exposition_passes_the_check_of_promtool() {
    let _service = Service::start().await;
    let text = breaker_runtime::metrics::render();
    check_with_promtool(&["check", "metrics"], &text);
}

#[test]
fn alert_rules_pass_their_scenarios() {
    let path = |name| file(name).to_str().expect("a path in UTF-8").to_owned();
    check_with_promtool(&["check", "rules", &path("alerts.yml")], "");
    check_with_promtool(&["test", "rules", &path("alerts.test.yml")], "");
}
