//! `#[tracing::instrument]`: below the attribute it wraps the whole call, and sees rejections; above it,
//! it becomes part of the body, and sees the calls that ran. On a function that returns a future it is
//! always part of the body.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use breaker_runtime::{breaker_of, circuit_breaker, testing};
use breaker_tests::{TestError, prove, prove_async, work};
use tokio::task::yield_now;
use tracing::instrument;
use tracing::subscriber::DefaultGuard;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// Starts to collect the log of the current thread.
    fn start() -> (Self, DefaultGuard) {
        // The first query to the registry warns of names that clash, which must not be in the log.
        let _ = breaker_runtime::breakers().count();
        let log = Self::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone());
        let subscriber = subscriber.with_max_level(tracing::Level::TRACE).finish();
        (log, tracing::subscriber::set_default(subscriber))
    }

    /// Counts the lines with these words, without those of the breaker, which are in the same spans.
    fn count(&self, words: &str) -> usize {
        let log = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        let lines = log.lines().filter(|line| !line.contains("}: breaker: "));
        lines.filter(|line| line.contains(words)).count()
    }
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
#[instrument]
fn plain_above(works: bool) -> Result<u8, TestError> {
    tracing::info!("body");
    work(works).map(|()| 1)
}

#[instrument]
#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn plain_below(works: bool) -> Result<u8, TestError> {
    tracing::info!("body");
    work(works).map(|()| 1)
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
#[instrument(err, ret)]
fn above(works: bool) -> Result<u8, TestError> {
    work(works).map(|()| 1)
}

#[instrument(err, ret)]
#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn below(works: bool) -> Result<u8, TestError> {
    work(works).map(|()| 1)
}

#[test]
fn span_of_a_sync_function_wraps_the_call_or_the_body() {
    let (log, _log) = Log::start();
    prove(breaker_of(plain_above), plain_above);
    assert_eq!(log.count("plain_above{works="), 5);
    prove(breaker_of(plain_below), plain_below);
    assert_eq!(log.count("plain_below{works="), 5);
    prove(breaker_of(above), above);
    assert_eq!((log.count(" above{works=false}: "), log.count("Rejected(")), (2, 1));
    prove(breaker_of(below), below);
    assert_eq!((log.count(" below{works=false}: "), log.count("Rejected(")), (2, 1));
    assert_eq!(log.count("return=1"), 3 + 3);
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
#[instrument(skip_all, fields(user = %user))]
async fn plain_above_async(works: bool, user: &str) -> Result<&str, TestError> {
    yield_now().await;
    tracing::info!("body");
    work(works)?;
    Ok(user)
}

#[instrument(skip_all, fields(user = %user))]
#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
async fn plain_below_async(works: bool, user: &str) -> Result<&str, TestError> {
    yield_now().await;
    tracing::info!("body");
    work(works)?;
    Ok(user)
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
#[instrument(err, ret)]
async fn above_async(works: bool) -> Result<u8, TestError> {
    yield_now().await;
    work(works).map(|()| 1)
}

#[instrument(err, ret)]
#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
async fn below_async(works: bool) -> Result<u8, TestError> {
    yield_now().await;
    work(works).map(|()| 1)
}

#[tokio::test(start_paused = true)]
async fn span_of_an_async_function_wraps_the_call_or_the_body() {
    let (log, _log) = Log::start();
    let call = async |works| plain_above_async(works, "ada").await;
    prove_async(breaker_of(plain_above_async), call).await;
    assert_eq!(log.count("plain_above_async{user=ada}"), 5);
    let call = async |works| plain_below_async(works, "ada").await;
    prove_async(breaker_of(plain_below_async), call).await;
    assert_eq!(log.count("plain_below_async{user=ada}"), 5);
    prove_async(breaker_of(above_async), above_async).await;
    assert_eq!((log.count("above_async{works=false}: "), log.count("Rejected(")), (2, 1));
    prove_async(breaker_of(below_async), below_async).await;
    assert_eq!((log.count("below_async{works=false}: "), log.count("Rejected(")), (2, 1));
    assert_eq!(log.count("return=1"), 3 + 3);
}

#[circuit_breaker(failure_threshold = 1, fallback = fallback)]
#[instrument]
async fn with_fallback(works: bool) -> Result<u8, TestError> {
    yield_now().await;
    work(works).map(|()| 1)
}

#[allow(clippy::unused_async)]
async fn fallback(_: bool) -> Result<u8, TestError> {
    tracing::info!("fallback");
    Ok(2)
}

#[tokio::test(start_paused = true)]
async fn fallback_runs_in_the_span() {
    let _fresh = testing::isolate();
    let (log, _log) = Log::start();
    assert_eq!((with_fallback(false).await, with_fallback(true).await), (Ok(2), Ok(2)));
    assert_eq!(log.count("with_fallback{works=false}: "), 1);
    assert_eq!(log.count("with_fallback{works=true}: "), 1);
}

#[async_trait]
trait Store {
    async fn load(&self, works: bool) -> Result<u8, TestError>;
    async fn store(&mut self, works: bool) -> Result<&mut u8, TestError>;
}

#[derive(Debug)]
struct Memory(u8);

#[async_trait]
impl Store for Memory {
    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    #[instrument(err)]
    async fn load(&self, works: bool) -> Result<u8, TestError> {
        yield_now().await;
        tracing::info!("body");
        work(works)?;
        Ok(self.0)
    }

    #[instrument(skip(self), err)]
    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    async fn store(&mut self, works: bool) -> Result<&mut u8, TestError> {
        yield_now().await;
        tracing::info!("body");
        work(works)?;
        Ok(&mut self.0)
    }
}

#[tokio::test(start_paused = true)]
async fn span_of_a_method_of_an_async_trait_wraps_the_call() {
    let (log, _log) = Log::start();
    let mut memory = Memory(1);
    prove_async(breaker_of(Memory::load), async |works| memory.load(works).await).await;
    assert_eq!((log.count("load{self=Memory(1) works="), log.count("Rejected(")), (5 + 2, 0));
    let call = async |works| memory.store(works).await.map(|number| *number += 1);
    prove_async(breaker_of(Memory::store), call).await;
    assert_eq!((log.count("store{works="), log.count("Rejected(")), (5 + 2, 0));
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
#[instrument(err)]
fn future(works: bool) -> impl Future<Output = Result<(), TestError>> {
    async move {
        yield_now().await;
        tracing::info!("body");
        work(works)
    }
}

#[instrument(err)]
#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn future_below(works: bool) -> impl Future<Output = Result<(), TestError>> {
    async move {
        yield_now().await;
        tracing::info!("body");
        work(works)
    }
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = Err(TestError::Down), fallback_on = "failure")]
#[cfg_attr(all(), tracing::instrument)]
#[cfg_attr(any(), tracing::instrument)]
fn boxed(works: bool) -> futures::future::BoxFuture<'static, Result<(), TestError>> {
    Box::pin(async move {
        yield_now().await;
        tracing::info!("body");
        work(works)
    })
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
#[cfg_attr(any(), instrument)]
fn not_instrumented(works: bool) -> futures::future::BoxFuture<'static, Result<(), TestError>> {
    Box::pin(async move { work(works) })
}

#[tokio::test(start_paused = true)]
async fn span_of_a_returned_future_is_part_of_the_body() {
    let (log, _log) = Log::start();
    prove_async(breaker_of(future), async |works| future(works).await).await;
    assert_eq!(log.count("future{works="), 5 + 2);
    prove_async(breaker_of(future_below), async |works| future_below(works).await).await;
    assert_eq!(log.count("future_below{works="), 5 + 2);
    prove_async(breaker_of(boxed), async |works| boxed(works).await).await;
    assert_eq!(log.count("boxed{works="), 5);
    prove_async(breaker_of(not_instrumented), async |works| not_instrumented(works).await).await;
}
