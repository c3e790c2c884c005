//! Running the body of a sync function.
//!
//! What follows after the body is a call of its own in a build without optimization: what it needs of
//! the stack is not there while the body runs, and a recursion goes deeper.

use std::convert::Infallible;
use std::marker::PhantomData;

use crate::__private::attempt_end::{AttemptEnd, Completed};
use crate::__private::call_policy::{CallPolicy, Judge, OnFailure, ReturnOutput};
use crate::__private::output::FromRejection;
use crate::breaker::judge::finish;
use crate::breaker::permit::{FailOnUnwind, Permit};
use crate::breaker::rejected::IntoError;
use crate::types::error::BreakerError;
use crate::types::outcome::Outcome;

/// Runs an admitted body and settles its permit; a panic in it or in the predicates is a failure.
#[inline(always)]
pub fn run<R, J: Judge<R>>(permit: Permit<'_>, body: impl FnOnce() -> R, judge: J) -> R {
    let guard = FailOnUnwind::new(permit);
    let mut output = body();
    if J::CARRIES {
        finish(guard, judge, &mut output);
        return output;
    }
    judge_and_return(guard, judge, output)
}

/// Judges an output, settles its call, and returns the output.
#[cfg_attr(not(debug_assertions), inline(always))]
#[cfg_attr(debug_assertions, inline)]
fn judge_and_return<R, J: Judge<R>>(guard: FailOnUnwind<Permit<'_>>, judge: J, output: R) -> R {
    let verdict = judge.judge(&output);
    guard.settle_and_return(verdict, output)
}

/// Runs the body of a function without a fallback, if it was admitted.
#[inline(always)]
pub fn call<R, J: Judge<R>>(
    admitted: Result<Permit<'_>, impl IntoError>,
    body: impl FnOnce() -> R,
    rules: CallPolicy<R, J, ReturnOutput>,
) -> R {
    match admitted {
        Ok(permit) => run(permit, body, rules.judge),
        Err(rejected) => rejected.answer_by(rules.refuse, |error| answered((rules.reject)(error))),
    }
}

/// Runs the body of a function that returns a `Result`, if it was admitted. There is no fallback.
///
/// # Errors
///
/// Those of the body, and the rejection.
#[inline(always)]
pub fn call_result<T, E: FromRejection, J: Judge<Result<T, E>>>(
    admitted: Result<Permit<'_>, impl IntoError>,
    body: impl FnOnce() -> Result<T, E>,
    judge: J,
) -> Result<T, E> {
    match admitted {
        Ok(permit) => run(permit, body, judge),
        Err(rejected) => refused(rejected),
    }
}

/// Returns the answer to a rejected call of a function that returns a `Result`.
///
/// # Errors
///
/// The rejection.
#[cold]
#[inline(never)]
pub fn refused<T, E: FromRejection>(rejected: impl IntoError) -> Result<T, E> {
    rejected.answer_with(|error| Err(E::from_rejection(error)))
}

/// Runs the body if it was admitted, and returns the answer for the caller.
///
/// # Errors
///
/// The cause of a fallback.
#[inline(always)]
pub fn call_or_cause<R, J: Judge<R>, F: OnFailure<R>>(
    admitted: Result<Permit<'_>, impl IntoError>,
    body: impl FnOnce() -> R,
    rules: CallPolicy<R, J, F>,
) -> Result<R, F::Cause> {
    let permit = match admitted {
        Ok(permit) => permit,
        Err(rejected) => {
            let rejection = rejected.into_error();
            return rules.without_output(&rejection)(rejection);
        }
    };
    let guard = FailOnUnwind::new(permit);
    let output = body();
    output_or_cause(guard, rules, output)
}

/// Judges an output, settles its call, and returns the output or the cause of a fallback.
#[cfg_attr(not(debug_assertions), inline(always))]
#[cfg_attr(debug_assertions, inline)]
fn output_or_cause<R, J: Judge<R>, F: OnFailure<R>>(
    guard: FailOnUnwind<Permit<'_>>,
    rules: CallPolicy<R, J, F>,
    mut output: R,
) -> Result<R, F::Cause> {
    let verdict = finish(guard, rules.judge, &mut output);
    if verdict.outcome == Outcome::Failure { rules.fail.fail(output) } else { Ok(output) }
}

/// Runs the body if it was admitted, and returns how it ended.
#[inline(always)]
pub fn attempt<R>(
    admitted: Result<Permit<'_>, BreakerError>,
    body: impl FnOnce() -> R,
    judge: impl Judge<R>,
) -> AttemptEnd<R> {
    match admitted {
        Ok(permit) => {
            let guard = FailOnUnwind::new(permit);
            let output = body();
            end_attempt(guard, judge, output)
        }
        Err(rejection) => AttemptEnd::not_run(rejection),
    }
}

/// Judges an output, settles its call, and returns the end of the attempt.
#[cfg_attr(not(debug_assertions), inline(always))]
#[cfg_attr(debug_assertions, inline)]
fn end_attempt<R>(
    guard: FailOnUnwind<Permit<'_>>,
    judge: impl Judge<R>,
    mut output: R,
) -> AttemptEnd<R> {
    let verdict = finish(guard, judge, &mut output);
    Completed::new(output, verdict).into()
}

/// Runs an admitted body, and returns how its output counted.
#[inline(always)]
pub fn complete<R>(permit: Permit<'_>, body: impl FnOnce() -> R, judge: impl Judge<R>) -> Completed<R> {
    let guard = FailOnUnwind::new(permit);
    let mut output = body();
    let verdict = finish(guard, judge, &mut output);
    Completed::new(output, verdict)
}

/// Returns the answer of a function without a fallback.
#[inline(always)]
pub fn answered<R>(answer: Result<R, Infallible>) -> R {
    match answer {
        Ok(answer) => answer,
        Err(never) => match never {},
    }
}

/// The type of an `async` block's output, named outside the block, where no item of the body can shadow
/// it. Not `Copy`, so that a block moves it and holds no reference.
#[derive(Debug)]
pub struct Edge<R>(PhantomData<fn() -> R>);

/// Returns the type of a block's output, as a value; see [`Edge`].
pub const fn edge<R>() -> Edge<R> {
    Edge(PhantomData)
}

/// Returns a value for a `return` that is never taken, and pins the type of an `async` block.
pub fn never<R>(_: Edge<R>) -> R {
    unreachable!("this value only gives the compiler a type")
}
