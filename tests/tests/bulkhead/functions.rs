//! `max_concurrent`, `max_wait` and `max_pending` on functions of every shape: permits are released
//! however a body ends, and a wait changes only when a body runs.

use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock};
use std::thread;
use std::time::{Duration, Instant};

use breaker_runtime::{
    BreakerError, CallError, CircuitBreaker, ErrorKind, Settings, breaker_of, circuit_breaker,
    configure, testing,
};
use breaker_tests::wait::wait_until;
use breaker_tests::{TestError, paused, work};
use futures::executor::block_on;
use futures::{FutureExt, poll};
use tokio::sync::oneshot;
use tokio::time::advance;

const WAIT: Duration = Duration::from_millis(50);

fn counts(breaker: &CircuitBreaker) -> (u32, u32) {
    let bulkhead = breaker.snapshot().bulkhead.expect("it has a limit");
    (bulkhead.running, bulkhead.pending)
}

fn kind<T>(result: &Result<T, TestError>) -> Option<ErrorKind> {
    match result {
        Err(TestError::Rejected(rejection)) => Some(rejection.kind()),
        _ => None,
    }
}

#[circuit_breaker(max_concurrent = 1, failure_threshold = 100)]
fn sync(end: &str) -> Result<usize, TestError> {
    match end {
        "early" => return Ok(1),
        "panic" => panic!("planned"),
        "nested" => return Ok(usize::from(kind(&sync("ok")) == Some(ErrorKind::Full))),
        _ => {}
    }
    let number: usize = end.parse()?;
    Ok(number)
}

#[test]
fn permit_of_a_sync_function_is_released() {
    let _fresh = testing::isolate();
    assert_eq!(sync("early"), Ok(1));
    assert!(matches!(sync("x"), Err(TestError::Other(_))));
    assert!(catch_unwind(|| sync("panic")).is_err());
    assert_eq!(sync("nested"), Ok(1), "the outer call holds the permit");
    assert_eq!(sync("7"), Ok(7));
    let snapshot = breaker_of(sync).snapshot();
    assert_eq!((snapshot.totals.success, snapshot.totals.failure, snapshot.totals.rejected), (3, 2, 1));
    assert_eq!(counts(breaker_of(sync)), (0, 0));
}

#[circuit_breaker(max_concurrent = 1, max_wait = "50ms", failure_threshold = 100)]
async fn waits(end: &str, gate: Option<oneshot::Receiver<()>>) -> Result<usize, TestError> {
    if let Some(gate) = gate {
        gate.await.map_err(|_| TestError::Down)?;
    }
    match end {
        "early" => return Ok(1),
        "panic" => panic!("planned"),
        _ => {}
    }
    let number: usize = end.parse()?;
    Ok(number)
}

#[tokio::test(start_paused = true)]
async fn permit_of_an_async_function_is_released() {
    let _fresh = testing::isolate();
    assert_eq!(waits("early", None).await, Ok(1));
    assert!(matches!(waits("x", None).await, Err(TestError::Other(_))));
    assert!(AssertUnwindSafe(waits("panic", None)).catch_unwind().await.is_err());
    let (_open, gate) = oneshot::channel();
    {
        let mut hanging = Box::pin(waits("7", Some(gate)));
        assert!(poll!(&mut hanging).is_pending());
        assert_eq!(counts(breaker_of(waits)), (1, 0));
    }
    let (open, gate) = oneshot::channel();
    drop(open);
    assert_eq!(waits("7", Some(gate)).await, Err(TestError::Down), "by `?`");
    assert_eq!(waits("7", None).await, Ok(7));
    assert_eq!(counts(breaker_of(waits)), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn async_function_waits_for_a_permit() {
    let _fresh = testing::isolate();
    let (open, gate) = oneshot::channel();
    let mut running = Box::pin(waits("1", Some(gate)));
    assert!(poll!(&mut running).is_pending());
    let mut waiting = Box::pin(waits("2", None));
    let mut dropped = Box::pin(waits("3", None));
    assert!(poll!(&mut waiting).is_pending() && poll!(&mut dropped).is_pending());
    assert_eq!(counts(breaker_of(waits)), (1, 2));
    drop(dropped);
    assert_eq!(counts(breaker_of(waits)), (1, 1));
    advance(WAIT.saturating_sub(Duration::from_millis(1))).await;
    open.send(()).expect("it runs");
    assert_eq!((running.await, waiting.await), (Ok(1), Ok(2)));
    let totals = breaker_of(waits).snapshot().totals;
    assert_eq!((totals.success, totals.rejected, totals.cancelled), (2, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn call_is_rejected_after_max_wait() {
    let _fresh = testing::isolate();
    let _held = breaker_of(waits).try_acquire().expect("a free permit");
    let began = tokio::time::Instant::now();
    assert_eq!(kind(&waits("7", None).await), Some(ErrorKind::Full));
    assert_eq!(began.elapsed(), WAIT);
}

fn is_send<T: Send>(future: T) -> T {
    future
}

#[test]
fn future_that_may_wait_is_send_and_works_on_any_executor() {
    let _fresh = testing::isolate();
    assert_eq!(block_on(is_send(waits("7", None))), Ok(7));
    let _held = breaker_of(waits).try_acquire().expect("a free permit");
    let began = Instant::now();
    assert_eq!(kind(&block_on(waits("7", None))), Some(ErrorKind::Full));
    assert!(began.elapsed() >= WAIT);
}

mod fallbacks {
    use super::*;

    #[circuit_breaker(max_concurrent = 1, max_wait = "50ms", fallback = Ok(0))]
    pub(super) async fn any(works: bool, label: String) -> Result<usize, TestError> {
        work(works)?;
        Ok(label.len())
    }

    #[circuit_breaker(max_concurrent = 1, max_wait = "50ms", fallback_on = "failure", fallback = Ok(0))]
    pub(super) async fn failure(works: bool, label: String) -> Result<usize, TestError> {
        work(works)?;
        Ok(label.len())
    }

    #[circuit_breaker(max_concurrent = 1, max_wait = "50ms", fallback_on = "rejection", fallback = instead)]
    pub(super) async fn rejection(works: bool, label: String) -> Result<usize, TestError> {
        work(works)?;
        Ok(label.len())
    }

    async fn instead(_works: bool, label: String) -> Result<usize, TestError> {
        tokio::task::yield_now().await;
        Ok(label.len() + 100)
    }

    #[circuit_breaker(max_concurrent = 1, fallback = |cause| match cause {
        CallError::Breaker(rejection) => Err(TestError::Other(format!("{:?}", rejection.kind()))),
        CallError::Inner(error) => Err(error),
    })]
    pub(super) fn sync(works: bool) -> Result<usize, TestError> {
        work(works)?;
        Ok(1)
    }
}

#[tokio::test(start_paused = true)]
async fn bulkhead_rejection_runs_the_fallback() {
    let _fresh = testing::isolate();
    let breakers =
        [breaker_of(fallbacks::any), breaker_of(fallbacks::failure), breaker_of(fallbacks::rejection)];
    let label = || "label".to_owned();
    for _ in 0..2 {
        let ran = (
            is_send(fallbacks::any(true, label())).await,
            is_send(fallbacks::failure(true, label())).await,
            is_send(fallbacks::rejection(true, label())).await,
        );
        assert_eq!(ran, (Ok(5), Ok(5), Ok(5)));
        let held = breakers.map(|breaker| breaker.try_acquire().expect("a free permit"));
        let mut waiting = Box::pin(async {
            tokio::join!(
                fallbacks::any(true, label()),
                fallbacks::failure(true, label()),
                fallbacks::rejection(true, label())
            )
        });
        assert!(poll!(&mut waiting).is_pending());
        advance(WAIT).await;
        let (any, failure, rejection) = waiting.await;
        assert_eq!((any, kind(&failure), rejection), (Ok(0), Some(ErrorKind::Full), Ok(105)));
        drop(held);
    }
    assert_eq!(fallbacks::failure(false, label()).await, Ok(0));
    let counts = breakers.map(|breaker| {
        let snapshot = breaker.snapshot();
        (snapshot.totals.fallback, snapshot.totals.rejected, counts(breaker))
    });
    assert_eq!(counts, [(2, 2, (0, 0)), (1, 2, (0, 0)), (2, 2, (0, 0))]);

    let _held = breaker_of(fallbacks::sync).try_acquire().expect("a free permit");
    assert_eq!(fallbacks::sync(true), Err(TestError::Other("Full".to_owned())));
}

mod shared {
    use super::*;

    pub(super) static DB: LazyLock<CircuitBreaker> = LazyLock::new(|| {
        CircuitBreaker::builder("bulkhead database")
            .max_concurrent(1)
            .max_wait(Duration::from_mins(1))
            .build()
            .expect("in range")
    });

    #[circuit_breaker(breaker = DB)]
    pub(super) async fn load(id: u32) -> Result<u32, TestError> {
        Ok(id)
    }

    #[circuit_breaker(breaker = DB)]
    pub(super) fn load_now(id: u32) -> Result<u32, TestError> {
        Ok(id)
    }
}

#[test]
fn functions_that_share_a_breaker_share_one_queue() {
    let fresh = testing::isolate();
    let held = shared::DB.try_acquire().expect("a free permit");
    thread::scope(|scope| {
        let sync = scope.spawn({
            let set = fresh.set();
            || {
                let _fresh = set.enter();
                shared::load_now(1)
            }
        });
        wait_until("the sync call waits in the queue", || counts(&shared::DB).1 == 1);
        let later = scope.spawn({
            let set = fresh.set();
            || {
                let _fresh = set.enter();
                block_on(is_send(shared::load(2)))
            }
        });
        wait_until("the async call waits in the queue", || counts(&shared::DB).1 == 2);
        held.success();
        assert_eq!((sync.join().expect("no panic"), later.join().expect("no panic")), (Ok(1), Ok(2)));
    });
    assert_eq!(shared::DB.snapshot().totals.success, 3);
}

#[circuit_breaker(name = "bulkhead of the settings", max_concurrent = 1)]
fn set_later(number: u32) -> Result<u32, TestError> {
    Ok(number)
}

#[test]
fn sync_function_waits_when_settings_say_so() {
    let fresh = testing::isolate();
    let settings = Settings::new().set("bulkhead of the settings", "max_wait", "1m");
    let _ = configure(settings).expect("in range");
    let breaker = breaker_of(set_later);
    let held = breaker.try_acquire().expect("a free permit");
    thread::scope(|scope| {
        let set = fresh.set();
        let waiting = scope.spawn(|| {
            let _fresh = set.enter();
            set_later(7)
        });
        wait_until("the call waits in the queue", || counts(breaker).1 == 1);
        held.success();
        assert_eq!(waiting.join().expect("no panic"), Ok(7));
    });
}

struct Client {
    running: AtomicU32,
}

impl Client {
    #[circuit_breaker(max_concurrent = 2, max_wait = "1m")]
    async fn fetch(&self) -> Result<(), TestError> {
        assert!(self.running.fetch_add(1, Ordering::SeqCst) < 2);
        tokio::task::yield_now().await;
        self.running.fetch_sub(1, Ordering::SeqCst);
        Ok(())
    }

    #[circuit_breaker(max_concurrent = 1)]
    fn hang(&self) -> Pin<Box<dyn Future<Output = Result<(), TestError>> + Send + '_>> {
        Box::pin(pending())
    }
}

#[tokio::test]
async fn tasks_that_run_at_the_same_time_stay_within_the_limit() {
    let _fresh = testing::isolate();
    let client = Arc::new(Client { running: AtomicU32::new(0) });
    let tasks = (0..1_600).map(|_| {
        let client = Arc::clone(&client);
        tokio::spawn(async move { client.fetch().await })
    });
    for task in tasks.collect::<Vec<_>>() {
        assert_eq!(task.await.expect("no panic"), Ok(()));
    }
    assert_eq!(breaker_of(Client::fetch).snapshot().totals.success, 1_600);
}

/// A function that returns a future holds its permit until that future is dropped.
#[test]
fn permit_of_a_returned_future_is_released_when_it_is_dropped() {
    let _fresh = testing::isolate();
    paused(async {
        let client = Client { running: AtomicU32::new(0) };
        let hanging = client.hang();
        assert_eq!(kind(&client.hang().await), Some(ErrorKind::Full));
        drop(hanging);
        assert!(poll!(client.hang()).is_pending());
    });
}

#[circuit_breaker]
async fn bare(big: [u8; 1024]) -> Result<u8, BreakerError> {
    tokio::task::yield_now().await;
    Ok(big[0])
}

#[circuit_breaker(max_concurrent = 1)]
async fn limited(big: [u8; 1024]) -> Result<u8, BreakerError> {
    tokio::task::yield_now().await;
    Ok(big[0])
}

#[circuit_breaker(max_concurrent = 1, max_wait = "50ms")]
async fn waiting(big: [u8; 1024]) -> Result<u8, BreakerError> {
    tokio::task::yield_now().await;
    Ok(big[0])
}

#[circuit_breaker(max_concurrent = 1, max_wait = "50ms")]
async fn waiting_small() -> Result<u8, BreakerError> {
    tokio::task::yield_now().await;
    Ok(1)
}

/// The permit and the wait add nothing to the size of the future, except for the arguments, which must
/// be kept until the body starts.
#[test]
fn future_is_no_larger_for_its_permit() {
    let big = [0; 1024];
    let bare = size_of_val(&bare(big));
    assert_eq!(size_of_val(&limited(big)), bare);
    let waiting = size_of_val(&waiting(big));
    assert!(waiting <= bare + size_of_val(&big) + 16, "{waiting} and {bare}");
    let small = size_of_val(&waiting_small());
    assert!(small <= 128, "{small}");
}
