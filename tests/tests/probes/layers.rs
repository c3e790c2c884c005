//! `probe` beside every other layer.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use breaker_runtime::testing::isolate;
use breaker_runtime::{BreakerError, State, breaker_of, circuit_breaker};

use crate::{SECOND, pass};

static DOWN: AtomicBool = AtomicBool::new(true);
static BODIES: AtomicU32 = AtomicU32::new(0);

async fn ping() -> bool {
    !DOWN.load(Ordering::Relaxed)
}

#[circuit_breaker(
    failure_threshold = 3,
    timeout = "10s",
    timeout_factor = 2.0,
    max_timeout = "20s",
    success_threshold = 2,
    probe = ping,
    slow_call = "2s",
    call_timeout = "1s",
    ramp = "10s",
    max_concurrent = 1,
    max_wait = "100ms",
    retry(attempts = 2, backoff = "10ms", jitter = false, budget = 1.0),
    last_good(key = id, max_age = "5s"),
    fallback_on = "any",
    fallback = Ok("fallback")
)]
async fn load(id: u32) -> Result<&'static str, BreakerError> {
    BODIES.fetch_add(1, Ordering::Relaxed);
    if DOWN.load(Ordering::Relaxed) {
        // It hangs, so that the deadline ends it.
        tokio::time::sleep(Duration::from_hours(1)).await;
    }
    let _ = id;
    Ok("live")
}

/// The pings take no permit of the bulkhead, are neither retried nor answered from memory, and the ramp
/// begins when they have closed the breaker.
#[tokio::test(start_paused = true)]
async fn pings_pass_by_the_layers_around_a_call() {
    let _isolated = isolate();
    while breaker_of(load).state() == State::Closed {
        assert_eq!(load(7).await, Ok("fallback"));
    }
    let bodies = BODIES.load(Ordering::Relaxed);
    let retried = breaker_of(load).snapshot().totals.retried;
    for _ in 0..28 {
        assert_eq!(load(7).await, Ok("fallback"), "each is answered at once");
        pass(SECOND).await;
    }
    DOWN.store(false, Ordering::Relaxed);
    for _ in 0..60 {
        if breaker_of(load).state() == State::Closed {
            break;
        }
        assert_eq!(load(7).await, Ok("fallback"));
        pass(SECOND).await;
    }
    let snapshot = breaker_of(load).snapshot();
    assert_eq!(BODIES.load(Ordering::Relaxed), bodies, "no call of a user has run");
    // At 10 s one fails, and the next period is 20 s long.
    assert_eq!((snapshot.totals.failed_pings, snapshot.totals.pings), (1, 2), "{}", snapshot.totals);
    assert_eq!((snapshot.state, snapshot.totals.retried), (State::Closed, retried));
    assert!(snapshot.ramp.is_some_and(|share| share < 0.2), "{:?}", snapshot.ramp);
    assert_eq!(load(7).await, Ok("live"), "the first call of the ramp runs");
}
