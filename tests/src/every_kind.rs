//! A [`BreakerError`] of each kind, as a breaker makes it.

use std::future::pending;
use std::rc::Rc;
use std::time::Duration;

use breaker_runtime::{
    BreakerError, CircuitBreaker, ManualClock, Settings, breaker_of, breakers, circuit_breaker,
    configure, inject, testing,
};
use futures::join;
use tokio::time::sleep;

use crate::TestError;

const MINUTE: Duration = Duration::from_mins(1);

/// Returns errors of each kind, in the order of their kinds, with the text that identifies the kind in
/// the message to a remote client. Call it in paused time.
///
/// # Panics
///
/// If a breaker does not reject as it must.
pub async fn every_kind() -> Vec<(BreakerError, &'static str)> {
    let mut errors = rejections();
    let late = CircuitBreaker::builder("bank").call_timeout(MINUTE).build().expect("in range");
    let never = pending::<Result<(), TestError>>;
    let error = late.call_async(never).await.expect_err("a time-out");
    errors.push((error.rejection().expect("the breaker's error").clone(), "timed out"));
    errors.push((failed().await, "failed"));
    errors.push((injected(), "did not get an answer"));
    errors
}

fn rejections() -> Vec<(BreakerError, &'static str)> {
    let clock = ManualClock::new();
    let builder =
        || CircuitBreaker::builder("bank").success_threshold(1).clock(clock.clone()).random(|| 0.0);
    let rejection = |breaker: &CircuitBreaker| breaker.try_acquire().expect_err("rejected");
    let mut errors = Vec::new();

    let open = builder().build().expect("in range");
    open.trip();
    errors.push((rejection(&open), "is open"));
    clock.advance(MINUTE);
    let probe = open.try_acquire().expect("a probe");
    errors.push((rejection(&open), "is half-open"));
    drop(probe);
    open.force_open();
    errors.push((rejection(&open), "forced open"));

    let recovering = builder().ramp(MINUTE).build().expect("in range");
    recovering.trip();
    clock.advance(MINUTE);
    recovering.try_acquire().expect("a probe").success();
    recovering.try_acquire().expect("the first after the probes").success();
    errors.push((rejection(&recovering), "recovering"));

    let throttled = builder().throttle(1.0, MINUTE).build().expect("in range");
    throttled.try_acquire().expect("the first").failure();
    errors.push((rejection(&throttled), "throttled"));

    let full = builder().max_concurrent(1).build().expect("in range");
    let permit = full.try_acquire().expect("the first");
    errors.push((rejection(&full), "is full"));
    drop(permit);
    errors
}

/// Returns the error of a call that a game day failed.
fn injected() -> BreakerError {
    // The first listing builds each `static` of a test, which would belong to the isolation.
    drop(breakers());
    let _fresh = testing::isolate();
    inject::allow();
    let breaker = CircuitBreaker::builder("bank").build().expect("in range");
    let settings = Settings::new().set(breaker.name(), "inject.fail", 1.0).set(
        breaker.name(),
        "inject.until",
        inject::end_in(MINUTE),
    );
    let _ = configure(settings).expect("sound settings");
    breaker.try_acquire().expect_err("injected")
}

/// Returns the error of a call that failed with an error that is not `Send`, and with a retry that was
/// rejected.
async fn failed() -> BreakerError {
    struct Local(Option<BreakerError>, #[expect(dead_code, reason = "is not `Send`")] Rc<()>);
    impl From<BreakerError> for Local {
        fn from(error: BreakerError) -> Self {
            Self(Some(error), Rc::default())
        }
    }
    #[circuit_breaker(retry(attempts = 2, backoff = "1s", jitter = false))]
    async fn local() -> Result<(), Local> {
        Err(Local(None, Rc::default()))
    }
    let _fresh = testing::isolate();
    let trip_in_the_pause = async {
        sleep(Duration::from_millis(500)).await;
        breaker_of(local).trip();
    };
    let (answer, ()) = join!(local(), trip_in_the_pause);
    answer.err().and_then(|Local(error, _)| error).expect("the breaker's error")
}
