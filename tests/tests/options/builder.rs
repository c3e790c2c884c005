//! Each option of the policy has the same name in the attribute and in the builder.

use std::time::Duration;

use breaker_runtime::classify::RetryAfter;
use breaker_runtime::{
    BreakerError, CircuitBreaker, CircuitBreakerBuilder, Config, SharedGroup, Window, breaker_of,
    circuit_breaker,
};

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

const CALLS: u32 = 50;
const SPAN: Duration = seconds(10);
const HALF: f64 = 0.5;
const TWICE: f64 = 2.0;
const GROUP: &str = "suppliers";

#[derive(Debug, PartialEq)]
struct TestError(BreakerError);

impl From<BreakerError> for TestError {
    fn from(rejection: BreakerError) -> Self {
        Self(rejection)
    }
}

impl RetryAfter for TestError {
    fn retry_after(&self) -> Option<Duration> {
        None
    }
}

/// Writes, for each row, a function with the options, the builder's `Config` of the same, and a test
/// that compares them.
macro_rules! same {
    ($($test:ident: ($($options:tt)*) => $build:expr;)*) => { $(
        #[test]
        fn $test() {
            #[circuit_breaker($($options)*)]
            fn protected() -> Result<(), TestError> {
                Ok(())
            }

            let build: fn(CircuitBreakerBuilder) -> CircuitBreakerBuilder = $build;
            let built = build(CircuitBreaker::builder(stringify!($test))).build().expect("in range");
            assert_eq!(breaker_of(protected).config(), built.config());
            assert_eq!(protected(), Ok(()));
        }
    )* };
}

same! {
    nothing: () => |b| b;
    failure_threshold: (failure_threshold = 7) => |b| b.failure_threshold(7);
    failure_rate: (failure_rate = 0.5) => |b| b.failure_rate(0.5);
    failure_rate_of_all: (failure_rate = 1) => |b| b.failure_rate(1.0);
    failure_rate_and_threshold: (failure_rate = 5e-1f64, failure_threshold = 5) =>
        |b| b.failure_rate(0.5).failure_threshold(5);
    constant_failure_rate: (failure_rate = HALF / 2.0) => |b| b.failure_rate(0.25);
    window_of_calls: (failure_rate = 0.5, window = 50) => |b| b.failure_rate(0.5).window(50);
    window_of_a_span: (failure_rate = 0.5, window = "10s") => |b| b.failure_rate(0.5).window(seconds(10));
    window_of_constant_calls: (failure_rate = 0.5, window = CALLS) => |b| b.failure_rate(0.5).window(50);
    window_of_calculated_calls: (failure_rate = 0.5, window = 25 + 25) => |b| b.failure_rate(0.5).window(50);
    window_of_a_constant_span: (failure_rate = 0.5, window = SPAN) => |b| b.failure_rate(0.5).window(seconds(10));
    window_of_a_calculated_span: (failure_rate = 0.5, window = seconds(5 + 5)) =>
        |b| b.failure_rate(0.5).window(seconds(10));
    min_calls: (min_calls = 100, failure_rate = 0.5) => |b| b.failure_rate(0.5).min_calls(100);
    // The order of the options and constants as values make no difference.
    min_calls_of_a_window: (min_calls = CALLS * 10, window = CALLS * 10, failure_rate = 0.5) =>
        |b| b.failure_rate(0.5).window(500).min_calls(500);
    min_calls_of_a_span: (min_calls = 5_000, window = "1m", failure_rate = 0.5) =>
        |b| b.failure_rate(0.5).window(seconds(60)).min_calls(5_000);
    slow_call: (slow_call = "2s") => |b| b.slow_call(seconds(2));
    max_concurrent: (max_concurrent = 64) => |b| b.max_concurrent(64);
    max_wait: (max_wait = "50ms", max_concurrent = 64) =>
        |b| b.max_concurrent(64).max_wait(Duration::from_millis(50));
    max_pending: (max_pending = 10, max_wait = "1s", max_concurrent = 64) =>
        |b| b.max_concurrent(64).max_wait(seconds(1)).max_pending(10);
    constant_bulkhead: (max_concurrent = CALLS, max_wait = SPAN, max_pending = CALLS * 2) =>
        |b| b.max_concurrent(50).max_wait(seconds(10)).max_pending(100);
    window_of_slow_calls: (slow_call = "2s", window = 10, min_calls = 5) =>
        |b| b.slow_call(seconds(2)).window(10).min_calls(5);
    slow_call_rate: (slow_call = "2s", slow_call_rate = 0.5) =>
        |b| b.slow_call(seconds(2)).slow_call_rate(0.5);
    constant_slow_call: (slow_call_rate = HALF, slow_call = SPAN) =>
        |b| b.slow_call(seconds(10)).slow_call_rate(0.5);
    timeout: (timeout = "30s") => |b| b.timeout(seconds(30));
    timeout_factor: (timeout_factor = 2.0) => |b| b.timeout_factor(2.0);
    whole_timeout_factor: (timeout_factor = 2) => |b| b.timeout_factor(2.0);
    constant_timeout_factor: (timeout_factor = TWICE) => |b| b.timeout_factor(2.0);
    max_timeout: (max_timeout = "60s", timeout_factor = 2.0) =>
        |b| b.timeout_factor(2.0).max_timeout(seconds(60));
    max_timeout_of_constants: (max_timeout = SPAN, timeout = SPAN, timeout_factor = TWICE) =>
        |b| b.timeout(seconds(10)).timeout_factor(2.0).max_timeout(seconds(10));
    max_timeout_of_jitter: (max_timeout = "2m", timeout_jitter = HALF) =>
        |b| b.timeout_jitter(0.5).max_timeout(seconds(120));
    max_timeout_of_retry_after: (max_timeout = "2m", honour_retry_after = true) =>
        |b| b.honour_retry_after(true).max_timeout(seconds(120));
    timeout_jitter: (timeout_jitter = 0.1) => |b| b.timeout_jitter(0.1);
    no_timeout_jitter: (timeout_jitter = 0) => |b| b.timeout_jitter(0.0);
    honour_retry_after: (honour_retry_after = true) => |b| b.honour_retry_after(true);
    do_not_honour_retry_after: (honour_retry_after = false) => |b| b.honour_retry_after(false);
    success_threshold: (success_threshold = 3) => |b| b.success_threshold(3);
    max_probes: (max_probes = 9) => |b| b.max_probes(9);
    probe_timeout: (probe_timeout = "5s") => |b| b.probe_timeout(seconds(5));
    ramp: (ramp = "30s") => |b| b.ramp(seconds(30));
    constant_ramp: (ramp = SPAN) => |b| b.ramp(seconds(10));
    throttle: (throttle) => |b| b.throttle(2.0, seconds(120));
    throttle_of_no_parts: (throttle()) => |b| b.throttle(2.0, seconds(120));
    throttle_k: (throttle(k = 1.5)) => |b| b.throttle(1.5, seconds(120));
    throttle_window: (throttle(window = "1m")) => |b| b.throttle(2.0, seconds(60));
    throttle_parts: (throttle(window = SPAN, k = 3,), ramp = "1s") =>
        |b| b.throttle(3.0, seconds(10)).ramp(seconds(1));
    shared: (shared) => |b| b.shared(SharedGroup::OfName);
    shared_group: (shared = "payments", quorum = 3) => |b| b.shared("payments").quorum(3);
    constant_group: (shared = GROUP, quorum = CALLS) => |b| b.shared("suppliers").quorum(50);
    quorum_of_a_share: (quorum = 0.1, shared) => |b| b.shared(SharedGroup::OfName).quorum(0.1);
    quorum_in_percent: (shared, quorum = "10%") => |b| b.shared(SharedGroup::OfName).quorum(0.1);
    fleet_failures: (shared, fleet_failures = 50) => |b| b.shared(SharedGroup::OfName).fleet_failures(50);
    fleet_failures_in_a_span: (shared, fleet_failures = CALLS, window = "30s") =>
        |b| b.shared(SharedGroup::OfName).fleet_failures(50).window(seconds(30));
    constant_share: (shared, quorum = HALF) => |b| b.shared(SharedGroup::OfName).quorum(0.5);
    constant_throttle_k: (throttle(k = TWICE * 2.0)) => |b| b.throttle(4.0, seconds(120));
}

/// A value that a user's macro passes on comes in an invisible group.
#[test]
fn values_from_a_macro_are_accepted() {
    macro_rules! protected {
        ($rate:expr, $window:expr, $k:expr, $honour:expr) => {
            #[circuit_breaker(failure_rate = $rate, window = $window, throttle(k = $k), honour_retry_after = $honour)]
            fn protected() -> Result<(), TestError> {
                Ok(())
            }
        };
    }
    protected!(HALF, "10s", 3, true);
    let config = breaker_of(protected).config();
    assert_eq!((config.failure_rate(), config.window()), (Some(0.5), Window::Span(SPAN)));
    assert!(config.honour_retry_after());
    assert_eq!(config.throttle().map(|throttle| throttle.k()), Some(3.0));
    assert_eq!(protected(), Ok(()));
}

/// A name that the user and the expansion both use does not collide.
#[test]
fn names_of_the_user_do_not_collide() {
    #[allow(dead_code)]
    struct Window;
    // A pattern of that name would match this constant.
    #[allow(dead_code, non_upper_case_globals)]
    const constant: u32 = 1;
    #[circuit_breaker(failure_rate = 0.5, window = CALLS, throttle(k = 2.0), timeout_jitter = 0.1)]
    fn protected() -> Result<(), BreakerError> {
        Ok(())
    }
    assert_eq!(protected(), Ok(()));
    assert_ne!(breaker_of(protected).config(), Config::DEFAULT);
}
