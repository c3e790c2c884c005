//! Generic functions: one breaker for all their instances.

use std::collections::HashMap;
use std::fmt::{Debug, Display};
use std::hash::{BuildHasher, Hash};

use breaker_runtime::{State, breaker_of, circuit_breaker, testing};
use breaker_tests::{TestError, prove, work};

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn shown(works: bool, value: impl Display) -> Result<String, TestError> {
    work(works)?;
    Ok(value.to_string())
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn called(
    works: bool,
    value: &dyn Display,
    call: Box<dyn FnOnce(String) -> usize + '_>,
) -> Result<usize, TestError> {
    work(works)?;
    Ok(call(value.to_string()))
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn iterated<'i>(
    works: bool,
    items: impl IntoIterator<Item = &'i u32>,
    each: &mut impl FnMut(u32),
) -> Result<(), TestError> {
    work(works)?;
    items.into_iter().copied().for_each(each);
    Ok(())
}

#[test]
fn impl_trait_and_trait_objects_are_passed() {
    let breaker = find("shown");
    prove(&breaker, |works| shown(works, 7).inspect(|text| assert_eq!(text, "7")));
    let length = 1;
    prove(breaker_of(called), |works| called(works, &"seven", Box::new(|text| text.len() + length)));
    let mut sum = 0;
    let breaker = find("iterated");
    prove(&breaker, |works| iterated(works, &[1, 2], &mut |item| sum += item));
    assert_eq!(sum, 9);
}

/// Finds the breaker by name, because a function with `impl Trait` arguments has a type that cannot be
/// named.
fn find(function: &str) -> breaker_runtime::CircuitBreaker {
    let name = format!("{}::{function}", module_path!());
    breaker_runtime::breaker(&name).expect("its default name")
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn looked_up<'m, K, V, S>(map: &'m HashMap<K, V, S>, key: &K) -> Result<&'m V, TestError>
where
    K: Eq + Hash + Debug,
    S: BuildHasher,
{
    map.get(key).ok_or_else(|| TestError::Other(format!("{key:?}")))
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn defaulted<T: Default + Send + 'static>(works: bool) -> Result<T, TestError> {
    work(works)?;
    let value: T = Default::default();
    Ok(value)
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn with_any_error<T, E: From<TestError> + From<breaker_runtime::BreakerError>>(
    works: bool,
    value: T,
) -> Result<T, E> {
    work(works)?;
    Ok(value)
}

#[test]
fn type_parameters_and_where_clauses_are_accepted() {
    let map = HashMap::from([("a", 1)]);
    prove(breaker_of(looked_up::<&str, u32, std::hash::RandomState>), |works| {
        looked_up(&map, &if works { "a" } else { "b" })
    });
    prove(breaker_of(defaulted::<u8>), defaulted::<String>);
    prove(breaker_of(with_any_error::<u8, TestError>), |works| {
        with_any_error::<_, TestError>(works, "text")
    });
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn filled<const N: usize, T: Copy>(works: bool, value: T) -> Result<[T; N], TestError> {
    work(works)?;
    Ok([value; N])
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn flagged<const FLAG: bool, const LETTER: char>(works: bool) -> Result<String, TestError> {
    work(works)?;
    Ok(format!("{LETTER}{FLAG}"))
}

#[test]
fn const_parameters_are_accepted() {
    prove(breaker_of(filled::<3, u8>), |works| {
        filled(works, 7).inspect(|items: &[u16; 2]| assert_eq!(items, &[7, 7]))
    });
    prove(breaker_of(flagged::<true, '>'>), |works| {
        flagged::<false, 'x'>(works).inspect(|text| assert_eq!(text, "xfalse"))
    });
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn selected<F>(works: bool, text: &str, select: F) -> Result<&str, TestError>
where
    F: for<'t> Fn(&'t str) -> &'t str,
{
    work(works)?;
    Ok(select(text))
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn compared<T>(
    works: bool,
    items: &[T],
    compare: for<'l, 'r> fn(&'l T, &'r T) -> bool,
) -> Result<bool, TestError>
where
    for<'t> &'t T: IntoIterator,
{
    work(works)?;
    Ok(items.iter().all(|item| compare(item, &items[0]) && item.into_iter().next().is_some()))
}

#[test]
fn higher_ranked_bounds_are_accepted() {
    prove(breaker_of(selected::<fn(&str) -> &str>), |works| {
        selected(works, " text ", str::trim).inspect(|text| assert_eq!(*text, "text"))
    });
    prove(breaker_of(compared::<Vec<u8>>), |works| {
        compared(works, &[vec![1], vec![1]], |left, right| left == right).inspect(|same| assert!(same))
    });
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn descend<T: Debug>(works: bool, depth: usize, value: T) -> Result<String, TestError> {
    if depth == 0 {
        return work(works).map(|()| format!("{value:?}"));
    }
    descend::<Box<dyn Debug>>(works, depth - 1, Box::new(depth))
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn factorial(number: u64) -> Result<u64, TestError> {
    match number {
        0 => Ok(1),
        1..=10 => Ok(number * factorial(number - 1)?),
        _ => Err(TestError::Down),
    }
}

/// Proves that each level of a recursion is a call.
fn prove_recursion<T: PartialEq + Debug>(
    breaker: &breaker_runtime::CircuitBreaker,
    three_levels: impl Fn(bool) -> Result<T, TestError>,
    answer: &T,
) {
    let _fresh = testing::isolate();
    assert_eq!(three_levels(true).as_ref(), Ok(answer));
    assert_eq!(breaker.snapshot().totals.success, 3);
    assert!(matches!(three_levels(false), Err(TestError::Down)));
    assert_eq!(breaker.state(), State::Open);
    assert!(matches!(three_levels(true), Err(TestError::Rejected(_))));
    breaker.reset();
    assert_eq!(three_levels(true).as_ref(), Ok(answer));
    assert_eq!(breaker.snapshot().in_flight, 0);
}

#[test]
fn recursion_counts_each_level() {
    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    fn descend(works: bool, depth: u32) -> Result<u32, TestError> {
        if depth == 0 {
            return work(works).map(|()| 0);
        }
        Ok(descend(works, depth - 1)? + 1)
    }
    prove_recursion(breaker_of(descend), |works| descend(works, 2), &2);
    prove(breaker_of(factorial), |works| factorial(if works { 0 } else { 11 }));
}

#[test]
fn recursion_through_other_instances_counts_each_level() {
    let answer = "1".to_owned();
    prove_recursion(breaker_of(descend::<u8>), |works| descend(works, 2, "text"), &answer);
}

#[test]
fn one_breaker_serves_all_instances() {
    let _fresh = testing::isolate();
    let breaker = breaker_of(defaulted::<u8>);
    assert!(std::ptr::eq(breaker, breaker_of(defaulted::<Vec<String>>)));
    defaulted::<u8>(false).unwrap_err();
    defaulted::<Vec<u8>>(false).unwrap_err();
    assert_eq!(breaker.state(), State::Open);
    assert!(matches!(defaulted::<String>(true), Err(TestError::Rejected(_))));
    let name = breaker.name();
    assert_eq!(name, concat!(module_path!(), "::defaulted"));
    assert_eq!(
        breaker_runtime::breakers().filter(|breaker| breaker.name().starts_with(name)).count(),
        1
    );
}
