//! Each layer with an injected fault.

use std::future::pending;
use std::time::Duration;

use breaker_runtime::{
    BreakerError, CallError, CircuitBreaker, Clock, ErrorKind, ManualClock, State, breaker_of,
    circuit_breaker, declare,
};
use breaker_tests::TestError;
use tokio::task::yield_now;
use tokio::time::Instant;

use crate::game_day;

#[circuit_breaker(name = "inject::plain", failure_threshold = 3)]
fn plain() -> Result<u32, BreakerError> {
    Ok(7)
}

#[test]
fn injected_failures_reach_the_caller_and_trip_the_breaker() {
    let _fresh = game_day("inject::plain", &[("fail", 1.0)]);
    let kinds: Vec<_> = (0..4).map(|_| plain().expect_err("injected").kind()).collect();
    assert_eq!(kinds, [ErrorKind::Injected, ErrorKind::Injected, ErrorKind::Injected, ErrorKind::Open]);
    let totals = breaker_of(plain).snapshot().totals;
    assert_eq!((totals.failure, totals.rejected, totals.success), (3, 1, 0));
}

#[circuit_breaker(
    name = "inject::retried",
    failure_threshold = 10,
    retry(attempts = 3, backoff = "5s", jitter = false)
)]
async fn retried() -> Result<u32, BreakerError> {
    Ok(7)
}

#[tokio::test(start_paused = true)]
async fn injected_failure_is_retried() {
    let _fresh = game_day("inject::retried", &[("fail", 1.0)]);
    let began = Instant::now();
    assert_eq!(retried().await.map_err(|error| error.kind()), Err(ErrorKind::Injected));
    assert!(began.elapsed() >= Duration::from_secs(10), "it pauses between attempts");
    let totals = breaker_of(retried).snapshot().totals;
    assert_eq!((totals.failure, totals.retried, totals.rejected), (3, 2, 0));
}

#[circuit_breaker(
    name = "inject::retried sync",
    failure_threshold = 10,
    retry(attempts = 2, backoff = "1ms")
)]
fn retried_sync() -> Result<u32, BreakerError> {
    Ok(7)
}

#[test]
fn injected_failure_of_a_sync_function_is_retried() {
    let _fresh = game_day("inject::retried sync", &[("fail", 1.0)]);
    assert_eq!(retried_sync().map_err(|error| error.kind()), Err(ErrorKind::Injected));
    assert_eq!(breaker_of(retried_sync).snapshot().totals.failure, 2);
}

#[circuit_breaker(name = "inject::any", fallback = |_cause| Ok(1))]
fn any() -> Result<u32, BreakerError> {
    Ok(7)
}

#[circuit_breaker(name = "inject::failure", fallback_on = "failure", fallback = |cause| Ok(of_cause(&cause)))]
fn failure() -> Result<u32, BreakerError> {
    Ok(7)
}

#[circuit_breaker(name = "inject::failure async", fallback_on = "failure", fallback = |cause| Ok(of_cause(&cause)))]
async fn failure_async() -> Result<u32, BreakerError> {
    tokio::task::yield_now().await;
    Ok(7)
}

#[circuit_breaker(name = "inject::rejection", fallback_on = "rejection", fallback = |_cause| Ok(1))]
fn rejection() -> Result<u32, TestError> {
    Ok(7)
}

/// An error that cannot be made of one of the breaker's.
#[derive(Debug, PartialEq)]
struct NoConversion;

#[circuit_breaker(name = "inject::no conversion", fallback_on = "rejection", fallback = |_cause| Ok(1))]
fn no_conversion() -> Result<u32, NoConversion> {
    Ok(7)
}

#[circuit_breaker(name = "inject::no conversion async", fallback = |_cause| Ok(1))]
async fn no_conversion_async() -> Result<u32, NoConversion> {
    Ok(7)
}

#[circuit_breaker(name = "inject::bare", failure_if = |number| *number == 0, fallback = |_cause| 1)]
fn bare() -> u32 {
    7
}

fn of_cause(cause: &CallError<BreakerError>) -> u32 {
    cause.rejection().map_or(0, |error| u32::from(error.kind() == ErrorKind::Injected))
}

/// Without a fallback for failures the function may have no way to give its caller an error.
#[tokio::test]
async fn injected_failure_runs_the_fallback() {
    let _fresh = game_day("inject::*", &[("fail", 1.0)]);
    assert_eq!(any(), Ok(1));
    assert_eq!(failure(), Ok(1));
    assert_eq!(failure_async().await, Ok(1));
    assert!(matches!(rejection(), Ok(1)));
    assert_eq!(bare(), 1);
    assert_eq!(no_conversion(), Ok(1));
    assert_eq!(no_conversion_async().await, Ok(1));
    let unconverted = [breaker_of(no_conversion), breaker_of(no_conversion_async)];
    let all = [breaker_of(any), breaker_of(failure), breaker_of(rejection), breaker_of(bare)];
    for breaker in all.into_iter().chain(unconverted) {
        let totals = breaker.snapshot().totals;
        assert_eq!((totals.failure, totals.fallback, totals.rejected), (1, 1, 0), "{}", breaker.name());
    }
}

#[circuit_breaker(name = "inject::remembered", last_good)]
fn remembered() -> Result<u32, BreakerError> {
    Ok(7)
}

#[test]
fn injected_failure_is_answered_by_the_last_good_answer() {
    let fresh = breaker_runtime::testing::isolate();
    assert_eq!(remembered(), Ok(7));
    crate::begin("inject::remembered", &[("fail", 1.0)]);
    assert_eq!(remembered(), Ok(7));
    let totals = breaker_of(remembered).snapshot().totals;
    assert_eq!((totals.failure, totals.last_good), (1, 1));
    drop(fresh);
}

#[circuit_breaker(name = "inject::in time", failure_threshold = 2, call_timeout = "1s")]
async fn in_time() -> Result<u32, BreakerError> {
    Ok(7)
}

#[tokio::test(start_paused = true)]
async fn injected_latency_is_inside_the_deadline() {
    for parts in [[("latency", 2.0)], [("hang", 1.0)]] {
        let _fresh = game_day("inject::in time", &parts);
        let began = Instant::now();
        assert_eq!(in_time().await.map_err(|error| error.kind()), Err(ErrorKind::TimedOut));
        assert_eq!(began.elapsed().as_secs(), 1);
        assert_eq!(breaker_of(in_time).snapshot().totals.timed_out, 1);
        assert!(in_time().await.is_err());
        assert_eq!(breaker_of(in_time).state(), State::Open);
    }
}

#[tokio::test(start_paused = true)]
async fn call_with_injected_latency_runs_after_it() {
    let _fresh = game_day("inject::in time", &[("latency", 0.5)]);
    let began = Instant::now();
    assert_eq!(in_time().await, Ok(7));
    assert_eq!(began.elapsed().as_millis() / 10, 50);
    assert_eq!(breaker_of(in_time).snapshot().totals.success, 1);
}

#[circuit_breaker(name = "inject::slow", slow_call = "1s", slow_call_rate = 1.0, min_calls = 2)]
async fn slow() -> Result<u32, BreakerError> {
    yield_now().await;
    Ok(7)
}

#[tokio::test(start_paused = true)]
async fn injected_latency_makes_a_call_slow() {
    let _fresh = game_day("inject::slow", &[("latency", 3.0)]);
    for _ in 0..2 {
        assert_eq!(slow().await, Ok(7));
    }
    assert_eq!(breaker_of(slow).snapshot().totals.slow, 2);
    assert_eq!(breaker_of(slow).state(), State::Open);
}

#[circuit_breaker(name = "inject::bulkhead", max_concurrent = 1, max_wait = "5s")]
async fn bulkhead() -> Result<u32, BreakerError> {
    Ok(7)
}

#[tokio::test(start_paused = true)]
async fn call_with_injected_latency_holds_its_concurrency_permit() {
    let _fresh = game_day("inject::bulkhead", &[("latency", 3.0)]);
    let began = Instant::now();
    let (first, second, third) = tokio::join!(bulkhead(), bulkhead(), bulkhead());
    assert_eq!((first, second), (Ok(7), Ok(7)));
    assert_eq!(third.map_err(|error| error.kind()), Err(ErrorKind::Full));
    assert_eq!(began.elapsed().as_secs(), 6);
    assert_eq!(breaker_of(bulkhead).snapshot().bulkhead.map(|counts| counts.running), Some(0));
}

#[tokio::test(start_paused = true)]
async fn injected_failure_releases_its_concurrency_permit() {
    let _fresh = game_day("inject::bulkhead", &[("fail", 1.0)]);
    for _ in 0..3 {
        assert_eq!(bulkhead().await.map_err(|error| error.kind()), Err(ErrorKind::Injected));
    }
    assert_eq!(breaker_of(bulkhead).snapshot().bulkhead.map(|counts| counts.running), Some(0));
}

#[circuit_breaker(name = "inject::probed", failure_threshold = 1, timeout = "10s")]
async fn probed() -> Result<u32, BreakerError> {
    yield_now().await;
    Ok(7)
}

#[tokio::test(start_paused = true)]
async fn probe_that_waits_keeps_its_slot_and_gives_it_back_when_dropped() {
    let _fresh = game_day("inject::probed", &[("hang", 1.0)]);
    let breaker = breaker_of(probed);
    breaker.trip();
    tokio::time::sleep(Duration::from_secs(10)).await;
    let short = Duration::from_secs(1);
    let (first, second) = tokio::join!(tokio::time::timeout(short, probed()), async {
        yield_now().await;
        breaker.snapshot().in_flight
    },);
    assert!(first.is_err(), "it hangs");
    assert_eq!(second, 1);
    assert_eq!(breaker.snapshot().in_flight, 0);
    assert_eq!(breaker.snapshot().totals.cancelled, 1);
}

#[circuit_breaker(name = "inject::keyed", key = region, failure_threshold = 2)]
fn keyed(region: &str) -> Result<u32, BreakerError> {
    let _ = region;
    Ok(7)
}

#[test]
fn game_day_is_limited_to_keys() {
    let _fresh = breaker_runtime::testing::isolate();
    assert_eq!(keyed("us"), Ok(7));
    breaker_runtime::inject::allow();
    let settings = breaker_runtime::Settings::new()
        .set("inject::keyed", "inject.fail", 1.0)
        .set("inject::keyed", "inject.keys", vec!["eu", "asia"])
        .set("inject::keyed", "inject.until", breaker_runtime::inject::end_in(crate::HOUR));
    let _ = breaker_runtime::configure(settings).expect("sound settings");
    for (region, fails) in [("us", false), ("eu", true), ("asia", true), ("africa", false), ("eu", true)]
    {
        assert_eq!(keyed(region).is_err(), fails, "{region}");
    }
}

declare! {
    static SHARED: name = "inject::shared", failure_threshold = 2;
}

#[circuit_breaker(breaker = SHARED)]
async fn through_shared() -> Result<u32, BreakerError> {
    Ok(7)
}

#[tokio::test]
async fn function_through_another_breaker_meets_its_game_day() {
    let _fresh = game_day("inject::shared", &[("fail", 1.0)]);
    assert_eq!(through_shared().await.map_err(|error| error.kind()), Err(ErrorKind::Injected));
    assert_eq!(SHARED.snapshot().totals.failure, 1);
}

/// The thread waits by the breaker's clock.
#[test]
fn injected_latency_blocks_a_sync_call() {
    let _fresh = breaker_runtime::testing::isolate();
    let clock = ManualClock::new();
    let builder = CircuitBreaker::builder("inject::sync").clock(clock.clone());
    let breaker = builder.slow_call(Duration::from_secs(1)).build().expect("in range");
    crate::begin("inject::sync", &[("latency", 2.5)]);
    assert!(breaker.call(|| Ok::<u32, TestError>(7)).is_ok());
    assert_eq!(clock.now(), Duration::from_millis(2_500));
    assert_eq!(breaker.snapshot().totals.slow, 1);

    crate::begin("inject::sync", &[("hang", 1.0)]);
    assert!(breaker.call(|| Ok::<u32, TestError>(7)).is_ok());
    assert!(clock.now() > Duration::from_secs(3_500), "until the end");
}

#[tokio::test(start_paused = true)]
async fn calls_without_the_attribute_meet_the_game_day() {
    let _fresh = breaker_runtime::testing::isolate();
    let breaker =
        CircuitBreaker::builder("inject::direct").failure_threshold(2).build().expect("in range");
    crate::begin("inject::direct", &[("fail", 1.0)]);
    let kind = |result: Result<u32, CallError<TestError>>| {
        result.expect_err("injected").rejection().map(BreakerError::kind)
    };
    assert_eq!(kind(breaker.call(|| Ok(7))), Some(ErrorKind::Injected));
    let hangs = || pending::<Result<u32, TestError>>();
    assert_eq!(kind(breaker.call_async(hangs).await), Some(ErrorKind::Injected));
    assert_eq!(breaker.state(), State::Open);

    crate::begin("inject::direct", &[("latency", 5.0)]);
    breaker.reset();
    let began = Instant::now();
    assert!(breaker.call_async(async || Ok::<u32, TestError>(7)).await.is_ok());
    assert_eq!(began.elapsed().as_secs(), 5);
}

#[circuit_breaker(name = "inject::without await")]
#[expect(clippy::unused_async, reason = "the subject of the test")]
async fn without_await() -> Result<u32, BreakerError> {
    Ok(7)
}

/// It has nothing to wait for.
#[tokio::test(start_paused = true)]
async fn async_function_without_an_await_fails_but_does_not_wait() {
    let _fresh = game_day("inject::without await", &[("latency", 5.0)]);
    let began = Instant::now();
    assert_eq!(without_await().await, Ok(7));
    assert!(began.elapsed().is_zero());
    crate::begin("inject::without await", &[("fail", 1.0)]);
    assert!(without_await().await.is_err());
}
