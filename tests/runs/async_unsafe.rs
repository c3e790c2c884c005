//! `unsafe`, which the tests beside this forbid themselves.

use breaker_runtime::{breaker_of, circuit_breaker};
use breaker_tests::{TestError, paused, prove_async, work};

struct Register(u32);

impl Register {
    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    async unsafe fn read(&self, works: bool) -> Result<&u32, TestError> {
        tokio::task::yield_now().await;
        work(works)?;
        Ok(&self.0)
    }
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
async unsafe fn through(pointer: *const bool) -> Result<(), TestError> {
    tokio::task::yield_now().await;
    let works = unsafe { *pointer };
    work(works)
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
unsafe fn future(pointer: *const bool) -> impl Future<Output = Result<(), TestError>> {
    let works = unsafe { *pointer };
    async move { work(works) }
}

fn main() {
    let register = Register(1);
    // SAFETY: nothing is asked for.
    let call = async |works| unsafe { register.read(works) }.await.copied();
    paused(prove_async(breaker_of(Register::read), call));
    // SAFETY: the pointers outlive the calls.
    let call = async |works| unsafe { through(&raw const works) }.await;
    paused(prove_async(breaker_of(through), call));
    let call = async |works| unsafe { future(&raw const works) }.await;
    paused(prove_async(breaker_of(future), call));
}
