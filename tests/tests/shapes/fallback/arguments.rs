//! The arguments in a fallback: all that the body has left of them.

#![allow(clippy::needless_lifetimes, reason = "a lifetime with a name is a shape of its own")]

use std::cell::Cell;

use breaker_runtime::{breaker_of, circuit_breaker};
use breaker_tests::{TestError, work};
use tokio::task::yield_now;

use super::{On, prove, prove_async};

/// A type that is neither `Clone` nor `Copy`.
struct Cart(String);

fn kept(_: bool, cart: Cart) -> Result<String, TestError> {
    Ok(cart.0)
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = kept)]
fn untouched(works: bool, cart: Cart) -> Result<String, TestError> {
    work(works)?;
    assert_eq!(cart.0, "cart");
    Ok("worked".to_owned())
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = kept)]
async fn untouched_async(works: bool, cart: Cart) -> Result<String, TestError> {
    yield_now().await;
    assert_eq!(cart.0, "cart");
    work(works)?;
    Ok("worked".to_owned())
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = |_| Ok(cart.0))]
async fn untouched_closure(works: bool, other: Cart, cart: Cart) -> Result<String, TestError> {
    let Cart(other) = other;
    yield_now().await;
    assert_eq!(cart.0, other);
    work(works)?;
    Ok("worked".to_owned())
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = kept, fallback_on = "rejection")]
async fn consumed_but_not_yet(works: bool, cart: Cart) -> Result<String, TestError> {
    let Cart(text) = cart;
    yield_now().await;
    work(works)?;
    drop(text);
    Ok("worked".to_owned())
}

#[tokio::test(start_paused = true)]
async fn owned_argument_reaches_the_fallback_if_the_body_leaves_it() {
    let cart = || Cart("cart".to_owned());
    let call = async |works| untouched(works, cart());
    prove_async(breaker_of(untouched), On::Any, "cart", call).await;
    let call = async |works| untouched_async(works, cart()).await;
    prove_async(breaker_of(untouched_async), On::Any, "cart", call).await;
    let call = async |works| untouched_closure(works, cart(), cart()).await;
    prove_async(breaker_of(untouched_closure), On::Any, "cart", call).await;
    let call = async |works| consumed_but_not_yet(works, cart()).await;
    prove_async(breaker_of(consumed_but_not_yet), On::Rejection, "cart", call).await;
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = joined, clone(words))]
fn cloned(works: bool, words: Vec<String>) -> Result<String, TestError> {
    let words = words.into_iter();
    work(works)?;
    drop(words);
    Ok("worked".to_owned())
}

fn joined(_: bool, words: Vec<String>) -> Result<String, TestError> {
    Ok(words.join(" "))
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = |_| Ok(words.join(" ")), clone(words), fallback_on = "failure")]
async fn cloned_async(works: bool, mut words: Vec<String>) -> Result<String, TestError> {
    words.push("body's own".to_owned());
    yield_now().await;
    drop(words);
    work(works)?;
    Ok("worked".to_owned())
}

#[tokio::test(start_paused = true)]
async fn cloned_argument_reaches_the_fallback() {
    let words = || vec!["two".to_owned(), "words".to_owned()];
    prove_async(breaker_of(cloned), On::Any, "two words", async |works| cloned(works, words())).await;
    let call = async |works| cloned_async(works, words()).await;
    prove_async(breaker_of(cloned_async), On::Failure, "two words", call).await;
}

#[derive(Default)]
struct Counter {
    bodies: u32,
    fallbacks: u32,
}

impl Counter {
    #[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = Self::fall_back)]
    fn path(&mut self, works: bool) -> Result<String, TestError> {
        self.bodies += 1;
        work(works)?;
        Ok("worked".to_owned())
    }

    #[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = Self::fall_back)]
    async fn path_async(&mut self, works: bool) -> Result<String, TestError> {
        self.bodies += 1;
        yield_now().await;
        work(works)?;
        Ok("worked".to_owned())
    }

    fn fall_back(&mut self, _: bool) -> Result<String, TestError> {
        self.fallbacks += 1;
        Ok("counted".to_owned())
    }

    #[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = |_| {
        self.fallbacks += 1;
        yield_now().await;
        Ok("counted".to_owned())
    })]
    async fn closure_async(&mut self, works: bool) -> Result<String, TestError> {
        self.bodies += 1;
        yield_now().await;
        work(works)?;
        Ok("worked".to_owned())
    }

    #[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = { self.fallbacks += 1; Ok("counted") }, fallback_on = "rejection")]
    fn expression(&mut self, works: bool) -> Result<&'static str, TestError> {
        self.bodies += 1;
        work(works)?;
        Ok("worked")
    }

    #[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = Self::fall_back_owned)]
    async fn owned(self, works: bool) -> Result<String, TestError> {
        yield_now().await;
        work(works)?;
        Ok("worked".to_owned())
    }

    async fn fall_back_owned(self, _: bool) -> Result<String, TestError> {
        Ok(format!("{} bodies", self.bodies))
    }
}

#[tokio::test(start_paused = true)]
async fn receiver_reaches_the_fallback() {
    let mut counter = Counter::default();
    prove_async(breaker_of(Counter::path), On::Any, "counted", async |works| counter.path(works)).await;
    let call = async |works| counter.path_async(works).await;
    prove_async(breaker_of(Counter::path_async), On::Any, "counted", call).await;
    let call = async |works| counter.closure_async(works).await;
    prove_async(breaker_of(Counter::closure_async), On::Any, "counted", call).await;
    let call = async |works| counter.expression(works);
    prove_async(breaker_of(Counter::expression), On::Rejection, "counted", call).await;
    assert_eq!((counter.bodies, counter.fallbacks), (5 * 4, 3 * 3 + 1));
    let call = async |works| Counter::default().owned(works).await;
    prove_async(breaker_of(Counter::owned), On::Any, "0 bodies", call).await;
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = last)]
fn first(words: &[String], works: bool) -> Result<&str, TestError> {
    work(works)?;
    words.first().map(String::as_str).ok_or(TestError::Down)
}

fn last(words: &[String], _: bool) -> Result<&str, TestError> {
    words.last().map(String::as_str).ok_or(TestError::Down)
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = |_| last(words, works))]
async fn first_async<'w>(words: &'w [String], works: bool) -> Result<&'w str, TestError> {
    yield_now().await;
    work(works)?;
    words.first().map(String::as_str).ok_or(TestError::Down)
}

/// Returns a unique reference, which is gone after the body, as in any function; before it, it is
/// usable.
#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = |_| Ok(&mut words[1]), fallback_on = "rejection")]
async fn first_mut(words: &mut [String], works: bool) -> Result<&mut String, TestError> {
    yield_now().await;
    work(works)?;
    words.first_mut().ok_or(TestError::Down)
}

#[tokio::test(start_paused = true)]
async fn borrowed_return_comes_from_the_fallback() {
    let mut words = ["worked".to_owned(), "last".to_owned()];
    prove_async(breaker_of(first), On::Any, "last", async |works| first(&words, works)).await;
    let call = async |works| first_async(&words, works).await;
    prove_async(breaker_of(first_async), On::Any, "last", call).await;
    let call = async |works| first_mut(&mut words, works).await.map(|word| word.clone());
    prove_async(breaker_of(first_mut), On::Rejection, "last", call).await;
}

struct Pair {
    left: String,
    right: String,
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = both)]
fn patterns(Pair { left, right }: &mut Pair, &(_, works): &(u8, bool)) -> Result<String, TestError> {
    right.push_str(left);
    work(works)?;
    Ok("worked".to_owned())
}

fn both(pair: &mut Pair, (number, _): &(u8, bool)) -> Result<String, TestError> {
    Ok(format!("{}{}{number}", pair.left, pair.right))
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = |_| Ok(format!("{left} {number}")))]
async fn pattern_parts(
    Pair { left, mut right }: Pair,
    (number, works): (u8, bool),
) -> Result<String, TestError> {
    right.push_str(&left);
    yield_now().await;
    work(works)?;
    Ok("worked".to_owned())
}

#[tokio::test(start_paused = true)]
async fn destructured_argument_reaches_the_fallback() {
    let pair = || Pair { left: "l".to_owned(), right: String::new() };
    let mut rejected = 0;
    let call = async |works| {
        let answer = patterns(&mut pair(), &(7, works))?;
        rejected += u32::from(answer == "l7");
        Ok(if answer == "worked" { "worked" } else { "fell back" })
    };
    prove_async(breaker_of(patterns), On::Any, "fell back", call).await;
    assert_eq!(rejected, 1, "the body changes what the fallback sees only if it ran");
    let call = async |works| pattern_parts(pair(), (7, works)).await;
    prove_async(breaker_of(pattern_parts), On::Any, "l 7", call).await;
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = |_| Ok(format!("after {}", tries.get())))]
fn shared_state(works: bool, tries: &Cell<u32>) -> Result<String, TestError> {
    tries.set(tries.get() + 1);
    work(works)?;
    tries.set(0);
    Ok("worked".to_owned())
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = |_| under_cfg_fallback(works, here))]
fn under_cfg(
    works: bool,
    #[cfg(test)] here: u8,
    #[cfg(not(test))] here: Absent,
) -> Result<String, TestError> {
    work(works)?;
    Ok("worked".to_owned())
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = under_cfg_fallback)]
async fn under_cfg_path(
    works: bool,
    #[cfg(test)] here: u8,
    #[cfg(not(test))] absent: Absent,
) -> Result<String, TestError> {
    yield_now().await;
    work(works)?;
    assert_eq!(here, 1);
    Ok("worked".to_owned())
}

fn under_cfg_fallback(_: bool, here: u8) -> Result<String, TestError> {
    Ok(format!("here {here}"))
}

#[tokio::test(start_paused = true)]
async fn argument_under_cfg_reaches_the_fallback() {
    prove_async(breaker_of(under_cfg), On::Any, "here 1", async |works| under_cfg(works, 1)).await;
    let call = async |works| under_cfg_path(works, 1).await;
    prove_async(breaker_of(under_cfg_path), On::Any, "here 1", call).await;
}

#[test]
fn change_by_the_body_reaches_the_fallback() {
    let tries = Cell::new(0);
    let mut answers = Vec::new();
    prove(breaker_of(shared_state), On::Any, "fell back", |works| {
        let answer = shared_state(works, &tries)?;
        answers.push(answer.clone());
        Ok(if works && answer == "worked" { answer } else { "fell back".to_owned() })
    });
    assert_eq!(answers, ["worked", "after 1", "after 2", "after 2", "worked", "worked"]);
}
