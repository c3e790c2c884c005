//! A call that is ready at its first poll makes no timer.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use breaker_runtime::{BreakerError, circuit_breaker};
use tokio::runtime::Builder;

#[circuit_breaker(call_timeout = "2s")]
async fn call(ready: bool) -> Result<u32, BreakerError> {
    if !ready {
        std::future::pending::<()>().await;
    }
    Ok(7)
}

/// Finds each timer on each platform: in paused time a timer belongs to the runtime, and a runtime
/// without timers panics when one is made.
#[test]
fn call_that_is_ready_at_its_first_poll_makes_no_timer() {
    let runtime = Builder::new_current_thread().start_paused(true).build().expect("a runtime");
    let _inside = runtime.enter();
    let mut context = Context::from_waker(Waker::noop());
    assert_eq!(pin!(call(true)).poll(&mut context), Poll::Ready(Ok(7)));
    let waiting = catch_unwind(AssertUnwindSafe(|| pin!(call(false)).poll(&mut context).is_ready()));
    assert!(waiting.is_err(), "a call that has to wait makes a timer");
}
