//! A snapshot as one line, and as data that can be read back.

use std::time::Duration;

use breaker_runtime::{CircuitBreaker, ManualClock};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn snapshot_prints_as_one_line() {
    let clock = ManualClock::new();
    let breaker = CircuitBreaker::builder("pay\nments")
        .failure_threshold(2)
        .failure_rate(0.9)
        .min_calls(2)
        .timeout(30 * SECOND)
        .max_concurrent(5)
        .clock(clock.clone())
        .build()
        .expect("sound options");
    clock.advance(SECOND);
    let line = breaker.snapshot().to_string();
    assert!(line.starts_with("pay\\nments: closed for "), "{line}");
    assert!(
        line.ends_with("; window: 0 calls, 0 failures, 0 slow; 0 running, 0 pending; 0 trips; no calls"),
        "{line}"
    );

    breaker.try_acquire().expect("closed").success();
    breaker.try_acquire().expect("closed").failure();
    let line = breaker.snapshot().to_string();
    let counts =
        "; 1 failure in a row; window: 2 calls, 1 failure, 0 slow; failure rate 50.0 %; 0 running";
    assert!(line.contains(counts) && line.ends_with("; 0 trips; 1 success, 1 failure"), "{line}");

    breaker.try_acquire().expect("closed").failure();
    assert!(breaker.try_acquire().is_err());
    clock.advance(12 * SECOND);
    assert_eq!(
        breaker.snapshot().to_string(),
        "pay\\nments: open for 12.0 s, probes in 18.0 s; 0 running, 0 pending; 1 trip; 1 success, 2 failure, 1 rejected"
    );
    breaker.observe();
    assert!(breaker.snapshot().to_string().starts_with("pay\\nments: closed for 0.0 s (observe); "));
}

#[cfg(feature = "serde")]
mod serde {
    use breaker_runtime::{BreakerKey, Snapshot};
    use serde_json::{Value, json};

    use super::*;

    fn there_and_back(snapshot: &Snapshot) -> Value {
        let text = serde_json::to_string(snapshot).expect("JSON");
        assert_eq!(&serde_json::from_str::<Snapshot>(&text).expect("a snapshot"), snapshot, "{text}");
        serde_json::from_str(&text).expect("JSON")
    }

    /// Each field has a value of its own, so that a field that is left out in either direction is
    /// detected.
    #[test]
    fn snapshot_with_every_field_set_comes_back_equal() {
        let breaker = CircuitBreaker::builder("everything").build().expect("sound options");
        let empty = serde_json::to_value(breaker.snapshot()).expect("JSON");
        let mut full = json!({
            "name": "another", "key": ["eu", 7, -7, [], ["x"]], "state": "half-open", "mode": "observe",
            "in_state": 1.5, "retry_after": 29.25, "streak": 3, "failure_rate": 0.25, "slow_call_rate": 0.5,
            "throttle": 0.125, "ramp": 0.625, "in_flight": 4, "trips": 6, "dropped_events": 11,
            "window": { "calls": 8, "failures": 2, "slow": 1 },
            "bulkhead": { "running": 9, "pending": 10 },
            "keys": { "keys": 12, "evicted": 13, "evicted_open": 14 },
        });
        let mut totals = empty["totals"].clone();
        for (at, total) in totals.as_object_mut().expect("an object").values_mut().enumerate() {
            *total = json!(100 + at);
        }
        full["totals"] = totals;
        let read: Snapshot = serde_json::from_value(full.clone()).expect("a snapshot");
        assert_eq!(there_and_back(&read), full);
        for (field, value) in empty.as_object().expect("an object") {
            assert_ne!(&full[field], value, "{field} has no value of its own");
        }
    }

    #[test]
    fn live_snapshot_comes_back_equal() {
        let clock = ManualClock::new();
        let builder = CircuitBreaker::builder("live").failure_threshold(1).timeout(30 * SECOND);
        let breaker = builder.clock(clock.clone()).build().expect("sound options");
        there_and_back(&breaker.snapshot());
        breaker.try_acquire().expect("closed").failure();
        // A duration in nanoseconds that no `f64` holds.
        clock.advance(Duration::from_micros(12_345_678));
        let json = there_and_back(&breaker.snapshot());
        assert_eq!((&json["in_state"], &json["retry_after"]), (&json!(12.345_678), &json!(17.654_322)));
    }

    #[test]
    fn key_comes_back_as_the_same_key() {
        fn check(key: &impl BreakerKey, written: &Value) {
            let breakers =
                CircuitBreaker::builder("keys there and back").keyed().build().expect("sound options");
            let json = there_and_back(&breakers.get(key).snapshot());
            assert_eq!(&json["key"], written);
        }
        check(&"eu\n1", &json!("eu\n1"));
        check(&"7", &json!("7"));
        check(&7, &json!(7));
        check(&-7, &json!(-7));
        check(&u64::MAX, &json!(u64::MAX));
        check(&("eu", (7, None::<u8>)), &json!(["eu", [7, []]]));
        check(&None::<u8>, &json!([]));
    }

    #[test]
    fn snapshot_with_an_invalid_duration_is_refused() {
        let breaker = CircuitBreaker::builder("refused").build().expect("sound options");
        let mut json = serde_json::to_value(breaker.snapshot()).expect("JSON");
        for wrong in [json!(-1), json!(1e300), json!("1s"), json!(null)] {
            json["in_state"] = wrong;
            let error = serde_json::from_value::<Snapshot>(json.clone()).expect_err("no length of time");
            assert!(!error.to_string().is_empty());
        }
    }
}
