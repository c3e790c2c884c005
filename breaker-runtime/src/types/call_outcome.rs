//! How a recorded call ended: [`CallOutcome`], in the queue of a recording and in its file.

use std::fmt;

/// How a recorded call ended.
///
/// ```
/// use breaker_runtime::lab::recording::CallOutcome;
///
/// assert_eq!(CallOutcome::Timeout.to_string(), "timeout");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum CallOutcome {
    /// It counted as a success.
    Success,
    /// It counted as a failure.
    Failure,
    /// It ended at its deadline, and counted as a failure.
    Timeout,
    /// It counted as neither.
    Ignored,
    /// It was dropped before it ended. Whether that counts as a failure depends on the policy.
    Cancelled,
    /// It was dropped after the dependency had answered, as a reader of a stream does that has enough.
    Left,
    /// The breaker rejected it: what the dependency would have answered is not known.
    Rejected,
    /// The breaker admitted it, and the concurrency limit rejected it.
    Full,
}

impl CallOutcome {
    /// All of them, in the order of their numbers.
    #[cfg(any(feature = "lab", test))]
    pub(crate) const ALL: [Self; 8] = [
        Self::Success,
        Self::Failure,
        Self::Timeout,
        Self::Ignored,
        Self::Cancelled,
        Self::Left,
        Self::Rejected,
        Self::Full,
    ];

    /// Returns the word for this in a recording.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Timeout => "timeout",
            Self::Ignored => "ignored",
            Self::Cancelled => "cancelled",
            Self::Left => "left",
            Self::Rejected => "rejected",
            Self::Full => "full",
        }
    }
}

/// One word, as in a recording.
impl fmt::Display for CallOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_of_an_outcome_leads_back_to_it() {
        assert!(CallOutcome::ALL.iter().enumerate().all(|(index, end)| *end as usize == index));
    }
}
