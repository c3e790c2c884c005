//! Why a breaker changed its state: [`Reason`].

/// Why a breaker changed its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// `failure_threshold` failures came in a row.
    FailureThreshold,
    /// The share of failures in the window reached `failure_rate`.
    FailureRate,
    /// The share of slow calls in the window reached `slow_call_rate`.
    SlowCallRate,
    /// The open period ended and a call asked to run.
    TimeoutElapsed,
    /// A probe failed.
    ProbeFailed,
    /// `success_threshold` probes succeeded.
    ProbesSucceeded,
    /// Somebody called [`trip`](crate::CircuitBreaker::trip).
    Tripped,
    /// Somebody called [`reset`](crate::CircuitBreaker::reset).
    Reset,
    /// Somebody forced the breaker, set it to observe, or made it automatic again.
    ModeChanged,
}

impl Reason {
    /// Whether the breaker opened by a decision on calls, or by an operator's trip.
    pub(crate) fn is_trip(self) -> bool {
        matches!(
            self,
            Self::FailureThreshold
                | Self::FailureRate
                | Self::SlowCallRate
                | Self::ProbeFailed
                | Self::Tripped
        )
    }
}
