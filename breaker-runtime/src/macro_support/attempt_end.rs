//! The end of one attempt of a function with layers around its breaker, and the result of it: an answer
//! for the caller, or the cause of a fallback.

use crate::__private::call_policy::{CallPolicy, Judge, OnFailure};
use crate::layers::last_good::Memory;
use crate::types::error::BreakerError;
use crate::types::outcome::{Outcome, Verdict};

/// The end of an attempt. Its permit is settled.
#[derive(Debug)]
pub enum AttemptEnd<Output> {
    /// The body ran to its end.
    Completed(Completed<Output>),
    /// The breaker did not run it.
    Rejected(BreakerError),
    /// The breaker dropped it at `call_timeout`, a game day failed it, or it failed and its output could
    /// not be kept.
    TimedOut(BreakerError),
}

/// The output of a body that ran to its end, and how it counted.
#[derive(Debug)]
pub struct Completed<Output> {
    /// The value that the body returned.
    pub output: Output,
    pub(super) verdict: Verdict,
}

impl<Output> Completed<Output> {
    /// Returns the output, if it counted as a success.
    #[inline]
    pub fn success(&self) -> Option<&Output> {
        (self.verdict.outcome == Outcome::Success).then_some(&self.output)
    }
}

impl<Output> From<Completed<Output>> for AttemptEnd<Output> {
    #[inline(always)]
    fn from(ran: Completed<Output>) -> Self {
        Self::Completed(ran)
    }
}

/// The ends of a call after which a fallback runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// A rejection: the body did not run.
    Rejection,
    /// A failure, a time-out included.
    Failure,
    /// Either.
    Any,
}

impl<Output> AttemptEnd<Output> {
    /// Returns the end of an attempt that the breaker did not run. An injected failure counts as one.
    #[inline]
    pub(super) fn not_run(error: BreakerError) -> Self {
        if error.is_injected() { Self::TimedOut(error) } else { Self::Rejected(error) }
    }

    /// Returns the output, if it counted as a success.
    #[inline]
    pub fn success(&self) -> Option<&Output> {
        match self {
            Self::Completed(ran) => ran.success(),
            Self::Rejected(_) | Self::TimedOut(_) => None,
        }
    }

    /// Returns whether a fallback or `last_good` may answer in its place.
    #[inline]
    pub fn may_be_replaced(&self, on: On) -> bool {
        match self {
            Self::Rejected(_) => on != On::Failure,
            Self::Completed(Completed { verdict, .. }) => {
                verdict.outcome == Outcome::Failure && on != On::Rejection
            }
            Self::TimedOut(_) => on != On::Rejection,
        }
    }
}

/// The rules for an attempt that has ended.
#[derive(Clone, Copy, Debug)]
pub struct Disposition<Output, Failed: OnFailure<Output>> {
    reject: fn(BreakerError) -> Result<Output, Failed::Cause>,
    late: fn(BreakerError) -> Result<Output, Failed::Cause>,
    fail: Failed,
}

impl<Output, J: Judge<Output>, F: OnFailure<Output>> CallPolicy<Output, J, F> {
    /// Returns the judge of an attempt, and the rules for its end.
    #[inline(always)]
    pub fn split(self) -> (J, Disposition<Output, F>) {
        let Self { judge, reject, late, fail } = self;
        (judge, Disposition { reject, late, fail })
    }
}

impl<Output, F: OnFailure<Output>> Disposition<Output, F> {
    /// Returns the answer for the caller.
    ///
    /// # Errors
    ///
    /// The cause of the fallback.
    #[inline]
    pub fn conclude(self, ended: AttemptEnd<Output>) -> Result<Output, F::Cause> {
        match ended {
            AttemptEnd::Completed(Completed { output, verdict })
                if verdict.outcome == Outcome::Failure =>
            {
                self.fail.fail(output)
            }
            AttemptEnd::Completed(Completed { output, .. }) => Ok(output),
            AttemptEnd::Rejected(rejection) => (self.reject)(rejection),
            AttemptEnd::TimedOut(error) => (self.late)(error),
        }
    }

    /// Concludes as [`conclude`](Self::conclude) does, with `last_good`: learns a success, and answers
    /// from memory where a fallback would run.
    ///
    /// # Errors
    ///
    /// The cause of the fallback.
    #[inline]
    pub fn conclude_with<K>(
        self,
        ended: AttemptEnd<Output>,
        memory: Memory<'_, K, Output>,
        on: On,
    ) -> Result<Output, F::Cause> {
        if let Some(answer) = ended.success() {
            memory.learn(answer);
        } else if ended.may_be_replaced(on) {
            if let Some(answer) = memory.recall() {
                return Ok(answer);
            }
        }
        self.conclude(ended)
    }
}
