//! `async` methods of traits, and functions that replace them.

use breaker_runtime::{breaker_of, circuit_breaker};
use breaker_tests::{TestError, prove_async, work};
use tokio::task::yield_now;

#[allow(async_fn_in_trait)]
trait Store {
    type Row;

    async fn load(&self, works: bool) -> Result<Self::Row, TestError>;

    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    async fn load_twice(&self, works: bool) -> Result<(Self::Row, Self::Row), TestError> {
        Ok((self.load(works).await?, self.load(works).await?))
    }

    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    async fn open(works: bool) -> Result<Self, TestError>
    where
        Self: Default,
    {
        yield_now().await;
        work(works)?;
        Ok(Self::default())
    }
}

#[derive(Default)]
struct Memory(u32);

impl Store for Memory {
    type Row = u32;

    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    async fn load(&self, works: bool) -> Result<Self::Row, TestError> {
        yield_now().await;
        work(works)?;
        Ok(self.0)
    }
}

#[derive(Default)]
struct Plain;

impl Store for Plain {
    type Row = ();

    async fn load(&self, works: bool) -> Result<(), TestError> {
        yield_now().await;
        work(works)
    }
}

#[tokio::test(start_paused = true)]
async fn method_of_a_trait_impl_is_protected() {
    let store = Memory(1);
    prove_async(breaker_of(Memory::load), async |works| store.load(works).await).await;
}

#[tokio::test(start_paused = true)]
async fn default_method_is_protected() {
    let breaker = breaker_of(Plain::load_twice);
    prove_async(breaker, async |works| Plain.load_twice(works).await).await;
    prove_async(breaker_of(Plain::open), async |works| Plain::open(works).await).await;
}

/// A trait that requires `Send` futures, as tower and axum do.
trait Fetch {
    fn fetch(&self, works: bool) -> impl Future<Output = Result<u32, TestError>> + Send;

    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    fn fetch_again(&self, works: bool) -> impl Future<Output = Result<u32, TestError>> + Send
    where
        Self: Sync,
    {
        self.fetch(works)
    }
}

struct ByAsync(u32);

impl Fetch for ByAsync {
    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    async fn fetch(&self, works: bool) -> Result<u32, TestError> {
        yield_now().await;
        work(works)?;
        Ok(self.0)
    }
}

struct ByFuture(u32);

impl Fetch for ByFuture {
    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    fn fetch(&self, works: bool) -> impl Future<Output = Result<u32, TestError>> + Send {
        async move {
            yield_now().await;
            work(works)?;
            Ok(self.0)
        }
    }
}

struct Unprotected;

impl Fetch for Unprotected {
    async fn fetch(&self, works: bool) -> Result<u32, TestError> {
        yield_now().await;
        work(works).map(|()| 1)
    }
}

fn sent<F: Future + Send>(future: F) -> F {
    future
}

fn fetch_sent<F: Fetch>(fetch: &F, works: bool) -> impl Future<Output = Result<u32, TestError>> + Send {
    sent(fetch.fetch(works))
}

#[tokio::test(start_paused = true)]
async fn trait_method_that_returns_a_future_is_protected() {
    let (by_async, by_future) = (ByAsync(1), ByFuture(2));
    prove_async(breaker_of(ByAsync::fetch), async |works| fetch_sent(&by_async, works).await).await;
    prove_async(breaker_of(ByFuture::fetch), async |works| fetch_sent(&by_future, works).await).await;
    let again = breaker_of(Unprotected::fetch_again);
    prove_async(again, async |works| sent(Unprotected.fetch_again(works)).await).await;
}
