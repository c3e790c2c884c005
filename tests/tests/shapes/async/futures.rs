//! Functions that return a future: the call is admitted when the function is called.

use std::cell::Cell;
use std::future::{Ready, ready};
use std::pin::Pin;
use std::sync::Arc;

use breaker_runtime::{State, breaker_of, circuit_breaker, testing};
use breaker_tests::{Ended, TestError, prove_async, work};
use futures::future::{BoxFuture, LocalBoxFuture};
use tokio::task::yield_now;

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn block(works: bool) -> impl Future<Output = Result<(), TestError>> {
    async move {
        yield_now().await;
        work(works)
    }
}

/// Uses `?`, so that the type of the block comes from the signature alone.
#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn block_with_question_mark(text: &str) -> impl Future<Output = Result<u8, TestError>> {
    async move {
        yield_now().await;
        let number = text.parse::<u8>()?;
        Ok(number)
    }
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn of_ready(works: bool) -> impl Future<Output = Result<(), TestError>> {
    ready(work(works))
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn of_async_fn(works: bool) -> impl Future<Output = Result<(), TestError>> + Send + 'static {
    async fn inner(works: bool) -> Result<(), TestError> {
        yield_now().await;
        work(works)
    }
    inner(works)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as predicates are asked")]
fn is_failure(ended: &Ended) -> bool {
    *ended != Ended::Worked
}

#[circuit_breaker(
    failure_threshold = 2,
    timeout = "1s",
    failure_if = is_failure,
    fallback = Ended::Rejected,
    fallback_on = "rejection"
)]
fn output_not_named(works: bool) -> impl Future<Output = impl Into<Ended> + use<>> {
    async move { Ended::from(work(works)) }
}

#[tokio::test(start_paused = true)]
async fn unnamed_future_is_protected() {
    prove_async(breaker_of(block), async |works| block(works).await).await;
    let call = async |works| block_with_question_mark(if works { "1" } else { "one" }).await;
    prove_async(breaker_of(block_with_question_mark), call).await;
    prove_async(breaker_of(of_ready), async |works| of_ready(works).await).await;
    prove_async(breaker_of(of_async_fn), async |works| of_async_fn(works).await).await;
    prove_async(breaker_of(output_not_named), async |works| output_not_named(works).await).await;
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn eager<'c>(runs: &'c Cell<u32>, works: bool) -> impl Future<Output = Result<(), TestError>> + use<'c> {
    runs.set(runs.get() + 1);
    if !works {
        return futures::future::Either::Left(ready(Err(TestError::Down)));
    }
    futures::future::Either::Right(async move {
        yield_now().await;
        runs.set(runs.get() + 1);
        Ok(())
    })
}

#[tokio::test(start_paused = true)]
async fn eager_part_is_protected() {
    let runs = Cell::new(0);
    prove_async(breaker_of(eager), async |works| eager(&runs, works).await).await;
    assert_eq!(runs.get(), 3 * 2 + 2, "a rejected call runs neither part");
}

#[tokio::test(start_paused = true)]
async fn eager_part_is_rejected_with_the_call() {
    let _fresh = testing::isolate();
    let runs = Cell::new(0);
    breaker_of(eager).trip();
    let future = eager(&runs, true);
    assert_eq!(runs.get(), 0);
    assert!(matches!(future.await, Err(TestError::Rejected(_))));
    tokio::time::advance(std::time::Duration::from_secs(1)).await;

    let future = eager(&runs, true);
    assert_eq!((runs.get(), breaker_of(eager).snapshot().in_flight), (1, 1), "admitted when called");
    assert_eq!(future.await, Ok(()));
    assert_eq!(runs.get(), 2);
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn eager_question_mark(text: &str) -> impl Future<Output = Result<u8, TestError>> + use<> {
    let number = text.parse::<u8>().map_err(TestError::from);
    async move {
        let number = number?;
        yield_now().await;
        Ok(number)
    }
}

#[derive(Clone)]
struct Client {
    up: Arc<bool>,
}

impl Client {
    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    fn detached(&self, works: bool) -> impl Future<Output = Result<bool, TestError>> + Send + 'static {
        let up = Arc::clone(&self.up);
        async move {
            yield_now().await;
            work(works)?;
            Ok(*up)
        }
    }

    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    fn borrowing(&mut self, works: bool) -> impl Future<Output = Result<&mut bool, TestError>> {
        async move {
            yield_now().await;
            work(works)?;
            Ok(Arc::make_mut(&mut self.up))
        }
    }
}

#[tokio::test(start_paused = true)]
async fn future_of_a_method_is_protected() {
    let call = async |works| eager_question_mark(if works { "1" } else { "one" }).await;
    prove_async(breaker_of(eager_question_mark), call).await;
    let call = async |works| {
        let call = Client { up: Arc::new(true) }.detached(works);
        tokio::spawn(call).await.unwrap()
    };
    prove_async(breaker_of(Client::detached), call).await;
    let mut client = Client { up: Arc::new(true) };
    let call = async |works| client.borrowing(works).await.map(|up| *up = false);
    prove_async(breaker_of(Client::borrowing), call).await;
    assert!(!*client.up);
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn boxed(works: bool, early: bool) -> Pin<Box<dyn Future<Output = Result<u8, TestError>> + Send>> {
    if early {
        return Box::pin(ready(work(works).map(|()| 1)));
    }
    Box::pin(async move {
        yield_now().await;
        work(works)?;
        Ok(2)
    })
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn boxed_and_borrowing<'a>(
    words: &'a [String],
    works: &'a bool,
) -> Pin<Box<dyn Future<Output = Result<&'a str, TestError>> + 'a>> {
    Box::pin(async move {
        yield_now().await;
        work(*works)?;
        words.first().map(String::as_str).ok_or(TestError::Down)
    })
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn alias(words: &[String], works: bool) -> BoxFuture<'_, Result<usize, TestError>> {
    Box::pin(async move {
        yield_now().await;
        work(works)?;
        Ok(words.len())
    })
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn local_alias(works: Cell<bool>) -> LocalBoxFuture<'static, Result<(), TestError>> {
    use futures::FutureExt;

    async move {
        yield_now().await;
        work(works.get())
    }
    .boxed_local()
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn recursive(works: bool, depth: u32) -> BoxFuture<'static, Result<u32, TestError>> {
    Box::pin(async move {
        if depth == 0 {
            return work(works).map(|()| 0);
        }
        let depth = recursive(works, depth - 1).await?;
        Ok(depth + 1)
    })
}

#[tokio::test(start_paused = true)]
async fn boxed_future_is_protected() {
    for early in [true, false] {
        prove_async(breaker_of(boxed), async |works| boxed(works, early).await).await;
    }
    assert_eq!((boxed(true, true).await, boxed(true, false).await), (Ok(1), Ok(2)));
    let words = ["one".to_owned()];
    let call = async |works| boxed_and_borrowing(&words, &works).await.map(str::len);
    prove_async(breaker_of(boxed_and_borrowing), call).await;
    prove_async(breaker_of(alias), async |works| alias(&words, works).await).await;
    prove_async(breaker_of(local_alias), async |works| local_alias(Cell::new(works)).await).await;
    prove_async(breaker_of(recursive), async |works| recursive(works, 0).await).await;
    assert_eq!(recursive(true, 3).await, Ok(3));
}

/// Returns a future that the attribute cannot know, so that the option says what a failure is.
#[circuit_breaker(failure_threshold = 1, failure_if = |_| false, fallback = ready(Err(TestError::Down)))]
fn named(works: bool) -> Ready<Result<(), TestError>> {
    ready(work(works))
}

#[tokio::test(start_paused = true)]
async fn named_future_is_a_value() {
    let _fresh = testing::isolate();
    assert_eq!(named(false).await, Err(TestError::Down));
    assert_eq!(breaker_of(named).state(), State::Closed);
    assert_eq!(breaker_of(named).snapshot().totals.success, 1);
}
