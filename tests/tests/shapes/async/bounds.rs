//! `Send`, `Sync` and `'static` of an annotated future: the same as of the bare one.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use breaker_runtime::{breaker_of, circuit_breaker};
use breaker_tests::{TestError, prove_async, work};
use tokio::task::{LocalSet, yield_now};

fn is_send<T: Send>(_: &T) {}
fn is_static<T: 'static>(_: &T) {}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
async fn plain(text: String) -> Result<String, TestError> {
    yield_now().await;
    work(!text.is_empty())?;
    Ok(text)
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
async fn generic<T: Clone>(value: T, works: bool) -> Result<T, TestError> {
    let copy = value.clone();
    yield_now().await;
    work(works)?;
    Ok(copy)
}

fn generic_is_send<T: Clone + Send>(value: T) {
    is_send(&generic(value, true));
}

#[test]
fn send_future_stays_send() {
    is_send(&plain(String::new()));
    is_static(&plain(String::new()));
    generic_is_send(Cell::new(1));
    generic_is_send("text");
}

#[tokio::test(start_paused = true)]
async fn spawned_future_is_protected() {
    let call = async |works| {
        let text = if works { "text" } else { "" };
        tokio::spawn(plain(text.to_owned())).await.unwrap()
    };
    prove_async(breaker_of(plain), call).await;
    let call = async |works| tokio::spawn(generic(vec![1], works)).await.unwrap();
    prove_async(breaker_of(generic::<u8>), call).await;
}

/// Owns a cell, which is `Send` and not `Sync`: the future may own it, and may not hold a reference to
/// it.
#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
async fn not_sync(works: Cell<bool>) -> Result<(), TestError> {
    yield_now().await;
    work(works.get())
}

#[circuit_breaker(
    failure_threshold = 2,
    timeout = "1s",
    fallback = |_| { yield_now().await; Err(TestError::Other(text)) },
    fallback_on = "failure"
)]
async fn not_sync_with_fallback(works: Cell<bool>, text: String) -> Result<(), TestError> {
    yield_now().await;
    work(works.get())
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn not_sync_in_future(works: Cell<bool>) -> impl Future<Output = Result<(), TestError>> + Send {
    async move {
        yield_now().await;
        work(works.get())
    }
}

#[tokio::test(start_paused = true)]
async fn argument_that_is_not_sync_leaves_the_future_send() {
    is_send(&not_sync(Cell::new(true)));
    prove_async(breaker_of(not_sync), async |works| {
        tokio::spawn(not_sync(Cell::new(works))).await.unwrap()
    })
    .await;
    let call = async |works| {
        let call = not_sync_with_fallback(Cell::new(works), "fallback".to_owned());
        tokio::spawn(call).await.unwrap()
    };
    prove_async(breaker_of(not_sync_with_fallback), call).await;
    let call = async |works| not_sync_in_future(Cell::new(works)).await;
    prove_async(breaker_of(not_sync_in_future), call).await;
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
async fn not_send(works: Rc<RefCell<bool>>) -> Result<bool, TestError> {
    let held = Rc::clone(&works);
    yield_now().await;
    work(*held.borrow())?;
    Ok(true)
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = |_| Ok(*works.borrow()), fallback_on = "failure")]
async fn not_send_with_fallback(works: Rc<RefCell<bool>>) -> Result<bool, TestError> {
    let held = works.clone();
    yield_now().await;
    work(*held.borrow())?;
    Ok(true)
}

#[tokio::test(start_paused = true)]
async fn future_that_is_not_send_is_protected() {
    let call = async |works| {
        let works = Rc::new(RefCell::new(works));
        LocalSet::new()
            .run_until(async { tokio::task::spawn_local(not_send(works)).await.unwrap() })
            .await
    };
    prove_async(breaker_of(not_send), call).await;
    let works = Rc::new(RefCell::new(false));
    assert_eq!(not_send_with_fallback(Rc::clone(&works)).await, Ok(false));
    assert_eq!(Rc::strong_count(&works), 1);
}
