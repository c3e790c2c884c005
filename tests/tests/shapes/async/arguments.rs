//! The arguments that an `async` function may have.

use std::fmt::{Debug, Display};

use breaker_runtime::{breaker_of, circuit_breaker};
use breaker_tests::{TestError, prove_async, work};
use tokio::task::yield_now;

// The type of a function with an `impl Trait` argument cannot be named, so that the accessor finds its
// breaker.
#[circuit_breaker(failure_threshold = 2, timeout = "1s", accessor = impl_and_dyn_breaker)]
async fn impl_and_dyn(
    shown: impl Display,
    debug: &dyn Debug,
    works: Box<dyn FnOnce() -> bool>,
) -> Result<String, TestError> {
    yield_now().await;
    work(works())?;
    Ok(format!("{shown} {debug:?}"))
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", accessor = impl_alone_breaker)]
async fn impl_alone(works: impl Into<bool>) -> Result<(), TestError> {
    yield_now().await;
    work(works.into())
}

#[tokio::test(start_paused = true)]
async fn impl_and_dyn_arguments_are_passed() {
    let breaker = impl_and_dyn_breaker();
    prove_async(breaker, async |works| impl_and_dyn(1, &"two", Box::new(move || works)).await).await;
    assert_eq!(impl_and_dyn(1, &"two", Box::new(|| true)).await.unwrap(), "1 \"two\"");
    prove_async(impl_alone_breaker(), async |works| impl_alone(works).await).await;
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
async fn generic<T, E>(result: Result<T, E>) -> Result<T, TestError>
where
    T: Default + PartialEq,
    E: Into<TestError>,
{
    yield_now().await;
    match result {
        Ok(value) if value == T::default() => Err(TestError::Down),
        other => other.map_err(Into::into),
    }
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
async fn const_generic<const N: usize, T: Copy>(value: T, works: bool) -> Result<[T; N], TestError> {
    yield_now().await;
    work(works)?;
    Ok([value; N])
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
async fn higher_ranked<F>(pick: F, works: bool) -> Result<String, TestError>
where
    F: for<'a> Fn(&'a str) -> &'a str,
{
    let local = String::from("picked");
    yield_now().await;
    work(works)?;
    Ok(pick(&local).to_owned())
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
async fn awaits_a_closure(call: impl AsyncFnOnce(u8) -> bool) -> Result<(), TestError> {
    work(call(1).await)
}

#[tokio::test(start_paused = true)]
async fn generic_functions_are_protected() {
    let breaker = breaker_of(generic::<u8, TestError>);
    prove_async(breaker, async |works| generic(if works { Ok(1) } else { Err(TestError::Down) }).await)
        .await;
    prove_async(breaker, async |works| generic::<_, TestError>(Ok(if works { "x" } else { "" })).await)
        .await;

    let breaker = breaker_of(const_generic::<2, u8>);
    prove_async(breaker, async |works| const_generic::<3, _>('x', works).await).await;
    assert_eq!(const_generic(1, true).await, Ok([1, 1]));

    let breaker = breaker_of(higher_ranked::<fn(&str) -> &str>);
    prove_async(breaker, async |works| higher_ranked(|text| &text[..1], works).await).await;
    assert_eq!(higher_ranked(str::trim, true).await.unwrap(), "picked");

    assert_eq!(awaits_a_closure(async |one| one == 1).await, Ok(()));
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
async fn mut_arguments(
    mut number: u32,
    mut words: Vec<u32>,
    works: bool,
) -> Result<Vec<u32>, TestError> {
    number += 1;
    words.push(number);
    yield_now().await;
    work(works)?;
    number += 1;
    words.push(number);
    Ok(words)
}

struct Request {
    id: u32,
    body: String,
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
async fn patterns(
    (left, mut right): (u32, u32),
    Request { id, body: text }: Request,
    &factor: &u32,
    _: String,
    [first, ..]: [u32; 2],
    works: bool,
) -> Result<(u32, String), TestError> {
    yield_now().await;
    work(works)?;
    right += left + id;
    Ok((right * factor + first, text))
}

#[tokio::test(start_paused = true)]
async fn argument_patterns_are_bound() {
    prove_async(breaker_of(mut_arguments), async |works| mut_arguments(1, vec![1], works).await).await;
    assert_eq!(mut_arguments(1, vec![1], true).await, Ok(vec![1, 2, 3]));
    let call = async |works| {
        let request = Request { id: 3, body: "four".to_owned() };
        patterns((1, 2), request, &5, String::new(), [6, 7], works).await
    };
    prove_async(breaker_of(patterns), call).await;
    assert_eq!(call(true).await, Ok((36, "four".to_owned())));
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
async fn r#loop(r#match: bool, r#type: &str) -> Result<usize, TestError> {
    yield_now().await;
    work(r#match)?;
    Ok(r#type.len())
}

/// Has arguments with the names of the expansion's locals and of functions of the runtime.
#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
async fn place(
    place: bool,
    admitted: u8,
    answer: u8,
    cause: u8,
    call: u8,
    permit: u8,
    argument_0: u8,
) -> Result<u8, TestError> {
    fn guard() -> u8 {
        1
    }
    yield_now().await;
    work(place)?;
    Ok(admitted + answer + cause + call + permit + argument_0 + guard())
}

#[tokio::test(start_paused = true)]
async fn names_of_the_expansion_may_be_arguments() {
    prove_async(breaker_of(r#loop), async |works| r#loop(works, "loop").await).await;
    assert_eq!(r#loop(true, "loop").await, Ok(4));
    prove_async(breaker_of(place), async |works| place(works, 1, 2, 3, 4, 5, 6).await).await;
    assert_eq!(place(true, 1, 2, 3, 4, 5, 6).await, Ok(22));
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
async fn under_cfg(
    works: bool,
    #[cfg(test)] here: &str,
    #[cfg(not(test))] absent: Absent,
) -> Result<usize, TestError> {
    yield_now().await;
    work(works)?;
    Ok(here.len())
}

#[tokio::test(start_paused = true)]
async fn arguments_under_cfg_are_passed() {
    prove_async(breaker_of(under_cfg), async |works| under_cfg(works, "here").await).await;
}
