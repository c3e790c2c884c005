//! A call that is ready at once makes no timer. In a process of its own, where no other test makes one.

use std::fs;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use breaker_runtime::{BreakerError, circuit_breaker};

#[circuit_breaker(call_timeout = "2s")]
async fn call(ready: bool) -> Result<u32, BreakerError> {
    if !ready {
        std::future::pending::<()>().await;
    }
    Ok(7)
}

/// Outside of a runtime the first timer of the process comes with a thread.
fn there_is_a_timer() -> bool {
    let threads = fs::read_dir("/proc/self/task").expect("the threads of this process");
    threads.flatten().any(|thread| {
        // One that is gone by now is none of ours.
        fs::read_to_string(thread.path().join("comm")).is_ok_and(|name| name.trim() == "breaker-timers")
    })
}

#[test]
fn a_body_that_is_ready_at_once_has_no_timer() {
    let mut context = Context::from_waker(Waker::noop());
    assert_eq!(pin!(call(true)).poll(&mut context), Poll::Ready(Ok(7)));
    assert!(!there_is_a_timer());
    assert!(pin!(call(false)).poll(&mut context).is_pending());
    // The thread gives itself its name.
    while !there_is_a_timer() {
        std::thread::yield_now();
    }
}
