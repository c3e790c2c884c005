//! The rules that open a breaker.

use std::time::Duration;

use tokio::time::advance;

use breaker_tests::callers::Caller;
use breaker_tests::twins::assert_seen;
use breaker_tests::{async_twins, twins};

const LIMIT: Duration = Duration::from_secs(2);
const SLOW: Duration = Duration::from_millis(2_001);

#[tokio::test(start_paused = true)]
async fn failure_threshold_opens_after_consecutive_failures() {
    let calls = async |caller: &mut Caller| {
        caller.down().await;
        caller.ok().await;
        caller.down().await;
        caller.down().await;
        caller.ok().await;
    };
    assert_seen(
        twins!({ failure_threshold = 2 }),
        calls,
        "down ok down down [open FailureThreshold] rejected(Open)",
        "down ok down down ok",
    )
    .await;
}

/// The threshold of consecutive failures stays beside a rate, which would replace its default of five.
#[tokio::test(start_paused = true)]
async fn failure_threshold_beside_a_rate_still_opens() {
    let calls = async |caller: &mut Caller| {
        for _ in 0..5 {
            caller.down().await;
        }
        caller.ok().await;
    };
    assert_seen(
        twins!({failure_threshold = 5} beside {failure_rate = 0.5}),
        calls,
        "down down down down down [open FailureThreshold] rejected(Open)",
        "down down down down down ok",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn failure_rate_opens() {
    let calls = async |caller: &mut Caller| {
        for _ in 0..2 {
            caller.ok().await;
            caller.down().await;
        }
        caller.ok().await;
    };
    assert_seen(
        twins!({failure_rate = 0.5} beside {slow_call = "1h", window = 4, min_calls = 4}),
        calls,
        "ok down ok down [open FailureRate] rejected(Open)",
        "ok down ok down ok",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn window_of_calls_forgets_old_calls() {
    let calls = async |caller: &mut Caller| {
        for _ in 0..4 {
            caller.ok().await;
        }
        caller.down().await;
        caller.down().await;
        caller.ok().await;
    };
    assert_seen(
        twins!({window = 4} beside {failure_rate = 0.5, min_calls = 2}),
        calls,
        "ok ok ok ok down down [open FailureRate] rejected(Open)",
        "ok ok ok ok down down ok",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn window_of_a_span_forgets_old_calls() {
    let calls = async |caller: &mut Caller| {
        for _ in 0..4 {
            caller.ok().await;
        }
        advance(Duration::from_secs(10)).await;
        caller.down().await;
        caller.down().await;
        caller.ok().await;
    };
    assert_seen(
        twins!({window = "10s"} beside {failure_rate = 0.5, min_calls = 2}),
        calls,
        "ok ok ok ok down down [open FailureRate] rejected(Open)",
        "ok ok ok ok down down ok",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn min_calls_delays_the_rate() {
    let calls = async |caller: &mut Caller| {
        caller.down().await;
        caller.down().await;
        caller.note(format!("{:?}", caller.breaker().snapshot().failure_rate));
        caller.down().await;
        caller.ok().await;
    };
    assert_seen(
        twins!({min_calls = 3} beside {failure_rate = 0.5}),
        calls,
        "down down None down [open FailureRate] rejected(Open)",
        "down down None down ok",
    )
    .await;
}

/// This is a limit and not a deadline: a slow call runs to its end.
#[tokio::test(start_paused = true)]
async fn slow_call_counts_calls_that_take_longer() {
    let calls = async |caller: &mut Caller| {
        caller.ok_after(LIMIT).await;
        caller.ok_after(SLOW).await;
        caller.note(format!("{} slow", caller.breaker().snapshot().totals.slow));
        caller.ok_after(SLOW).await;
        caller.ok().await;
    };
    assert_seen(
        twins!({slow_call = "2s"} beside {failure_rate = 1.0, window = 2, min_calls = 2}),
        calls,
        "ok ok 1 slow ok [open SlowCallRate] rejected(Open)",
        "ok ok 0 slow ok ok",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn slow_call_rate_opens() {
    let calls = async |caller: &mut Caller| {
        caller.ok_after(SLOW).await;
        caller.ok().await;
        caller.ok_after(SLOW).await;
        caller.ok().await;
        caller.ok().await;
    };
    assert_seen(
        twins!({slow_call_rate = 0.5} beside {slow_call = "2s", window = 4, min_calls = 4}),
        calls,
        "ok ok ok ok [open SlowCallRate] rejected(Open)",
        "ok ok ok ok ok",
    )
    .await;
}

/// Callers that drop their calls do not hide that the service hangs.
#[tokio::test(start_paused = true)]
async fn slow_call_that_is_dropped_counts_as_slow() {
    let calls = async |caller: &mut Caller| {
        for patience in [LIMIT, SLOW] {
            caller.hang().await;
            advance(patience).await;
            caller.drop_first();
            let totals = caller.breaker().snapshot().totals;
            caller.note(format!("{} cancelled, {} failed", totals.cancelled, totals.failure));
        }
        caller.ok().await;
    };
    assert_seen(
        async_twins!({slow_call = "2s"} beside {failure_threshold = 1}),
        calls,
        "hangs dropped 1 cancelled, 0 failed hangs [open FailureThreshold] dropped 1 cancelled, 1 failed \
         rejected(Open)",
        "hangs dropped 1 cancelled, 0 failed hangs dropped 2 cancelled, 0 failed ok",
    )
    .await;
}

/// A slow probe opens the breaker again, as a failed one does.
#[tokio::test(start_paused = true)]
async fn slow_probe_opens_again() {
    let calls = async |caller: &mut Caller| {
        caller.down().await;
        advance(Duration::from_mins(1)).await;
        caller.ok_after(SLOW).await;
        caller.ok().await;
    };
    assert_seen(
        twins!({slow_call = "2s"} beside {failure_threshold = 1, success_threshold = 1}),
        calls,
        "down [open FailureThreshold] [half-open TimeoutElapsed] ok [open ProbeFailed] rejected(Open)",
        "down [open FailureThreshold] [half-open TimeoutElapsed] ok [closed ProbesSucceeded] ok",
    )
    .await;
}
