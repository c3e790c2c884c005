//! `UnwindSafe`, `RefUnwindSafe`, `Send` and `Sync` of an annotated future: exactly those of the bare
//! one.

use std::cell::{Cell, RefCell};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::LazyLock;

use breaker_runtime::{CircuitBreaker, circuit_breaker};
use breaker_tests::TestError;

/// Evaluates to whether the type of a value has a bound: if it does, the inherent method hides that of
/// the trait.
macro_rules! has {
    ($bound:ident, $value:expr) => {{
        #[allow(dead_code, reason = "a type that has the bound does not use it")]
        trait Otherwise {
            fn has(&self) -> bool {
                false
            }
        }
        struct Type<'v, T>(#[expect(dead_code, reason = "only its type matters")] &'v T);
        impl<T> Otherwise for Type<'_, T> {}
        #[allow(dead_code, reason = "a type that lacks the bound does not use it")]
        impl<T: $bound> Type<'_, T> {
            #[allow(clippy::unused_self, reason = "it replaces a method")]
            fn has(&self) -> bool {
                true
            }
        }
        Type(&$value).has()
    }};
}

/// Uses `match`, because the values that the value borrows must live as long.
macro_rules! bounds {
    ($value:expr) => {
        match $value {
            value => [
                has!(UnwindSafe, value),
                has!(RefUnwindSafe, value),
                has!(Send, value),
                has!(Sync, value),
            ],
        }
    };
}

static DB: LazyLock<CircuitBreaker> =
    LazyLock::new(|| CircuitBreaker::builder("unwinding").build().expect("sound options"));

fn host() -> u32 {
    1
}

/// Writes a function that keeps its argument over an await, bare and with the options.
macro_rules! twins {
    ($name:ident, $argument:ty, $value:expr, $({$($options:tt)*})*) => {
        #[test]
        fn $name() {
            async fn bare(_value: $argument) -> Result<u32, TestError> {
                std::future::ready(()).await;
                Ok(7)
            }
            let expected = bounds!(bare($value));
            $({
                #[circuit_breaker($($options)*)]
                async fn annotated(_value: $argument) -> Result<u32, TestError> {
                    std::future::ready(()).await;
                    Ok(7)
                }
                assert_eq!(bounds!(annotated($value)), expected, stringify!($($options)*));
            })*
        }
    };
}

/// Writes the same options for each type of argument.
macro_rules! cases {
    ($($name:ident: $argument:ty = $value:expr;)*) => {
        $(twins!($name, $argument, $value,
            {failure_threshold = 2}
            {failure_rate = 0.5, window = "10s", slow_call = "1s", call_timeout = "2s", timeout_jitter = 0.5}
            {max_concurrent = 5, max_wait = "1s", fallback = Ok(1)}
            {retry(attempts = 2, if = |output| output.is_err()), call_timeout = "2s"}
            {key = host(), last_good(key = ()), fallback = |_| Ok(2)}
            {breaker = DB, failure_if = |output| output.is_err(), fallback_on = "rejection", fallback = |_| Ok(3)}
        );)*
    };
}

cases! {
    owned_text_is_as_in_the_bare_future: String = String::new();
    cell_is_as_in_the_bare_future: Cell<u32> = Cell::new(1);
    reference_to_a_cell_is_as_in_the_bare_future: &Cell<u32> = &Cell::new(1);
    mutable_reference_is_as_in_the_bare_future: &mut u32 = &mut 1;
    counted_reference_is_as_in_the_bare_future: Rc<u32> = Rc::new(1);
    counted_cell_is_as_in_the_bare_future: Rc<RefCell<u32>> = Rc::default();
    boxed_future_is_as_in_the_bare_future: Pin<Box<dyn Future<Output = ()> + Send>> = Box::pin(async {});
}

#[test]
fn bounds_of_known_types_are_found() {
    assert_eq!(bounds!(String::new()), [true, true, true, true]);
    assert_eq!(bounds!(Cell::new(1)), [true, false, true, false]);
    assert_eq!(bounds!(&Cell::new(1)), [false, false, false, false]);
}

#[test]
fn returned_future_is_as_in_the_bare_function() {
    fn bare<T>(value: T) -> impl Future<Output = Result<T, TestError>> {
        std::future::ready(Ok(value))
    }

    #[circuit_breaker(failure_threshold = 2, call_timeout = "2s")]
    fn annotated<T>(value: T) -> impl Future<Output = Result<T, TestError>> {
        std::future::ready(Ok(value))
    }

    assert_eq!(bounds!(annotated(String::new())), bounds!(bare(String::new())));
    assert_eq!(bounds!(annotated(Cell::new(1))), bounds!(bare(Cell::new(1))));
    assert_eq!(bounds!(annotated(&Cell::new(1))), bounds!(bare(&Cell::new(1))));
}
