//! The three outcomes of a call that ran.

/// How a call that ran counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The dependency answered as it should: ends the failure streak, and counts towards closing.
    Success,
    /// The dependency failed: counts towards opening.
    Failure,
    /// Neither, such as a mistake of the caller: changes no count, and frees the probe slot.
    Ignored,
}

/// Decides how an output counts.
pub(crate) trait Judge<Output> {
    /// Runs once, after the call has ended.
    fn judge(self, output: &Output) -> Outcome;
}

impl<Output, F: FnOnce(&Output) -> Outcome> Judge<Output> for F {
    #[inline(always)]
    fn judge(self, output: &Output) -> Outcome {
        self(output)
    }
}

/// The rule unless another is given.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ErrIsFailure;

impl<T, E> Judge<Result<T, E>> for ErrIsFailure {
    #[inline(always)]
    fn judge(self, output: &Result<T, E>) -> Outcome {
        if output.is_ok() { Outcome::Success } else { Outcome::Failure }
    }
}
