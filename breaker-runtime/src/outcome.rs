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

impl Outcome {
    /// The rule unless another is given: `Err` is a failure.
    #[inline(always)]
    pub(crate) fn of<T, E>(result: &Result<T, E>) -> Self {
        if result.is_ok() { Self::Success } else { Self::Failure }
    }
}
