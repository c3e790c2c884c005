//! The metrics of keyed breakers.

use std::time::Duration;

use breaker_runtime::{CircuitBreaker, ManualClock, metrics};

use crate::text::value;

/// Mcp-ts-core 114: keys of callers were labels.
#[test]
fn key_is_no_label_and_counts_in_the_sum_of_its_function() {
    let name = "metrics.hosts";
    let builder = CircuitBreaker::builder(name).failure_threshold(4).max_concurrent(2);
    let hosts = builder.keyed().build().unwrap();
    for (host, failures) in [("secret-eu", 4), ("secret-us", 3), ("secret-ap", 0)] {
        let breaker = hosts.get(host);
        breaker.call(|| Ok::<_, ()>(())).unwrap();
        (0..failures).for_each(|_| drop(breaker.call(|| Err::<(), _>(()))));
    }
    assert!(hosts.get("secret-eu").try_acquire().is_err());
    let us = hosts.get("secret-us");
    let _running = us.try_acquire().unwrap();
    assert!(!metrics::render().contains("secret"));
    for (series, number) in [
        ("breaker_calls_total{outcome=\"success\"}", 3.0),
        ("breaker_calls_total{outcome=\"failure\"}", 7.0),
        ("breaker_rejections_total{reason=\"open\"}", 1.0),
        ("breaker_transitions_total{from=\"closed\",to=\"open\",reason=\"failure_threshold\"}", 1.0),
        ("breaker_keys{state=\"closed\"}", 2.0),
        ("breaker_keys{state=\"open\"}", 1.0),
        ("breaker_keys{state=\"half_open\"}", 0.0),
        ("breaker_findings{finding=\"failing_while_closed\"}", 0.0),
        ("breaker_trip_distance_ratio", 0.75),
        ("breaker_in_flight", 1.0),
        ("breaker_limit", 6.0),
    ] {
        assert_eq!(value(name, series), Some(number), "{series}");
    }
    assert_eq!(value(name, "breaker_state{state=\"closed\"}"), None, "a group has no state");
}

#[test]
fn counts_do_not_shrink_when_a_key_is_removed() {
    let name = "metrics.removed";
    let clock = ManualClock::new();
    let builder = CircuitBreaker::builder(name).failure_threshold(1).clock(clock.clone());
    let hosts = builder.keyed().build().unwrap();
    let _ = hosts.get("gone").call(|| Err::<(), _>(()));
    assert!(hosts.get("gone").try_acquire().is_err());
    clock.advance(Duration::from_secs(20));
    let series = [
        "breaker_calls_total{outcome=\"failure\"}",
        "breaker_rejections_total{reason=\"open\"}",
        "breaker_transitions_total{from=\"closed\",to=\"open\",reason=\"failure_threshold\"}",
        "breaker_open_seconds_total",
    ];
    let read = || series.map(|series| value(name, series).unwrap().to_string());
    let before = read();
    assert_eq!(before, ["1", "1", "1", "20"]);
    assert!(hosts.remove("gone").is_some());
    assert_eq!(read(), before);
    clock.advance(Duration::from_secs(100));
    assert_eq!(read(), before, "a key that is gone is not open");
}
