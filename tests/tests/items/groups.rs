//! Types, bodies and options that a user's macro passes on: the compiler wraps each in an invisible
//! group.

use std::pin::Pin;

use breaker_runtime::{State, breaker_of, circuit_breaker, testing};
use breaker_tests::{TestError, prove, prove_async, work};
use tokio::task::yield_now;

type Boxed<'a, T> = dyn Future<Output = Result<T, TestError>> + Send + 'a;

macro_rules! boxed {
    ($whole:ident: $ty:ty, $in_pin:ident: $boxed:ty, $in_box:ident: $object:ty, $of:ident: $output:ty) => {
        #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
        fn $whole(works: bool) -> $ty {
            Box::pin(async move {
                yield_now().await;
                work(works)
            })
        }

        #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
        fn $in_pin(works: bool) -> Pin<$boxed> {
            Box::pin(async move {
                yield_now().await;
                work(works)
            })
        }

        #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
        fn $in_box(works: bool) -> Pin<Box<$object>> {
            Box::pin(async move {
                yield_now().await;
                work(works)
            })
        }

        #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
        fn $of(works: bool) -> impl Future<Output = $output> {
            async move {
                yield_now().await;
                work(works)
            }
        }
    };
}

boxed!(
    whole: Pin<Box<dyn Future<Output = Result<(), TestError>> + Send>>,
    in_pin: Box<dyn Future<Output = Result<(), TestError>> + Send>,
    in_box: dyn Future<Output = Result<(), TestError>> + Send,
    of_output: Result<(), TestError>
);

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
#[allow(unused_parens, reason = "where a `+` follows a reference they are needed")]
fn in_parentheses<'a>(
    works: &'a bool,
) -> (Pin<Box<(dyn Future<Output = Result<(), TestError>> + Send + 'a)>>) {
    Box::pin(async move {
        yield_now().await;
        work(*works)
    })
}

#[tokio::test(start_paused = true)]
async fn future_type_in_a_group_is_awaited_and_judged() {
    prove_async(breaker_of(whole), async |works| whole(works).await).await;
    prove_async(breaker_of(in_pin), async |works| in_pin(works).await).await;
    prove_async(breaker_of(in_box), async |works| in_box(works).await).await;
    prove_async(breaker_of(of_output), async |works| of_output(works).await).await;
    prove_async(breaker_of(in_parentheses), async |works| in_parentheses(&works).await).await;
    let _: fn(bool) -> Pin<Box<Boxed<'static, ()>>> = in_box;
}

macro_rules! with_body {
    ($name:ident, $later:ident, $returns:ident, $body:block) => {
        #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
        fn $name() -> Result<(), TestError> $body

        #[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = Err(TestError::Down), fallback_on = "failure")]
        async fn $later() -> Result<(), TestError> $body

        #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
        fn $returns() -> impl Future<Output = Result<(), TestError>> {
            async move $body
        }
    };
}

thread_local! {
    static WORKS: std::cell::Cell<bool> = const { std::cell::Cell::new(true) };
}

with_body!(body_of_a_macro, body_of_a_macro_later, body_of_a_future, {
    const { assert!(size_of::<TestError>() > 0) };
    if WORKS.get() {
        return Ok(());
    }
    work(false)
});

#[tokio::test(start_paused = true)]
async fn body_in_a_group_runs_in_the_breaker() {
    let working = |works| WORKS.set(works);
    prove_async(breaker_of(body_of_a_macro), async |works| {
        working(works);
        body_of_a_macro()
    })
    .await;
    prove_async(breaker_of(body_of_a_macro_later), async |works| {
        working(works);
        body_of_a_macro_later().await
    })
    .await;
    prove_async(breaker_of(body_of_a_future), async |works| {
        working(works);
        body_of_a_future().await
    })
    .await;
}

macro_rules! whole_item {
    ($($item:item)*) => {
        $(#[circuit_breaker(failure_threshold = 2, timeout = "1s")] $item)*
    };
}

whole_item! {
    fn item_of_a_macro(works: bool) -> Result<(), TestError> {
        work(works)
    }

    /// Has a pattern, an attribute and a visibility.
    #[must_use = "it may fail"]
    pub(crate) fn another_item((works, _): (bool, u32)) -> Result<u8, TestError> {
        work(works).map(|()| 1)
    }
}

macro_rules! all_options {
    ($name:ident, $options:meta) => {
        #[circuit_breaker($options, timeout = "1s")]
        fn $name(works: bool) -> Result<(), TestError> {
            work(works)
        }
    };
}

all_options!(option_of_a_macro, failure_threshold = 2);

#[test]
fn item_or_option_in_a_group_is_read() {
    prove(breaker_of(item_of_a_macro), item_of_a_macro);
    prove(breaker_of(another_item), |works| another_item((works, 1)));
    prove(breaker_of(option_of_a_macro), option_of_a_macro);
}

macro_rules! keyed {
    (
        $name:ident($pat:pat_param = $ty:ty, $first:ident, $second:ident) $body:block,
        ($a:expr, $b:expr), $share:expr, $back:expr
    ) => {
        #[circuit_breaker(
            failure_threshold = 2,
            timeout = "1s",
            timeout_jitter = $share,
            key = ($a, $b),
            max_open_keys = $share,
            retry(attempts = 2, backoff = $back, jitter = false, if = |_: &Result<(), TestError>| false),
            last_good(key = ($a, $b)),
            fallback_on = "rejection"
        )]
        #[allow(clippy::needless_pass_by_value)]
        fn $name($pat: $ty, $first: String, $second: u32) -> Result<(), TestError> $body
    };
}

keyed!(
    of_a_tenant((works, _) = (bool, u8), tenant, shard) { work(works && tenant.len() == 2 && shard == 1) },
    (tenant, shard),
    "100%",
    "10ms"
);

#[test]
fn expression_in_a_group_is_a_part_of_a_key() {
    let _fresh = testing::isolate();
    assert_eq!(of_a_tenant((true, 0), "eu".to_owned(), 1), Ok(()));
    for _ in 0..2 {
        assert_eq!(of_a_tenant((false, 0), "us".to_owned(), 1), Err(TestError::Down));
    }
    let keys = breaker_runtime::keyed_breakers_of(of_a_tenant);
    assert_eq!(keys.get(&("us", 1_u32)).state(), State::Open);
    assert_eq!(keys.get(&("eu", 1_u32)).state(), State::Closed);
}
