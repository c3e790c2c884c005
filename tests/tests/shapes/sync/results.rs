//! The results of a body, and the ways to return them.

use std::cell::Cell;
use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use breaker_runtime::{BreakerError, breaker_of, circuit_breaker};
use breaker_tests::{Ended, TestError, prove, work};

fn ended<T>(result: Result<T, Box<dyn Error>>) -> Ended {
    match result {
        Ok(_) => Ended::Worked,
        Err(error) if error.is::<BreakerError>() => Ended::Rejected,
        Err(_) => Ended::Failed,
    }
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn plain(works: bool) -> Result<(), TestError> {
    work(works)
}

#[test]
fn plain_function_is_protected() {
    prove(breaker_of(plain), plain);
}

thread_local! {
    static REJECTIONS: Cell<u32> = const { Cell::new(0) };
    static STALE: Cell<bool> = const { Cell::new(false) };
}

fn count_rejection() {
    REJECTIONS.set(REJECTIONS.get() + 1);
}

#[circuit_breaker(
    failure_threshold = 2,
    timeout = "1s",
    failure_if = |()| STALE.get(),
    fallback = count_rejection(),
    fallback_on = "rejection"
)]
fn refresh(works: bool) {
    STALE.set(!works);
}

#[circuit_breaker(
    failure_threshold = 2,
    timeout = "1s",
    failure_if = |()| false,
    fallback = count_rejection()
)]
fn refresh_or_panic(works: bool) -> () {
    assert!(works, "down");
}

#[test]
fn function_without_a_return_type_is_protected() {
    prove(breaker_of(refresh), |works| {
        let before = REJECTIONS.get();
        refresh(works);
        match (REJECTIONS.get() - before, STALE.get()) {
            (1, _) => Ended::Rejected,
            (_, true) => Ended::Failed,
            _ => Ended::Worked,
        }
    });
}

#[test]
fn function_that_returns_unit_fails_by_panic() {
    prove(breaker_of(refresh_or_panic), |works| {
        let before = REJECTIONS.get();
        let result = catch_unwind(|| refresh_or_panic(works));
        match (result, REJECTIONS.get() - before) {
            (Ok(()), 0) => Ended::Worked,
            (Ok(()), _) => Ended::Rejected,
            (Err(_), _) => Ended::Failed,
        }
    });
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn question_mark(text: &str) -> Result<u32, TestError> {
    let first: u32 = text.parse()?;
    let second = text.parse::<u32>()?;
    Ok(first + second)
}

#[test]
fn question_mark_converts_with_from() {
    prove(breaker_of(question_mark), |works| question_mark(if works { "1" } else { "one" }));
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn into_a_box(text: &str) -> Result<u32, Box<dyn Error>> {
    let number: u32 = text.parse()?;
    if number == 0 {
        return Err("zero".into());
    }
    work(number != 1)?;
    Ok(number)
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn into_a_send_box(text: &str) -> Result<u32, Box<dyn Error + Send + Sync + 'static>> {
    Ok(text.parse()?)
}

#[test]
fn question_mark_converts_into_a_boxed_error() {
    for failing in ["one", "0", "1"] {
        prove(breaker_of(into_a_box), |works| ended(into_a_box(if works { "7" } else { failing })));
    }
    prove(breaker_of(into_a_send_box), |works| {
        ended(
            into_a_send_box(if works { "7" } else { "seven" })
                .map_err(|error| -> Box<dyn Error> { error }),
        )
    });
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn into_a_box_that_borrows<'t>(text: &'t str) -> Result<u32, Box<dyn Error + Send + Sync + 't>> {
    text.parse().map_err(|_| Unread(text).into())
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", ignore_if = |_| false)]
fn into_a_box_of_the_argument(text: &str) -> Result<u32, Box<dyn Error + Send + Sync + '_>> {
    text.parse().map_err(|_| Unread(text).into())
}

#[derive(Debug)]
struct Unread<'t>(&'t str);

impl fmt::Display for Unread<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is no number", self.0)
    }
}

impl Error for Unread<'_> {}

#[test]
fn boxed_error_may_borrow_and_is_recorded_by_its_name() {
    let text = String::from("seven");
    for _ in 0..2 {
        assert!(into_a_box_that_borrows(&text).is_err() && into_a_box_of_the_argument(&text).is_err());
    }
    for breaker in [breaker_of(into_a_box_that_borrows), breaker_of(into_a_box_of_the_argument)] {
        let report = breaker.last_trip().expect("two failures open it");
        let cause = report.calls[0].cause.expect("the name of the type");
        assert!(cause.contains("Box<dyn") && !cause.contains("seven"), "{cause}");
    }
}

type Add = Box<dyn Fn(u32) -> u32>;

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn adder(works: bool, term: u32) -> Result<Box<dyn Fn(u32) -> u32>, TestError> {
    work(works)?;
    if term == 0 {
        return Ok(Box::new(|number| number));
    }
    Ok(Box::new(move |number| number + term))
}

#[circuit_breaker(
    failure_threshold = 2,
    timeout = "1s",
    failure_if = |add| add(0) == u32::MAX,
    fallback = Box::new(|_| 500),
    fallback_on = "rejection"
)]
fn bare_adder(works: bool, term: u32) -> Box<dyn Fn(u32) -> u32> {
    if !works {
        return Box::new(|_| u32::MAX);
    }
    if term == 0 {
        return Box::new(|number| number);
    }
    Box::new(move |number| number + term)
}

#[test]
fn closure_coerces_to_a_trait_object_at_the_tail_and_at_an_early_return() {
    for term in [0, 5] {
        prove(breaker_of(adder), |works| {
            adder(works, term).inspect(|add: &Add| assert_eq!(add(1), 1 + term))
        });
        prove(breaker_of(bare_adder), |works| match bare_adder(works, term)(0) {
            u32::MAX => Ended::Failed,
            500 => Ended::Rejected,
            sum => {
                assert_eq!(sum, term);
                Ended::Worked
            }
        });
    }
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn first_even(numbers: &[u32]) -> Result<u32, TestError> {
    for number in numbers {
        if number % 2 == 0 {
            return Ok(*number);
        }
        for _ in 100..*number {
            if number % 2 != 0 {
                return Err(TestError::Other(number.to_string()));
            }
        }
    }
    Err(TestError::Down)
}

#[test]
fn early_return_in_a_loop_is_protected() {
    for failing in [&[1_u32, 3][..], &[1, 101, 2]] {
        prove(breaker_of(first_even), |works| first_even(if works { &[1, 4, 5] } else { failing }));
    }
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn collected(text: &str) -> Result<Vec<u32>, TestError> {
    text.split(',').map(|part| part.parse().map_err(TestError::from)).collect()
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn parsed_and_converted(text: &str) -> Result<(u8, Box<str>), TestError> {
    let number = text.parse()?;
    if number == 0 {
        Err("0".parse::<u8>().map_or_else(Into::into, |_| TestError::Down))
    } else {
        Ok((number, text.into()))
    }
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn summed(works: bool) -> Result<u64, TestError> {
    let mut sum = Default::default();
    work(works)?;
    for number in [1_u8, 2] {
        sum += u64::from(number);
    }
    Ok(sum)
}

#[test]
fn return_type_drives_inference() {
    prove(breaker_of(collected), |works| {
        collected(if works { "1,2" } else { "1,two" }).inspect(|numbers| assert_eq!(numbers, &[1, 2]))
    });
    for failing in ["0", "1000"] {
        prove(breaker_of(parsed_and_converted), |works| {
            parsed_and_converted(if works { "7" } else { failing })
                .inspect(|(number, text)| assert_eq!((*number, &**text), (7, "7")))
        });
    }
    prove(breaker_of(summed), |works| summed(works).inspect(|sum| assert_eq!(*sum, 3)));
}

#[test]
fn rejected_call_does_not_run_the_body() {
    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    fn counted(runs: &Cell<u32>, works: bool) -> Result<(), TestError> {
        runs.set(runs.get() + 1);
        work(works)
    }
    let runs = Cell::new(0);
    prove(breaker_of(counted), AssertUnwindSafe(|works| counted(&runs, works)).0);
    assert_eq!(runs.get(), 5);
}
