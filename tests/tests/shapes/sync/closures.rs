//! Closures as results.

#![allow(
    clippy::redundant_closure_for_method_calls,
    clippy::type_complexity,
    reason = "closures and their types are what is tested"
)]

use std::borrow::Cow;
use std::fmt;

use breaker_runtime::{breaker_of, circuit_breaker, testing};
use breaker_tests::{Ended, TestError, prove, prove_async, work};

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn unnamed(works: bool) -> Result<impl Fn(&str) -> usize, TestError> {
    work(works)?;
    Ok(|text: &str| text.len())
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
async fn unnamed_later(works: bool) -> Result<impl FnOnce(&str) -> usize, TestError> {
    work(works)?;
    Ok(|text: &str| text.len())
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn untyped(works: bool) -> Result<impl Fn(&str) -> usize, TestError> {
    work(works)?;
    Ok(|text| text.len())
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
async fn untyped_later(works: bool) -> Result<impl FnOnce(&str) -> usize + Send, TestError> {
    work(works)?;
    Ok(move |text| text.len())
}

#[circuit_breaker(failure_threshold = 1, failure_if = |_| false, fallback = panic!("open"), fallback_on = "rejection")]
fn untyped_alone(most: usize) -> impl Fn(&str) -> usize {
    move |text| text.len().min(most)
}

struct Shop<T>(T);

impl<T: Clone + PartialEq> Shop<T> {
    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    fn same(&self) -> Result<impl Fn(&T, u8) -> bool + use<T>, TestError> {
        let own = self.0.clone();
        Ok(move |other, number| other.clone() == own && number.is_power_of_two())
    }

    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    fn pick<'a>(
        &self,
        texts: &'a [String],
    ) -> Result<impl for<'b> FnMut(&'b mut Vec<T>, &'a str) -> &'b mut T + use<'a, T>, TestError> {
        match texts.is_empty() {
            true => Err(work(false).unwrap_err()),
            false => Ok(move |list, text| {
                let number = texts.iter().position(|known| known == text).unwrap_or(list.len() - 1);
                &mut list[number]
            }),
        }
    }
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn of_option(works: bool) -> Result<impl Fn(Option<&str>) -> usize, TestError> {
    work(works)?;
    Ok(|text| text.map_or(0, |text| text.len()))
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
async fn of_cow(works: bool) -> Result<impl Fn(Cow<'_, str>) -> usize, TestError> {
    work(works)?;
    Ok(|text| text.len())
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn of_parts(
    works: bool,
) -> Result<impl for<'a> Fn((&'a str, u8), &[&'a str], [&'a str; 1]) -> Option<&'a str>, TestError> {
    work(works)?;
    Ok(|(text, _), texts, more| {
        texts.iter().find(|known| **known == text).copied().or(more.first().copied())
    })
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn of_functions(
    works: bool,
) -> Result<impl Fn(fn(&str) -> usize, &dyn Fn(&str) -> usize) -> usize, TestError> {
    work(works)?;
    Ok(|one, other| one("four") + other("four"))
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn of_formatter(works: bool) -> Result<impl Fn(&mut fmt::Formatter) -> fmt::Result, TestError> {
    work(works)?;
    Ok(|f| f.write_str("four"))
}

impl<T: Clone> Shop<T> {
    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    fn of_own_type(&self) -> Result<impl Fn(Vec<&T>) -> Option<T> + use<T>, TestError> {
        Ok(|list| list.first().map(|first| (*first).clone()))
    }
}

/// Names a boxed type, from which the closure gets its types, at the end and at an early return.
#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn boxed(works: bool, least: usize) -> Result<Box<dyn Fn(&str) -> usize>, TestError> {
    work(works)?;
    if least == 0 {
        return Ok(Box::new(|text| text.len()));
    }
    Ok(Box::new(move |text| text.len().max(least)))
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn pointer(works: bool) -> Result<fn(&str) -> usize, TestError> {
    work(works)?;
    Ok(|text| text.len())
}

#[circuit_breaker(failure_threshold = 1, failure_if = |length: &_| is_zero(length), fallback = panic!("open"), fallback_on = "rejection")]
fn without_result(most: usize) -> impl Fn(&str) -> usize {
    move |text: &str| text.len().min(most)
}

fn is_zero(length: impl Fn(&str) -> usize) -> bool {
    length("four") == 0
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn parsed<'t>(works: bool, text: &'t str) -> Result<impl Iterator<Item = u32> + use<'t>, TestError> {
    work(works)?;
    Ok(text.split(' ').filter_map(|word| word.parse().ok()))
}

fn measured(function: Result<impl FnOnce(&str) -> usize, TestError>) -> Ended {
    Ended::from(function.map(|function| assert_eq!(function("four"), 4)))
}

#[tokio::test(start_paused = true)]
async fn closure_in_a_result_is_returned() {
    prove_async(breaker_of(unnamed), async |works| measured(unnamed(works))).await;
    prove_async(breaker_of(untyped), async |works| measured(untyped(works))).await;
    prove_async(breaker_of(untyped_later), async |works| measured(untyped_later(works).await)).await;
    prove_async(breaker_of(unnamed_later), async |works| measured(unnamed_later(works).await)).await;
    for least in [0, 4] {
        prove_async(breaker_of(boxed), async |works| measured(boxed(works, least))).await;
    }
    prove_async(breaker_of(pointer), async |works| measured(pointer(works))).await;
}

#[test]
fn iterator_in_a_result_has_its_items_from_the_signature() {
    prove(breaker_of(parsed), |works| {
        parsed(works, "1 x 2").map(|numbers| assert_eq!(numbers.sum::<u32>(), 3))
    });
}

#[test]
fn closure_without_types_has_them_from_the_bound_of_the_return_type() {
    let _fresh = testing::isolate();
    assert_eq!(untyped_alone(3)("four"), 3);
    assert!(Shop(7).same().unwrap()(&7, 8));
    let texts = ["first".to_owned(), "second".to_owned()];
    assert_eq!(*Shop(0).pick(&texts).unwrap()(&mut vec![1, 2, 3], "second"), 2);
    assert!(Shop(0).pick(&[]).is_err());
}

#[tokio::test]
async fn closure_without_types_has_lifetimes_inside_of_types_from_the_bound() {
    let _fresh = testing::isolate();
    assert_eq!(of_option(true).unwrap()(Some("four")), 4);
    assert_eq!(of_cow(true).await.unwrap()(Cow::Borrowed("four")), 4);
    assert_eq!(of_parts(true).unwrap()(("four", 1), &["four"], ["one"]), Some("four"));
    assert_eq!(of_functions(true).unwrap()(str::len, &|text| text.len()), 8);
    let shown = of_formatter(true).unwrap();
    assert_eq!(fmt::from_fn(shown).to_string(), "four");
    assert_eq!(Shop(7).of_own_type().unwrap()(vec![&8]), Some(8));
}

#[test]
fn closure_as_output_is_judged() {
    let _fresh = testing::isolate();
    assert_eq!(without_result(9)("four"), 4);
    assert_eq!(without_result(0)("four"), 0);
    assert!(std::panic::catch_unwind(|| without_result(9)("four")).is_err(), "the fallback");
}
