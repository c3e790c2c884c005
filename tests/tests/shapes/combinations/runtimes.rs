//! `#[tokio::main]` and `#[tokio::test]`.

use std::cell::Cell;
use std::thread::sleep;
use std::time::Duration;

use breaker_runtime::{CircuitBreaker, State, breaker_of, circuit_breaker, testing};
use breaker_tests::{Ended, TestError, prove_async, work};
use tokio::task::yield_now;

/// Proves that the breaker protects the call. Such a function has its own runtime, and real time: so
/// this sleeps.
fn prove_in_real_time(breaker: &CircuitBreaker, call: impl Fn(bool) -> Result<(), TestError>) {
    let _fresh = testing::isolate();
    let ends = |works, end| assert_eq!(Ended::from(call(works)), end);
    ends(true, Ended::Worked);
    ends(false, Ended::Failed);
    ends(false, Ended::Failed);
    ends(true, Ended::Rejected);
    assert_eq!(breaker.state(), State::Open);
    sleep(Duration::from_secs(1));
    ends(true, Ended::Worked);
    ends(true, Ended::Worked);
    assert_eq!(breaker.state(), State::Closed);
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
#[tokio::main(flavor = "current_thread")]
async fn above_main(works: bool) -> Result<(), TestError> {
    yield_now().await;
    work(works)
}

#[tokio::main(flavor = "current_thread")]
#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
async fn below_main(works: bool) -> Result<(), TestError> {
    yield_now().await;
    work(works)
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
#[tokio::main(worker_threads = 1)]
async fn above_main_with_threads(works: bool) -> Result<(), TestError> {
    tokio::spawn(yield_now()).await.unwrap();
    work(works)
}

#[test]
fn main_function_is_protected() {
    prove_in_real_time(breaker_of(above_main), above_main);
    prove_in_real_time(breaker_of(below_main), below_main);
    prove_in_real_time(breaker_of(above_main_with_threads), above_main_with_threads);
}

thread_local! {
    /// Whether the tests of this thread work.
    static WORKS: Cell<bool> = const { Cell::new(true) };
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
#[tokio::test]
async fn above_test() -> Result<(), TestError> {
    yield_now().await;
    work(WORKS.get())
}

#[tokio::test]
#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
async fn below_test() -> Result<(), TestError> {
    yield_now().await;
    work(WORKS.get())
}

#[test]
fn test_function_is_protected() {
    let with = |test: fn() -> Result<(), TestError>| {
        move |works| {
            WORKS.set(works);
            test()
        }
    };
    prove_in_real_time(breaker_of(above_test), with(above_test));
    prove_in_real_time(breaker_of(below_test), with(below_test));
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
async fn spawned(works: bool) -> Result<(), TestError> {
    tokio::time::sleep(Duration::from_millis(1)).await;
    work(works)
}

#[tokio::test(start_paused = true)]
async fn function_in_a_test_with_paused_time_is_protected() {
    let call = async |works| tokio::spawn(spawned(works)).await.unwrap();
    prove_async(breaker_of(spawned), call).await;
}
