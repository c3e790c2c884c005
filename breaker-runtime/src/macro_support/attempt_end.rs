//! The end of one attempt of a function with layers around its breaker, and the result of it: an answer
//! for the caller, or the cause of a fallback.

use std::time::Duration;

use crate::__private::call_policy::{CallPolicy, Judge, OnFailure};
use crate::layers::last_good::Memory;
use crate::types::error::BreakerError;
use crate::types::outcome::{Outcome, RetryAdvice, Verdict};

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
    pub(super) counted: AttemptVerdict,
}

impl<Output> Completed<Output> {
    #[inline(always)]
    pub(super) fn new(output: Output, verdict: Verdict) -> Self {
        Self { output, counted: AttemptVerdict::of(verdict) }
    }

    /// Returns the output, if it counted as a success.
    #[inline]
    pub fn success(&self) -> Option<&Output> {
        (self.counted == AttemptVerdict::SUCCESS).then_some(&self.output)
    }
}

/// The outcome of a settled attempt, with the advice of a failure: the part of a verdict that the layers
/// need.
///
/// It is one number, as an attempt's end is moved from place to place: a verdict has many small fields,
/// and a load of several together waits for the store of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct AttemptVerdict(u64);

impl AttemptVerdict {
    const SUCCESS: Self = Self(0);
    const IGNORED: Self = Self(1);
    const FAILURE_THAT_REFUSES_RETRY: Self = Self(2);
    /// A failure. The nanoseconds of the pause that it asks for are added.
    const FAILURE: u64 = 3;

    #[inline(always)]
    fn of(verdict: Verdict) -> Self {
        match verdict.outcome {
            Outcome::Success => Self::SUCCESS,
            Outcome::Ignored => Self::IGNORED,
            Outcome::Failure => Self::of_failure(verdict.asked),
        }
    }

    /// Packs the advice of a failure. A pause of more than 584 years becomes that.
    #[inline]
    fn of_failure(asked: RetryAdvice) -> Self {
        let RetryAdvice { retry_after, refuses_retry } = asked;
        if refuses_retry {
            return Self::FAILURE_THAT_REFUSES_RETRY;
        }
        let pause = retry_after.unwrap_or_default();
        let nanos = u64::try_from(pause.as_nanos()).unwrap_or(u64::MAX);
        Self(nanos.saturating_add(Self::FAILURE))
    }

    #[inline(always)]
    pub(super) fn is_failure(self) -> bool {
        self.0 > Self::IGNORED.0
    }

    /// Returns the pause that a failure asks for, which may be none at all; `None` if it is not to be
    /// retried, or is no failure.
    #[inline]
    pub(super) fn retry_after(self) -> Option<Duration> {
        self.0.checked_sub(Self::FAILURE).map(Duration::from_nanos)
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
            Self::Completed(Completed { counted, .. }) => counted.is_failure() && on != On::Rejection,
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
        let Self { judge, reject, late, fail, .. } = self;
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
            AttemptEnd::Completed(Completed { output, counted }) if counted.is_failure() => {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcome_and_advice_of_a_verdict_are_kept() {
        let failure = |retry_after, refuses_retry| Verdict {
            asked: RetryAdvice { retry_after, refuses_retry },
            ..Outcome::Failure.into()
        };
        let kept = |verdict| {
            let counted = AttemptVerdict::of(verdict);
            (counted == AttemptVerdict::SUCCESS, counted.is_failure(), counted.retry_after())
        };
        assert_eq!(kept(Outcome::Success.into()), (true, false, None));
        assert_eq!(kept(Outcome::Ignored.into()), (false, false, None));
        assert_eq!(kept(failure(None, false)), (false, true, Some(Duration::ZERO)));
        for pause in [Duration::ZERO, Duration::from_nanos(1), Duration::new(86_400, 999_999_999)] {
            assert_eq!(kept(failure(Some(pause), false)), (false, true, Some(pause)));
            assert_eq!(kept(failure(Some(pause), true)), (false, true, None));
        }
        let longest = Duration::from_nanos(u64::MAX - AttemptVerdict::FAILURE);
        assert_eq!(kept(failure(Some(Duration::MAX), false)), (false, true, Some(longest)));
    }
}
