//! `#[async_recursion]`, which turns an `async fn` into a function that returns a boxed future.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use async_recursion::async_recursion;
use breaker_runtime::{breaker_of, circuit_breaker, testing};
use breaker_tests::{TestError, prove_async, work};
use tokio::task::yield_now;

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
#[async_recursion]
async fn above(works: bool, depth: u32) -> Result<u32, TestError> {
    yield_now().await;
    if depth == 0 {
        work(works)?;
        return Ok(0);
    }
    Ok(above(works, depth - 1).await? + 1)
}

#[async_recursion]
#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
async fn below(works: bool, depth: u32) -> Result<u32, TestError> {
    yield_now().await;
    if depth == 0 {
        work(works)?;
        return Ok(0);
    }
    Ok(below(works, depth - 1).await? + 1)
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
#[async_recursion(?Send)]
async fn borrowing<'w>(words: &'w [String], works: &bool) -> Result<&'w str, TestError> {
    yield_now().await;
    work(*works)?;
    match words {
        [] => Err(TestError::Down),
        [word] => Ok(word),
        [_, rest @ ..] => borrowing(rest, works).await,
    }
}

#[tokio::test(start_paused = true)]
async fn recursive_function_is_protected() {
    prove_async(breaker_of(above), async |works| tokio::spawn(above(works, 0)).await.unwrap()).await;
    prove_async(breaker_of(below), async |works| tokio::spawn(below(works, 0)).await.unwrap()).await;
    let words = ["one".to_owned(), "two".to_owned()];
    let call = async |works| borrowing(&words[1..], &works).await;
    prove_async(breaker_of(borrowing), call).await;

    let _fresh = testing::isolate();
    assert_eq!((above(true, 3).await, below(true, 3).await), (Ok(3), Ok(3)));
    assert_eq!(borrowing(&words, &true).await, Ok("two"));
    // Each level is a call.
    assert_eq!(breaker_of(above).snapshot().totals.success, 4);
    assert_eq!(breaker_of(below).snapshot().totals.success, 4);
}

fn address_of_a_local() -> usize {
    let local = 0_u8;
    std::ptr::from_ref(std::hint::black_box(&local)).addr()
}

#[inline(never)]
fn bare(depth: u32) -> Result<usize, TestError> {
    if depth == 0 { Ok(address_of_a_local()) } else { bare(depth - 1) }
}

#[circuit_breaker]
#[inline(never)]
fn annotated(depth: u32) -> Result<usize, TestError> {
    if depth == 0 { Ok(address_of_a_local()) } else { annotated(depth - 1) }
}

#[circuit_breaker(failure_if = Result::is_err)]
#[inline(never)]
fn with_predicate(depth: u32) -> Result<usize, TestError> {
    if depth == 0 { Ok(address_of_a_local()) } else { with_predicate(depth - 1) }
}

#[circuit_breaker(key = depth)]
#[inline(never)]
fn keyed(depth: u32) -> Result<usize, TestError> {
    if depth == 0 { Ok(address_of_a_local()) } else { keyed(depth - 1) }
}

#[circuit_breaker(fallback = |_| Err(TestError::Down))]
#[inline(never)]
fn with_fallback(depth: u32) -> Result<usize, TestError> {
    if depth == 0 { Ok(address_of_a_local()) } else { with_fallback(depth - 1) }
}

#[circuit_breaker(max_concurrent = 64, max_wait = "1s")]
#[inline(never)]
fn waits(depth: u32) -> Result<usize, TestError> {
    if depth == 0 { Ok(address_of_a_local()) } else { waits(depth - 1) }
}

async fn bare_later(depth: u32) -> Result<usize, TestError> {
    if depth == 0 { Ok(address_of_a_local()) } else { Box::pin(bare_later(depth - 1)).await }
}

#[circuit_breaker]
async fn annotated_later(depth: u32) -> Result<usize, TestError> {
    if depth == 0 { Ok(address_of_a_local()) } else { Box::pin(annotated_later(depth - 1)).await }
}

#[circuit_breaker(failure_if = Result::is_err)]
async fn with_predicate_later(depth: u32) -> Result<usize, TestError> {
    if depth == 0 { Ok(address_of_a_local()) } else { Box::pin(with_predicate_later(depth - 1)).await }
}

#[circuit_breaker(key = depth)]
async fn keyed_later(depth: u32) -> Result<usize, TestError> {
    if depth == 0 { Ok(address_of_a_local()) } else { Box::pin(keyed_later(depth - 1)).await }
}

#[circuit_breaker(fallback = |_| Err(TestError::Down))]
async fn with_fallback_later(depth: u32) -> Result<usize, TestError> {
    if depth == 0 { Ok(address_of_a_local()) } else { Box::pin(with_fallback_later(depth - 1)).await }
}

type Call = fn(u32) -> Result<usize, TestError>;

fn stack_of_a_level(call: Call) -> usize {
    let (top, deep) = (call(0).expect("admitted"), call(10).expect("admitted"));
    top.abs_diff(deep) / 10
}

/// Each level of a debug build would otherwise hold the breaker's temporaries, and deep recursion would
/// overflow the stack.
#[test]
fn recursion_adds_little_stack_for_each_level() {
    let bare = stack_of_a_level(bare);
    assert!(bare > 0, "the calls are not nested");
    let cases: [(_, Call, _); 5] = [
        ("plain", annotated, 400),
        ("failure_if", with_predicate, 500),
        ("key", keyed, 700),
        ("fallback", with_fallback, 700),
        ("max_wait", waits, 400),
    ];
    for (options, call, limit) in cases {
        let added = stack_of_a_level(call).saturating_sub(bare);
        assert!(added <= limit, "{options}: {added} bytes more than the bare function");
    }
}

#[test]
fn recursion_of_futures_adds_little_stack_for_each_level() {
    let bare = stack_of_a_level(|depth| poll_once(bare_later(depth)));
    assert!(bare > 0, "the calls are not nested");
    let cases: [(_, Call, _); 4] = [
        ("plain", |depth| poll_once(annotated_later(depth)), 700),
        ("failure_if", |depth| poll_once(with_predicate_later(depth)), 850),
        ("key", |depth| poll_once(keyed_later(depth)), 1050),
        ("fallback", |depth| poll_once(with_fallback_later(depth)), 1100),
    ];
    for (options, call, limit) in cases {
        let added = stack_of_a_level(call).saturating_sub(bare);
        assert!(added <= limit, "{options}: {added} bytes more than the bare function");
    }
}

/// Polls a future that does not wait.
fn poll_once<Output>(future: impl Future<Output = Output>) -> Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the future waits"),
    }
}
