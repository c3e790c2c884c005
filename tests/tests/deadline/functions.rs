//! `call_timeout`: a call that takes too long is dropped, counts as a failure, and ends with a time-out.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Waker};
use std::time::Duration;

use breaker_runtime::{
    BreakerError, CallError, CircuitBreaker, ConfigUpdate, ErrorKind, State, breaker_of,
    circuit_breaker, testing,
};
use tokio::task::yield_now;
use tokio::time::{Instant, advance, sleep};

const LIMIT: Duration = Duration::from_secs(2);
const LONG: Duration = Duration::from_hours(1);

fn timed_out(answer: Result<u32, BreakerError>) -> bool {
    answer.is_err_and(|error| error.kind() == ErrorKind::TimedOut)
}

#[circuit_breaker(call_timeout = "2s", failure_threshold = 2)]
async fn wait(length: Duration) -> Result<u32, BreakerError> {
    sleep(length).await;
    Ok(7)
}

struct Client {
    answer: u32,
}

impl Client {
    #[circuit_breaker(call_timeout = "2s")]
    async fn method(&mut self, length: Duration) -> Result<&mut u32, BreakerError> {
        sleep(length).await;
        Ok(&mut self.answer)
    }

    #[circuit_breaker(call_timeout = "2s")]
    fn future(&self, length: Duration) -> impl Future<Output = Result<u32, BreakerError>> + Send {
        async move {
            sleep(length).await;
            Ok(self.answer)
        }
    }

    /// Keeps the eager part of a function that returns a future eager.
    #[circuit_breaker(call_timeout = "2s")]
    fn boxed(
        &mut self,
        length: Duration,
    ) -> Pin<Box<dyn Future<Output = Result<u32, BreakerError>> + Send>> {
        let answer = self.answer;
        self.answer += 1;
        Box::pin(async move {
            sleep(length).await;
            Ok(answer)
        })
    }
}

#[async_trait::async_trait]
trait Fetch {
    async fn fetch(&self, length: Duration) -> Result<u32, BreakerError>;
}

#[async_trait::async_trait]
impl Fetch for Client {
    #[circuit_breaker(call_timeout = "2s")]
    async fn fetch(&self, length: Duration) -> Result<u32, BreakerError> {
        sleep(length).await;
        Ok(self.answer)
    }
}

#[tokio::test(start_paused = true)]
async fn call_of_every_shape_ends_at_its_deadline() {
    let _fresh = testing::isolate();
    let mut client = Client { answer: 7 };
    let began = Instant::now();
    assert!(timed_out(wait(LONG).await));
    assert_eq!(began.elapsed(), LIMIT);
    assert!(timed_out(client.method(LONG).await.map(|answer| *answer)));
    assert!(timed_out(client.future(LONG).await));
    assert!(timed_out(client.boxed(LONG).await));
    assert!(timed_out(client.fetch(LONG).await));
    assert_eq!(began.elapsed(), 5 * LIMIT);
    assert_eq!(client.answer, 8);
    let short = LIMIT / 2;
    assert_eq!(wait(short).await, Ok(7));
    assert_eq!(client.method(short).await.map(|answer| *answer), Ok(8));
    assert_eq!(client.future(short).await, Ok(8));
    assert_eq!(client.boxed(short).await, Ok(8));
    assert_eq!(client.fetch(short).await, Ok(9));
}

#[tokio::test(start_paused = true)]
async fn time_out_is_a_failure_and_opens_the_breaker() {
    let _fresh = testing::isolate();
    let breaker = breaker_of(wait);
    let error = wait(LONG).await.expect_err("it took too long");
    assert_eq!((error.breaker(), error.retry_after()), (breaker.name(), None));
    assert!(timed_out(wait(LONG).await));
    assert_eq!(breaker.state(), State::Open);
    let totals = breaker.snapshot().totals;
    assert_eq!((totals.failure, totals.timed_out, totals.cancelled), (2, 2, 0));
}

/// Adds one to a counter when it is dropped.
struct Counted<'c>(&'c AtomicU32);

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[tokio::test(start_paused = true)]
async fn body_is_dropped_before_the_time_out_is_returned() {
    static DROPPED: AtomicU32 = AtomicU32::new(0);
    #[circuit_breaker(call_timeout = "2s")]
    async fn hang() -> Result<u32, BreakerError> {
        let _gone = Counted(&DROPPED);
        std::future::pending().await
    }
    let mut call = Box::pin(hang());
    assert!(timed_out(call.as_mut().await));
    assert_eq!(DROPPED.load(Ordering::Relaxed), 1);
    drop(call);
    assert_eq!(DROPPED.load(Ordering::Relaxed), 1);
}

#[tokio::test(start_paused = true)]
async fn call_dropped_after_the_deadline_is_a_failure() {
    let _fresh = testing::isolate();
    let mut call = Box::pin(wait(LONG));
    let poll = call.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(poll.is_pending());
    advance(LIMIT).await;
    drop(call);
    let mut call = Box::pin(wait(LONG));
    let _pending = call.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    advance(LIMIT / 2).await;
    drop(call);
    let totals = breaker_of(wait).snapshot().totals;
    assert_eq!((totals.failure, totals.cancelled, totals.timed_out), (1, 1, 1));
}

#[tokio::test(start_paused = true)]
async fn time_out_runs_the_fallback() {
    #[circuit_breaker(call_timeout = "2s", fallback = |cause| match cause {
        CallError::Breaker(error) if error.kind() == ErrorKind::TimedOut => Ok(name),
        _ => Err("another cause".into()),
    })]
    async fn any(name: String) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
        sleep(LONG).await;
        Err("never".into())
    }
    #[circuit_breaker(call_timeout = "2s", fallback = older, fallback_on = "failure")]
    async fn failure(base: u32) -> Result<u32, BreakerError> {
        sleep(LONG).await;
        Ok(base)
    }
    async fn older(base: u32) -> Result<u32, BreakerError> {
        yield_now().await;
        Ok(base - 1)
    }
    /// Returns an error that is no rejection, because the body has run.
    #[circuit_breaker(call_timeout = "2s", fallback = Ok(name), fallback_on = "rejection")]
    async fn rejection(name: String) -> Result<String, BreakerError> {
        sleep(LONG).await;
        Ok(name)
    }
    #[circuit_breaker(call_timeout = "2s", failure_if = Option::is_none, fallback = None)]
    async fn optional(base: u32) -> Option<u32> {
        sleep(LONG).await;
        Some(base)
    }
    #[circuit_breaker(call_timeout = "2s", fallback = older, fallback_on = "any")]
    fn future(base: u32) -> impl Future<Output = Result<u32, BreakerError>> {
        async move {
            sleep(LONG).await;
            Ok(base)
        }
    }
    #[circuit_breaker(call_timeout = "2s", fallback = Ok(1), fallback_on = "rejection")]
    fn future_rejection(base: u32) -> Pin<Box<dyn Future<Output = Result<u32, BreakerError>> + Send>> {
        Box::pin(async move {
            sleep(LONG).await;
            Ok(base)
        })
    }
    assert_eq!(any("Ada".to_owned()).await.expect("the fallback's"), "Ada");
    assert_eq!(failure(7).await, Ok(6));
    let error = rejection("Ada".to_owned()).await.expect_err("a time-out");
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    breaker_of(rejection).trip();
    assert_eq!(rejection("Ada".to_owned()).await, Ok("Ada".to_owned()));
    assert_eq!(optional(7).await, None);
    assert_eq!(future(7).await, Ok(6));
    assert!(timed_out(future_rejection(7).await));
    breaker_of(future_rejection).trip();
    assert_eq!(future_rejection(7).await, Ok(1));
    assert_eq!(breaker_of(any).snapshot().totals.fallback, 1);
}

/// Holds for whatever the body borrows or keeps.
#[tokio::test(start_paused = true)]
async fn deadline_keeps_send_and_not_send_bodies_as_they_are() {
    #[circuit_breaker(call_timeout = "2s", fallback = Ok(0))]
    async fn local(count: Rc<Cell<u32>>) -> Result<u32, BreakerError> {
        sleep(Duration::from_secs(1)).await;
        Ok(count.get())
    }
    #[circuit_breaker(call_timeout = "2s", fallback = Ok(text))]
    async fn borrowed<'t>(text: &'t str, _other: &Cell<u32>) -> Result<&'t str, BreakerError> {
        Ok(text)
    }
    #[circuit_breaker(call_timeout = "2s")]
    async fn generic<T: Send>(value: T) -> Result<T, BreakerError> {
        sleep(Duration::from_secs(1)).await;
        Ok(value)
    }
    fn assert_send<T: Send>(value: T) -> T {
        value
    }
    assert_eq!(local(Rc::new(Cell::new(7))).await, Ok(7));
    assert_eq!(borrowed("text", &Cell::new(1)).await, Ok("text"));
    assert_eq!(assert_send(generic(7)).await, Ok(7));
    assert!(size_of_val(&wait(LONG)) < 400, "{}", size_of_val(&wait(LONG)));
}

#[tokio::test(start_paused = true)]
async fn probe_that_hangs_opens_the_breaker_again() {
    #[circuit_breaker(call_timeout = "100s", timeout = "10s", failure_threshold = 1)]
    async fn probed(length: Duration) -> Result<u32, BreakerError> {
        sleep(length).await;
        Ok(7)
    }

    let _fresh = testing::isolate();
    let breaker = breaker_of(probed);
    assert_eq!(breaker.config().probe_timeout(), Duration::from_secs(200));
    assert!(timed_out(probed(LONG).await));
    sleep(Duration::from_secs(10)).await;
    assert!(timed_out(probed(LONG).await));
    assert_eq!(breaker.state(), State::Open);
    assert_eq!(breaker.snapshot().totals.late, 0);
}

#[tokio::test(start_paused = true)]
async fn deadline_can_be_changed_at_run_time() {
    let _fresh = testing::isolate();
    let breaker = breaker_of(wait);
    breaker.reconfigure(|options| options.call_timeout(2 * LONG)).expect("in range");
    assert_eq!(wait(LONG).await, Ok(7));
    breaker.reconfigure(ConfigUpdate::without_call_timeout).expect("in range");
    assert_eq!(wait(3 * LONG).await, Ok(7));
}

static SHARED: LazyLock<CircuitBreaker> = LazyLock::new(|| {
    let builder = CircuitBreaker::builder("shared").call_timeout(Duration::from_secs(1));
    builder.build().expect("a breaker")
});

#[tokio::test(start_paused = true)]
async fn built_breaker_applies_the_deadline_in_call_async() {
    #[circuit_breaker(breaker = SHARED, call_timeout = LIMIT)]
    async fn shares(length: Duration) -> Result<u32, BreakerError> {
        sleep(length).await;
        Ok(7)
    }
    let began = Instant::now();
    let answer = SHARED
        .call_async(|| async {
            sleep(LONG).await;
            Ok::<_, ()>(7)
        })
        .await;
    let Err(CallError::Breaker(error)) = answer else { panic!("{answer:?}") };
    assert_eq!((error.kind(), began.elapsed()), (ErrorKind::TimedOut, Duration::from_secs(1)));
    // The function has its own clock, which the breaker does not know.
    let began = Instant::now();
    assert!(timed_out(shares(LONG).await));
    assert_eq!(began.elapsed(), LIMIT);
    assert_eq!(SHARED.snapshot().totals.timed_out, 2);
}

#[test]
fn deadline_works_on_an_executor_without_timers() {
    // Real time: only the clock ends this call.
    #[circuit_breaker(call_timeout = "20ms")]
    async fn hang() -> Result<u32, BreakerError> {
        std::future::pending().await
    }
    assert!(timed_out(futures::executor::block_on(hang())));
}
