//! References in arguments and results, and `impl Trait` that borrows.

use std::fmt::Display;
use std::ops::Range;

use breaker_runtime::{breaker_of, circuit_breaker};
use breaker_tests::{Ended, TestError, prove, work};

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn longest<'a>(works: bool, left: &'a str, right: &'a str) -> Result<&'a str, TestError> {
    work(works)?;
    if left.len() > right.len() {
        return Ok(left);
    }
    Ok(right)
}

#[circuit_breaker(
    failure_threshold = 2,
    timeout = "1s",
    failure_if = |text| text.is_empty(),
    fallback = "rejected",
    fallback_on = "rejection"
)]
fn trimmed(text: &str) -> &str {
    text.trim()
}

#[test]
fn shared_reference_is_returned() {
    let left = String::from("left");
    prove(breaker_of(longest), |works| {
        longest(works, &left, "the right").inspect(|text| assert_eq!(*text, "the right"))
    });
    prove(breaker_of(trimmed), |works| match trimmed(if works { " text " } else { "  " }) {
        "" => Ended::Failed,
        "rejected" => Ended::Rejected,
        text => {
            assert_eq!(text, "text");
            Ended::Worked
        }
    });
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn first_mut(works: bool, items: &mut Vec<u32>) -> Result<&mut u32, TestError> {
    work(works)?;
    if items.is_empty() {
        items.push(0);
    }
    items.first_mut().ok_or(TestError::Down)
}

#[test]
fn exclusive_reference_becomes_an_exclusive_one() {
    let mut items = Vec::new();
    prove(breaker_of(first_mut), |works| {
        Ended::from(first_mut(works, &mut items).map(|item| *item += 1))
    });
    assert_eq!(items, [3]);
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn pushed(works: bool, items: &mut Vec<u32>) -> Result<&u32, TestError> {
    work(works)?;
    items.push(7);
    Ok(&items[0])
}

#[test]
fn exclusive_reference_becomes_a_shared_one() {
    let mut items = Vec::new();
    prove(breaker_of(pushed), |works| {
        Ended::from(pushed(works, &mut items).map(|item| assert_eq!(*item, 7)))
    });
    assert_eq!(items, [7, 7, 7]);
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn larger<'a>(works: bool, left: &'a mut u32, right: &'a mut u32) -> Result<&'a mut u32, TestError> {
    work(works)?;
    Ok(if *left > *right { left } else { right })
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn both<'l, 'r>(
    works: bool,
    left: &'l mut u32,
    right: &'r mut u32,
) -> Result<(&'r mut u32, &'l mut u32), TestError> {
    work(works)?;
    std::mem::swap(left, right);
    Ok((right, left))
}

#[test]
fn two_exclusive_references_are_returned() {
    let (mut left, mut right) = (1, 2);
    prove(breaker_of(larger), |works| {
        Ended::from(larger(works, &mut left, &mut right).map(|larger| *larger += 10))
    });
    assert_eq!((left, right), (1, 32));
    prove(breaker_of(both), |works| Ended::from(both(works, &mut left, &mut right)));
    assert_eq!((left, right), (32, 1));
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn evens(works: bool, items: &mut [u32]) -> Result<impl Iterator<Item = &mut u32>, TestError> {
    work(works)?;
    Ok(items.iter_mut().filter(|item| **item % 2 == 0))
}

#[test]
fn exclusive_iterator_is_returned() {
    let mut items = [1, 2, 3, 4];
    prove(breaker_of(evens), |works| {
        Ended::from(evens(works, &mut items).map(|evens| evens.for_each(|item| *item += 2)))
    });
    assert_eq!(items, [1, 8, 3, 10]);
}

#[circuit_breaker(
    failure_threshold = 2,
    timeout = "1s",
    failure_if = |range: &Range<u32>| range.is_empty(),
    fallback = 100..101,
    fallback_on = "rejection"
)]
fn counting(length: u32) -> impl Iterator<Item = u32> + Clone {
    0..length
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn shown(works: bool, number: u32) -> Result<impl Display + use<>, TestError> {
    work(works)?;
    Ok(number)
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn shown_and_called(works: bool, number: u32) -> Result<(impl Display, impl Fn(u32) -> u32), TestError> {
    work(works)?;
    Ok((number, move |term| number + term))
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn words<'t>(
    works: bool,
    text: &'t str,
    least: &usize,
) -> Result<impl Iterator<Item = &'t str> + use<'t>, TestError> {
    work(works)?;
    let least = *least;
    Ok(text.split(' ').filter(move |word| word.len() >= least))
}

#[circuit_breaker(
    failure_threshold = 2,
    timeout = "1s",
    failure_if = Option::is_none,
    fallback = None,
    fallback_on = "rejection"
)]
fn maybe_words(works: bool, text: &str) -> Option<impl Iterator<Item = &str> + '_> {
    works.then(|| text.split(' '))
}

#[test]
fn impl_trait_is_returned_as_it_is() {
    prove(breaker_of(counting), |works| match counting(if works { 3 } else { 0 }).last() {
        None => Ended::Failed,
        Some(100) => Ended::Rejected,
        Some(last) => {
            assert_eq!(last, 2);
            Ended::Worked
        }
    });
}

#[test]
fn impl_trait_is_returned_inside_a_result_and_a_tuple() {
    prove(breaker_of(shown), |works| {
        shown(works, 7).inspect(|number| assert_eq!(number.to_string(), "7"))
    });
    prove(breaker_of(shown_and_called), |works| {
        shown_and_called(works, 7)
            .inspect(|(number, add)| assert_eq!((number.to_string(), add(1)), ("7".to_owned(), 8)))
    });
}

#[test]
fn impl_trait_that_borrows_is_returned() {
    let text = String::from("a long word");
    prove(breaker_of(words), |works| {
        Ended::from(
            words(works, &text, &2).map(|words| assert_eq!(words.collect::<Vec<_>>(), ["long", "word"])),
        )
    });
    let mut open = false;
    prove(breaker_of(maybe_words), |works| {
        let some = maybe_words(works, &text).map(Iterator::count);
        open |= some.is_none() && works;
        match some {
            Some(count) => {
                assert_eq!(count, 3);
                Ended::Worked
            }
            None if works => Ended::Rejected,
            None => Ended::Failed,
        }
    });
    assert!(open);
}
