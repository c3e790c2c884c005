//! The length of the open period.

use std::collections::BTreeSet;
use std::time::Duration;

use breaker_runtime::testing;
use tokio::time::advance;

use breaker_tests::callers::{Caller, Subject, Trouble};
use breaker_tests::twins;
use breaker_tests::twins::assert_seen;

const MOMENT: Duration = Duration::from_millis(1);

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn just_before(time: Duration) -> Duration {
    time.saturating_sub(MOMENT)
}

#[tokio::test(start_paused = true)]
async fn timeout_is_the_open_period() {
    let calls = async |caller: &mut Caller| {
        caller.down().await;
        caller.note_period();
        advance(just_before(seconds(30))).await;
        caller.ok().await;
        advance(MOMENT).await;
        caller.note_state();
        caller.ok().await;
    };
    assert_seen(
        twins!({timeout = "30s"} beside {failure_threshold = 1}),
        calls,
        "down [open FailureThreshold] until 30s rejected(Open) ~half-open [half-open TimeoutElapsed] ok",
        "down [open FailureThreshold] until 60s rejected(Open) ~open rejected(Open)",
    )
    .await;
}

/// Makes two probes that fail, ten seconds apart unless the period grows.
async fn failing_probes(caller: &mut Caller) {
    caller.down().await;
    advance(seconds(10)).await;
    caller.down().await;
    caller.note_period();
    advance(seconds(10)).await;
    caller.down().await;
    advance(seconds(10)).await;
    caller.down().await;
    caller.note_period();
}

#[tokio::test(start_paused = true)]
async fn timeout_factor_lengthens_each_further_period() {
    assert_seen(
        twins!({timeout_factor = 2.0} beside {failure_threshold = 1, timeout = "10s"}),
        failing_probes,
        "down [open FailureThreshold] [half-open TimeoutElapsed] down [open ProbeFailed] until 20s \
         rejected(Open) [half-open TimeoutElapsed] down [open ProbeFailed] until 40s",
        "down [open FailureThreshold] [half-open TimeoutElapsed] down [open ProbeFailed] until 10s \
         [half-open TimeoutElapsed] down [open ProbeFailed] [half-open TimeoutElapsed] down \
         [open ProbeFailed] until 10s",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn max_timeout_caps_a_growing_period() {
    assert_seen(
        twins!({max_timeout = "15s"} beside {failure_threshold = 1, timeout = "10s", timeout_factor = 2.0}),
        failing_probes,
        "down [open FailureThreshold] [half-open TimeoutElapsed] down [open ProbeFailed] until 15s \
         rejected(Open) [half-open TimeoutElapsed] down [open ProbeFailed] until 15s",
        "down [open FailureThreshold] [half-open TimeoutElapsed] down [open ProbeFailed] until 20s \
         rejected(Open) [half-open TimeoutElapsed] down [open ProbeFailed] until 40s",
    )
    .await;
}

async fn periods_of_a_hundred(subject: Subject) -> BTreeSet<Duration> {
    let mut periods = BTreeSet::new();
    for _ in 0..100 {
        let _fresh = testing::isolate();
        let caller = Caller::new(subject);
        caller.down().await;
        let period = caller.breaker().snapshot().retry_after.expect("open");
        advance(just_before(period)).await;
        caller.note_state();
        advance(MOMENT).await;
        caller.note_state();
        assert_eq!(caller.seen(), "down [open FailureThreshold] ~open ~half-open");
        periods.insert(period);
    }
    periods
}

/// A hundred draws from millions of periods are never all equal in practice.
#[tokio::test(start_paused = true)]
async fn timeout_jitter_spreads_the_periods() {
    for twins in twins!({timeout_jitter = 0.1} beside {failure_threshold = 1, timeout = "30s"}) {
        let periods = periods_of_a_hundred(twins.with).await;
        assert!(periods.len() > 1, "{periods:?}");
        assert!(
            periods.iter().all(|period| (seconds(27)..=seconds(33)).contains(period)),
            "{periods:?}"
        );
        assert_eq!(periods_of_a_hundred(twins.without).await, BTreeSet::from([seconds(30)]));
    }
}

#[tokio::test(start_paused = true)]
async fn honour_retry_after_lengthens_the_open_period() {
    let calls = async |caller: &mut Caller| {
        caller.gets(Err(Trouble::Busy(seconds(77)))).await;
        caller.note_period();
        advance(just_before(seconds(77))).await;
        caller.ok().await;
        advance(MOMENT).await;
        // Asks for less than the period, and gets the period.
        caller.gets(Err(Trouble::Busy(seconds(7)))).await;
    };
    assert_seen(
        twins!({honour_retry_after = true} beside {failure_threshold = 1, success_threshold = 1}),
        async |caller| {
            calls(caller).await;
            caller.note_period();
        },
        "busy(77s) [open FailureThreshold] until 77s rejected(Open) [half-open TimeoutElapsed] busy(7s) \
         [open ProbeFailed] until 60s",
        "busy(77s) [open FailureThreshold] until 60s [half-open TimeoutElapsed] ok [closed ProbesSucceeded] \
         busy(7s) [open FailureThreshold] until 60s",
    )
    .await;
}

/// The period that the dependency asks for is limited by `max_timeout`.
#[tokio::test(start_paused = true)]
async fn max_timeout_caps_retry_after() {
    let calls = async |caller: &mut Caller| {
        caller.gets(Err(Trouble::Busy(seconds(7_777)))).await;
        caller.note_period();
    };
    assert_seen(
        twins!({max_timeout = "2m"} beside {failure_threshold = 1, honour_retry_after = true}),
        calls,
        "busy(7777s) [open FailureThreshold] until 120s",
        "busy(7777s) [open FailureThreshold] until 7777s",
    )
    .await;
}
