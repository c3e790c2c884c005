//! Attributes of the compiler.

use breaker_runtime::{breaker_of, circuit_breaker};
use breaker_tests::{TestError, prove, prove_async, work};
use tokio::task::yield_now;

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
/// Returns `Ok` if `works`; documented below the attribute.
#[must_use = "it says whether it worked"]
#[inline(never)]
#[doc(alias = "first")]
#[allow(clippy::unnecessary_wraps, unused_variables)]
#[cfg(test)]
fn above(works: bool) -> Result<(), TestError> {
    let unused = 1;
    work(works)
}

/// Returns `Ok` if `works`; documented above the attribute.
#[must_use = "it says whether it worked"]
#[inline]
#[doc(alias = "second")]
#[allow(unused_variables)]
#[cfg(test)]
#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn below(works: bool) -> Result<(), TestError> {
    let unused = 1;
    work(works)
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
#[must_use]
#[cold]
#[expect(unused_variables, reason = "the attribute leaves lints in the body as they are")]
async fn above_async(works: bool) -> Result<(), TestError> {
    let unused = 1;
    yield_now().await;
    work(works)
}

#[must_use]
#[expect(unused_variables, reason = "the attribute leaves lints in the body as they are")]
#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
async fn below_async(works: bool) -> Result<(), TestError> {
    let unused = 1;
    yield_now().await;
    work(works)
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
#[cfg_attr(all(), must_use)]
#[cfg_attr(any(), no_such_attribute)]
fn above_cfg_attr(works: bool) -> Result<(), TestError> {
    work(works)
}

#[cfg_attr(all(), circuit_breaker(failure_threshold = 2, timeout = "1s"))]
fn in_cfg_attr(works: bool) -> Result<(), TestError> {
    work(works)
}

#[circuit_breaker]
#[cfg(any())]
fn absent(works: NoSuchType) -> NoSuchType {
    works
}

#[cfg(any())]
#[circuit_breaker(accessor = absent_breaker)]
fn absent(works: NoSuchType) -> NoSuchType {
    works
}

mod old {
    #![allow(deprecated)]

    use super::*;

    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    #[deprecated = "use `below`"]
    fn above_deprecated(works: bool) -> Result<(), TestError> {
        work(works)
    }

    #[deprecated(since = "0.1.0", note = "use `above`")]
    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    fn below_deprecated(works: bool) -> Result<(), TestError> {
        work(works)
    }

    #[test]
    fn deprecated_functions_are_protected() {
        prove(breaker_of(above_deprecated), above_deprecated);
        prove(breaker_of(below_deprecated), below_deprecated);
    }
}

#[tokio::test(start_paused = true)]
async fn functions_with_lint_attributes_are_protected() {
    let sync = [(breaker_of(above), above as fn(bool) -> _), (breaker_of(below), below)];
    for (breaker, call) in sync {
        prove_async(breaker, async |works| call(works)).await;
    }
    prove_async(breaker_of(above_async), above_async).await;
    prove_async(breaker_of(below_async), below_async).await;
}

#[test]
fn attribute_under_cfg_attr_is_applied() {
    prove(breaker_of(above_cfg_attr), above_cfg_attr);
    prove(breaker_of(in_cfg_attr), in_cfg_attr);
    assert!(breaker_runtime::breakers().all(|breaker| !breaker.name().contains("lints::absent")));
}
