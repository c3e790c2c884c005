//! Methods of an `#[async_trait]`, annotated inside it.

use std::cell::Cell;
use std::rc::Rc;

use async_trait::async_trait;
use breaker_runtime::{breaker_of, circuit_breaker};
use breaker_tests::{TestError, prove_async, work};
use tokio::task::yield_now;

#[async_trait]
trait Store: Send + Sync {
    async fn load(&self, words: &[String], works: bool) -> Result<usize, TestError>;

    async fn store(&mut self, works: bool) -> Result<&mut u32, TestError>;

    async fn shown<T: ToString + Send>(&self, shown: T, works: bool) -> Result<String, TestError>
    where
        Self: Sized;

    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    async fn load_none(&self, works: bool) -> Result<usize, TestError> {
        self.load(&[], works).await
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

#[async_trait]
impl Store for Memory {
    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    async fn load(&self, words: &[String], works: bool) -> Result<usize, TestError> {
        yield_now().await;
        work(works)?;
        Ok(words.len())
    }

    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    async fn store(&mut self, works: bool) -> Result<&mut u32, TestError> {
        if !works {
            return Err(TestError::Down);
        }
        yield_now().await;
        self.0 += 1;
        Ok(&mut self.0)
    }

    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    async fn shown<T: ToString + Send>(&self, shown: T, works: bool) -> Result<String, TestError> {
        yield_now().await;
        work(works)?;
        Ok(shown.to_string())
    }
}

#[tokio::test(start_paused = true)]
async fn method_of_an_impl_is_protected() {
    let mut memory = Memory(0);
    let words = ["one".to_owned()];
    let object: &dyn Object = &memory;
    prove_async(breaker_of(Memory::load), async |works| object.load_by(&words, works).await).await;
    let call = async |works| memory.store(works).await.map(|calls| *calls += 1);
    prove_async(breaker_of(Memory::store), call).await;
    assert_eq!(memory.0, 6);
    let breaker = breaker_of(Memory::shown::<u8>);
    prove_async(breaker, async |works| memory.shown('x', works).await).await;
}

#[tokio::test(start_paused = true)]
async fn default_method_is_protected() {
    let memory = Memory(0);
    let call = async |works| memory.load_none(works).await;
    prove_async(breaker_of(<Memory as Store>::load_none), call).await;
    prove_async(breaker_of(<Memory as Store>::open), async |works| Memory::open(works).await).await;
}

#[async_trait]
trait Object: Send + Sync {
    async fn load_by(&self, words: &[String], works: bool) -> Result<usize, TestError>;
}

#[async_trait]
impl Object for Memory {
    #[circuit_breaker(failure_threshold = 100)]
    async fn load_by(&self, words: &[String], works: bool) -> Result<usize, TestError> {
        self.load(words, works).await
    }
}

#[async_trait(?Send)]
trait Local {
    async fn load(&self, works: bool) -> Result<u32, TestError>;

    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    async fn load_twice(&self, works: bool) -> Result<u32, TestError> {
        Ok(self.load(works).await? + self.load(works).await?)
    }
}

#[async_trait(?Send)]
impl Local for Rc<Cell<u32>> {
    #[circuit_breaker(failure_threshold = 2, timeout = "1s", name = "async_trait_local_load")]
    async fn load(&self, works: bool) -> Result<u32, TestError> {
        let this = Rc::clone(self);
        yield_now().await;
        work(works)?;
        Ok(this.get())
    }
}

struct Plain;

#[async_trait(?Send)]
impl Local for Plain {
    async fn load(&self, works: bool) -> Result<u32, TestError> {
        work(works).map(|()| 1)
    }
}

#[tokio::test(start_paused = true)]
async fn method_without_send_is_protected() {
    let local = Rc::new(Cell::new(1));
    let breaker = breaker_of(<Rc<Cell<u32>> as Local>::load);
    prove_async(breaker, async |works| Local::load(&local, works).await).await;
    let breaker = breaker_of(<Plain as Local>::load_twice);
    prove_async(breaker, async |works| Plain.load_twice(works).await).await;
}

#[async_trait]
trait Cache<K: Sync, V> {
    async fn get(&self, key: &K) -> Result<V, TestError>;
}

struct Ring<V, const N: usize>([V; N]);

#[async_trait]
impl<V, const N: usize> Cache<usize, V> for Ring<V, N>
where
    V: Clone + Send + Sync,
{
    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    async fn get(&self, key: &usize) -> Result<V, TestError> {
        yield_now().await;
        self.0.get(*key).cloned().ok_or(TestError::Down)
    }
}

#[tokio::test(start_paused = true)]
async fn method_of_a_generic_impl_is_protected() {
    let ring = Ring(['x']);
    let breaker = breaker_of(<Ring<u8, 2> as Cache<usize, u8>>::get);
    prove_async(breaker, async |works| ring.get(if works { &0 } else { &1 }).await).await;
}
