//! The ways to bind arguments.

use std::cell::RefCell;
use std::rc::Rc;

use breaker_runtime::{breaker_of, circuit_breaker};
use breaker_tests::{Ended, TestError, prove, work};

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn mutated(works: bool, mut number: u32, mut list: Vec<u32>) -> Result<Vec<u32>, TestError> {
    number += 1;
    list.push(number);
    work(works)?;
    Ok(list)
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = |cause| Err(keep(cause)))]
fn mutated_with_fallback(works: bool, mut list: Vec<u32>) -> Result<Vec<u32>, TestError> {
    list.push(8);
    work(works)?;
    Ok(list)
}

fn keep(cause: breaker_runtime::CallError<TestError>) -> TestError {
    match cause {
        breaker_runtime::CallError::Breaker(rejection) => rejection.into(),
        breaker_runtime::CallError::Inner(error) => error,
    }
}

#[test]
fn mut_arguments_are_passed() {
    prove(breaker_of(mutated), |works| mutated(works, 7, vec![]).inspect(|list| assert_eq!(list, &[8])));
    prove(breaker_of(mutated_with_fallback), |works| {
        mutated_with_fallback(works, vec![]).inspect(|list| assert_eq!(list, &[8]))
    });
}

struct Point {
    x: u32,
    y: u32,
    label: String,
}

struct Wrapped(u32);

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
#[allow(clippy::too_many_arguments, clippy::toplevel_ref_arg)]
fn taken_apart(
    (works, mut sum): (bool, u32),
    Point { x, y: mut height, .. }: Point,
    Wrapped(inner): Wrapped,
    &copied: &u32,
    [first, .., last]: [u32; 3],
    ref text: String,
    ref mut list: Vec<u32>,
    whole @ (part, _): (u32, u32),
    _: &str,
    _unused: u32,
    (): (),
) -> Result<u32, TestError> {
    work(works)?;
    height += 1;
    list.push(u32::try_from(text.len()).expect("short"));
    sum += x + height + inner + copied + first + last + list[0] + whole.1 + part;
    Ok(sum)
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = in_parts_failed)]
#[allow(clippy::toplevel_ref_arg, clippy::ref_binding_to_reference)]
fn in_parts(
    (works, _): (bool, &str),
    &Point { x, ref label, .. }: &Point,
    [mut first, _]: [u32; 2],
    ref text: &str,
    _: u32,
) -> Result<u32, TestError> {
    work(works)?;
    first += 1;
    assert_eq!(label, text);
    Ok(first + x)
}

fn in_parts_failed(
    (works, text): (bool, &str),
    point: &Point,
    pair: [u32; 2],
    label: &str,
    wild: u32,
) -> Result<u32, TestError> {
    assert_eq!((text, point.label.as_str(), pair, label, wild), ("tuple", "here", [1, 2], "here", 9));
    Err(if works { rejection() } else { TestError::Down })
}

fn rejection() -> TestError {
    TestError::Rejected(breaker_of(in_parts).try_acquire().expect_err("the breaker is open"))
}

fn point() -> Point {
    Point { x: 1, y: 2, label: "here".to_owned() }
}

#[test]
fn patterns_are_bound() {
    prove(breaker_of(taken_apart), |works| {
        let sum = taken_apart(
            (works, 1),
            point(),
            Wrapped(4),
            &5,
            [6, 0, 7],
            "text".to_owned(),
            vec![8],
            (9, 10),
            "unused",
            0,
            (),
        );
        sum.inspect(|sum| assert_eq!(*sum, 1 + 1 + 3 + 4 + 5 + 6 + 7 + 8 + 10 + 9))
    });
}

#[test]
fn patterns_reach_the_fallback_as_whole_arguments() {
    let _fresh = breaker_runtime::testing::isolate();
    let call = |works| in_parts((works, "tuple"), &point(), [1, 2], "here", 9);
    assert_eq!(call(true), Ok(3));
    assert_eq!(call(false), Err(TestError::Down));
    assert_eq!(call(false), Err(TestError::Down));
    assert!(matches!(call(true), Err(TestError::Rejected(_))));
    assert_eq!(breaker_of(in_parts).snapshot().totals.fallback, 3);
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", clone(r#match), fallback = |_| Err(TestError::Other(r#match)))]
fn r#try(r#type: bool, mut r#loop: u32, r#match: String) -> Result<String, TestError> {
    work(r#type)?;
    r#loop += 1;
    Ok(r#match + &r#loop.to_string())
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", accessor = r#fn)]
fn r#move(r#type: bool, (r#in, r#as): (u32, u32)) -> Result<u32, TestError> {
    work(r#type)?;
    Ok(r#in + r#as)
}

#[test]
fn raw_identifiers_are_accepted() {
    let mut calls = 0;
    prove(breaker_of(r#try), |works| {
        calls += 1;
        match r#try(works, 1, "text".to_owned()) {
            Ok(text) => {
                assert_eq!(text, "text2");
                Ended::Worked
            }
            Err(error) => {
                assert_eq!(error, TestError::Other("text".to_owned()));
                if calls == 4 { Ended::Rejected } else { Ended::Failed }
            }
        }
    });
    prove(breaker_of(r#move), |works| r#move(works, (1, 2)).inspect(|sum| assert_eq!(*sum, 3)));
    assert!(std::ptr::eq(r#fn(), breaker_of(r#move)));
    assert_eq!(r#fn().name(), concat!(module_path!(), "::move"));
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn unshared(works: Rc<RefCell<bool>>, twin: &Rc<RefCell<bool>>) -> Result<*const bool, TestError> {
    assert!(Rc::ptr_eq(&works, twin));
    work(*works.borrow())?;
    Ok(works.as_ptr())
}

#[test]
fn arguments_that_are_not_send_are_passed() {
    let works = Rc::new(RefCell::new(true));
    prove(breaker_of(unshared), |now| {
        works.replace(now);
        unshared(works.clone(), &works)
    });
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn configured(
    works: bool,
    #[cfg(test)] there: u32,
    #[cfg(not(test))] absent: NoSuchType,
    #[allow(unused_variables)] unused: u32,
) -> Result<u32, TestError> {
    work(works)?;
    #[cfg(test)]
    return Ok(there);
    #[cfg(not(test))]
    Ok(absent)
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = configured_failed)]
fn configured_with_fallback(
    #[cfg(test)] works: bool,
    #[cfg(not(test))] absent: NoSuchType,
    #[cfg(not(any()))]
    #[cfg(test)]
    (first, _): (u32, u32),
    #[cfg(any())] NoSuchType(second): NoSuchType,
) -> Result<u32, TestError> {
    work(works)?;
    Ok(first)
}

fn configured_failed(works: bool, pair: (u32, u32)) -> Result<u32, TestError> {
    assert_eq!(pair, (7, 8));
    Err(if works {
        TestError::Rejected(breaker_of(configured_with_fallback).try_acquire().expect_err("open"))
    } else {
        TestError::Down
    })
}

#[test]
fn arguments_under_a_cfg_are_passed() {
    prove(breaker_of(configured), |works| configured(works, 7, 0).inspect(|it| assert_eq!(*it, 7)));
    let _fresh = breaker_runtime::testing::isolate();
    let call = |works| configured_with_fallback(works, (7, 8));
    assert_eq!(call(true), Ok(7));
    assert_eq!((call(false), call(false)), (Err(TestError::Down), Err(TestError::Down)));
    assert!(matches!(call(true), Err(TestError::Rejected(_))));
}
