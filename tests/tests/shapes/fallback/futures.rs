//! Fallbacks of functions that return a future.

use std::cell::Cell;
use std::future::ready;
use std::pin::Pin;

use async_trait::async_trait;
use breaker_runtime::{breaker_of, circuit_breaker};
use breaker_tests::{TestError, work};
use futures::future::BoxFuture;
use tokio::task::yield_now;

use super::{On, prove_async};

type Answer = Result<String, TestError>;

fn sync_fallback(_: bool, user: &str) -> Answer {
    Ok(format!("sync for {user}"))
}

async fn async_fallback(_: bool, user: &str) -> Answer {
    yield_now().await;
    Ok(format!("async for {user}"))
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = sync_fallback)]
fn unnamed(works: bool, user: &str) -> impl Future<Output = Answer> + Send {
    let eager = user.len();
    async move {
        yield_now().await;
        work(works)?;
        assert_eq!(eager, user.len());
        Ok("worked".to_owned())
    }
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = async_fallback, fallback_on = "rejection")]
fn unnamed_on_rejection(works: bool, user: &str) -> impl Future<Output = Answer> + Send {
    ready(work(works).map(|()| "worked".to_owned()))
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = async_fallback, fallback_on = "failure")]
fn unnamed_on_failure(
    works: bool,
    user: &str,
) -> impl Future<Output = Result<String, TestError>> + Send {
    async move {
        let _ = user;
        yield_now().await;
        work(works)?;
        Ok("worked".to_owned())
    }
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = |_| async_fallback(false, &user).await)]
fn detached(works: bool, user: String) -> impl Future<Output = Answer> + Send + 'static {
    async move {
        yield_now().await;
        work(works)?;
        Ok("worked".to_owned())
    }
}

#[tokio::test(start_paused = true)]
async fn fallback_of_an_unnamed_future_answers() {
    let call = async |works| unnamed(works, "ada").await;
    prove_async(breaker_of(unnamed), On::Any, "sync for ada", call).await;
    let call = async |works| unnamed_on_rejection(works, "ada").await;
    prove_async(breaker_of(unnamed_on_rejection), On::Rejection, "async for ada", call).await;
    let call = async |works| unnamed_on_failure(works, "ada").await;
    prove_async(breaker_of(unnamed_on_failure), On::Failure, "async for ada", call).await;
    let call = async |works| tokio::spawn(detached(works, "ada".to_owned())).await.unwrap();
    prove_async(breaker_of(detached), On::Any, "async for ada", call).await;
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = async_fallback)]
fn boxed(works: bool, user: &str) -> Pin<Box<dyn Future<Output = Answer> + Send + '_>> {
    if !works {
        return Box::pin(ready(Err(TestError::Down)));
    }
    Box::pin(async move {
        yield_now().await;
        Ok("worked".to_owned())
    })
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = Ok("other".to_owned()))]
fn alias(works: bool) -> BoxFuture<'static, Answer> {
    Box::pin(async move {
        yield_now().await;
        work(works)?;
        Ok("worked".to_owned())
    })
}

#[tokio::test(start_paused = true)]
async fn fallback_of_a_boxed_future_answers() {
    let call = async |works| boxed(works, "ada").await;
    prove_async(breaker_of(boxed), On::Any, "async for ada", call).await;
    prove_async(breaker_of(alias), On::Any, "other", async |works| alias(works).await).await;
}

#[async_trait]
trait Shop {
    async fn items(&self, works: bool) -> Answer;
    async fn remove(&mut self, works: bool) -> Answer;
}

#[derive(Default)]
struct Remote {
    removed: u32,
    name: String,
}

impl Remote {
    async fn popular(&self, _: bool) -> Answer {
        yield_now().await;
        Ok(format!("popular in {}", self.name))
    }
}

#[async_trait]
impl Shop for Remote {
    #[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = Self::popular)]
    async fn items(&self, works: bool) -> Answer {
        yield_now().await;
        work(works)?;
        Ok("worked".to_owned())
    }

    #[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = Ok("later".to_owned()), fallback_on = "rejection")]
    async fn remove(&mut self, works: bool) -> Answer {
        self.removed += 1;
        yield_now().await;
        work(works)?;
        Ok("worked".to_owned())
    }
}

#[tokio::test(start_paused = true)]
async fn fallback_in_an_async_trait_answers() {
    let mut shop = Remote { removed: 0, name: "town".to_owned() };
    let call = async |works| shop.items(works).await;
    prove_async(breaker_of(<Remote as Shop>::items), On::Any, "popular in town", call).await;
    let call = async |works| shop.remove(works).await;
    prove_async(breaker_of(<Remote as Shop>::remove), On::Rejection, "later", call).await;
    assert_eq!(shop.removed, 5);
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = |_| Ok(format!("after {}", runs.get())))]
fn eager<'c>(runs: &'c Cell<u32>, works: bool) -> impl Future<Output = Answer> + use<'c> {
    runs.set(runs.get() + 1);
    async move {
        runs.set(runs.get() + 1);
        yield_now().await;
        work(works)?;
        runs.set(0);
        Ok("worked".to_owned())
    }
}

#[tokio::test(start_paused = true)]
async fn fallback_is_not_eager() {
    let _fresh = breaker_runtime::testing::isolate();
    let runs = Cell::new(0);
    breaker_of(eager).trip();
    let future = eager(&runs, true);
    runs.set(7);
    assert_eq!(breaker_of(eager).snapshot().totals.fallback, 0);
    assert_eq!(future.await.unwrap(), "after 7");
    assert_eq!(breaker_of(eager).snapshot().totals.fallback, 1);
}
