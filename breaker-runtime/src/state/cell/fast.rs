//! The shortcuts: admission and results that need no look at the policy, the windows or the probes.
//!
//! Each is a lock-free special case of the full path in `admit` or `settle`, and says whether it
//! applied. They are tried first, from the most common one to the least.

use crate::state::cell::{AtomicState, CallEnd, ColdState};
use crate::state::counters::striped::{HotCounter, LayerCounter, ThreadSlot};
#[cfg(not(breaker_loom))]
use crate::state::counters::thread_slot;
use crate::state::env::Env;
use crate::state::gate::{CallGate, CurrentGate, ENDS_EXACTLY};
use crate::state::policy::Policy;
use crate::state::token::CallToken;
use crate::state::transition;
use crate::state::window::slices::TakenSlices;
use crate::state::window_guard::Reading;
use crate::state::word::StateWord;
use crate::time::Ticks;
use crate::time::clock::COARSE_ERROR;

/// A failure that has entered a window, for the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WindowFailure {
    /// The success count when it entered.
    pub(crate) success_count: u64,
    /// The slices before it in a window of time, if they are few.
    pub(crate) slices: Option<TakenSlices>,
}

impl AtomicState {
    /// Admits a call in a state that admits every call, as a breaker does by the word.
    #[cfg(any(test, breaker_loom))]
    pub(crate) fn try_fast_admit(&self) -> Option<CallToken> {
        self.word().try_fast_admit()
    }

    /// Counts a success that changes nothing: the state is the same, and there is no flag. The word is
    /// loaded again as the state may have ended during the call. A streak ends by the count.
    #[inline(always)]
    pub(crate) fn try_fast_success(&self, token: CallToken, slot: ThreadSlot) -> bool {
        token.matches_idle(self.word()) && self.hot.counters.add(slot, HotCounter::Success)
    }

    /// Counts a success as [`try_fast_success`](Self::try_fast_success) does, also for a thread without
    /// a counter in this breaker.
    #[inline]
    pub(crate) fn try_first_success(&self, token: CallToken, slot: ThreadSlot) -> bool {
        token.matches_idle(self.word()) && {
            self.count(HotCounter::Success, slot);
            true
        }
    }

    /// Counts a success that changes nothing where `SLOW_ADMIT` alone is set, for example by a bulkhead.
    #[inline]
    pub(crate) fn try_success_slow_admit(&self, token: CallToken, slot: ThreadSlot) -> bool {
        token.matches_idle_slow_admit(self.word()) && {
            self.count(HotCounter::Success, slot);
            true
        }
    }

    /// Admits a call of a closed breaker with `SLOW_ADMIT` in its word, if that asks for the time of the
    /// call, and for nothing else but a concurrency permit, which the caller takes afterwards.
    #[inline(always)]
    pub(crate) fn try_timed_admit(
        gated: StateWord,
        gate: CallGate,
        env: &impl Env,
    ) -> Option<CallToken> {
        if !gate.admits() || !gate.is_timed() {
            return None;
        }
        CallToken::try_timed(gated, reading(gate, env))
    }

    /// Counts a success that changes nothing with any flags: the call was not slow, and no window has to
    /// slide.
    #[inline(always)]
    pub(crate) fn try_idle_success(
        &self,
        gate: impl Fn() -> CallGate,
        token: CallToken,
        env: &impl Env,
    ) -> bool {
        // Called again after a clock, as what it returns would be kept in a register meanwhile.
        if token.has_payload() {
            let slot = env.thread_slot();
            self.try_early_success(&gate, token, slot, env)
                || self.try_idle_timed_success(reading(gate(), env), gate(), token, slot, env)
        } else {
            self.try_idle_untimed_success(gate, self.word(), token, env)
        }
    }

    /// Counts a success as [`try_idle_success`](Self::try_idle_success) does, of a timed call or a
    /// probe, that ended at a time of the clock that its policy needs.
    #[inline(always)]
    pub(crate) fn try_idle_timed_success(
        &self,
        now: Ticks,
        gate: CallGate,
        token: CallToken,
        slot: ThreadSlot,
        env: &impl Env,
    ) -> bool {
        let word = self.word();
        // The difference wraps to a huge number if the clock stepped back.
        let took = now.wrapping_sub(token.payload());
        let changes_nothing = token.belongs_to_closed(word)
            && gate.is_quick(took)
            && (!word.flags().window_due || self.is_stable_at(now));
        if changes_nothing {
            env.record_duration(took);
            self.count(HotCounter::Success, slot);
        }
        changes_nothing
    }

    /// Counts a success as [`try_idle_timed_success`](Self::try_idle_timed_success) does, if the coarse
    /// clock shows that the precise one would lead to the same, however late the coarse one is.
    #[inline(always)]
    pub(crate) fn try_early_success(
        &self,
        gate: impl Fn() -> CallGate,
        token: CallToken,
        slot: ThreadSlot,
        env: &impl Env,
    ) -> bool {
        if !gate().is_early() {
            return false;
        }
        let Some(coarse) = env.coarse_end() else { return false };
        let latest = coarse.wrapping_add(COARSE_ERROR);
        let word = self.word();
        let changes_nothing = token.belongs_to_closed(word)
            && gate().is_quick(latest.wrapping_sub(token.payload()))
            && (!word.flags().window_due || self.is_stable_at(latest));
        if changes_nothing {
            self.count(HotCounter::Success, slot);
        }
        changes_nothing
    }

    /// Counts a success as [`try_idle_success`](Self::try_idle_success) does, of a call that is not
    /// timed, where the word was `word` after the call.
    #[inline(always)]
    pub(crate) fn try_idle_untimed_success(
        &self,
        gate: impl Fn() -> CallGate,
        word: StateWord,
        token: CallToken,
        env: &impl Env,
    ) -> bool {
        if word.flags().window_due {
            return self.try_due_success(gate, word, token, env.thread_slot(), env);
        }
        token.belongs_to_closed(word) && {
            self.count(HotCounter::Success, env.thread_slot());
            true
        }
    }

    /// Counts a success of a call that its token [matches](CallToken::matches_due) the word of before
    /// this reading, if no window needs it, of a thread that has a counter.
    #[inline(always)]
    pub(crate) fn try_success_at_reading(&self, reading: u64, slot: ThreadSlot) -> bool {
        let is_stable = |cold: &ColdState| cold.window_guard.is_stable_at_reading(reading);
        self.cold_if_made().is_some_and(is_stable) && self.hot.counters.add(slot, HotCounter::Success)
    }

    /// Publishes [readings](WindowGuard::publish_readings) for
    /// [`try_success_at_reading`](Self::try_success_at_reading).
    ///
    /// [`WindowGuard::publish_readings`]: crate::state::window_guard::WindowGuard::publish_readings
    pub(crate) fn publish_readings(&self, reading_at: fn(Ticks) -> u64) {
        if let Some(cold) = self.cold_if_made() {
            cold.window_guard.publish_readings(reading_at);
        }
    }

    /// Counts a success of a timed call that ended at this reading of the clock of the system, if that
    /// shows that the call was not slow and that no window has to slide. The thread needs a counter.
    /// The clock is the coarse one, or where calls [end exactly](ENDS_EXACTLY) the one that is needed.
    #[inline(always)]
    pub(crate) fn try_quick_success(
        &self,
        micros: u64,
        gate: &CurrentGate,
        token: CallToken,
        slot: ThreadSlot,
        env: &impl Env,
    ) -> bool {
        let word = self.word();
        let changes_nothing = token.belongs_to_closed(word)
            && token.began_since(gate.coarse_limit().earliest(micros))
            && (!word.flags().window_due || self.is_stable_at(latest(micros, gate)))
            && self.hot.counters.add(slot, HotCounter::Success);
        if changes_nothing {
            // A clock that stepped back makes no call long.
            env.record_duration(gate.time_at(micros).saturating_sub(token.payload()));
        }
        changes_nothing
    }

    /// Counts a success as [`try_idle_untimed_success`](Self::try_idle_untimed_success) does, where
    /// `word` has `WINDOW_DUE`.
    #[inline(always)]
    pub(crate) fn try_due_success(
        &self,
        gate: impl Fn() -> CallGate,
        word: StateWord,
        token: CallToken,
        slot: ThreadSlot,
        env: &impl Env,
    ) -> bool {
        let changes_nothing = token.belongs_to_closed(word) && self.is_stable_at(reading(gate(), env));
        if changes_nothing {
            self.count(HotCounter::Success, slot);
        }
        changes_nothing
    }

    /// Returns whether a plain success at this time does not need the windows.
    #[inline(always)]
    fn is_stable_at(&self, now: Ticks) -> bool {
        self.cold_if_made().is_some_and(|cold| cold.window_guard.is_stable_at(now))
    }

    /// Counts a result that needs neither the windows nor a change of state: a success that changes
    /// nothing, or a failure that does not trip, of a policy without windows.
    #[inline]
    pub(crate) fn try_settle_streak(
        &self,
        policy: &Policy,
        token: CallToken,
        end: CallEnd,
        slot: ThreadSlot,
    ) -> bool {
        match end {
            // Automatic mode alone: any result may be the first one after the end of another mode.
            CallEnd::Success => {
                token.matches_closed_without_flags(self.word()) && {
                    self.count(HotCounter::Success, slot);
                    true
                }
            }
            CallEnd::Failure if policy.is_plain() => {
                self.try_extend_streak(policy.failure_threshold, token, slot).is_some()
            }
            _ => false,
        }
    }

    /// Stores and counts a failure that starts or extends a streak and does not trip, of a policy with
    /// this threshold and without windows. Returns the success count before it, or `None` if the failure
    /// needs the full path.
    #[inline(always)]
    pub(crate) fn try_extend_streak(
        &self,
        threshold: Option<u32>,
        token: CallToken,
        slot: ThreadSlot,
    ) -> Option<u64> {
        let cold = self.cold_if_made()?;
        let last = cold.streak.read();
        if !token.matches_closed_without_flags(self.word()) {
            return None;
        }
        let success_count = self.successes_with(cold);
        let next = transition::extended_streak(last, token, success_count, threshold)?;
        if !cold.streak.replace(last, next) {
            return None;
        }
        self.count(HotCounter::Failure, slot);
        Some(success_count)
    }

    /// Does what [`try_extend_streak`](Self::try_extend_streak) does, for a thread that owns the
    /// counters while no thread has a stripe. Returns `None` also for any other.
    #[inline(always)]
    pub(crate) fn try_extend_streak_as_owner(
        &self,
        threshold: u32,
        token: CallToken,
        slot: ThreadSlot,
    ) -> Option<u64> {
        let counters = &self.hot.counters;
        if !counters.is_owned_by(slot) {
            return None;
        }
        let cold = self.cold_if_made()?;
        let last = cold.streak.read();
        if !token.matches_closed_without_flags(self.word()) {
            return None;
        }
        let success_count = counters.read_unstriped(HotCounter::Success, &cold.overflow)?;
        let next = transition::extended_streak(last, token, success_count, Some(threshold))?;
        if !cold.streak.replace(last, next) {
            return None;
        }
        counters.add_as_owner(HotCounter::Failure);
        Some(success_count)
    }

    /// Stores and counts a failure that starts or extends a streak and enters the window of a policy
    /// with no other one, where `now` is the time if the window is one of time. Does nothing and returns
    /// `None` if the failure trips, or if a success after it could.
    #[inline(always)]
    pub(crate) fn try_fail_in_window(
        &self,
        policy: &Policy,
        token: CallToken,
        slot: ThreadSlot,
        now: Ticks,
    ) -> Option<WindowFailure> {
        let rule = policy.only_window()?;
        let cold = self.cold_if_made()?;
        let mut windows = cold.window_guard.lock();
        let last = cold.streak.read();
        if !transition::fails_in_window_alone(self.word(), token, policy) {
            return None;
        }
        let success_count = self.successes_with(cold);
        let next = transition::extended_streak(last, token, success_count, policy.failure_threshold)?;
        let at = Reading { success_count, now };
        let mut failure = windows.next_failure_within(token.generation(), rule, at)?;
        // Before the window changes: if another thread has changed the streak, which one does without
        // the lock if its policy has no window, the full path adds the failure. Readers of the window
        // wait for the lock.
        if !cold.streak.replace(last, next) {
            return None;
        }
        let slices = failure.enter();
        drop(windows);
        self.count(HotCounter::Failure, slot);
        Some(WindowFailure { success_count, slices })
    }

    /// Counts if the thread has a counter of its own.
    #[inline(always)]
    #[must_use = "an event that is not counted here is counted by `count`"]
    pub(crate) fn try_count(&self, counter: HotCounter, slot: ThreadSlot) -> bool {
        self.hot.counters.add(slot, counter)
    }

    /// Counts a frequent event, also of a thread that has not claimed a slot.
    #[inline(always)]
    pub(crate) fn count(&self, counter: HotCounter, slot: ThreadSlot) {
        if !self.hot.counters.add(slot, counter) {
            self.count_slowly(counter, slot);
        }
    }

    #[cold]
    #[inline(never)]
    fn count_slowly(&self, counter: HotCounter, slot: ThreadSlot) {
        #[cfg(not(breaker_loom))]
        let slot = if slot == ThreadSlot::UNKNOWN { thread_slot::claim() } else { slot };
        self.hot.counters.add_slowly(slot, counter, || &self.overflow);
    }

    /// Counts what a layer around the breaker has done.
    pub(crate) fn count_layer(&self, what: LayerCounter, slot: ThreadSlot) {
        self.hot.counters.add_layer(slot, what, || &self.overflow);
    }

    /// Returns the sum over all threads of what a layer has done.
    pub(crate) fn counted_layer(&self, what: LayerCounter) -> u64 {
        let overflow = self.cold_if_made().map(|cold| &cold.overflow);
        self.hot.counters.read_layer(what, overflow)
    }

    /// Returns the sum of the plain successes over all threads, of a breaker with this cold part.
    #[inline(always)]
    fn successes_with(&self, cold: &ColdState) -> u64 {
        self.hot.counters.read(HotCounter::Success, Some(&cold.overflow))
    }

    /// Returns the sum over all threads.
    pub(crate) fn counted(&self, counter: HotCounter) -> u64 {
        let overflow = self.cold_if_made().map(|cold| &cold.overflow);
        self.hot.counters.read(counter, overflow)
    }
}

/// Reads the clock, as precisely as the calls need it. The time may be above `TICKS_MAX`.
#[inline(always)]
fn reading(gate: CallGate, env: &impl Env) -> Ticks {
    if gate.is_fine() { env.now() } else { env.coarse_unclamped() }
}

/// Returns the latest time, by the clock that the calls need, at this reading of the end of a call.
#[inline(always)]
fn latest(micros: u64, gate: &CurrentGate) -> Ticks {
    let is_late = !ENDS_EXACTLY && gate.get().is_fine();
    let error = if is_late { COARSE_ERROR } else { 0 };
    gate.time_at(micros).wrapping_add(error)
}
