//! Functions of which `macro_rules!` writes a part, each as an invisible group: a type, a pattern, a
//! body, a lifetime, an attribute, or an option.

use std::pin::Pin;

use breaker_runtime::{breaker_of, circuit_breaker};
use breaker_tests::{TestError, prove, prove_async, work};
use tokio::task::yield_now;

macro_rules! function {
    ($(#[$meta:meta])* $vis:vis fn $name:ident($($pat:pat => $ty:ty),*) -> $output:ty $body:block) => {
        #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
        $(#[$meta])*
        $vis fn $name($($pat: $ty),*) -> $output $body
    };
}

function! {
    /// Documented.
    #[inline]
    #[must_use]
    pub(crate) fn of_parts(works => bool, (first, _) => (String, u8), [.., last] => [u8; 2]) -> Result<usize, TestError> {
        work(works)?;
        Ok(first.len() + usize::from(last))
    }
}

macro_rules! asynchronous {
    ($name:ident, $life:lifetime, $argument:ty, $output:ty, $threshold:expr, $wait:literal, $body:block) => {
        #[circuit_breaker(failure_threshold = $threshold, timeout = $wait)]
        async fn $name<$life>(works: bool, text: &$life $argument) -> Result<&$life $output, TestError> {
            yield_now().await;
            work(works)?;
            let _: () = $body;
            Ok(text)
        }
    };
}

asynchronous!(borrowing, 'a, str, str, 2, "1s", { yield_now().await });

macro_rules! boxed {
    ($name:ident, $future:ty, $value:expr) => {
        #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
        fn $name(works: bool) -> Pin<Box<$future>> {
            Box::pin(async move {
                work(works)?;
                Ok($value)
            })
        }
    };
}

boxed!(in_box, dyn Future<Output = Result<u8, TestError>> + Send, 7);

macro_rules! with_fallback {
    ($name:ident, $argument:ident, $fallback:expr, $key:expr) => {
        #[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = $fallback, fallback_on = "rejection", key = $key)]
        fn $name($argument: bool) -> Result<u8, TestError> {
            work($argument)?;
            Ok(7)
        }
    };
}

with_fallback!(answered, works, Ok(1), u8::from(works) / 2);

struct Client<const N: usize>;

macro_rules! methods {
    ($($name:ident -> $output:ty $body:block)*) => {
        impl<const N: usize> Client<N> {
            $(
                #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
                fn $name(self: &Client<N>, works: bool) -> Result<$output, TestError> {
                    work(works)?;
                    Ok($body)
                }
            )*
        }
    };
}

methods! {
    size -> usize { N }
    r#type -> &'static str { "client" }
}

trait Fetch {
    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    fn fetch<T>(self, works: bool, value: T) -> Result<T, TestError>
    where
        Self: Sized,
        T: Send + 'static,
    {
        work(works)?;
        Ok(value)
    }
}

impl Fetch for u8 {}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn configured(
    works: bool,
    #[cfg(test)] number: u32,
    #[cfg(not(test))] missing: Missing,
) -> Result<u32, TestError> {
    work(works)?;
    Ok(number)
}

#[test]
fn function_of_macro_parts_is_protected() {
    prove(breaker_of(of_parts), |works| of_parts(works, ("seven".to_owned(), 1), [1, 2]).map(drop));
    prove(breaker_of(Client::<3>::size), |works| Client::<3>.size(works).map(drop));
    prove(breaker_of(Client::<3>::r#type), |works| Client::<3>.r#type(works).map(drop));
    prove(breaker_of(<u8 as Fetch>::fetch::<u32>), |works| 1_u8.fetch(works, 7_u32).map(drop));
    prove(breaker_of(configured), |works| configured(works, 7).map(drop));
}

#[test]
fn option_from_a_macro_is_used() {
    let _fresh = breaker_runtime::testing::isolate();
    assert_eq!([answered(false), answered(false)], [Err(TestError::Down), Err(TestError::Down)]);
    assert_eq!(answered(true), Ok(1));
}

#[tokio::test(start_paused = true)]
async fn future_of_macro_parts_is_protected() {
    prove_async(breaker_of(borrowing), async |works| borrowing(works, "seven").await.map(drop)).await;
    prove_async(breaker_of(in_box), async |works| in_box(works).await.map(drop)).await;
}
