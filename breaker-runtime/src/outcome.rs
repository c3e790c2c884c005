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
