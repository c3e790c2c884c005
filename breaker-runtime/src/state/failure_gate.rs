//! The checks of a failure of a closed breaker that only extends the streak, in one word:
//! [`FailureGate`].
//!
//! The options, the group of a key and its siblings each may ask for more. A failure would have to look
//! at all of them; it reads this word instead.

use crate::state::policy::Policy;
use crate::state::streak::STREAK_MAX;
use crate::sync::{AtomicU64, Ordering};

/// The bits of the limit. Those above are the flags.
const LIMIT: u64 = STREAK_MAX as u64;

/// Each failure looks for outliers among the siblings of the breaker.
const WATCHES: u64 = 1 << 62;
/// The group of the breaker's key had no open slot for it since the last result on record.
const REFUSED: u64 = 1 << 63;

/// The checks of the options that are active now, and of what else a failure may have to do.
#[derive(Debug)]
pub(crate) struct FailureGate(AtomicU64);

impl FailureGate {
    pub(crate) fn new(policy: &Policy) -> Self {
        Self(AtomicU64::new(limit(policy)))
    }

    /// Returns the streak that takes the full path, or 0 where windows decide as well; `None` if a
    /// failure has more to do.
    #[inline(always)]
    pub(crate) fn limit(&self) -> Option<u32> {
        let word = self.0.load(Ordering::Acquire);
        (word <= LIMIT).then_some(word as u32)
    }

    /// Replaces the limit. For callers that hold the lock under which the options are replaced.
    pub(crate) fn set_policy(&self, policy: &Policy) {
        let limit = limit(policy);
        let with_limit = |word: u64| Some(word & !LIMIT | limit);
        // Never fails. Flags may change meanwhile.
        let _ = self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, with_limit);
    }

    /// Sets whether each failure looks for outliers.
    pub(crate) fn watch(&self, watches: bool) {
        if watches {
            self.0.fetch_or(WATCHES, Ordering::AcqRel);
        } else {
            self.0.fetch_and(!WATCHES, Ordering::AcqRel);
        }
    }

    /// Marks that the group had no open slot.
    pub(crate) fn refuse(&self) {
        self.0.fetch_or(REFUSED, Ordering::AcqRel);
    }

    /// Returns whether the group had no open slot since the last [`take_refusal`](Self::take_refusal).
    pub(crate) fn is_refused(&self) -> bool {
        self.0.load(Ordering::Acquire) & REFUSED != 0
    }

    /// Returns whether the group had no open slot, and removes the mark.
    pub(crate) fn take_refusal(&self) -> bool {
        self.is_refused() && self.0.fetch_and(!REFUSED, Ordering::AcqRel) & REFUSED != 0
    }
}

/// Returns the limit of a policy. A longer streak than fits takes the full path.
fn limit(policy: &Policy) -> u64 {
    let threshold = policy.failure_threshold.map_or(LIMIT, |threshold| u64::from(threshold).min(LIMIT));
    if policy.is_plain() { threshold } else { 0 }
}

#[cfg(all(test, not(breaker_loom)))]
mod tests {
    use super::*;
    use crate::state::policy::WindowRule;
    use crate::state::window::Shape;

    const WINDOW: WindowRule = WindowRule {
        shape: Shape::Calls(10),
        min_calls: 1,
        failure_rate: Some(0.5),
        slow_call_rate: None,
    };

    #[test]
    fn limit_is_the_threshold_and_zero_with_windows() {
        let of = |policy: &Policy| FailureGate::new(policy).limit();
        let plain = Policy::OF_TESTS;
        assert_eq!(of(&plain), Some(3));
        assert_eq!(of(&Policy { failure_threshold: None, ..plain }), Some(STREAK_MAX));
        assert_eq!(of(&Policy { failure_threshold: Some(u32::MAX), ..plain }), Some(STREAK_MAX));
        assert_eq!(of(&Policy { window: Some(WINDOW), ..plain }), Some(0));
    }

    #[test]
    fn failure_with_more_to_do_has_no_limit() {
        let gate = FailureGate::new(&Policy::OF_TESTS);
        gate.watch(true);
        assert_eq!(gate.limit(), None);
        gate.watch(false);
        assert_eq!(gate.limit(), Some(3));
        gate.refuse();
        assert_eq!((gate.limit(), gate.is_refused()), (None, true));
        assert_eq!([gate.take_refusal(), gate.take_refusal()], [true, false]);
        assert_eq!(gate.limit(), Some(3));
    }

    #[test]
    fn other_policy_keeps_the_flags() {
        let gate = FailureGate::new(&Policy::OF_TESTS);
        gate.watch(true);
        gate.set_policy(&Policy { failure_threshold: Some(8), ..Policy::OF_TESTS });
        assert_eq!(gate.limit(), None);
        gate.watch(false);
        assert_eq!(gate.limit(), Some(8));
    }
}
