//! The checks of a call of a closed breaker that has more to do than to be counted, in one word:
//! [`CallGate`].
//!
//! The options that ask for them are spread over several cache lines and may be replaced at any time. A
//! call would have to guard them and look at each; it reads this word instead.

use crate::state::policy::Policy;
use crate::sync::{AtomicU64, Ordering};
use crate::time::clock::COARSE_ERROR;
use crate::time::{TICKS_MAX, Ticks};

/// The word, in bits: `admits 63 | permits 62 | timed 61 | fine 60 | early 59 | limit 47`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CallGate(u64);

/// Above it are the bits that say which checks there are.
const CHECKS_SHIFT: u32 = 61;
const ADMITS: u64 = 1 << 63;
const PERMITS: u64 = 1 << 62;
const TIMED: u64 = 1 << CHECKS_SHIFT;
const FINE: u64 = 1 << 60;
const EARLY: u64 = 1 << 59;

/// The gate of the options that are active now. Replaced with them.
#[derive(Debug)]
pub(crate) struct CurrentGate(AtomicU64);

impl CallGate {
    /// Returns the gate of a policy. `has_permits` is whether it limits how many calls run at once.
    pub(crate) const fn new(policy: &Policy, has_permits: bool) -> Self {
        if policy.observed {
            // The shortcuts report no call: each takes the full path.
            return Self(0);
        }
        let (timed, limit) = match policy.slow_call {
            Some(limit) => (TIMED, if limit > TICKS_MAX { TICKS_MAX } else { limit }),
            None => (0, 0),
        };
        let permits = if has_permits { PERMITS } else { 0 };
        let fine = if policy.coarse { 0 } else { FINE };
        let only_these = timed | permits != 0 && policy.ramp == 0 && policy.throttle.is_none();
        // No call is shorter than the error of the coarse clock for certain.
        let early = if fine != 0 && limit > COARSE_ERROR { EARLY } else { 0 };
        Self(if only_these { ADMITS } else { 0 } | permits | timed | fine | early | limit)
    }

    /// Returns the same gate, for calls that have more to pass than these checks.
    #[must_use]
    pub(crate) const fn with_more_checks(self) -> Self {
        Self(self.0 & !ADMITS)
    }

    /// Returns whether `SLOW_ADMIT` of a closed word asks for nothing but the time of a call, or a
    /// concurrency permit.
    #[inline(always)]
    pub(crate) const fn admits(self) -> bool {
        self.0 & ADMITS != 0
    }

    /// Returns whether `SLOW_ADMIT` of a closed word asks for a concurrency permit alone.
    #[inline(always)]
    pub(crate) const fn has_permits_alone(self) -> bool {
        self.0 >> CHECKS_SHIFT == (ADMITS | PERMITS) >> CHECKS_SHIFT
    }

    /// Returns whether `SLOW_ADMIT` of a closed word asks for the time of a call alone.
    #[inline(always)]
    pub(crate) const fn times_alone(self) -> bool {
        self.0 >> CHECKS_SHIFT == (ADMITS | TIMED) >> CHECKS_SHIFT
    }

    /// Returns whether a call needs a concurrency permit.
    #[inline(always)]
    pub(crate) const fn has_permits(self) -> bool {
        self.0 & PERMITS != 0
    }

    /// Returns whether calls are timed.
    #[inline(always)]
    pub(crate) const fn is_timed(self) -> bool {
        self.0 & TIMED != 0
    }

    /// Returns whether the coarse clock is not precise enough.
    #[inline(always)]
    pub(crate) const fn is_fine(self) -> bool {
        self.0 & FINE != 0
    }

    /// Returns whether the precise clock judges calls, and the coarse clock shows of some that they were
    /// not slow.
    #[inline(always)]
    pub(crate) const fn is_early(self) -> bool {
        self.0 & EARLY != 0
    }

    /// Returns whether a timed call was not slow. `false` if calls are not timed.
    #[inline(always)]
    pub(crate) const fn is_quick(self, took: Ticks) -> bool {
        self.is_timed() && took <= self.0 & TICKS_MAX
    }
}

impl CurrentGate {
    pub(crate) fn new(gate: CallGate) -> Self {
        Self(AtomicU64::new(gate.0))
    }

    #[inline(always)]
    pub(crate) fn get(&self) -> CallGate {
        CallGate(self.0.load(Ordering::Acquire))
    }

    /// Replaces the gate. For callers that hold the lock under which the options are replaced.
    pub(crate) fn set(&self, gate: CallGate) {
        self.0.store(gate.0, Ordering::Release);
    }
}
