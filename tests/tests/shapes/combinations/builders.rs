//! `#[bon::builder]`, which uses the function's name for its own function: the breaker is found by its
//! name or its accessor.

use bon::{bon, builder};
use breaker_runtime::{breaker, circuit_breaker};
use breaker_tests::{TestError, prove, prove_async, work};
use tokio::task::yield_now;

#[circuit_breaker(failure_threshold = 2, timeout = "1s", accessor = above_breaker)]
#[builder]
fn above(works: bool, #[builder(default = 7)] number: u32) -> Result<u32, TestError> {
    work(works)?;
    Ok(number)
}

#[builder]
#[circuit_breaker(failure_threshold = 2, timeout = "1s", name = "builders_below")]
fn below(works: bool, #[builder(default = 7)] number: u32) -> Result<u32, TestError> {
    work(works)?;
    Ok(number)
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", name = "builders_async")]
#[builder]
async fn asynchronous(works: bool, name: &str) -> Result<&str, TestError> {
    yield_now().await;
    work(works)?;
    Ok(name)
}

struct Client(u32);

#[bon]
impl Client {
    #[builder]
    #[circuit_breaker(failure_threshold = 2, timeout = "1s", name = "builders_method")]
    async fn fetch(&self, works: bool) -> Result<u32, TestError> {
        yield_now().await;
        work(works)?;
        Ok(self.0)
    }
}

#[test]
fn function_with_a_builder_is_protected() {
    prove(above_breaker(), |works| above().works(works).call());
    assert_eq!(above().works(true).number(1).call(), Ok(1));
    let found = breaker("builders_below").unwrap();
    prove(&found, |works| below().works(works).call());
}

#[tokio::test(start_paused = true)]
async fn async_function_with_a_builder_is_protected() {
    let found = breaker("builders_async").unwrap();
    prove_async(&found, async |works| asynchronous().works(works).name("x").call().await).await;
    let found = breaker("builders_method").unwrap();
    prove_async(&found, async |works| Client(1).fetch().works(works).call().await).await;
}
