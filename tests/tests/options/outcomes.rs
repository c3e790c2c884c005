//! Outcomes that count as a failure, and outcomes that do not count.

use breaker_tests::callers::{Answer, Caller, Trouble};
use breaker_tests::twins;
use breaker_tests::twins::assert_seen;

fn is_server_error(answer: &Answer) -> bool {
    matches!(answer, Ok(500..))
}

/// The predicate decides alone, so that an `Err` can be a success.
#[tokio::test(start_paused = true)]
async fn failure_if_decides_what_a_failure_is() {
    let calls = async |caller: &mut Caller| {
        caller.gets(Err(Trouble::Missing)).await;
        caller.gets(Ok(503)).await;
        caller.ok().await;
    };
    assert_seen(
        twins!({failure_if = is_server_error} beside {failure_threshold = 1}),
        calls,
        "missing 503 [open FailureThreshold] rejected(Open)",
        "missing [open FailureThreshold] rejected(Open) rejected(Open)",
    )
    .await;
}

/// An ignored outcome does not end a streak.
#[tokio::test(start_paused = true)]
async fn ignore_if_excludes_outcomes() {
    let calls = async |caller: &mut Caller| {
        caller.down().await;
        caller.gets(Err(Trouble::Missing)).await;
        caller.note(format!("streak {}", caller.breaker().snapshot().streak));
        caller.down().await;
        caller.ok().await;
        let totals = caller.breaker().snapshot().totals;
        caller.note(format!("{} failed, {} ignored", totals.failure, totals.ignored));
    };
    assert_seen(
        twins!({ignore_if = |answer| matches!(answer, Err(Trouble::Missing))} beside {failure_threshold = 2}),
        calls,
        "down missing streak 1 down [open FailureThreshold] rejected(Open) 2 failed, 1 ignored",
        "down missing [open FailureThreshold] streak 0 rejected(Open) rejected(Open) 2 failed, 0 ignored",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn ignore_if_comes_before_failure_if() {
    let calls = async |caller: &mut Caller| {
        caller.gets(Ok(501)).await;
        caller.gets(Ok(503)).await;
        caller.ok().await;
    };
    assert_seen(
        twins!(
            {ignore_if = |answer| *answer == Ok(501)}
            beside {failure_if = is_server_error, failure_threshold = 1}
        ),
        calls,
        "501 503 [open FailureThreshold] rejected(Open)",
        "501 [open FailureThreshold] rejected(Open) rejected(Open)",
    )
    .await;
}
