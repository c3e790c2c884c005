//! `async` methods.

use std::pin::Pin;
use std::sync::Arc;

use breaker_runtime::{breaker_of, circuit_breaker};
use breaker_tests::{TestError, prove_async, work};
use tokio::task::yield_now;

#[derive(Clone, Default)]
struct Client {
    calls: u32,
    names: Vec<String>,
}

impl Client {
    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    async fn shared(&self, works: bool) -> Result<&Vec<String>, TestError> {
        yield_now().await;
        work(works)?;
        Ok(&self.names)
    }

    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    async fn unique(&mut self, works: bool) -> Result<&mut u32, TestError> {
        yield_now().await;
        work(works)?;
        self.calls += 1;
        Ok(&mut self.calls)
    }

    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    async fn unique_iterates(
        &mut self,
        works: bool,
    ) -> Result<impl Iterator<Item = &mut String>, TestError> {
        work(works)?;
        yield_now().await;
        Ok(self.names.iter_mut())
    }

    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    async fn owned(self, works: bool) -> Result<Self, TestError> {
        yield_now().await;
        work(works)?;
        Ok(self)
    }

    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    async fn owned_mut(mut self, works: bool) -> Result<u32, TestError> {
        self.calls += 1;
        yield_now().await;
        work(works)?;
        Ok(self.calls)
    }

    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    async fn in_arc(self: Arc<Self>, works: bool) -> Result<Arc<Self>, TestError> {
        yield_now().await;
        work(works)?;
        Ok(self)
    }

    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    async fn by_arc(self: &Arc<Self>, works: bool) -> Result<Arc<Self>, TestError> {
        yield_now().await;
        work(works)?;
        Ok(Arc::clone(self))
    }

    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    async fn in_box(mut self: Box<Self>, works: bool) -> Result<Self, TestError> {
        yield_now().await;
        work(works)?;
        self.calls += 1;
        Ok(*self)
    }

    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    async fn pinned(self: Pin<&mut Self>, works: bool) -> Result<&mut Self, TestError> {
        yield_now().await;
        work(works)?;
        Ok(self.get_mut())
    }

    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    async fn connect(works: bool) -> Result<Self, TestError> {
        yield_now().await;
        work(works)?;
        Ok(Self::default())
    }

    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    async fn neither(works: bool) -> Result<u8, TestError> {
        yield_now().await;
        work(works)?;
        Ok(1)
    }
}

#[tokio::test(start_paused = true)]
async fn receiver_by_reference_is_protected() {
    let mut client = Client { calls: 0, names: vec!["one".to_owned()] };
    prove_async(breaker_of(Client::shared), async |works| client.shared(works).await.map(Vec::len))
        .await;
    let call = async |works| client.unique(works).await.map(|calls| *calls += 1);
    prove_async(breaker_of(Client::unique), call).await;
    assert_eq!(client.calls, 6);
    let call =
        async |works| client.unique_iterates(works).await.map(|names| names.for_each(String::clear));
    prove_async(breaker_of(Client::unique_iterates), call).await;
    assert_eq!(client.names, [""]);
}

#[tokio::test(start_paused = true)]
async fn receiver_by_value_is_protected() {
    prove_async(breaker_of(Client::owned), async |works| Client::default().owned(works).await).await;
    let call = async |works| Client::default().owned_mut(works).await;
    prove_async(breaker_of(Client::owned_mut), call).await;
}

#[tokio::test(start_paused = true)]
async fn receiver_by_pointer_is_protected() {
    let client = Arc::new(Client::default());
    prove_async(breaker_of(Client::in_arc), async |works| Arc::clone(&client).in_arc(works).await).await;
    prove_async(breaker_of(Client::by_arc), async |works| client.by_arc(works).await).await;
    assert_eq!(Arc::strong_count(&client), 1);
    let call = async |works| Box::new(Client::default()).in_box(works).await;
    prove_async(breaker_of(Client::in_box), call).await;
    let mut client = Client::default();
    let call = async |works| Pin::new(&mut client).pinned(works).await.map(|client| client.calls += 1);
    prove_async(breaker_of(Client::pinned), call).await;
    assert_eq!(client.calls, 3);
}

#[tokio::test(start_paused = true)]
async fn associated_function_is_protected() {
    prove_async(breaker_of(Client::connect), Client::connect).await;
    prove_async(breaker_of(Client::neither), Client::neither).await;
}

struct Cache<T, const N: usize>([T; N]);

impl<T: PartialEq, const N: usize> Cache<T, N> {
    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    async fn find<'a>(&'a self, wanted: &T) -> Result<&'a T, TestError> {
        yield_now().await;
        self.0.iter().find(|one| *one == wanted).ok_or(TestError::Down)
    }
}

#[tokio::test(start_paused = true)]
async fn method_of_a_generic_impl_is_protected() {
    let cache = Cache([1, 2]);
    let breaker = breaker_of(Cache::<char, 1>::find);
    prove_async(breaker, async |works| cache.find(if works { &1 } else { &3 }).await).await;
}
