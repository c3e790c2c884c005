//! How an annotated function counts its outputs, and where a rejection and a failure go: to the caller,
//! or to a fallback.
//!
//! A set of rules is closures of no size. Each constructor asks for the one trait that its case needs,
//! and hides it behind `impl FnOnce`: a return type that does not fit is one compile error, not one for
//! every function that the value passes through.

use std::convert::Infallible;

use super::output::{Fallible, Protected, Rejectable};
use crate::error::{BreakerError, CallError};
use crate::outcome::Outcome;

/// `Judge`: how an output counts. `Reject` and `Fail`: what becomes of a rejection and of a failed output,
/// each an answer for the caller or the cause of a fallback.
#[derive(Clone, Copy, Debug)]
pub struct Rules<Judge, Reject, Fail> {
    pub(super) judge: Judge,
    pub(super) reject: Reject,
    pub(super) fail: Fail,
}

impl<Judge, Reject, Fail> Rules<Judge, Reject, Fail> {
    /// With `ignore_if`, which is asked first.
    #[inline(always)]
    pub fn ignoring<R>(
        self,
        ignore: impl FnOnce(&R) -> bool,
    ) -> Rules<impl FnOnce(&R) -> Outcome, Reject, Fail>
    where
        Judge: FnOnce(&R) -> Outcome,
    {
        let Self { judge, reject, fail } = self;
        Rules {
            judge: move |output: &R| if ignore(output) { Outcome::Ignored } else { judge(output) },
            reject,
            fail,
        }
    }

    /// The first part alone, where a fallback takes rejections only.
    #[inline(always)]
    pub fn into_judge(self) -> Judge {
        self.judge
    }
}

fn outcome_if(failed: bool) -> Outcome {
    if failed { Outcome::Failure } else { Outcome::Success }
}

/// No fallback.
#[inline(always)]
pub fn protect<R: Protected>() -> Rules<
    impl FnOnce(&R) -> Outcome,
    impl FnOnce(BreakerError) -> Result<R, Infallible>,
    impl FnOnce(R) -> Result<R, Infallible>,
> {
    Rules { judge: R::outcome, reject: |rejection| Ok(R::rejected(rejection)), fail: Ok }
}

/// No fallback, with `failure_if`.
#[inline(always)]
pub fn protect_if<R: Rejectable>(
    failed: impl FnOnce(&R) -> bool,
) -> Rules<
    impl FnOnce(&R) -> Outcome,
    impl FnOnce(BreakerError) -> Result<R, Infallible>,
    impl FnOnce(R) -> Result<R, Infallible>,
> {
    Rules {
        judge: move |output: &R| outcome_if(failed(output)),
        reject: |rejection| Ok(R::rejected(rejection)),
        fail: Ok,
    }
}

/// A fallback for rejections and failures.
#[inline(always)]
pub fn fallback_any<R: Fallible>() -> Rules<
    impl FnOnce(&R) -> Outcome,
    impl FnOnce(BreakerError) -> Result<R, CallError<R::Error>>,
    impl FnOnce(R) -> Result<R, CallError<R::Error>>,
> {
    Rules {
        judge: R::outcome,
        reject: |rejection| Err(CallError::Breaker(rejection)),
        fail: |output: R| output.into_error().map_or_else(|error| Err(CallError::Inner(error)), Ok),
    }
}

/// A fallback for rejections and failures, with `failure_if`.
#[inline(always)]
pub fn fallback_any_if<R>(
    failed: impl FnOnce(&R) -> bool,
) -> Rules<
    impl FnOnce(&R) -> Outcome,
    impl FnOnce(BreakerError) -> Result<R, CallError<R>>,
    impl FnOnce(R) -> Result<R, CallError<R>>,
> {
    Rules {
        judge: move |output: &R| outcome_if(failed(output)),
        reject: |rejection| Err(CallError::Breaker(rejection)),
        fail: |output| Err(CallError::Inner(output)),
    }
}

/// A fallback for failures only.
#[inline(always)]
pub fn fallback_failure<R: Protected>() -> Rules<
    impl FnOnce(&R) -> Outcome,
    impl FnOnce(BreakerError) -> Result<R, CallError<R::Error>>,
    impl FnOnce(R) -> Result<R, CallError<R::Error>>,
> {
    Rules {
        judge: R::outcome,
        reject: |rejection| Ok(R::rejected(rejection)),
        fail: |output: R| output.into_error().map_or_else(|error| Err(CallError::Inner(error)), Ok),
    }
}

/// A fallback for failures only, with `failure_if`.
#[inline(always)]
pub fn fallback_failure_if<R: Rejectable>(
    failed: impl FnOnce(&R) -> bool,
) -> Rules<
    impl FnOnce(&R) -> Outcome,
    impl FnOnce(BreakerError) -> Result<R, CallError<R>>,
    impl FnOnce(R) -> Result<R, CallError<R>>,
> {
    Rules {
        judge: move |output: &R| outcome_if(failed(output)),
        reject: |rejection| Ok(R::rejected(rejection)),
        fail: |output| Err(CallError::Inner(output)),
    }
}

/// A fallback for rejections only.
#[inline(always)]
pub fn judge<R: Fallible>() -> Rules<impl FnOnce(&R) -> Outcome, (), ()> {
    Rules { judge: R::outcome, reject: (), fail: () }
}

/// A fallback for rejections only, with `failure_if`.
#[inline(always)]
pub fn judge_if<R>(failed: impl FnOnce(&R) -> bool) -> Rules<impl FnOnce(&R) -> Outcome, (), ()> {
    Rules { judge: move |output: &R| outcome_if(failed(output)), reject: (), fail: () }
}
