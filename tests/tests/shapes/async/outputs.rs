//! The outputs that an `async` function may have, and the ways in which its body may produce them.

use breaker_runtime::{breaker_of, circuit_breaker};
use breaker_tests::{Ended, TestError, prove_async, work};
use tokio::task::yield_now;

use super::{BoxError, ended};

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
async fn plain(works: bool) -> Result<(), TestError> {
    yield_now().await;
    work(works)
}

#[tokio::test(start_paused = true)]
async fn plain_function_is_protected() {
    prove_async(breaker_of(plain), plain).await;
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", failure_if = |()| false, fallback = ())]
async fn unit(runs: &mut u32) {
    *runs += 1;
}

#[tokio::test(start_paused = true)]
async fn unit_opens_by_a_manual_trip_only() {
    let mut runs = 0;
    unit(&mut runs).await;
    breaker_of(unit).trip();
    unit(&mut runs).await;
    tokio::time::advance(std::time::Duration::from_secs(1)).await;
    unit(&mut runs).await;
    assert_eq!(runs, 2);
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
async fn question_mark(text: &str) -> Result<u8, TestError> {
    yield_now().await;
    let number = text.parse()?;
    Ok(number)
}

#[tokio::test(start_paused = true)]
async fn question_mark_converts_with_from() {
    let call = async |works| question_mark(if works { "1" } else { "one" }).await;
    prove_async(breaker_of(question_mark), call).await;
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
async fn into_box(text: &str) -> Result<u8, BoxError> {
    let number: u8 = text.parse()?;
    yield_now().await;
    if number == 0 {
        return Err("zero".into());
    }
    Ok(number)
}

#[tokio::test(start_paused = true)]
async fn question_mark_converts_into_a_box() {
    let mut bad = ["0", "one"].into_iter();
    let call = async |works| ended(into_box(if works { "1" } else { bad.next().unwrap() }).await);
    prove_async(breaker_of(into_box), call).await;
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
async fn coerces_at_the_tail(works: bool) -> Result<Box<dyn Fn(u8) -> u8>, TestError> {
    work(works)?;
    yield_now().await;
    Ok(Box::new(|n| n + 1))
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
async fn coerces_early(works: bool, up: bool) -> Result<Box<dyn Fn(u8) -> u8>, TestError> {
    work(works)?;
    if up {
        return Ok(Box::new(|n| n + 1));
    }
    yield_now().await;
    Ok(Box::new(|n| n - 1))
}

#[tokio::test(start_paused = true)]
async fn closure_coerces_to_a_boxed_one() {
    prove_async(breaker_of(coerces_at_the_tail), coerces_at_the_tail).await;
    prove_async(breaker_of(coerces_early), async |works| coerces_early(works, true).await).await;
    assert_eq!(coerces_at_the_tail(true).await.unwrap()(1), 2);
    assert_eq!(coerces_early(true, true).await.unwrap()(1), 2);
    assert_eq!(coerces_early(true, false).await.unwrap()(1), 0);
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
async fn early_return(works: bool) -> Result<u32, TestError> {
    for attempt in 0.. {
        yield_now().await;
        if attempt == 3 {
            work(works)?;
            return Ok(attempt);
        }
    }
    Err(TestError::Down)
}

#[tokio::test(start_paused = true)]
async fn early_return_in_a_loop_is_protected() {
    prove_async(breaker_of(early_return), early_return).await;
    assert_eq!(early_return(true).await, Ok(3));
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
async fn collects(texts: &[&str]) -> Result<Vec<u8>, TestError> {
    yield_now().await;
    let numbers = texts.iter().map(|text| text.parse::<u8>()).collect::<Result<_, _>>()?;
    Ok(numbers)
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
async fn converts(works: bool) -> Result<String, BoxError> {
    if !works {
        yield_now().await;
        return Err("down".into());
    }
    Ok("up".into())
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
async fn parses(text: &str) -> Result<u64, BoxError> {
    yield_now().await;
    text.parse().map_err(Into::into)
}

#[tokio::test(start_paused = true)]
async fn return_type_drives_inference() {
    let call = async |works| collects(if works { &["1", "2"] } else { &["1", "two"] }).await;
    prove_async(breaker_of(collects), call).await;
    prove_async(breaker_of(converts), async |works| ended(converts(works).await)).await;
    let call = async |works| ended(parses(if works { "1" } else { "one" }).await);
    prove_async(breaker_of(parses), call).await;
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
async fn shared_reference<'a>(words: &'a [String], works: &bool) -> Result<&'a str, TestError> {
    yield_now().await;
    work(*works)?;
    words.first().map(String::as_str).ok_or(TestError::Down)
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
async fn unique_to_unique(number: &mut u32, works: bool) -> Result<&mut u32, TestError> {
    work(works)?;
    yield_now().await;
    *number += 1;
    Ok(number)
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
async fn unique_to_shared(number: &mut u32, works: bool) -> Result<&u32, TestError> {
    work(works)?;
    yield_now().await;
    *number += 1;
    Ok(number)
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
async fn two_unique<'a>(
    left: &'a mut u32,
    right: &'a mut u32,
    works: bool,
) -> Result<&'a mut u32, TestError> {
    work(works)?;
    yield_now().await;
    Ok(if left < right { right } else { left })
}

#[tokio::test(start_paused = true)]
async fn references_to_references_are_returned() {
    let words = ["one".to_owned()];
    let call = async |works| shared_reference(&words, &works).await;
    prove_async(breaker_of(shared_reference), call).await;
    let mut number = 0;
    let call = async |works| unique_to_unique(&mut number, works).await.map(|number| *number += 10);
    prove_async(breaker_of(unique_to_unique), call).await;
    let call = async |works| unique_to_shared(&mut number, works).await.copied();
    prove_async(breaker_of(unique_to_shared), call).await;
    let mut other = 1;
    let call = async |works| two_unique(&mut number, &mut other, works).await.map(|number| *number += 1);
    prove_async(breaker_of(two_unique), call).await;
    assert_eq!((number, other), (33 + 3 + 3, 1));
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
async fn iterates(
    numbers: &mut [u32],
    works: bool,
) -> Result<impl Iterator<Item = &mut u32> + use<'_>, TestError> {
    work(works)?;
    yield_now().await;
    Ok(numbers.iter_mut())
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as predicates are asked")]
fn is_failure(result: &Result<(), Ended>) -> bool {
    result.is_err()
}

#[circuit_breaker(
    failure_threshold = 2,
    timeout = "1s",
    failure_if = is_failure,
    fallback = Err(Ended::Rejected),
    fallback_on = "rejection"
)]
async fn hidden(works: bool) -> impl IntoIterator<Item = ()> + Into<Result<(), Ended>> {
    yield_now().await;
    work(works).map_err(|_| Ended::Failed)
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
async fn hidden_inside(works: bool) -> Result<(impl Fn(u32) -> u32, Vec<impl Into<u64>>), TestError> {
    if !works {
        return Err(TestError::Down);
    }
    yield_now().await;
    Ok((|number| number + 1, vec![1_u8]))
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
async fn hidden_and_borrowing(
    words: &[String],
    works: bool,
) -> Result<impl Iterator<Item = &str>, TestError> {
    yield_now().await;
    work(works)?;
    Ok(words.iter().map(String::as_str))
}

#[tokio::test(start_paused = true)]
async fn hidden_types_are_returned() {
    let mut numbers = [0, 0];
    let call =
        async |works| iterates(&mut numbers, works).await.map(|all| all.for_each(|one| *one += 1));
    prove_async(breaker_of(iterates), call).await;
    assert_eq!(numbers, [3, 3]);
    let call = async |works| hidden(works).await.into().map_or_else(|ended| ended, |()| Ended::Worked);
    prove_async(breaker_of(hidden), call).await;
    prove_async(breaker_of(hidden_inside), hidden_inside).await;
    let (up, numbers) = hidden_inside(true).await.unwrap();
    assert_eq!((up(1), numbers.into_iter().map(Into::into).collect::<Vec<_>>()), (2, vec![1]));
    let words = ["one".to_owned()];
    let call = async |works| hidden_and_borrowing(&words, works).await.map(Iterator::count);
    prove_async(breaker_of(hidden_and_borrowing), call).await;
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
async fn recursive(works: bool, depth: u32) -> Result<u32, TestError> {
    if depth == 0 {
        return work(works).map(|()| 0);
    }
    Ok(Box::pin(recursive(works, depth - 1)).await? + 1)
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
async fn recursive_and_generic<T: Copy + Into<bool>>(works: T, depth: u32) -> Result<u32, TestError> {
    if depth == 0 {
        return work(works.into()).map(|()| 0);
    }
    let deeper = Box::pin(recursive_and_generic(works, depth - 1));
    deeper.await.map(|depth| depth + 1)
}

#[tokio::test(start_paused = true)]
async fn boxed_recursion_is_protected() {
    prove_async(breaker_of(recursive), async |works| recursive(works, 0).await).await;
    let generic = breaker_of(recursive_and_generic::<bool>);
    prove_async(generic, async |works| recursive_and_generic(works, 0).await).await;
    assert_eq!(recursive(true, 3).await, Ok(3));
    assert_eq!(recursive_and_generic(true, 3).await, Ok(3));
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
async fn every_level_counts(depth: u32) -> Result<(), TestError> {
    if depth > 0 {
        return Box::pin(every_level_counts(depth - 1)).await;
    }
    Err(TestError::Down)
}

#[tokio::test(start_paused = true)]
async fn recursive_call_is_a_call() {
    assert_eq!(every_level_counts(1).await, Err(TestError::Down));
    assert_eq!(breaker_of(every_level_counts).snapshot().totals.failure, 2);
    assert!(matches!(every_level_counts(1).await, Err(TestError::Rejected(_))));
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", failure_if = |_: &_| false, fallback = panic!("rejected"))]
async fn never(works: bool) -> ! {
    yield_now().await;
    if works { std::future::pending().await } else { panic!("down") }
}

#[tokio::test(start_paused = true)]
async fn function_that_never_returns_is_protected() {
    use futures::FutureExt;
    use std::panic::AssertUnwindSafe;

    for expected in ["down", "down", "rejected"] {
        let panic = AssertUnwindSafe(never(false)).catch_unwind().await;
        let Err(panic) = panic;
        assert_eq!(panic.downcast_ref::<&str>(), Some(&expected));
    }
    let totals = breaker_of(never).snapshot().totals;
    assert_eq!((totals.failure, totals.rejected, totals.fallback), (2, 1, 1));
}
