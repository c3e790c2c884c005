//! Callers that give up by a time-out of their own, before the dependency has answered.

use std::future::pending;
use std::time::Duration;

use breaker_runtime::{
    BreakerError, CallResult, CircuitBreaker, ErrorKind, Settings, State, breaker_of, circuit_breaker,
    configure, keyed_breakers_of, testing,
};
use breaker_tests::{TestError, work};
use tokio::time::{sleep, timeout};

const GIVES_UP: Duration = Duration::from_millis(300);

/// Answers after `delay`, or hangs without one.
async fn answer(delay: Option<Duration>) -> Result<(), TestError> {
    match delay {
        Some(delay) => sleep(delay).await,
        None => pending().await,
    }
    work(true)
}

#[circuit_breaker(timeout = "30s")]
async fn hanging(delay: Option<Duration>) -> Result<(), TestError> {
    answer(delay).await
}

/// Calls with a deadline of the caller; returns whether the call was rejected, `None` if it was dropped.
async fn call(delay: Option<Duration>) -> Option<bool> {
    let result = timeout(GIVES_UP, hanging(delay)).await.ok()?;
    Some(matches!(result, Err(TestError::Rejected(_))))
}

#[tokio::test(start_paused = true)]
async fn hang_behind_the_callers_own_deadline_opens_after_ten_dropped_calls() {
    let _fresh = testing::isolate();
    let breaker = breaker_of(hanging);
    for _ in 0..10 {
        assert_eq!(call(None).await, None);
    }
    assert_eq!((breaker.snapshot().streak, breaker.snapshot().totals.cancelled), (0, 10));
    for _ in 0..5 {
        assert_eq!(breaker.state(), State::Closed);
        assert_eq!(call(None).await, None);
    }
    assert_eq!(call(None).await, Some(true), "5 failures in a row");
    let trip = breaker.last_trip().expect("it has tripped");
    let last = trip.calls.last().expect("the call that opened it");
    assert_eq!((last.result, last.cause), (CallResult::Failure, Some("abandoned")));
    assert!(trip.summary().to_string().ends_with("last cause: abandoned"), "{}", trip.summary());
    assert_eq!((breaker.snapshot().totals.cancelled, breaker.snapshot().totals.failure), (10, 5));
    // No call has ended since: the dropped probe is one more in the row.
    sleep(Duration::from_secs(30)).await;
    assert_eq!((call(None).await, breaker.state()), (None, State::Open));
    // The dependency is back.
    sleep(Duration::from_secs(30)).await;
    for _ in 0..2 {
        assert_eq!(call(Some(Duration::ZERO)).await, Some(false));
    }
    assert_eq!((call(None).await, breaker.state()), (None, State::Closed));
    assert_eq!(breaker.snapshot().streak, 0, "the row has started again");
}

#[tokio::test(start_paused = true)]
async fn clients_that_disconnect_now_and_then_trip_nothing() {
    let _fresh = testing::isolate();
    for _ in 0..1_000 {
        for _ in 0..9 {
            assert_eq!(call(None).await, None);
        }
        assert_eq!(call(Some(Duration::from_millis(1))).await, Some(false));
    }
    let snapshot = breaker_of(hanging).snapshot();
    assert_eq!((snapshot.totals.cancelled, snapshot.totals.failure), (9_000, 0));
}

#[tokio::test(start_paused = true)]
async fn losers_of_hedged_calls_trip_nothing_for_hours() {
    let _fresh = testing::isolate();
    let begun = tokio::time::Instant::now();
    while begun.elapsed() < Duration::from_hours(3) {
        let first = hanging(Some(Duration::from_millis(900)));
        let second = async {
            sleep(Duration::from_millis(300)).await;
            hanging(Some(Duration::from_millis(200))).await
        };
        let won = tokio::select! {
            result = first => result,
            result = second => result,
        };
        assert_eq!(won, Ok(()));
    }
    let totals = breaker_of(hanging).snapshot().totals;
    assert_eq!((totals.failure, totals.success), (0, totals.cancelled));
    assert!(totals.cancelled > 20_000, "{totals}");
}

#[circuit_breaker(abandoned_threshold = off, timeout = "30s")]
async fn subscription() -> Result<(), TestError> {
    answer(None).await
}

#[tokio::test(start_paused = true)]
async fn dropped_calls_are_never_failures_when_it_is_off() {
    let _fresh = testing::isolate();
    for _ in 0..100 {
        assert!(timeout(GIVES_UP, subscription()).await.is_err());
    }
    assert_eq!(breaker_of(subscription).state(), State::Closed);
    let settings = Settings::new().set("*", "abandoned_threshold", 2);
    let _ = configure(settings).expect("valid settings");
    for _ in 0..7 {
        assert!(timeout(GIVES_UP, subscription()).await.is_err());
    }
    assert_eq!(breaker_of(subscription).state(), State::Open, "switched on by settings");
}

#[circuit_breaker(key = host, abandoned_threshold = 2, failure_threshold = 1)]
async fn host_call(host: u8) -> Result<u8, BreakerError> {
    pending::<()>().await;
    Ok(host)
}

#[tokio::test(start_paused = true)]
async fn each_key_has_a_row_of_its_own() {
    let _fresh = testing::isolate();
    for host in [1, 2, 1, 2, 1] {
        assert!(timeout(GIVES_UP, host_call(host)).await.is_err());
    }
    let hosts = keyed_breakers_of(host_call);
    let state = |host: u8| hosts.find(&host).map(|breaker| breaker.state());
    assert_eq!((state(1), state(2)), (Some(State::Open), Some(State::Closed)));
}

fn strict(name: &str) -> breaker_runtime::CircuitBreakerBuilder {
    CircuitBreaker::builder(name).abandoned_threshold(1).failure_threshold(1)
}

#[tokio::test(start_paused = true)]
async fn calls_that_wait_for_a_permit_are_in_no_row() {
    let builder = strict("abandoned: waiting").max_concurrent(1).max_wait(Duration::from_mins(1));
    let breaker = builder.build().expect("valid options");
    let running = breaker.try_acquire().expect("the only permit");
    for _ in 0..10 {
        assert!(timeout(GIVES_UP, breaker.acquire()).await.is_err());
    }
    drop(running);
    assert_eq!((breaker.state(), breaker.snapshot().totals.cancelled), (State::Closed, 1));
    drop(breaker.try_acquire());
    assert_eq!(breaker.state(), State::Open, "the second that ran");
}

#[test]
fn dropped_calls_of_a_dry_run_are_reported_and_reject_nothing() {
    let breaker = strict("abandoned: observed").build().expect("valid options");
    breaker.observe();
    for _ in 0..3 {
        drop(breaker.try_acquire().expect("a dry run rejects nothing"));
    }
    let snapshot = breaker.snapshot();
    assert_eq!((snapshot.state, snapshot.trips, snapshot.totals.would_reject), (State::Open, 1, 1));
}

#[test]
fn row_starts_again_with_a_reset_and_with_any_outcome() {
    let breaker = strict("abandoned: again").build().expect("valid options");
    let drop_one = || drop(breaker.try_acquire().expect("it is closed"));
    drop_one();
    breaker.try_acquire().expect("it is closed").ignore();
    drop_one();
    breaker.reset();
    drop_one();
    assert_eq!(breaker.state(), State::Closed);
    drop_one();
    assert_eq!(breaker.try_acquire().unwrap_err().kind(), ErrorKind::Open);
}
