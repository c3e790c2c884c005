//! A retry that the breaker rejects: the result of the call is that of the attempt that ran. A caller
//! that queues or charges on "did not run" would otherwise do it twice (pyfailsafe PR 29, failsafe 119).

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::LazyLock;

use breaker_runtime::{
    BreakerError, CallError, CircuitBreaker, Clock, ErrorKind, ManualClock, breaker_of, circuit_breaker,
    testing,
};
use futures::join;
use tokio::task::yield_now;
use tokio::time::{Duration, sleep};

use crate::functions::{MS, Trouble};

const DOWN: Result<u32, Trouble> = Err(Trouble::Down);
const SEVEN: Result<u32, Trouble> = Ok(7);
const REJECTED: Result<u32, Trouble> = Err(Trouble::Breaker(ErrorKind::Open));
const LATE: Result<u32, Trouble> = Err(Trouble::Breaker(ErrorKind::TimedOut));

/// Opens a breaker in the pause between two attempts, which takes one second.
async fn trip_in_the_pause(breaker: &CircuitBreaker) {
    sleep(500 * MS).await;
    breaker.trip();
}

/// Writes functions with one body and these options in each shape.
macro_rules! shapes {
    ($($options:tt)*) => {
        #[circuit_breaker(retry(attempts = 2, backoff = "1s", jitter = false), $($options)*)]
        async fn plain(runs: &Cell<u32>) -> Result<u32, Trouble> {
            fails(runs).await
        }
        #[circuit_breaker(retry(attempts = 2, backoff = "1s", jitter = false), $($options)*)]
        fn unnamed(runs: &Cell<u32>) -> impl Future<Output = Result<u32, Trouble>> {
            fails(runs)
        }
        #[circuit_breaker(retry(attempts = 2, backoff = "1s", jitter = false), $($options)*)]
        fn boxed(runs: &Cell<u32>) -> Pin<Box<dyn Future<Output = Result<u32, Trouble>> + '_>> {
            Box::pin(fails(runs))
        }
        async fn answers(runs: &Cell<u32>) -> [Result<u32, Trouble>; 3] {
            let _fresh = testing::isolate();
            let (first, ()) = join!(plain(runs), trip_in_the_pause(breaker_of(plain)));
            let (second, ()) = join!(unnamed(runs), trip_in_the_pause(breaker_of(unnamed)));
            let (third, ()) = join!(boxed(runs), trip_in_the_pause(breaker_of(boxed)));
            assert_eq!(runs.take(), 3);
            assert_eq!(breaker_of(plain).snapshot().totals.rejected, 1);
            [first, second, third]
        }
        /// Makes calls while the breaker is open: no body runs.
        async fn answers_when_open(runs: &Cell<u32>) -> [Result<u32, Trouble>; 3] {
            let _fresh = testing::isolate();
            for breaker in [breaker_of(plain), breaker_of(unnamed), breaker_of(boxed)] {
                breaker.trip();
            }
            let answers = [plain(runs).await, unnamed(runs).await, boxed(runs).await];
            assert_eq!(runs.take(), 0);
            answers
        }
    };
}

async fn fails(runs: &Cell<u32>) -> Result<u32, Trouble> {
    runs.set(runs.get() + 1);
    yield_now().await;
    Err(Trouble::Down)
}

async fn hangs(runs: &Cell<u32>) -> Result<u32, Trouble> {
    runs.set(runs.get() + 1);
    std::future::pending().await
}

#[tokio::test(start_paused = true)]
async fn rejected_retry_without_a_fallback_returns_the_failure() {
    shapes!(failure_threshold = 9);
    let runs = &Cell::new(0);
    assert_eq!(answers(runs).await, [DOWN; 3]);
    assert_eq!(answers_when_open(runs).await, [REJECTED; 3]);
}

#[tokio::test(start_paused = true)]
async fn fallback_for_rejections_does_not_run_after_an_attempt() {
    shapes!(fallback_on = "rejection", fallback = |_| Ok(7));
    let runs = &Cell::new(0);
    assert_eq!(answers(runs).await, [DOWN; 3]);
    assert_eq!(answers_when_open(runs).await, [SEVEN; 3]);
}

#[tokio::test(start_paused = true)]
async fn fallback_for_failures_runs_with_the_failure() {
    shapes!(
        fallback_on = "failure",
        fallback = |cause| match cause {
            CallError::Inner(Trouble::Down) => Ok(7),
            other => panic!("{other:?}"),
        }
    );
    let runs = &Cell::new(0);
    assert_eq!(answers(runs).await, [SEVEN; 3]);
    assert_eq!(answers_when_open(runs).await, [REJECTED; 3]);
}

#[tokio::test(start_paused = true)]
async fn fallback_for_both_gets_the_failure() {
    shapes!(
        fallback = |cause| match cause {
            CallError::Inner(Trouble::Down) => Ok(7),
            CallError::Breaker(error) if error.kind() == ErrorKind::Open => Ok(8),
            other => panic!("{other:?}"),
        }
    );
    let runs = &Cell::new(0);
    assert_eq!(answers(runs).await, [SEVEN; 3]);
    assert_eq!(answers_when_open(runs).await, [const { Ok(8) }; 3]);
}

#[tokio::test(start_paused = true)]
async fn last_success_for_rejections_is_not_returned_after_an_attempt() {
    #[circuit_breaker(
        retry(attempts = 2, backoff = "1s", jitter = false),
        last_good(key = ()),
        fallback_on = "rejection",
        fallback = Ok(7)
    )]
    async fn remembered(answer: &Cell<Option<u32>>) -> Result<u32, Trouble> {
        answer.get().ok_or(Trouble::Down)
    }
    let _fresh = testing::isolate();
    let answer = Cell::new(Some(3));
    assert_eq!(remembered(&answer).await, Ok(3));
    answer.set(None);
    let (ran, ()) = join!(remembered(&answer), trip_in_the_pause(breaker_of(remembered)));
    assert_eq!((ran, remembered(&answer).await), (DOWN, Ok(3)));
}

/// A time-out is a result as well.
#[tokio::test(start_paused = true)]
async fn time_out_is_the_answer_if_the_retry_is_rejected() {
    #[circuit_breaker(call_timeout = "1s", retry(attempts = 2, backoff = "1s", jitter = false))]
    async fn plain(runs: &Cell<u32>) -> Result<u32, Trouble> {
        hangs(runs).await
    }
    #[circuit_breaker(
        call_timeout = "1s",
        retry(attempts = 2, backoff = "1s", jitter = false),
        fallback_on = "rejection",
        fallback = Ok(7)
    )]
    async fn replaced(runs: &Cell<u32>) -> Result<u32, Trouble> {
        hangs(runs).await
    }
    #[circuit_breaker(
        call_timeout = "1s",
        retry(attempts = 2, backoff = "1s", jitter = false),
        fallback_on = "failure",
        fallback = |cause| match cause {
            CallError::Breaker(error) if error.kind() == ErrorKind::TimedOut => Ok(7),
            other => panic!("{other:?}"),
        }
    )]
    fn after_failure(runs: &Cell<u32>) -> impl Future<Output = Result<u32, Trouble>> {
        hangs(runs)
    }
    let _fresh = testing::isolate();
    let (runs, second) = (&Cell::new(0), Duration::from_secs(1));
    let trip = async |breaker: &CircuitBreaker| {
        sleep(second).await;
        trip_in_the_pause(breaker).await;
    };
    let (answer, ()) = join!(plain(runs), trip(breaker_of(plain)));
    assert_eq!((answer, runs.take()), (LATE, 1));
    let (answer, ()) = join!(replaced(runs), trip(breaker_of(replaced)));
    assert_eq!((answer, runs.take()), (LATE, 1));
    let (answer, ()) = join!(after_failure(runs), trip(breaker_of(after_failure)));
    assert_eq!((answer, runs.take()), (Ok(7), 1));
}

/// Holds for each cause: the bulkhead, at once and after a wait, a half-open breaker, an operator.
#[tokio::test(start_paused = true)]
async fn failure_is_the_answer_whatever_rejects_the_retry() {
    #[circuit_breaker(
        max_concurrent = 1,
        max_wait = "1s",
        success_threshold = 1,
        timeout = "100ms",
        probe_timeout = "1m",
        retry(attempts = 2, backoff = "1s", jitter = false)
    )]
    async fn fetch(runs: &Cell<u32>) -> Result<u32, Trouble> {
        fails(runs).await
    }
    let _fresh = testing::isolate();
    let (runs, breaker) = (&Cell::new(0), breaker_of(fetch));
    let mut rejected = 0;
    let mut check = async |meanwhile: Pin<Box<dyn Future<Output = ()>>>| {
        let (answer, ()) = join!(fetch(runs), meanwhile);
        rejected += 1;
        assert_eq!((answer, runs.take()), (DOWN, 1));
        assert_eq!(breaker_of(fetch).snapshot().totals.rejected, rejected);
        breaker_of(fetch).reset();
    };
    check(Box::pin(async {
        sleep(500 * MS).await;
        let running = breaker.try_acquire().expect("the only permit");
        sleep(5_000 * MS).await;
        running.ignore();
    }))
    .await;
    check(Box::pin(async {
        sleep(500 * MS).await;
        breaker.reconfigure(|options| options.max_concurrent(2)).expect("in range");
        breaker.trip();
        sleep(100 * MS).await;
        let probe = breaker.try_acquire().expect("the only probe");
        sleep(5_000 * MS).await;
        probe.ignore();
    }))
    .await;
    check(Box::pin(async {
        sleep(500 * MS).await;
        breaker.force_open();
    }))
    .await;
}

/// The dependency failed often during the pause, and its throttle rejects the retry.
#[tokio::test(start_paused = true)]
async fn failure_is_the_answer_if_the_throttle_rejects_the_retry() {
    static THROTTLED: LazyLock<CircuitBreaker> = LazyLock::new(|| {
        let builder = CircuitBreaker::builder("throttled").random(|| 0.0);
        builder.throttle(1.0, Duration::from_mins(1)).build().expect("in range")
    });
    #[circuit_breaker(breaker = THROTTLED, retry(attempts = 2, backoff = "1s", jitter = false))]
    async fn fetch(runs: &Cell<u32>) -> Result<u32, Trouble> {
        fails(runs).await
    }
    let _fresh = testing::isolate();
    let runs = Cell::new(0);
    assert_eq!((fetch(&runs).await, runs.get()), (DOWN, 1));
    assert_eq!(fetch(&runs).await, Err(Trouble::Breaker(ErrorKind::Throttled)));
}

/// A clock that opens the breaker when a thread sleeps by it.
struct TripsInThePause(ManualClock);

static TRIPPED: LazyLock<CircuitBreaker> = LazyLock::new(|| {
    let builder = CircuitBreaker::builder("sync").clock(TripsInThePause(ManualClock::new()));
    builder.build().expect("in range")
});

impl Clock for TripsInThePause {
    fn now(&self) -> Duration {
        self.0.now()
    }

    fn sleep(&self, _: Duration) {
        TRIPPED.trip();
    }
}

#[test]
fn sync_call_ends_with_the_failure_of_the_attempt_that_ran() {
    #[circuit_breaker(breaker = TRIPPED, retry(attempts = 2))]
    fn plain() -> Result<u32, Trouble> {
        Err(Trouble::Down)
    }
    #[circuit_breaker(breaker = TRIPPED, retry(attempts = 2), fallback_on = "rejection", fallback = Ok(7))]
    fn replaced() -> Result<u32, Trouble> {
        Err(Trouble::Down)
    }
    #[circuit_breaker(breaker = TRIPPED, retry(attempts = 2), fallback_on = "failure", fallback = Ok(7))]
    fn after_failure() -> Result<u32, Trouble> {
        Err(Trouble::Down)
    }
    /// Returns a borrow of an argument that the next attempt needs.
    #[circuit_breaker(breaker = TRIPPED, retry(attempts = 2), failure_if = |_| true)]
    fn borrows(text: &str) -> Result<&str, BreakerError> {
        Ok(text)
    }
    let twice = |call: fn() -> Result<u32, Trouble>| {
        TRIPPED.reset();
        (call(), call())
    };
    assert_eq!(twice(plain), (DOWN, REJECTED));
    assert_eq!(twice(replaced), (DOWN, Ok(7)));
    assert_eq!(twice(after_failure), (Ok(7), REJECTED));
    TRIPPED.reset();
    assert_eq!(borrows("text"), Ok("text"));
    assert_eq!(borrows("text").map_err(|error| error.kind()), Err(ErrorKind::Open));
}

/// An output that is not `Send` cannot be kept in a future that is. Its caller gets no rejection all the
/// same.
#[tokio::test(start_paused = true)]
async fn output_that_cannot_be_kept_is_no_rejection() {
    #[derive(Debug)]
    struct Local(BreakerError, #[expect(dead_code, reason = "is not `Send`")] Rc<()>);
    impl From<BreakerError> for Local {
        fn from(error: BreakerError) -> Self {
            Self(error, Rc::default())
        }
    }
    #[circuit_breaker(retry(attempts = 2, backoff = "1s", jitter = false))]
    async fn local(error: &BreakerError) -> Result<u32, Local> {
        Err(error.clone().into())
    }
    #[circuit_breaker(
        retry(attempts = 2, backoff = "1s", jitter = false),
        fallback_on = "rejection",
        fallback = Ok(7)
    )]
    async fn replaced(error: &BreakerError) -> Result<u32, Local> {
        Err(error.clone().into())
    }
    let _fresh = testing::isolate();
    let other = CircuitBreaker::builder("other").build().expect("in range");
    other.force_open();
    let error = other.try_acquire().expect_err("forced open");
    let (answer, ()) = join!(local(&error), trip_in_the_pause(breaker_of(local)));
    let Local(answer, _) = answer.expect_err("a failure");
    assert_eq!((answer.kind(), answer.breaker()), (ErrorKind::Failed, breaker_of(local).name()));
    assert!(answer.to_string().contains("an attempt that ran and failed"), "{answer}");
    let (answer, ()) = join!(replaced(&error), trip_in_the_pause(breaker_of(replaced)));
    assert_eq!(answer.expect_err("a failure").0, error);
}
