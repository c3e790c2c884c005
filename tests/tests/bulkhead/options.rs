//! The number of calls that run at the same time, and the queue of calls that wait.

use tokio::time::Instant;

use breaker_tests::async_twins;
use breaker_tests::callers::Caller;
use breaker_tests::twins::assert_seen;

#[tokio::test(start_paused = true)]
async fn max_concurrent_rejects_the_calls_above_it() {
    let calls = async |caller: &mut Caller| {
        caller.hang().await;
        caller.hang().await;
        caller.ok().await;
        caller.release_first().await;
        caller.ok().await;
        caller.note_state();
    };
    assert_seen(
        async_twins!({max_concurrent = 2} beside {failure_threshold = 1}),
        calls,
        "hangs hangs rejected(Full) ok ok ~closed",
        "hangs hangs ok ok ok ~closed",
    )
    .await;
}

/// A permit is held until the call is dropped.
#[tokio::test(start_paused = true)]
async fn max_concurrent_counts_no_dropped_calls() {
    let calls = async |caller: &mut Caller| {
        caller.hang().await;
        caller.ok().await;
        caller.drop_first();
        caller.ok().await;
    };
    assert_seen(
        async_twins!({ max_concurrent = 1 }),
        calls,
        "hangs rejected(Full) dropped ok",
        "hangs ok dropped ok",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn max_wait_lets_calls_wait_for_a_permit() {
    let calls = async |caller: &mut Caller| {
        caller.hang().await;
        caller.hang().await;
        caller.drop_first();
        caller.release_all().await;
    };
    assert_seen(
        async_twins!({max_wait = "50ms"} beside {max_concurrent = 1}),
        calls,
        "hangs hangs dropped ok",
        "hangs rejected(Full) dropped",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn max_wait_that_is_over_rejects_the_call() {
    let calls = async |caller: &mut Caller| {
        caller.hang().await;
        let began = Instant::now();
        caller.ok().await;
        caller.note(format!("after {:?}", began.elapsed()));
    };
    assert_seen(
        async_twins!({max_wait = "50ms"} beside {max_concurrent = 1}),
        calls,
        // The timer has a resolution of one millisecond.
        "hangs rejected(Full) after 50ms",
        "hangs rejected(Full) after 0ns",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn max_pending_rejects_waiters_above_it() {
    let calls = async |caller: &mut Caller| {
        caller.hang().await;
        caller.hang().await;
        caller.hang().await;
        caller.drop_first();
        caller.release_all().await;
    };
    assert_seen(
        async_twins!({max_pending = 1} beside {max_concurrent = 1, max_wait = "50ms"}),
        calls,
        "hangs hangs rejected(Full) dropped ok",
        "hangs hangs hangs dropped ok ok",
    )
    .await;
}
