//! The option `throttle`, which rejects a share of the calls instead of opening. The rejected calls are
//! random, but their probability is known, and where it is 0 no call is rejected.
//!
//! Where the test expects a rejection, the probability that all calls run is below one in 10^21.

use std::time::Duration;

use tokio::time::advance;

use breaker_tests::callers::{Answer, Caller, Trouble};
use breaker_tests::twins;
use breaker_tests::twins::assert_seen;

async fn note_how_many_run(caller: &Caller, calls: u32, answer: Answer) {
    let (ran, seen) = caller.ran(calls, answer).await;
    if ran == calls {
        caller.note(format!("all of {calls}: {seen}"));
    } else {
        // Whether any call ran is random as well.
        let rejected = seen.split(" or ").filter(|word| word.starts_with("rejected"));
        caller.note(format!("not all of {calls}: {}", rejected.collect::<Vec<_>>().join(" or ")));
    }
}

fn note_probability(caller: &Caller) {
    let throttle = caller.breaker().snapshot().throttle;
    caller.note(throttle.map_or("unthrottled".to_owned(), |probability| format!("p={probability:.2}")));
}

#[tokio::test(start_paused = true)]
async fn throttle_rejects_a_share_of_the_calls() {
    let calls = async |caller: &mut Caller| {
        caller.down().await;
        note_probability(caller);
        note_how_many_run(caller, 200, Err(Trouble::Down)).await;
        caller.note_state();
    };
    assert_seen(
        twins!({throttle} beside {failure_threshold = 1_000}),
        calls,
        "down p=0.50 not all of 200: rejected(Throttled) ~closed",
        "down unthrottled all of 200: down ~closed",
    )
    .await;
}

/// A throttle replaces the five consecutive failures.
#[tokio::test(start_paused = true)]
async fn throttle_replaces_the_default_failure_threshold() {
    let calls = async |caller: &mut Caller| {
        note_how_many_run(caller, 200, Err(Trouble::Down)).await;
        caller.note_state();
    };
    assert_seen(
        twins!({ throttle }),
        calls,
        "not all of 200: rejected(Throttled) ~closed",
        "not all of 200: rejected(Open) ~open",
    )
    .await;
}

/// No call is rejected as long as one in `k` succeeds.
#[tokio::test(start_paused = true)]
async fn throttle_k_sets_the_share_that_is_tolerated() {
    let calls = async |caller: &mut Caller| {
        for _ in 0..10 {
            caller.ok().await;
        }
        caller.forget();
        note_how_many_run(caller, 10, Err(Trouble::Down)).await;
        note_how_many_run(caller, 180, Err(Trouble::Down)).await;
    };
    assert_seen(
        twins!({throttle(k = 20)} instead of {throttle} beside {failure_threshold = 1_000}),
        calls,
        "all of 10: down all of 180: down",
        "all of 10: down not all of 180: rejected(Throttled)",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn throttle_window_ends_the_memory_of_failures() {
    let calls = async |caller: &mut Caller| {
        note_how_many_run(caller, 100, Err(Trouble::Down)).await;
        advance(Duration::from_secs(10)).await;
        note_how_many_run(caller, 30, Ok(200)).await;
    };
    assert_seen(
        twins!({throttle(window = "10s")} instead of {throttle} beside {failure_threshold = 1_000}),
        calls,
        "not all of 100: rejected(Throttled) all of 30: ok",
        "not all of 100: rejected(Throttled) not all of 30: rejected(Throttled)",
    )
    .await;
}
