//! The text that Prometheus scrapes.

use std::time::Duration;

use breaker_runtime::{CircuitBreaker, ManualClock, metrics};

use crate::wait::wait_until;

const TIMEOUT: Duration = Duration::from_secs(30);

/// Returns the samples of one breaker as `NAME{LABELS}` with the value, without its own label.
pub(crate) fn samples(breaker: &str) -> Vec<(String, f64)> {
    let own = format!("breaker=\"{breaker}\"");
    let text = metrics::render();
    let lines = text.lines().filter(|line| !line.starts_with('#') && line.contains(&own));
    lines
        .map(|line| {
            let (series, value) = line.rsplit_once(' ').expect("a value");
            let series = series.replace(&format!("{own},"), "").replace(&own, "").replace("{}", "");
            (series, value.parse().expect("a number"))
        })
        .collect()
}

/// Returns the value of a series of one breaker.
pub(crate) fn value(breaker: &str, series: &str) -> Option<f64> {
    samples(breaker).into_iter().find(|(name, _)| name == series).map(|(_, value)| value)
}

fn breaker(name: &str) -> (CircuitBreaker, ManualClock) {
    let clock = ManualClock::new();
    let builder = CircuitBreaker::builder(name).failure_threshold(2).timeout(TIMEOUT);
    (builder.success_threshold(1).clock(clock.clone()).build().unwrap(), clock)
}

fn fail(breaker: &CircuitBreaker) {
    let _ = breaker.call(|| Err::<(), _>(()));
}

fn succeed(breaker: &CircuitBreaker) {
    let _ = breaker.call(|| Ok::<_, ()>(()));
}

/// Returns the series of a family that are 1.
fn set(breaker: &str, family: &str) -> Vec<String> {
    let all = samples(breaker).into_iter();
    let set = all.filter(|(name, value)| name.starts_with(&format!("{family}{{")) && *value > 0.0);
    set.map(|(name, _)| name).collect()
}

/// Resilience4j 182, tower-resilience: the gauge froze, or that of the old state stayed 1.
#[test]
fn state_and_mode_have_one_series_that_is_1() {
    let name = "metrics.state";
    let (breaker, clock) = breaker(name);
    assert_eq!(set(name, "breaker_state"), ["breaker_state{state=\"closed\"}"]);
    fail(&breaker);
    fail(&breaker);
    assert_eq!(set(name, "breaker_state"), ["breaker_state{state=\"open\"}"]);
    clock.advance(TIMEOUT);
    assert_eq!(set(name, "breaker_state"), ["breaker_state{state=\"half_open\"}"], "by time alone");
    succeed(&breaker);
    assert_eq!(set(name, "breaker_state"), ["breaker_state{state=\"closed\"}"]);
    assert_eq!(set(name, "breaker_mode"), ["breaker_mode{mode=\"automatic\"}"]);
    breaker.force_open();
    assert_eq!(set(name, "breaker_state"), ["breaker_state{state=\"open\"}"]);
    assert_eq!(set(name, "breaker_mode"), ["breaker_mode{mode=\"forced_open\"}"]);
    drop(breaker);
    // Another test that lists the breakers may have a handle for a moment.
    wait_until("a breaker that is gone has no series", || samples(name).is_empty());
}

#[test]
fn calls_are_counted_by_their_outcome() {
    let name = "metrics.calls";
    let (breaker, clock) = breaker(name);
    succeed(&breaker);
    fail(&breaker);
    breaker.try_acquire().unwrap().ignore();
    drop(breaker.try_acquire().unwrap());
    let late = breaker.try_acquire().unwrap();
    fail(&breaker);
    clock.advance(Duration::from_secs(1));
    late.success();
    for (outcome, count) in
        [("success", 1.0), ("failure", 2.0), ("ignored", 1.0), ("cancelled", 1.0), ("late", 1.0)]
    {
        let series = format!("breaker_calls_total{{outcome=\"{outcome}\"}}");
        assert_eq!(value(name, &series), Some(count), "{series}");
    }
}

#[test]
fn rejections_are_counted_by_their_reason_and_in_the_totals() {
    let name = "metrics.rejections";
    let clock = ManualClock::new();
    let builder = CircuitBreaker::builder(name).failure_threshold(1).timeout(TIMEOUT).max_concurrent(1);
    let builder = builder.success_threshold(1).ramp(Duration::from_secs(60));
    let breaker = builder.clock(clock.clone()).build().unwrap();
    let rejected = |times: usize| {
        (0..times).for_each(|_| assert!(breaker.try_acquire().is_err()));
    };
    let running = breaker.try_acquire().unwrap();
    rejected(1);
    running.failure();
    rejected(2);
    clock.advance(TIMEOUT);
    let probe = breaker.try_acquire().unwrap();
    rejected(3);
    probe.success();
    let recovering = (0..50).filter(|_| breaker.try_acquire().is_err()).count();
    assert!(recovering > 0, "the ramp has begun");
    breaker.force_open();
    rejected(5);
    let reasons = [("full", 1), ("open", 2), ("half_open", 3), ("forced_open", 5)];
    for (reason, count) in reasons.into_iter().chain([("recovering", recovering)]) {
        let series = format!("breaker_rejections_total{{reason=\"{reason}\"}}");
        assert_eq!(value(name, &series), Some(f64::from(u32::try_from(count).unwrap())), "{series}");
    }
    assert_eq!(value(name, "breaker_rejections_total{reason=\"throttled\"}"), Some(0.0));
    assert_eq!(breaker.snapshot().totals.rejected, 11 + recovering as u64);
}

#[test]
fn throttled_calls_have_their_own_reason() {
    let name = "metrics.throttled";
    let builder = CircuitBreaker::builder(name).throttle(1.0, Duration::from_secs(60));
    let breaker = builder.build().unwrap();
    for _ in 0..1_000 {
        fail(&breaker);
    }
    let throttled = value(name, "breaker_rejections_total{reason=\"throttled\"}").unwrap();
    assert!(throttled > 100.0, "{throttled} of 1000 calls");
    assert_eq!(value(name, "breaker_rejections_total{reason=\"open\"}"), Some(0.0));
}

#[test]
fn transitions_are_counted_by_states_and_reason() {
    let name = "metrics.transitions";
    let (breaker, clock) = breaker(name);
    let opened = "breaker_transitions_total{from=\"closed\",to=\"open\",reason=\"failure_threshold\"}";
    assert_eq!(value(name, opened), Some(0.0), "there before the first trip, or it is in no rate");
    for _ in 0..2 {
        fail(&breaker);
        fail(&breaker);
        clock.advance(TIMEOUT);
        succeed(&breaker);
    }
    breaker.reset();
    for (series, count) in [
        (opened, 2.0),
        ("breaker_transitions_total{from=\"open\",to=\"half_open\",reason=\"timeout_elapsed\"}", 2.0),
        ("breaker_transitions_total{from=\"half_open\",to=\"closed\",reason=\"probes_succeeded\"}", 2.0),
        ("breaker_transitions_total{from=\"closed\",to=\"closed\",reason=\"reset\"}", 1.0),
    ] {
        assert_eq!(value(name, series), Some(count), "{series}");
    }
}

#[test]
fn open_seconds_grow_until_the_end_of_the_open_period_and_never_shrink() {
    let name = "metrics.open_seconds";
    let (breaker, clock) = breaker(name);
    let open = || value(name, "breaker_open_seconds_total").unwrap();
    fail(&breaker);
    fail(&breaker);
    clock.advance(Duration::from_secs(10));
    assert!((open() - 10.0).abs() < 0.01, "{}", open());
    clock.advance(Duration::from_secs(100));
    assert!((open() - 30.0).abs() < 0.01, "half-open since: {}", open());
    fail(&breaker);
    clock.advance(Duration::from_secs(5));
    breaker.reset();
    clock.advance(Duration::from_secs(50));
    assert!((open() - 35.0).abs() < 0.01, "{}", open());
    breaker.force_open();
    clock.advance(Duration::from_secs(100));
    assert!((open() - 135.0).abs() < 0.01, "{}", open());
}

#[test]
fn ratios_and_distance_are_there_only_while_they_are_known() {
    let name = "metrics.ratios";
    let builder = CircuitBreaker::builder(name).failure_rate(0.5).window(10).min_calls(4);
    let breaker = builder.build().unwrap();
    fail(&breaker);
    assert_eq!(value(name, "breaker_failure_ratio"), None, "fewer than min_calls");
    assert_eq!(value(name, "breaker_trip_distance_ratio"), Some(0.0));
    (0..3).for_each(|_| succeed(&breaker));
    assert_eq!(value(name, "breaker_failure_ratio"), Some(0.25));
    assert_eq!(value(name, "breaker_slow_ratio"), None, "no slow_call");
    assert_eq!(value(name, "breaker_trip_distance_ratio"), Some(0.5));
    breaker.trip();
    assert_eq!(value(name, "breaker_failure_ratio"), None);
    assert_eq!(value(name, "breaker_trip_distance_ratio"), None);
}

#[test]
fn permits_are_shown_with_their_limit() {
    let name = "metrics.permits";
    let breaker = CircuitBreaker::builder(name).max_concurrent(3).build().unwrap();
    let _running = [breaker.try_acquire().unwrap(), breaker.try_acquire().unwrap()];
    for (series, number) in [("in_flight", 2.0), ("waiting", 0.0), ("limit", 3.0)] {
        assert_eq!(value(name, &format!("breaker_{series}")), Some(number), "{series}");
    }
}

#[test]
fn durations_are_a_cumulative_histogram() {
    let name = "metrics.durations";
    let clock = ManualClock::new();
    let builder = CircuitBreaker::builder(name).slow_call(Duration::from_secs(1)).min_calls(100);
    let breaker = builder.clock(clock.clone()).build().unwrap();
    for millis in [2, 40, 40, 700, 40_000] {
        let body = || {
            clock.advance(Duration::from_millis(millis));
            Ok::<_, ()>(())
        };
        breaker.call(body).unwrap();
    }
    let buckets =
        [("0.001", 0.0), ("0.005", 1.0), ("0.05", 3.0), ("1", 4.0), ("30", 4.0), ("+Inf", 5.0)];
    for (bound, count) in buckets {
        let series = format!("breaker_call_duration_seconds_bucket{{le=\"{bound}\"}}");
        assert_eq!(value(name, &series), Some(count), "{series}: {:?}", samples(name));
    }
    assert_eq!(value(name, "breaker_call_duration_seconds_count"), Some(5.0));
    let sum = value(name, "breaker_call_duration_seconds_sum").unwrap();
    assert!((sum - 40.782).abs() < 0.01, "{sum}");
    assert_eq!(value(name, "breaker_slow_calls_total"), Some(1.0));
}

#[test]
fn name_with_quotes_and_line_breaks_forges_no_series() {
    let _breaker =
        CircuitBreaker::builder("a\"b\\c\nbreaker_state{breaker=\"forged\"} 1").build().unwrap();
    for text in [metrics::render(), metrics::render_openmetrics()] {
        assert!(text.contains(r#"{breaker="a\"b\\c"#), "{text}");
        assert!(
            !text.lines().any(|line| line.starts_with("breaker_state{breaker=\"forged\"}")),
            "{text}"
        );
    }
}

#[test]
fn open_metrics_text_has_units_and_an_end() {
    let (_breaker, _) = breaker("metrics.open_metrics");
    let text = metrics::render_openmetrics();
    assert!(text.ends_with("# EOF\n"), "{text}");
    for line in [
        "# TYPE breaker_calls counter",
        "# UNIT breaker_open_seconds seconds",
        "breaker_open_seconds_total{breaker=\"metrics.open_metrics\"} 0.0",
        "# TYPE breaker_build info",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}: {text}");
    }
    assert!(metrics::OPENMETRICS_CONTENT_TYPE.starts_with("application/openmetrics-text"));
    assert!(metrics::CONTENT_TYPE.starts_with("text/plain; version=0.0.4"));
}
