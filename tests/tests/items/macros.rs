//! Functions that a user's macro writes.

use std::sync::LazyLock;

use breaker_runtime::{BreakerError, CallError, breaker_of, circuit_breaker};
use breaker_tests::{Ended, TestError, prove, work};

macro_rules! protected {
    ($(#[$attr:meta])* $vis:vis $name:ident -> $ok:ty = $body:expr) => {
        #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
        $(#[$attr])*
        $vis fn $name(works: bool) -> Result<$ok, TestError> {
            work(works)?;
            $body
        }
    };
}

protected!(pub(crate) one -> u32 = Ok(1));
protected!(
    #[must_use = "it is two"]
    two -> Vec<u32> = "2".parse().map(|two| vec![two]).map_err(Into::into)
);

#[test]
fn macro_may_write_two_functions() {
    prove(breaker_of(one), |works| one(works).inspect(|number| assert_eq!(*number, 1)));
    prove(breaker_of(two), |works| two(works).inspect(|numbers| assert_eq!(numbers, &[2])));
    assert_eq!(breaker_of(two).name(), concat!(module_path!(), "::two"));
}

#[test]
fn function_that_a_macro_writes_twice_has_two_breakers() {
    macro_rules! twice {
        ($works:expr) => {{
            #[circuit_breaker(accessor = same_breaker)]
            fn same(works: bool) -> Result<(), TestError> {
                work(works)
            }
            let _ = same($works);
            same_breaker()
        }};
    }
    let _fresh = breaker_runtime::testing::isolate();
    let breakers = [twice!(true), twice!(false)];
    let totals = breakers.map(|breaker| breaker.snapshot().totals);
    assert_eq!(totals.map(|totals| (totals.success, totals.failure)), [(1, 0), (0, 1)]);
}

macro_rules! with_options {
    (
        $name:ident, $title:literal, $threshold:expr, $timeout:expr, $failed:expr, $ignored:path,
        $fallback:expr, $on:literal, $accessor:path
    ) => {
        #[circuit_breaker(
                                                                    name = $title,
                                                                    failure_threshold = $threshold,
                                                                    timeout = $timeout,
                                                                    failure_if = $failed,
                                                                    ignore_if = $ignored,
                                                                    fallback = $fallback,
                                                                    fallback_on = $on,
                                                                    accessor = $accessor
                                                                )]
        fn $name(works: bool, _kept: &str) -> Option<u32> {
            works.then_some(7)
        }
    };
}

fn rejected(_works: bool, kept: &str) -> Option<u32> {
    kept.parse().ok()
}

fn never<T>(_: &T) -> bool {
    false
}

with_options!(
    by_path,
    "by path",
    2,
    "1s",
    Option::is_none,
    never,
    rejected,
    "rejection",
    by_path_breaker
);
with_options!(
    by_closure,
    "by closure",
    1 + 1,
    std::time::Duration::from_secs(1),
    |output| *output != Some(7),
    never,
    |rejection: BreakerError| rejection.retry_after().and(Some(0)),
    "rejection",
    by_closure_breaker
);
with_options!(
    by_value,
    "by value",
    2,
    "1s",
    |output| *output != Some(7),
    never,
    Some(0),
    "rejection",
    by_value_breaker
);

#[test]
fn options_may_come_through_a_macro() {
    for (breaker, call, name) in [
        (by_path_breaker(), by_path as fn(bool, &str) -> _, "by path"),
        (by_closure_breaker(), by_closure, "by closure"),
        (by_value_breaker(), by_value, "by value"),
    ] {
        assert_eq!(breaker.name(), name);
        prove(breaker, |works| match call(works, "0") {
            Some(7) => Ended::Worked,
            Some(_) => Ended::Rejected,
            None => Ended::Failed,
        });
    }
}

static OWN: LazyLock<breaker_runtime::CircuitBreaker> = LazyLock::new(|| {
    let builder = breaker_runtime::CircuitBreaker::builder("of a macro").failure_threshold(2);
    builder.timeout(std::time::Duration::from_secs(1)).build().expect("valid")
});

macro_rules! with_breaker {
    ($name:ident, $breaker:path, ($($pat:ident: $ty:ty),*), $output:ty, $fallback:path, $($clone:ident),*) => {
        #[circuit_breaker(breaker = $breaker, fallback = $fallback, clone($($clone),*))]
        fn $name($($pat: $ty),*) -> $output {
            panic!("{:?}", ($($pat),*))
        }
    };
}

fn always(works: bool, text: String) -> Result<String, CallError<BreakerError>> {
    if works { Ok(text) } else { Err(CallError::Breaker(OWN.try_acquire().expect_err("it is open"))) }
}

with_breaker!(on_own, OWN, (works: bool, text: String), Result<String, CallError<BreakerError>>, always, text);

#[test]
fn breaker_path_and_arguments_may_come_through_a_macro() {
    let _fresh = breaker_runtime::testing::isolate();
    OWN.trip();
    assert_eq!(on_own(true, "text".to_owned()), Ok("text".to_owned()));
    assert!(std::ptr::eq(breaker_of(on_own), &raw const *OWN));
}

macro_rules! exits {
    ($name:ident, $never:ty) => {
        #[circuit_breaker(failure_if = |_| true, fallback = panic!("rejected"))]
        fn $name() -> $never {
            panic!("ran")
        }
    };
}

exits!(exit, !);

#[test]
fn never_type_may_come_through_a_macro() {
    let _fresh = breaker_runtime::testing::isolate();
    breaker_of(exit).trip();
    let payload = std::panic::catch_unwind(|| exit()).unwrap_err();
    assert_eq!(payload.downcast_ref(), Some(&"rejected"));
}

mod library {
    pub(crate) use breaker_runtime as resilience;

    /// A macro of a library that re-exports the attribute.
    macro_rules! resilient {
        ($name:ident) => {
            #[$crate::macros::library::resilience::circuit_breaker(
                                                    crate = $crate::macros::library::resilience,
                                                    failure_threshold = 2,
                                                    timeout = "1s"
                                                )]
            fn $name(works: bool) -> Result<(), TestError> {
                work(works)
            }
        };
    }
    pub(crate) use resilient;
}

library::resilient!(through_a_library);

macro_rules! with_crate {
    ($name:ident, $krate:path) => {
        #[circuit_breaker(crate = $krate, failure_threshold = 2, timeout = "1s")]
        fn $name(works: bool) -> Result<(), TestError> {
            work(works)
        }
    };
}

with_crate!(through_a_path, self::library::resilience);

#[test]
fn macro_of_a_library_may_name_the_runtime_by_its_own_path() {
    prove(breaker_of(through_a_library), through_a_library);
    prove(breaker_of(through_a_path), through_a_path);
}
