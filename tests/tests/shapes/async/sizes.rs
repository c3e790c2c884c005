//! An annotated future is little larger than the bare one, whatever it takes, returns and calls.
//!
//! On a 64-bit machine the attribute adds the permit (16 bytes) and the state of the `async fn` around
//! the body (8). A fallback adds the breaker (8), which counts it, whether the call was admitted (8),
//! and whether it has ended (8); one that takes rejections alone adds nothing. Arguments are held twice,
//! by the function and by the body. A function that is not `async` and returns a future has no such
//! state, but holds whether it was admitted.

#![expect(clippy::large_types_passed_by_value, clippy::manual_async_fn, reason = "what is measured")]

use breaker_runtime::{CallError, circuit_breaker};
use breaker_tests::TestError;
use tokio::task::yield_now;

type Big = [u8; 1024];
const BIG: usize = size_of::<Big>();
const PLAIN: usize = 24;
const WITH_FALLBACK: usize = 48;
const WITH_FALLBACK_ON_REJECTION: usize = 24;

mod bare {
    use super::{Big, TestError, yield_now};

    pub(super) async fn none() -> Result<(), TestError> {
        yield_now().await;
        Ok(())
    }

    pub(super) async fn none_twice() -> Result<(), TestError> {
        none().await
    }

    pub(super) async fn none_thrice() -> Result<(), TestError> {
        none_twice().await
    }

    pub(super) async fn big(big: Big) -> Result<u8, TestError> {
        yield_now().await;
        Ok(big[0])
    }

    pub(super) async fn big_twice(argument: Big) -> Result<u8, TestError> {
        big(argument).await
    }

    pub(super) async fn big_thrice(argument: Big) -> Result<u8, TestError> {
        big_twice(argument).await
    }

    pub(super) async fn big_output() -> Result<Big, TestError> {
        yield_now().await;
        Ok([0; 1024])
    }

    pub(super) fn big_future(big: Big) -> impl Future<Output = Result<u8, TestError>> {
        async move {
            yield_now().await;
            Ok(big[0])
        }
    }

    /// Does the same without the attribute.
    pub(super) async fn big_or_fallback(argument: Big) -> Result<u8, TestError> {
        yield_now().await;
        let cause = match Ok(argument[0]) {
            Ok(answer) => return Ok(answer),
            Err(cause) => cause,
        };
        let _: TestError = cause;
        big(argument).await
    }
}

#[circuit_breaker]
async fn none() -> Result<(), TestError> {
    yield_now().await;
    Ok(())
}

#[circuit_breaker]
async fn none_twice() -> Result<(), TestError> {
    none().await
}

#[circuit_breaker]
async fn none_thrice() -> Result<(), TestError> {
    none_twice().await
}

#[circuit_breaker]
async fn big(big: Big) -> Result<u8, TestError> {
    yield_now().await;
    Ok(big[0])
}

#[circuit_breaker]
async fn big_twice(argument: Big) -> Result<u8, TestError> {
    big(argument).await
}

#[circuit_breaker]
async fn big_thrice(argument: Big) -> Result<u8, TestError> {
    big_twice(argument).await
}

#[circuit_breaker]
async fn big_output() -> Result<Big, TestError> {
    yield_now().await;
    Ok([0; 1024])
}

#[circuit_breaker]
fn big_future(big: Big) -> impl Future<Output = Result<u8, TestError>> {
    async move {
        yield_now().await;
        Ok(big[0])
    }
}

/// Returns by how much the annotated future is larger.
fn added<Bare, Annotated>(bare: &Bare, annotated: &Annotated) -> usize {
    size_of_val(annotated).saturating_sub(size_of_val(bare))
}

#[test]
fn plain_future_is_little_larger() {
    let argument = [0; BIG];
    assert!(added(&bare::none(), &none()) <= PLAIN);
    assert!(added(&bare::big(argument), &big(argument)) <= PLAIN);
    assert!(added(&bare::big_output(), &big_output()) <= PLAIN);
    assert!(added(&bare::big_future(argument), &big_future(argument)) <= PLAIN);
}

#[test]
fn nested_future_is_little_larger() {
    let argument = [0; BIG];
    assert!(added(&bare::none_twice(), &none_twice()) <= 2 * PLAIN);
    assert!(added(&bare::none_thrice(), &none_thrice()) <= 3 * PLAIN);
    assert!(added(&bare::big_twice(argument), &big_twice(argument)) <= 2 * PLAIN + BIG);
    assert!(added(&bare::big_thrice(argument), &big_thrice(argument)) <= 3 * PLAIN + 2 * BIG);
}

#[circuit_breaker(fallback = bare::none)]
async fn none_or_path() -> Result<(), TestError> {
    yield_now().await;
    Ok(())
}

#[circuit_breaker(fallback = bare::big)]
async fn big_or_path(big: Big) -> Result<u8, TestError> {
    yield_now().await;
    Ok(big[0])
}

#[circuit_breaker(fallback = Ok(1))]
async fn big_or_value(big: Big) -> Result<u8, TestError> {
    yield_now().await;
    Ok(big[0])
}

#[circuit_breaker(fallback = Ok(1))]
async fn big_twice_or_value(argument: Big) -> Result<u8, TestError> {
    big_or_value(argument).await
}

#[circuit_breaker(fallback = Ok(1))]
async fn big_thrice_or_value(argument: Big) -> Result<u8, TestError> {
    big_twice_or_value(argument).await
}

#[circuit_breaker(fallback = bare::big, fallback_on = "rejection")]
async fn big_or_path_on_rejection(big: Big) -> Result<u8, TestError> {
    yield_now().await;
    Ok(big[0])
}

#[circuit_breaker(fallback = Ok(1), fallback_on = "rejection")]
async fn big_or_value_on_rejection(big: Big) -> Result<u8, TestError> {
    yield_now().await;
    Ok(big[0])
}

#[circuit_breaker(fallback = Ok([1; 1024]))]
async fn big_output_or_value() -> Result<Big, TestError> {
    yield_now().await;
    Ok([0; 1024])
}

#[circuit_breaker(fallback = bare::big)]
fn big_future_or_path(big: Big) -> impl Future<Output = Result<u8, TestError>> {
    async move {
        yield_now().await;
        Ok(big[0])
    }
}

#[circuit_breaker(fallback = Ok(1))]
fn big_future_or_value(big: Big) -> impl Future<Output = Result<u8, TestError>> {
    async move {
        yield_now().await;
        Ok(big[0])
    }
}

/// The body and the fallback are held one after the other, in the same bytes.
#[test]
fn future_with_a_fallback_is_little_larger() {
    let argument = [0; BIG];
    assert!(added(&bare::none(), &none_or_path()) <= WITH_FALLBACK);
    assert!(added(&bare::big_or_fallback(argument), &big_or_path(argument)) <= WITH_FALLBACK);
    assert!(added(&bare::big(argument), &big_or_value(argument)) <= WITH_FALLBACK);
    assert!(added(&bare::big_output(), &big_output_or_value()) <= WITH_FALLBACK);
    let thrice = added(&bare::big_thrice(argument), &big_thrice_or_value(argument));
    assert!(thrice <= 3 * WITH_FALLBACK + 2 * BIG);

    let on_rejection = added(&bare::big(argument), &big_or_value_on_rejection(argument));
    assert!(on_rejection <= WITH_FALLBACK_ON_REJECTION);
    let on_rejection = added(&bare::big(argument), &big_or_path_on_rejection(argument));
    assert!(on_rejection <= WITH_FALLBACK_ON_REJECTION + BIG);

    assert!(added(&bare::big_future(argument), &big_future_or_value(argument)) <= WITH_FALLBACK - 16);
    // The future of the fallback is the larger one, and is held beside its argument and its cause.
    let cause = size_of::<CallError<TestError>>();
    let path = added(&bare::big(argument), &big_future_or_path(argument));
    assert!(path <= BIG + cause + 24, "{path}, cause {cause}");
}

#[circuit_breaker(max_concurrent = 4, max_wait = "1s")]
async fn waits(big: Big) -> Result<u8, TestError> {
    yield_now().await;
    Ok(big[0])
}

#[circuit_breaker(max_concurrent = 4, max_wait = "1s", fallback = Ok(1))]
async fn waits_or_value(big: Big) -> Result<u8, TestError> {
    yield_now().await;
    Ok(big[0])
}

#[circuit_breaker(max_concurrent = 4, max_wait = "1s", fallback = Ok(1), fallback_on = "rejection")]
async fn waits_or_value_on_rejection(big: Big) -> Result<u8, TestError> {
    yield_now().await;
    Ok(big[0])
}

#[circuit_breaker(max_concurrent = 4, max_wait = "1s", call_timeout = "1s")]
async fn waits_in_time(big: Big) -> Result<u8, TestError> {
    yield_now().await;
    Ok(big[0])
}

#[circuit_breaker(total_timeout = "1s")]
async fn in_time_as_a_whole(big: Big) -> Result<u8, TestError> {
    yield_now().await;
    Ok(big[0])
}

#[circuit_breaker(key = big[0])]
async fn keyed(big: Big) -> Result<u8, TestError> {
    yield_now().await;
    Ok(big[0])
}

#[circuit_breaker(last_good(key = big[0]))]
async fn remembers(big: Big) -> Result<u8, TestError> {
    yield_now().await;
    Ok(big[0])
}

#[circuit_breaker(key = big[0], last_good(key = big[0]), max_concurrent = 4, max_wait = "1s")]
async fn with_all(big: Big) -> Result<u8, TestError> {
    yield_now().await;
    Ok(big[0])
}

/// A layer adds its own state, and no other copy of the argument.
#[test]
fn layers_hold_an_argument_once() {
    let argument = [0; BIG];
    let bare = bare::big(argument);
    assert!(added(&bare, &waits(argument)) <= 72);
    assert!(added(&bare, &waits_or_value(argument)) <= 80);
    assert!(added(&bare, &waits_or_value_on_rejection(argument)) <= 80);
    assert!(added(&bare, &waits_in_time(argument)) <= 88);
    assert!(added(&bare, &in_time_as_a_whole(argument)) <= 104);
    assert!(added(&bare, &keyed(argument)) <= 56);
    assert!(added(&bare, &remembers(argument)) <= 112);
    assert!(added(&bare, &with_all(argument)) <= 192);
}
