//! The shortcuts: admission and results that need no look at the policy, the windows or the probes.
//!
//! Each is a lock-free special case of the full path in `admit` or `settle`, and says whether it
//! applied. They are tried first, from the most common one to the least.

use crate::state::cell::{AtomicState, CallEnd};
use crate::state::counters::striped::{HotCounter, ThreadSlot};
use crate::state::env::Env;
use crate::state::policy::Policy;
use crate::state::token::CallToken;
use crate::state::transition;

impl AtomicState {
    /// Admits a call in a state that admits every call.
    #[inline(always)]
    pub(crate) fn try_fast_admit(&self) -> Option<CallToken> {
        self.word().try_fast_admit()
    }

    /// Counts a success that changes nothing: the state is the same, and there is no streak and no flag.
    /// The second load of the word is needed because a success ends a streak that grew during its call.
    #[inline(always)]
    pub(crate) fn try_fast_success(&self, token: CallToken, slot: ThreadSlot) -> bool {
        token.matches_idle(self.word()) && self.hot.counters.add(slot, HotCounter::Success)
    }

    /// Counts a success that changes nothing where `SLOW_ADMIT` alone is set, for example by a bulkhead.
    #[inline]
    pub(crate) fn try_success_slow_admit(&self, token: CallToken, slot: ThreadSlot) -> bool {
        token.matches_idle_slow_admit(self.word()) && {
            self.count(HotCounter::Success, slot);
            true
        }
    }

    /// Counts a success where `WINDOW_DUE` alone is set, unless a window has to slide.
    #[inline(always)]
    pub(crate) fn try_success_window_stable(
        &self,
        policy: &Policy,
        token: CallToken,
        env: &impl Env,
    ) -> bool {
        let stable = token.matches_idle_window_due(self.word())
            && self
                .cold_if_made()
                .is_some_and(|cold| cold.window_guard.is_stable(|| policy.unclamped_reading(env)));
        if stable {
            self.count(HotCounter::Success, env.thread_slot());
        }
        stable
    }

    /// Stores and counts a result that starts, extends or ends a streak without a trip.
    #[inline]
    pub(crate) fn try_settle_streak(
        &self,
        policy: &Policy,
        token: CallToken,
        end: CallEnd,
        slot: ThreadSlot,
    ) -> bool {
        let word = self.word();
        let next = transition::streak_below_threshold(word, token, end, policy);
        next.is_some_and(|next| self.swap(word, next)) && {
            let counter =
                if end == CallEnd::Success { HotCounter::Success } else { HotCounter::Failure };
            self.count(counter, slot);
            true
        }
    }

    /// Counts if the thread has a counter of its own.
    #[inline(always)]
    #[must_use = "an event that is not counted here is counted by `count`"]
    pub(crate) fn try_count(&self, counter: HotCounter, slot: ThreadSlot) -> bool {
        self.hot.counters.add(slot, counter)
    }

    /// Counts a frequent event.
    #[inline(always)]
    pub(crate) fn count(&self, counter: HotCounter, slot: ThreadSlot) {
        if !self.hot.counters.add(slot, counter) {
            self.hot.counters.add_slowly(slot, counter, || &self.overflow);
        }
    }

    /// Returns the sum over all threads.
    pub(crate) fn counted(&self, counter: HotCounter) -> u64 {
        let overflow = self.cold_if_made().map(|cold| &cold.overflow);
        self.hot.counters.read(counter, overflow)
    }
}
