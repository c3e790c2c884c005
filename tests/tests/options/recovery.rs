//! The way from open to closed.

use std::time::Duration;

use tokio::time::advance;

use breaker_tests::callers::Caller;
use breaker_tests::twins::assert_seen;
use breaker_tests::{async_twins, twins};

/// Opens the breaker, and waits until the next call is a probe.
async fn open_and_wait(caller: &Caller) {
    caller.down().await;
    advance(Duration::from_mins(1)).await;
    caller.note_state();
    assert_eq!(caller.seen(), "down [open FailureThreshold] ~half-open");
    caller.forget();
}

#[tokio::test(start_paused = true)]
async fn success_threshold_is_the_number_of_probes_that_close() {
    let calls = async |caller: &mut Caller| {
        open_and_wait(caller).await;
        caller.ok().await;
        caller.ok().await;
        caller.note_state();
        caller.ok().await;
    };
    assert_seen(
        twins!({success_threshold = 3} beside {failure_threshold = 1}),
        calls,
        "[half-open TimeoutElapsed] ok ok ~half-open ok [closed ProbesSucceeded]",
        "[half-open TimeoutElapsed] ok ok [closed ProbesSucceeded] ~closed ok",
    )
    .await;
}

/// The limit is for probes in flight: a probe that has ended frees its slot.
#[tokio::test(start_paused = true)]
async fn max_probes_limits_the_probes_in_flight() {
    let calls = async |caller: &mut Caller| {
        open_and_wait(caller).await;
        caller.hang().await;
        caller.ok().await;
        caller.note(format!("{} in flight", caller.breaker().snapshot().in_flight));
        caller.release_first().await;
        caller.ok().await;
    };
    assert_seen(
        async_twins!({max_probes = 1} beside {failure_threshold = 1, success_threshold = 2}),
        calls,
        "[half-open TimeoutElapsed] hangs rejected(HalfOpen) 1 in flight ok ok [closed ProbesSucceeded]",
        "[half-open TimeoutElapsed] hangs ok 1 in flight ok [closed ProbesSucceeded] ok",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn probe_timeout_replaces_a_lost_probe() {
    let calls = async |caller: &mut Caller| {
        open_and_wait(caller).await;
        caller.hang().await;
        advance(Duration::from_millis(4_999)).await;
        caller.ok().await;
        advance(Duration::from_millis(1)).await;
        caller.ok().await;
        caller.release_first().await;
        caller.note(format!("{} late", caller.breaker().snapshot().totals.late));
    };
    assert_seen(
        async_twins!({probe_timeout = "5s"} beside {failure_threshold = 1, success_threshold = 1}),
        calls,
        "[half-open TimeoutElapsed] hangs rejected(HalfOpen) ok [closed ProbesSucceeded] ok 1 late",
        "[half-open TimeoutElapsed] hangs rejected(HalfOpen) rejected(HalfOpen) ok [closed ProbesSucceeded] \
         0 late",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn ramp_admits_a_growing_share_after_recovery() {
    let calls = async |caller: &mut Caller| {
        open_and_wait(caller).await;
        caller.ok().await;
        caller.ok().await;
        caller.ok().await;
        for _ in 0..4 {
            advance(Duration::from_millis(2_500)).await;
            let (ran, seen) = caller.ran(20, Ok(200)).await;
            caller.note(format!("{ran}/20 {seen},"));
        }
        caller.note_state();
    };
    assert_seen(
        twins!({ramp = "10s"} beside {failure_threshold = 1, success_threshold = 1}),
        calls,
        "[half-open TimeoutElapsed] ok [closed ProbesSucceeded] ok rejected(Recovering) \
         5/20 ok or rejected(Recovering), 10/20 ok or rejected(Recovering), 15/20 ok or rejected(Recovering), \
         20/20 ok, ~closed",
        "[half-open TimeoutElapsed] ok [closed ProbesSucceeded] ok ok 20/20 ok, 20/20 ok, 20/20 ok, 20/20 ok, \
         ~closed",
    )
    .await;
}
