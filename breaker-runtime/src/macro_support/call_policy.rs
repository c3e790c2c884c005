//! How an annotated function counts its outputs, and where a rejection and a failure go: to the caller,
//! or to a fallback.
//!
//! Only the constructors have bounds on the return type. The functions through which the rules pass have
//! none, so that a return type that does not fit is one compile error.

use std::any::type_name;
use std::convert::Infallible;
use std::marker::PhantomData;

use crate::__private::class::{ByClass, ClassPart, SaysClass};
use crate::__private::output::{
    Fallible, FromRejection, HasError, Protected, Rejectable, StreamItem, item_of_error, rejected,
};
use crate::__private::retry_after::{
    HasRetryAfter, MaybeRetryAfter, Part, RetryAfterFn, WithRetryAfter,
};
use crate::__private::run::answered;
pub use crate::breaker::judge::{ByClassifier, ErrIsFailure, Judge};
use crate::breaker::rejected::{IntoError, Rejected};
use crate::types::error::{BreakerError, CallError};
use crate::types::outcome::{FAILURE_IF, IGNORE_IF, Outcome, Verdict};

/// The rules for the output of a body, and for a call without one.
#[derive(Clone, Copy, Debug)]
pub struct CallPolicy<Output, Judge, Failed: OnFailure<Output>> {
    pub(super) judge: Judge,
    pub(super) reject: fn(BreakerError) -> Result<Output, Failed::Cause>,
    /// Makes the answer of a time-out.
    pub(super) late: fn(BreakerError) -> Result<Output, Failed::Cause>,
    /// Makes the answer of a rejected call that has no error yet; `None` with a fallback, and for a
    /// stream.
    pub(super) refuse: Option<fn(Rejected<'_>) -> Output>,
    pub(super) fail: Failed,
}

/// Makes an answer for the caller of a failed output, or the cause of a fallback.
pub trait OnFailure<Output> {
    /// The argument of a fallback.
    type Cause;

    #[doc(hidden)]
    fn fail(self, output: Output) -> Result<Output, Self::Cause>;
}

/// The judge of a type that is no `Result`, which the constructors refuse.
#[derive(Clone, Copy, Debug)]
pub struct Refused;

impl<Output> Judge<Output> for Refused {
    fn judge(self, _output: &Output) -> Verdict {
        Outcome::Ignored.into()
    }
}

/// Returns the finder for a return type.
#[inline(always)]
pub const fn of<Output>() -> Of<Output> {
    Of(PhantomData)
}

/// Finds the judge of a return type: `Of::<Output>::judge()`, with [`OfAny`] in scope.
#[derive(Debug)]
pub struct Of<Output>(PhantomData<fn() -> Output>);

impl<T, E> Of<Result<T, E>> {
    /// Returns the rule of `Result`.
    #[inline(always)]
    pub fn judge() -> ErrIsFailure {
        ErrIsFailure
    }

    /// Returns the rule that the cause of a fallback is the error.
    #[inline(always)]
    pub fn fail() -> CauseIsError {
        CauseIsError
    }
}

/// The rules of [`Of`] for any other type. They have no bounds, so that the constructor's error is the
/// only one.
pub trait OfAny {
    #[doc(hidden)]
    fn judge() -> Refused {
        Refused
    }

    #[doc(hidden)]
    fn fail() -> CauseIsOutput {
        CauseIsOutput
    }

    #[doc(hidden)]
    #[inline(always)]
    fn result_judge() -> ErrIsFailure {
        ErrIsFailure
    }
}

impl<Output> OfAny for Of<Output> {}

/// The judge of `failure_if`.
#[derive(Clone, Copy, Debug)]
pub struct FailureIf<Predicate>(Predicate);

impl<Output, Predicate: FnOnce(&Output) -> bool> Judge<Output> for FailureIf<Predicate> {
    #[inline(always)]
    fn judge(self, output: &Output) -> Verdict {
        if (self.0)(output) { Verdict::failure(FAILURE_IF) } else { Outcome::Success.into() }
    }
}

/// The judge of `ignore_if`, which is evaluated first.
#[derive(Clone, Copy, Debug)]
pub struct IgnoreIf<Predicate, Rest>(Predicate, Rest);

impl<Output, Predicate, Rest> Judge<Output> for IgnoreIf<Predicate, Rest>
where
    Predicate: FnOnce(&Output) -> bool,
    Rest: Judge<Output>,
{
    #[inline(always)]
    fn judge(self, output: &Output) -> Verdict {
        if (self.0)(output) {
            Verdict::of_cause(Outcome::Ignored, IGNORE_IF)
        } else {
            self.1.judge(output)
        }
    }
}

/// The judge of `exclude`, which is evaluated first. It holds a function: a trait would have to be
/// proved again wherever the judge goes.
#[derive(Clone, Copy, Debug)]
pub struct Excluding<Exclude, Rest, Output, E> {
    exclude: Exclude,
    rest: Rest,
    error: fn(&Output) -> Option<&E>,
}

impl<Output, E, Exclude, Rest> Judge<Output> for Excluding<Exclude, Rest, Output, E>
where
    Exclude: FnOnce(&E) -> bool,
    Rest: Judge<Output>,
{
    #[inline(always)]
    fn judge(self, output: &Output) -> Verdict {
        match (self.error)(output) {
            Some(error) if (self.exclude)(error) => {
                Verdict::of_cause(Outcome::Ignored, type_name::<E>())
            }
            _ => self.rest.judge(output),
        }
    }
}

/// The rule that a failed output is the answer.
#[derive(Clone, Copy, Debug)]
pub struct ReturnOutput;

impl<Output> OnFailure<Output> for ReturnOutput {
    type Cause = Infallible;

    #[inline(always)]
    fn fail(self, output: Output) -> Result<Output, Infallible> {
        Ok(output)
    }
}

/// The rule that a failed output is the answer, and a rejection the cause of a fallback.
#[derive(Clone, Copy, Debug)]
pub struct PassThrough;

impl<Output> OnFailure<Output> for PassThrough {
    type Cause = BreakerError;

    #[inline(always)]
    fn fail(self, output: Output) -> Result<Output, BreakerError> {
        Ok(output)
    }
}

/// The rule that the error is the cause of a fallback.
#[derive(Clone, Copy, Debug)]
pub struct CauseIsError;

impl<T, E> OnFailure<Result<T, E>> for CauseIsError {
    type Cause = CallError<E>;

    #[inline(always)]
    fn fail(self, output: Result<T, E>) -> Result<Result<T, E>, CallError<E>> {
        output.map(Ok).map_err(CallError::Inner)
    }
}

/// The rule that the whole output is the cause of a fallback: with `failure_if` any output may be a
/// failure.
#[derive(Clone, Copy, Debug)]
pub struct CauseIsOutput;

impl<Output> OnFailure<Output> for CauseIsOutput {
    type Cause = CallError<Output>;

    #[inline(always)]
    fn fail(self, output: Output) -> Result<Output, CallError<Output>> {
        Err(CallError::Inner(output))
    }
}

impl<Output, J, F: OnFailure<Output>> CallPolicy<Output, J, F> {
    /// Adds `ignore_if`.
    #[inline(always)]
    pub fn ignoring<Ignore: FnOnce(&Output) -> bool>(
        self,
        ignore: Ignore,
    ) -> CallPolicy<Output, IgnoreIf<Ignore, J>, F> {
        let Self { judge, reject, late, refuse, fail } = self;
        CallPolicy { judge: IgnoreIf(ignore, judge), reject, late, refuse, fail }
    }

    /// Adds `exclude`, which is evaluated first.
    #[inline(always)]
    pub fn excluding<E, Exclude: FnOnce(&E) -> bool>(
        self,
        exclude: Exclude,
    ) -> CallPolicy<Output, Excluding<Exclude, J, Output, E>, F>
    where
        Output: HasError<E>,
    {
        let Self { judge: rest, reject, late, refuse, fail } = self;
        let judge = Excluding { exclude, rest, error: Output::error };
        CallPolicy { judge, reject, late, refuse, fail }
    }

    /// Replaces the judge by one that judges by the class of an output, for `classify`.
    #[inline(always)]
    pub fn classified<Via>(self, _: ClassPart<Via>) -> CallPolicy<Output, ByClass<Output>, F>
    where
        Output: SaysClass<Via>,
    {
        let Self { reject, late, refuse, fail, .. } = self;
        CallPolicy { judge: ByClass(Output::class), reject, late, refuse, fail }
    }

    /// Adds `honour_retry_after`, to all the rest.
    #[inline(always)]
    pub fn honour_retry_after<Via>(
        self,
        _: Part<Via>,
    ) -> CallPolicy<Output, WithRetryAfter<J, Output>, F>
    where
        Output: HasRetryAfter<Via>,
    {
        self.asking(<Output as HasRetryAfter<Via>>::hint)
    }

    /// Adds the pause that a failed output asks for, if it can.
    #[inline(always)]
    pub fn with_retry_after<Via>(self, _: Part<Via>) -> CallPolicy<Output, WithRetryAfter<J, Output>, F>
    where
        Output: MaybeRetryAfter<Via>,
    {
        self.asking(<Output as MaybeRetryAfter<Via>>::advice)
    }

    /// Wraps the judge.
    #[inline(always)]
    pub(super) fn map_judge<New>(self, wrap: impl FnOnce(J) -> New) -> CallPolicy<Output, New, F> {
        let Self { judge, reject, late, refuse, fail } = self;
        CallPolicy { judge: wrap(judge), reject, late, refuse, fail }
    }

    #[inline(always)]
    fn asking(self, hint: RetryAfterFn<Output>) -> CallPolicy<Output, WithRetryAfter<J, Output>, F> {
        let Self { judge, reject, late, refuse, fail } = self;
        CallPolicy { judge: WithRetryAfter { judge, hint }, reject, late, refuse, fail }
    }

    /// Returns what makes the answer of a call that did not run: that of a rejection, or that of a
    /// failure for an injected one.
    #[inline(always)]
    pub(super) fn without_output(
        &self,
        error: &BreakerError,
    ) -> fn(BreakerError) -> Result<Output, F::Cause> {
        if error.is_injected() { self.late } else { self.reject }
    }

    /// Returns the judge alone, for a fallback that takes rejections only.
    #[inline(always)]
    pub fn into_judge(self) -> J {
        self.judge
    }
}

impl<Output, J> CallPolicy<Output, J, ReturnOutput> {
    /// Returns the answer to a rejected call.
    #[cfg_attr(not(debug_assertions), inline(always))]
    #[cfg_attr(debug_assertions, inline)]
    pub fn refuse(self, rejected: impl IntoError) -> Output {
        rejected.answer_by(self.refuse, |error| answered((self.reject)(error)))
    }
}

#[expect(clippy::unnecessary_wraps, reason = "one of the two ways that a rejection can go")]
fn to_caller<R: Rejectable<Error: FromRejection>, Cause>(rejection: BreakerError) -> Result<R, Cause> {
    Ok(R::failed(R::Error::from_rejection(rejection)))
}

fn to_fallback<R, E>(rejection: BreakerError) -> Result<R, CallError<E>> {
    Err(CallError::Breaker(rejection))
}

/// Returns the output of a rejected call. A function for each type of output, and not for each function
/// with a breaker; so is the next one.
#[cold]
#[inline(never)]
fn refuse_call<R: Protected<Error: FromRejection>>(call: Rejected<'_>) -> R {
    call.answer_with(rejected)
}

/// Returns the output of a rejected call with `failure_if`.
#[cold]
#[inline(never)]
fn refuse_judged<R: Rejectable<Error: FromRejection>>(call: Rejected<'_>) -> R {
    call.answer_with(|rejection| R::failed(R::Error::from_rejection(rejection)))
}

/// Returns the rules without a fallback.
#[inline(always)]
pub fn protect<R: Protected<Error: FromRejection>, J: Judge<R>>(
    judge: J,
) -> CallPolicy<R, J, ReturnOutput> {
    let to_caller = |rejection| Ok(rejected(rejection));
    let refuse: fn(Rejected<'_>) -> R = refuse_call;
    CallPolicy { judge, reject: to_caller, late: to_caller, refuse: Some(refuse), fail: ReturnOutput }
}

/// Returns the rules without a fallback, with `failure_if`.
#[inline(always)]
pub fn protect_if<R: Rejectable<Error: FromRejection>, P: FnOnce(&R) -> bool>(
    failure: P,
) -> CallPolicy<R, FailureIf<P>, ReturnOutput> {
    let refuse: fn(Rejected<'_>) -> R = refuse_judged;
    CallPolicy {
        judge: FailureIf(failure),
        reject: to_caller,
        late: to_caller,
        refuse: Some(refuse),
        fail: ReturnOutput,
    }
}

/// Returns the rules with a fallback for rejections and failures.
#[inline(always)]
pub fn fallback_any<R: Fallible, J: Judge<R>, F>(judge: J, fail: F) -> CallPolicy<R, J, F>
where
    F: OnFailure<R, Cause: From<BreakerError>>,
{
    CallPolicy {
        judge,
        reject: |cause| Err(cause.into()),
        late: |cause| Err(cause.into()),
        refuse: None,
        fail,
    }
}

/// Returns the rules with a fallback for rejections and failures, with `failure_if`.
#[inline(always)]
pub fn fallback_any_if<R, P: FnOnce(&R) -> bool>(
    failure: P,
) -> CallPolicy<R, FailureIf<P>, CauseIsOutput> {
    CallPolicy {
        judge: FailureIf(failure),
        reject: to_fallback,
        late: to_fallback,
        refuse: None,
        fail: CauseIsOutput,
    }
}

/// Returns the rules with a fallback for failures only.
#[inline(always)]
pub fn fallback_failure<R: Protected<Error: FromRejection>, J: Judge<R>, F>(
    judge: J,
    fail: F,
) -> CallPolicy<R, J, F>
where
    F: OnFailure<R, Cause: From<BreakerError>>,
{
    let late = |cause: BreakerError| Err(cause.into());
    CallPolicy { judge, reject: |rejection| Ok(rejected(rejection)), late, refuse: None, fail }
}

/// Returns the rules with a fallback for failures only, with `failure_if`.
#[inline(always)]
pub fn fallback_failure_if<R: Rejectable<Error: FromRejection>, P: FnOnce(&R) -> bool>(
    failure: P,
) -> CallPolicy<R, FailureIf<P>, CauseIsOutput> {
    CallPolicy {
        judge: FailureIf(failure),
        reject: to_caller,
        late: to_fallback,
        refuse: None,
        fail: CauseIsOutput,
    }
}

/// Returns the rules with a fallback for rejections only, without `call_timeout`.
#[inline(always)]
pub fn replace_rejection<R: Fallible, J: Judge<R>>(judge: J) -> CallPolicy<R, J, PassThrough> {
    CallPolicy { judge, reject: Err, late: Err, refuse: None, fail: PassThrough }
}

/// Returns the rules with a fallback for rejections only, with `failure_if`.
#[inline(always)]
pub fn replace_rejection_if<R, P: FnOnce(&R) -> bool>(
    failure: P,
) -> CallPolicy<R, FailureIf<P>, PassThrough> {
    CallPolicy { judge: FailureIf(failure), reject: Err, late: Err, refuse: None, fail: PassThrough }
}

/// Returns the rules with a fallback for rejections only, with `call_timeout`: a time-out goes to the
/// caller.
#[inline(always)]
pub fn replace_rejection_in_time<R: Protected<Error: FromRejection>, J: Judge<R>>(
    judge: J,
) -> CallPolicy<R, J, PassThrough> {
    CallPolicy { judge, reject: Err, late: |error| Ok(rejected(error)), refuse: None, fail: PassThrough }
}

/// Returns the rules with a fallback for rejections only, with `call_timeout` and `failure_if`.
#[inline(always)]
pub fn replace_rejection_in_time_if<R: Rejectable<Error: FromRejection>, P: FnOnce(&R) -> bool>(
    failure: P,
) -> CallPolicy<R, FailureIf<P>, PassThrough> {
    CallPolicy {
        judge: FailureIf(failure),
        reject: Err,
        late: to_caller,
        refuse: None,
        fail: PassThrough,
    }
}

/// Returns the rules for the items of a stream without a fallback.
#[inline(always)]
pub fn protect_items<R: StreamItem<Error: FromRejection>, J: Judge<R>>(
    judge: J,
) -> CallPolicy<R, J, ReturnOutput> {
    let to_reader = |error| Ok(item_of_error(error));
    CallPolicy { judge, reject: to_reader, late: to_reader, refuse: None, fail: ReturnOutput }
}

/// Returns the rules for the items of a stream with a fallback for rejections and failures. The bounds
/// on the items are those of [`ErrorItems`](super::ErrorItems).
#[inline(always)]
pub fn fallback_any_items<R, J: Judge<R>, F>(judge: J, fail: F) -> CallPolicy<R, J, F>
where
    F: OnFailure<R, Cause: From<BreakerError>>,
{
    CallPolicy {
        judge,
        reject: |cause| Err(cause.into()),
        late: |cause| Err(cause.into()),
        refuse: None,
        fail,
    }
}
