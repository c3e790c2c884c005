//! Arguments that the body takes by value, and that a fallback or the next attempt still has: those that
//! are `Copy`, those that are borrowed again, and those that only have the same name.

use breaker_runtime::{breaker_of, circuit_breaker};
use breaker_tests::{TestError, prove, work};

#[derive(Clone, Copy)]
struct Id(u32);

type Log<'l> = &'l mut Vec<u32>;

fn note(log: Log<'_>, id: Id) {
    log.push(id.0);
}

fn noted(works: bool, id: Id, log: Log<'_>, _name: String) -> Result<(), TestError> {
    note(log, id);
    work(works)
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = noted, fallback_on = "failure")]
fn with_fallback(works: bool, id: Id, log: Log<'_>, name: String) -> Result<(), TestError> {
    note(log, id);
    let length = |name: &str| name.len();
    assert_eq!(length(&name), 3);
    work(works)
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", retry(attempts = 2, if = |_| false))]
fn with_retry<T: Copy + Into<u64>>(
    works: bool,
    id: T,
    log: Log<'_>,
    name: String,
) -> Result<(), TestError> {
    fn take(name: String) -> usize {
        name.len()
    }
    note(log, Id(u32::try_from(Into::<u64>::into(id)).unwrap_or_default()));
    {
        let name = name.clone();
        assert_eq!(take(name), 3);
    }
    work(works)
}

#[test]
fn argument_that_is_left_after_the_body_needs_no_clone() {
    let mut log = Vec::new();
    prove(breaker_of(with_fallback), |works| with_fallback(works, Id(1), &mut log, "abc".to_owned()));
    assert_eq!(log, [1; 7], "five runs and two fallbacks");
    log.clear();
    prove(breaker_of(with_retry::<u8>), |works| with_retry(works, 2_u8, &mut log, "abc".to_owned()));
    assert_eq!(log, [2; 5]);
}
