//! The cause of an output that was no success: the one that its error names, or the type of the error.

use std::any::type_name;
use std::marker::PhantomData;

use crate::__private::call_policy::{CallPolicy, Judge, Of, OnFailure};
use crate::breaker::judge::ErrIsFailure;
use crate::types::cause::{Cause, MAX_BYTES, kept};
use crate::types::outcome::{Outcome, Verdict};

/// A function that reads the cause of an output, or of its error.
type CauseFn<T> = fn(&T) -> &'static str;

/// The form of a `Result` with an error that names its cause. Found by
/// `(&&&of::<Output>()).cause_form()` with the four traits below in scope: the first that fits the type,
/// in the order in which a method call removes references.
#[derive(Debug)]
pub struct ErrorNamesCause<E>(PhantomData<fn() -> E>);

/// First: a `Result` with an error that names its cause.
pub trait CauseOfError<E> {
    #[doc(hidden)]
    #[inline(always)]
    fn cause_form(&self) -> ErrorNamesCause<E> {
        ErrorNamesCause(PhantomData)
    }
}

impl<T, E: Cause> CauseOfError<E> for &&Of<Result<T, E>> {}

/// The form of an output that names its cause and is no `Result`.
#[derive(Debug)]
pub struct OutputNamesCause;

/// First, as well: an output that names its cause.
pub trait CauseOfOutput {
    #[doc(hidden)]
    #[inline(always)]
    fn cause_form(&self) -> OutputNamesCause {
        OutputNamesCause
    }
}

impl<Output: Cause> CauseOfOutput for &&Of<Output> {}

/// The form of any other `Result`.
#[derive(Debug)]
pub struct TypeIsCause;

/// Second: any other `Result`.
pub trait CauseOfType {
    #[doc(hidden)]
    #[inline(always)]
    fn cause_form(&self) -> TypeIsCause {
        TypeIsCause
    }
}

impl<T, E> CauseOfType for &Of<Result<T, E>> {}

/// The form of an output without a cause.
#[derive(Debug)]
pub struct NoCause;

/// Last: an output without a cause.
pub trait CauseOfNothing {
    #[doc(hidden)]
    #[inline(always)]
    fn cause_form(&self) -> NoCause {
        NoCause
    }
}

impl<Output> CauseOfNothing for Of<Output> {}

impl<T, E: Cause> Of<Result<T, E>> {
    /// Returns the rule of `Result`, which also asks the error for its cause. That of
    /// [`OfAny`](crate::__private::call_policy::OfAny) is for an error that names none. For functions
    /// that return a `Result` and have no other rule: a compiler finds this one faster than by the
    /// traits above.
    #[inline(always)]
    pub fn result_judge() -> AskingError<ErrIsFailure, E> {
        ErrorNamesCause(PhantomData).judge(ErrIsFailure)
    }
}

impl<E: Cause> ErrorNamesCause<E> {
    /// Adds to the judge of a `Result` that the error is asked.
    #[inline(always)]
    pub fn judge<J>(self, judge: J) -> AskingError<J, E> {
        AskingError { judge, cause: E::cause }
    }

    /// Adds to rules with a predicate or a class that the error is asked.
    #[inline(always)]
    pub fn add_to<Output, J, F: OnFailure<Output>>(
        self,
        rules: CallPolicy<Output, J, F>,
    ) -> CallPolicy<Output, AskingError<J, E>, F> {
        rules.map_judge(|judge| self.judge(judge))
    }
}

impl OutputNamesCause {
    /// Returns the judge unchanged: the constructors refuse it.
    #[inline(always)]
    pub fn judge<J>(self, judge: J) -> J {
        judge
    }

    /// Adds to rules with a predicate or a class that the output is asked.
    #[inline(always)]
    pub fn add_to<Output: Cause, J, F: OnFailure<Output>>(
        self,
        rules: CallPolicy<Output, J, F>,
    ) -> CallPolicy<Output, AskingOutput<J, Output>, F> {
        rules.map_judge(|judge| AskingOutput { judge, cause: Output::cause })
    }
}

impl TypeIsCause {
    /// Returns the judge of a `Result` unchanged, which knows the type of the error.
    #[inline(always)]
    pub fn judge<J>(self, judge: J) -> J {
        judge
    }

    /// Adds the type of the error to rules with a predicate or a class, which do not know it.
    #[inline(always)]
    pub fn add_to<Output, J, F: OnFailure<Output>>(
        self,
        rules: CallPolicy<Output, J, F>,
    ) -> CallPolicy<Output, NamingType<J>, F> {
        rules.map_judge(NamingType)
    }
}

impl NoCause {
    /// Returns the judge unchanged.
    #[inline(always)]
    pub fn judge<J>(self, judge: J) -> J {
        judge
    }

    /// Returns the rules unchanged.
    #[inline(always)]
    pub fn add_to<R>(self, rules: R) -> R {
        rules
    }
}

/// A judge that also asks an error for its cause. It holds a function: a trait would have to be proved
/// again wherever the judge goes.
#[derive(Debug)]
pub struct AskingError<J, E> {
    judge: J,
    cause: CauseFn<E>,
}

impl<J: Clone, E> Clone for AskingError<J, E> {
    fn clone(&self) -> Self {
        Self { judge: self.judge.clone(), cause: self.cause }
    }
}

impl<T, E, J: Judge<Result<T, E>>> Judge<Result<T, E>> for AskingError<J, E> {
    #[inline(always)]
    fn judge(self, output: &Result<T, E>) -> Verdict {
        let verdict = self.judge.judge(output);
        match output {
            Err(error) if verdict.outcome != Outcome::Success => {
                verdict.with_cause(ask(error, self.cause))
            }
            _ => verdict,
        }
    }
}

/// A judge that also asks an output for its cause.
#[derive(Debug)]
pub struct AskingOutput<J, Output> {
    judge: J,
    cause: CauseFn<Output>,
}

impl<J: Clone, Output> Clone for AskingOutput<J, Output> {
    fn clone(&self) -> Self {
        Self { judge: self.judge.clone(), cause: self.cause }
    }
}

impl<Output, J: Judge<Output>> Judge<Output> for AskingOutput<J, Output> {
    #[inline(always)]
    fn judge(self, output: &Output) -> Verdict {
        let verdict = self.judge.judge(output);
        if verdict.outcome == Outcome::Success {
            verdict
        } else {
            verdict.with_cause(ask(output, self.cause))
        }
    }
}

/// A judge that also names the type of an error.
#[derive(Clone, Debug)]
pub struct NamingType<J>(J);

impl<T, E, J: Judge<Result<T, E>>> Judge<Result<T, E>> for NamingType<J> {
    #[inline(always)]
    fn judge(self, output: &Result<T, E>) -> Verdict {
        let verdict = self.0.judge(output);
        match output {
            Err(_) if verdict.outcome != Outcome::Success => verdict.with_cause(type_name::<E>()),
            _ => verdict,
        }
    }
}

/// Returns what the user's type says. A panic in it is one of the call, as the judge runs while the
/// permit is guarded.
///
/// Inline: a reference to the output would hold it in memory, on a success as well.
#[inline(always)]
fn ask<T>(source: &T, cause: CauseFn<T>) -> &'static str {
    let cause = cause(source);
    if (1..=MAX_BYTES).contains(&cause.len()) { cause } else { bounded(cause, type_name::<T>) }
}

#[cold]
#[inline(never)]
fn bounded(cause: &'static str, otherwise: fn() -> &'static str) -> &'static str {
    kept(cause).unwrap_or_else(otherwise)
}
