//! Which breaker a function has, and how to find it.

use std::sync::LazyLock;

use breaker_runtime::{CircuitBreaker, State, breaker, breaker_of, circuit_breaker, testing};
use breaker_tests::{TestError, work};

#[test]
fn name_is_that_of_the_breaker() {
    #[circuit_breaker(name = "options: payments", failure_threshold = 1)]
    fn with(works: bool) -> Result<(), TestError> {
        work(works)
    }

    #[circuit_breaker(failure_threshold = 1)]
    fn without(works: bool) -> Result<(), TestError> {
        work(works)
    }

    let _fresh = testing::isolate();
    let path = concat!(module_path!(), "::name_is_that_of_the_breaker::without");
    for (call, expected) in [(with as fn(bool) -> _, "options: payments"), (without, path)] {
        assert_eq!(call(false), Err(TestError::Down));
        let rejected = call(true).expect_err("open");
        let TestError::Rejected(error) = rejected else { panic!("{rejected:?}") };
        assert_eq!(error.breaker(), expected);
        assert_eq!(breaker(expected).expect("listed").state(), State::Open);
    }
    assert_eq!((breaker_of(with).name(), breaker_of(without).name()), ("options: payments", path));
}

/// A function with the name of the accessor, which the glob import brings in if there is no accessor.
mod elsewhere {
    pub(super) fn fetch_breaker() -> &'static str {
        "another"
    }
}

mod with {
    #[allow(unused_imports, reason = "what it brings in is hidden by the accessor")]
    use super::elsewhere::*;
    use super::{TestError, circuit_breaker, work};

    #[circuit_breaker(accessor = fetch_breaker)]
    pub(super) fn fetch(works: bool) -> Result<(), TestError> {
        work(works)
    }

    pub(super) fn found() -> String {
        format!("{:?}", fetch_breaker())
    }
}

mod without {
    use super::elsewhere::*;
    use super::{TestError, circuit_breaker, work};

    #[circuit_breaker()]
    pub(super) fn fetch(works: bool) -> Result<(), TestError> {
        work(works)
    }

    pub(super) fn found() -> String {
        format!("{:?}", fetch_breaker())
    }
}

#[test]
fn accessor_returns_the_breaker() {
    let _fresh = testing::isolate();
    assert_eq!((with::fetch(true), without::fetch(true)), (Ok(()), Ok(())));
    assert_eq!(with::found(), format!("{:?}", breaker_of(with::fetch)));
    assert_eq!(without::found(), "\"another\"");
}

static DB: LazyLock<CircuitBreaker> = LazyLock::new(|| {
    CircuitBreaker::builder("options: db").failure_threshold(1).build().expect("in range")
});

/// A failure of one function rejects the calls of another.
#[test]
fn breaker_of_the_user_is_shared() {
    #[circuit_breaker(breaker = DB)]
    fn with(works: bool) -> Result<(), TestError> {
        work(works)
    }

    #[circuit_breaker(failure_threshold = 1)]
    fn without(works: bool) -> Result<(), TestError> {
        work(works)
    }

    #[circuit_breaker(breaker = DB)]
    fn neighbour(works: bool) -> Result<(), TestError> {
        work(works)
    }

    let _fresh = testing::isolate();
    assert_eq!(neighbour(false), Err(TestError::Down));
    assert!(matches!(with(true), Err(TestError::Rejected(error)) if error.breaker() == "options: db"));
    assert_eq!(without(true), Ok(()));
    assert_eq!((breaker_of(with).name(), breaker_of(with).state()), ("options: db", State::Open));
}
