//! How one attempt of a function with layers around its breaker has ended, and what becomes of that: an
//! answer, or the cause of a fallback.

use crate::__private::rules::{Fail, Judge, Rules};
use crate::types::error::BreakerError;
use crate::types::outcome::{Outcome, Verdict};

/// The end of an attempt. Its permit is settled.
#[derive(Debug)]
pub enum Ended<Output> {
    /// The body ran to its end.
    Ran(Ran<Output>),
    /// The breaker did not run it.
    Rejected(BreakerError),
    /// The breaker dropped it at `call_timeout`.
    TimedOut(BreakerError),
}

/// The output of a body that ran to its end, and how it counted.
#[derive(Debug)]
pub struct Ran<Output> {
    /// What the body returned.
    pub output: Output,
    pub(super) verdict: Verdict,
}

impl<Output> Ran<Output> {
    /// The output, if it counted as a success.
    #[inline]
    pub fn success(&self) -> Option<&Output> {
        (self.verdict.outcome == Outcome::Success).then_some(&self.output)
    }
}

impl<Output> From<Ran<Output>> for Ended<Output> {
    #[inline(always)]
    fn from(ran: Ran<Output>) -> Self {
        Self::Ran(ran)
    }
}

/// When a fallback runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// In place of a body that was not run.
    Rejection,
    /// After a failure, a time-out included.
    Failure,
    /// Either.
    Any,
}

impl<Output> Ended<Output> {
    /// The output, if it counted as a success.
    #[inline]
    pub fn success(&self) -> Option<&Output> {
        match self {
            Self::Ran(ran) => ran.success(),
            Self::Rejected(_) | Self::TimedOut(_) => None,
        }
    }

    /// Whether something else may answer in its place.
    #[inline]
    pub fn may_be_replaced(&self, on: On) -> bool {
        match self {
            Self::Rejected(_) => on != On::Failure,
            Self::Ran(Ran { verdict, .. }) => verdict.outcome == Outcome::Failure && on != On::Rejection,
            Self::TimedOut(_) => on != On::Rejection,
        }
    }
}

/// What rules say of an attempt that has ended.
#[derive(Clone, Copy, Debug)]
pub struct Ending<Output, Failed: Fail<Output>> {
    reject: fn(BreakerError) -> Result<Output, Failed::Cause>,
    late: fn(BreakerError) -> Result<Output, Failed::Cause>,
    fail: Failed,
}

impl<Output, J: Judge<Output>, F: Fail<Output>> Rules<Output, J, F> {
    /// The judge of an attempt, and what comes after its end.
    #[inline(always)]
    pub fn split(self) -> (J, Ending<Output, F>) {
        let Self { judge, reject, late, fail } = self;
        (judge, Ending { reject, late, fail })
    }
}

impl<Output, F: Fail<Output>> Ending<Output, F> {
    /// An answer for the caller, or the cause of the fallback.
    ///
    /// # Errors
    ///
    /// The cause of the fallback.
    #[inline]
    pub fn conclude(self, ended: Ended<Output>) -> Result<Output, F::Cause> {
        match ended {
            Ended::Ran(Ran { output, verdict }) if verdict.outcome == Outcome::Failure => {
                self.fail.fail(output)
            }
            Ended::Ran(Ran { output, .. }) => Ok(output),
            Ended::Rejected(rejection) => (self.reject)(rejection),
            Ended::TimedOut(error) => (self.late)(error),
        }
    }
}
