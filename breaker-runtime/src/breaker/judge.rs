//! How the output of a call counts: [`Judge`], and [`finish`], which settles the call's permit by it.

use std::any::type_name;
#[cfg(not(feature = "stream"))]
use std::convert::Infallible;
#[cfg(not(feature = "stream"))]
use std::marker::PhantomData;
use std::mem;

#[cfg(feature = "stream")]
use crate::breaker::CircuitBreaker;
#[cfg(feature = "stream")]
use crate::breaker::owned_permit::OwnedPermit;
use crate::breaker::permit::{FailOnUnwind, Permit, SettlePermit};
#[cfg(feature = "stream")]
use crate::config::stream::StreamLimits;
use crate::types::cause::registered::cause_or_type;
use crate::types::outcome::{Outcome, Verdict};

/// A rule that decides how an output counts. Runs once, after the call has ended.
pub trait Judge<Output> {
    /// Whether the permit can go on in an output.
    #[doc(hidden)]
    const CARRIES: bool = false;

    #[doc(hidden)]
    fn judge(self, output: &Output) -> Verdict;

    /// Settles a call by its output, and returns that. A rule that looks at the output alone can settle
    /// it for each kind of output: a reference to the output would hold it in memory.
    #[doc(hidden)]
    #[inline(always)]
    fn settle(self, call: impl SettleByVerdict, output: Output) -> Output
    where
        Self: Sized,
    {
        call.settle_by(self.judge(&output));
        output
    }

    /// Judges the output, and returns how the permit goes on in it, if it does.
    #[doc(hidden)]
    #[inline(always)]
    fn end(self, output: &Output) -> (Verdict, Option<PermitCarrier<Output>>)
    where
        Self: Sized,
    {
        (self.judge(output), None)
    }
}

/// A call that a verdict settles.
pub trait SettleByVerdict {
    #[doc(hidden)]
    fn settle_by(self, verdict: Verdict);
}

impl<P: SettlePermit> SettleByVerdict for FailOnUnwind<P> {
    #[inline(always)]
    fn settle_by(self, verdict: Verdict) {
        self.settle(verdict);
    }
}

/// The rule that `Err` is a failure.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs, reason = "only the attribute of the same version uses it")]
pub struct ErrIsFailure;

impl<T, E> Judge<Result<T, E>> for ErrIsFailure {
    #[inline(always)]
    fn judge(self, output: &Result<T, E>) -> Verdict {
        if output.is_ok() { Outcome::Success.into() } else { Verdict::failure(type_name::<E>()) }
    }
}

/// The rule that `Err` is a failure, where the type of the error is not known: a registered type is
/// asked for its cause.
#[derive(Clone, Copy, Debug)]
pub struct AnyErrIsFailure;

impl<T, E: 'static> Judge<Result<T, E>> for AnyErrIsFailure {
    #[inline(always)]
    fn judge(self, output: &Result<T, E>) -> Verdict {
        match output {
            Ok(_) => Outcome::Success.into(),
            Err(error) => Verdict::failure(cause_or_type(error)),
        }
    }

    #[inline(always)]
    fn settle(self, call: impl SettleByVerdict, output: Result<T, E>) -> Result<T, E> {
        match output {
            Ok(output) => {
                call.settle_by(Outcome::Success.into());
                Ok(output)
            }
            Err(error) => {
                call.settle_by(Verdict::failure(cause_or_type(&error)));
                Err(error)
            }
        }
    }
}

/// A classifier of the user's, for calls without the attribute.
#[derive(Clone, Copy, Debug)]
pub struct ByClassifier<Classifier>(pub(crate) Classifier);

impl<T, E: 'static, Classifier> Judge<Result<T, E>> for ByClassifier<Classifier>
where
    Classifier: FnOnce(&Result<T, E>) -> Outcome,
{
    #[inline(always)]
    fn judge(self, output: &Result<T, E>) -> Verdict {
        match ((self.0)(output), output) {
            (outcome @ (Outcome::Failure | Outcome::Ignored), Err(error)) => {
                Verdict::of_cause(outcome, cause_or_type(error))
            }
            (outcome, _) => outcome.into(),
        }
    }
}

/// Judges an output and settles its call, or leaves the permit to the stream in the output.
#[cfg_attr(not(debug_assertions), inline(always))]
// A call of its own without optimization: what it needs of the stack is not there while the body runs.
#[cfg_attr(debug_assertions, inline)]
pub(crate) fn finish<P: SettlePermit, Output, J: Judge<Output>>(
    guard: FailOnUnwind<P>,
    judge: J,
    output: &mut Output,
) -> Verdict {
    if !J::CARRIES {
        // Not by way of `end`: the pair that it returns would cost ten instructions.
        let verdict = judge.judge(output);
        guard.settle(verdict);
        return verdict;
    }
    let (verdict, carry) = judge.end(output);
    match carry {
        Some(carry) if verdict.outcome == Outcome::Success => carry.put_permit(guard, output),
        _ => guard.settle(verdict),
    }
    verdict
}

/// Judges an output and settles its call as [`finish`] does, and returns the output: passed on by value,
/// it needs no register while a call is settled.
#[cfg_attr(not(debug_assertions), inline(always))]
#[cfg_attr(debug_assertions, inline)]
pub(crate) fn finish_and_return<Output, J: Judge<Output>>(
    guard: FailOnUnwind<Permit<'_>>,
    judge: J,
    mut output: Output,
) -> Output {
    if J::CARRIES {
        finish(guard, judge, &mut output);
        return output;
    }
    let verdict = judge.judge(&output);
    guard.settle_and_return(verdict, output)
}

/// Judges the output of a future and settles its call as [`finish_and_return`] does. Without a call,
/// which has ended before, there is nothing to settle.
#[cfg_attr(not(debug_assertions), inline(always))]
#[cfg_attr(debug_assertions, inline)]
pub(crate) fn finish_future<Output, J: Judge<Output>>(
    call: &mut Option<(Permit<'_>, J)>,
    output: Output,
) -> Output {
    let Some((permit, judge)) = call.take() else { return output };
    let output = finish_and_return(FailOnUnwind::new(permit), judge, output);
    // Again, as the compiler cannot see that counting has left it empty, and would check that before it
    // is dropped.
    mem::forget(call.take());
    output
}

/// Puts the permit of a call into its output.
#[cfg(feature = "stream")]
#[derive(Debug)]
pub struct PermitCarrier<Output> {
    /// The handle of the breaker of the permit.
    pub(crate) breaker: CircuitBreaker,
    pub(crate) limits: StreamLimits,
    pub(crate) put: fn(&mut Output, OwnedPermit, StreamLimits),
}

/// Without the feature `stream` no output carries one.
#[cfg(not(feature = "stream"))]
#[derive(Debug)]
pub struct PermitCarrier<Output>(Infallible, PhantomData<fn(Output)>);

impl<Output> PermitCarrier<Output> {
    #[cfg(feature = "stream")]
    #[inline(never)]
    fn put_permit<P: SettlePermit>(self, guard: FailOnUnwind<P>, output: &mut Output) {
        if let Some(permit) = guard.into_permit() {
            (self.put)(output, permit.into_owned(self.breaker), self.limits);
        }
    }

    #[cfg(not(feature = "stream"))]
    fn put_permit<P: SettlePermit>(self, _: FailOnUnwind<P>, _: &mut Output) {
        match self.0 {}
    }
}
