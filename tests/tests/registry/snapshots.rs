//! A snapshot as JSON, of a breaker in the `Lazy` of `once_cell`.

#![expect(clippy::non_std_lazy_statics, reason = "both kinds of `Lazy` are in use")]

use breaker_runtime::{BreakerError, CircuitBreaker, circuit_breaker};
use once_cell::sync::Lazy;
use serde_json::json;

static DB: Lazy<CircuitBreaker> = Lazy::new(|| {
    CircuitBreaker::builder("snapshot db").failure_rate(0.9).min_calls(2).build().expect("in range")
});

#[circuit_breaker(breaker = DB)]
fn load(id: u32) -> Result<u32, BreakerError> {
    Ok(id)
}

#[test]
fn snapshot_serialises_with_the_documented_names() {
    DB.observe();
    assert_eq!(load(7), Ok(7));
    DB.try_acquire().expect("closed").failure();
    let json = serde_json::to_value(DB.snapshot()).expect("JSON");
    let of = |field: &str| json[field].clone();
    assert_eq!(of("name"), "snapshot db");
    assert_eq!((of("state"), of("mode")), (json!("closed"), json!("observe")));
    assert_eq!((of("streak"), of("trips"), of("in_flight")), (json!(1), json!(0), json!(0)));
    assert_eq!((of("retry_after"), of("throttle")), (json!(null), json!(null)));
    assert_eq!(of("window"), json!({ "calls": 2, "failures": 1, "slow": 0 }));
    assert_eq!((of("failure_rate"), of("slow_call_rate")), (json!(0.5), json!(null)));
    assert_eq!(
        of("totals"),
        json!({
            "success": 1, "failure": 1, "ignored": 0, "cancelled": 0, "late": 0, "slow": 0,
            "rejected": 0, "would_reject": 0, "fallback": 0, "timed_out": 0, "retried": 0, "last_good": 0,
            "pings": 0, "failed_pings": 0, "ignored_pings": 0
        })
    );
    DB.trip();
    let json = serde_json::to_value(DB.snapshot()).expect("JSON");
    assert_eq!((&json["state"], &json["trips"]), (&json!("open"), &json!(1)));
    assert!(
        json["retry_after"].as_f64().is_some_and(|seconds| seconds > 59.0 && seconds <= 60.0),
        "{json}"
    );
    assert_eq!(load(7), Ok(7), "a dry run rejects nothing");
    assert_eq!(DB.snapshot().totals.would_reject, 1);
}
