//! `declare!`: a breaker that functions share, in one statement.

use std::time::Duration;

use breaker_runtime::{State, breaker, breaker_of, breakers, circuit_breaker, declare, testing};
use breaker_tests::{TestError, prove, work};

pub(crate) mod pool {
    use std::time::Duration;

    const LIMIT: u32 = 2;
    const PERIOD: Duration = Duration::from_secs(1);

    breaker_runtime::declare! {
        /// The breaker of all functions that query the database.
        pub(crate) static DB: failure_threshold = LIMIT, timeout = PERIOD;

        #[allow(dead_code)]
        static PRIVATE;

        #[cfg(any())]
        static LEFT_OUT: failure_threshold = NO_SUCH_CONSTANT;

        #[cfg_attr(all(), deprecated = "use `DB`")]
        pub(in crate::declared) static OLD: failure_threshold = 1;

        pub(super) static SEARCH: name = "declared search", failure_rate = 0.5, window = "10s", min_calls = 4,
            slow_call = "2s", max_concurrent = 8, max_wait = "50ms", throttle(k = 1.5)
    }
}

#[circuit_breaker(breaker = pool::DB)]
fn read(works: bool) -> Result<(), TestError> {
    work(works)
}

#[circuit_breaker(breaker = crate::declared::pool::DB, fallback = |_| Ok(()), fallback_on = "rejection")]
fn write(works: bool) -> Result<(), TestError> {
    work(works)
}

#[circuit_breaker(breaker = pool::DB)]
async fn count(works: bool) -> Result<(), TestError> {
    work(works)
}

fn path(name: &str) -> String {
    format!("{}::{name}", module_path!())
}

#[test]
fn declared_breaker_is_shared_by_the_functions_that_name_it() {
    prove(&pool::DB, read);
    prove(breaker_of(read), read);
    assert!(std::ptr::eq(breaker_of(write), &raw const pool::DB));
    let _fresh = testing::isolate();
    assert!(read(false).is_err() && read(false).is_err());
    assert_eq!(pool::DB.state(), State::Open);
    assert_eq!(write(false), Ok(()), "rejected, with a fallback");
    assert!(futures::executor::block_on(count(true)).is_err());
}

#[test]
fn declared_breaker_has_its_options_and_its_path_as_its_name() {
    assert_eq!(pool::DB.name(), path("pool::DB"));
    assert_eq!(pool::DB.config().failure_threshold(), Some(2));
    assert_eq!(pool::DB.config().timeout(), Duration::from_secs(1));
    assert_eq!(pool::SEARCH.name(), "declared search");
    let config = pool::SEARCH.config();
    assert_eq!((config.failure_rate(), config.min_calls()), (Some(0.5), 4));
    assert_eq!((config.max_concurrent(), config.max_wait()), (Some(8), Some(Duration::from_millis(50))));
    assert_eq!(config.throttle().map(|throttle| throttle.k()), Some(1.5));
}

#[test]
fn declared_breaker_is_listed_once_from_the_start() {
    for name in [path("pool::DB"), path("pool::PRIVATE"), "declared search".to_owned()] {
        assert_eq!(breakers().filter(|breaker| breaker.name() == name).count(), 1, "{name}");
        assert_eq!(breaker(&name).expect("found").name(), name);
    }
}

#[test]
#[expect(deprecated, reason = "the attribute applies to the `static`")]
fn attributes_and_visibility_of_a_declaration_apply_to_its_static() {
    assert_eq!(pool::OLD.config().failure_threshold(), Some(1));
    assert!(breaker(&path("pool::OLD")).is_some());
    assert!(breaker(&path("pool::LEFT_OUT")).is_none(), "its condition does not hold");
}

#[test]
fn breaker_can_be_declared_inside_a_function() {
    declare! { static LOCAL: failure_threshold = 1; }
    assert_eq!(LOCAL.name(), path("breaker_can_be_declared_inside_a_function::LOCAL"));
    LOCAL.call(|| Err::<(), _>("down")).unwrap_err();
    assert_eq!(LOCAL.state(), State::Open);
}

/// A macro of the user that declares two breakers.
macro_rules! declare_two {
    ($($name:ident = $threshold:expr),*) => {
        declare! { $(static $name: failure_threshold = $threshold;)* }
    };
}

declare_two!(FIRST = 3, SECOND = 1 + 3);

#[test]
fn declarations_may_come_through_a_macro() {
    assert_eq!(FIRST.config().failure_threshold(), Some(3));
    assert_eq!(SECOND.config().failure_threshold(), Some(4));
    assert_eq!(SECOND.name(), path("SECOND"));
}
