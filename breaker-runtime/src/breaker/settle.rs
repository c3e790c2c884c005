//! Settling of a call: its result changes the state, and is counted.
//!
//! - The result is counted before listeners run, so that a listener that reads the totals sees the call
//!   that caused its event.
//! - A concurrency permit is released after the result is applied, and before listeners run: the next
//!   call meets the new state, and a listener may start a call.

use std::mem;
use std::time::Duration;

use crate::breaker::concurrency::ConcurrencyPermit;
use crate::breaker::inner::Inner;
use crate::state::cell::{Accounting, CallEnd, Settled};
use crate::state::counters::rare::Count;
use crate::state::counters::striped::{HotCounter, ThreadSlot};
use crate::state::counters::thread_slot;
use crate::state::gate::ENDS_EXACTLY;
use crate::state::policy::Policy;
use crate::state::semaphore::Semaphore;
use crate::state::token::CallToken;
use crate::time::Ticks;
use crate::time::clock::{TimeSource, ticks};
use crate::types::outcome::{Evidence, Outcome};

/// The rest of a success after the first of its shortcuts.
enum Brief<'b> {
    /// Nothing.
    Done,
    /// The permit is released, and a call may wait for it.
    Waiter(&'b Semaphore),
    /// All, of a call that is timed, or a probe's.
    Timed,
    /// All, of a call that is not timed and has no permit, where a window may be due.
    Due,
    /// All, of any other call that is not timed and has no permit.
    Untimed,
    /// All.
    Other,
}

#[cold]
#[inline(never)]
fn grant_and_return<R>(semaphore: &Semaphore, output: R) -> R {
    semaphore.grant();
    output
}

impl Inner {
    #[inline(always)]
    pub(crate) fn succeed(&self, token: CallToken) {
        let slot = thread_slot::current();
        if !self.cell.try_fast_success(token, slot) {
            self.succeed_slowly(token, slot);
        }
    }

    /// Records a success as [`succeed`](Self::succeed) does, and returns the output of the call.
    ///
    /// Settling may run code of the user's that panics, and the output is dropped then. The code for
    /// that stands in a function of the output's type, and not in each function with a breaker.
    #[inline(always)]
    pub(crate) fn succeed_and_return<R>(&self, token: CallToken, output: R) -> R {
        let slot = thread_slot::current();
        if self.cell.try_fast_success(token, slot) {
            output
        } else {
            self.succeed_slowly_and_return(token, slot, output)
        }
    }

    /// Records a success that releases a permit, and leaves others to a function of their own: here the
    /// output need not survive a call, and stays in its registers.
    #[inline(never)]
    fn succeed_slowly_and_return<R>(&self, token: CallToken, slot: ThreadSlot, output: R) -> R {
        match self.try_succeed_briefly(token, slot) {
            Brief::Done => output,
            Brief::Waiter(semaphore) => grant_and_return(semaphore, output),
            // The same registers: nothing is moved.
            Brief::Timed => self.succeed_timed_and_return(token, slot, output),
            Brief::Due => self.succeed_due_and_return(token, slot, output),
            Brief::Untimed => self.succeed_untimed_and_return(token, output),
            Brief::Other => self.succeed_apart_and_return(token, output),
        }
    }

    /// Records a success of a call that is timed, or a probe's.
    ///
    /// The clock is read before anything else, and here: what is at hand is saved once, and not by a
    /// function for the output and by one for the success. A clock of a user is looked at afterwards.
    #[inline(never)]
    fn succeed_timed_and_return<R>(&self, token: CallToken, slot: ThreadSlot, output: R) -> R {
        if !self.try_succeed_timed(token, slot) {
            self.succeed_timed(token);
        }
        output
    }

    /// Records a success where a window may be due, as
    /// [`succeed_timed_and_return`](Self::succeed_timed_and_return) does.
    #[inline(never)]
    fn succeed_due_and_return<R>(&self, token: CallToken, slot: ThreadSlot, output: R) -> R {
        if !self.try_succeed_due(slot) {
            self.succeed_due(token);
        }
        output
    }

    #[inline(never)]
    fn succeed_untimed_and_return<R>(&self, token: CallToken, output: R) -> R {
        self.succeed_untimed(token);
        output
    }

    #[inline(never)]
    fn succeed_apart_and_return<R>(&self, token: CallToken, output: R) -> R {
        self.succeed_apart(token);
        output
    }

    #[inline(never)]
    fn succeed_slowly(&self, token: CallToken, slot: ThreadSlot) {
        match self.try_succeed_briefly(token, slot) {
            Brief::Done => {}
            Brief::Waiter(semaphore) => semaphore.grant(),
            Brief::Timed => {
                if !self.try_succeed_timed(token, slot) {
                    self.succeed_timed(token);
                }
            }
            Brief::Due => {
                if !self.try_succeed_due(slot) {
                    self.succeed_due(token);
                }
            }
            Brief::Untimed => self.succeed_untimed(token),
            Brief::Other => self.succeed_apart(token),
        }
    }

    /// Records a success that releases its permit and changes nothing else, of a thread that has a
    /// counter.
    #[inline(always)]
    fn try_succeed_briefly(&self, token: CallToken, slot: ThreadSlot) -> Brief<'_> {
        if Self::has_injected_waits() {
            return Brief::Other;
        }
        // One difference of token and word decides the two first.
        let word = self.cell.word();
        if token.matches_due(word) {
            return Brief::Due;
        }
        if token.has_permit_of_idle(word) {
            return match self.cold_if_made().and_then(|cold| cold.semaphore.get()) {
                Some(semaphore) if self.cell.try_count(HotCounter::Success, slot) => {
                    if semaphore.release_alone() { Brief::Waiter(semaphore) } else { Brief::Done }
                }
                _ => Brief::Other,
            };
        }
        if token.holds_permit() {
            Brief::Other
        } else if token.has_payload() {
            Brief::Timed
        } else {
            Brief::Untimed
        }
    }

    /// Records a success of a call that is timed, if the clock of the system shows that it was not slow.
    #[inline(always)]
    fn try_succeed_timed(&self, token: CallToken, slot: ThreadSlot) -> bool {
        if !TimeSource::HAS_COARSE {
            return false;
        }
        let ended = if ENDS_EXACTLY && self.is_fine() {
            TimeSource::precise_micros()
        } else {
            TimeSource::coarse_micros()
        };
        let Some(cold) = self.cold_if_made() else { return false };
        self.cell.try_quick_success(ended, &cold.gate, token, slot, cold)
    }

    fn is_fine(&self) -> bool {
        self.cold_if_made().is_some_and(|cold| cold.gate.get().is_fine())
    }

    /// Records a success of a call of which the word was [`Brief::Due`], if the coarse clock of the
    /// system shows that no window needs it.
    #[inline(always)]
    fn try_succeed_due(&self, slot: ThreadSlot) -> bool {
        TimeSource::HAS_COARSE && self.cell.try_success_at_reading(TimeSource::coarse_nanos(), slot)
    }

    #[inline(never)]
    fn succeed_apart(&self, token: CallToken) {
        // Apart from the rest, which would have to save registers for a call that returns here.
        if Self::has_injected_waits() {
            self.succeed_after_wait(token);
        } else {
            self.succeed_by_token(token);
        }
    }

    #[cold]
    #[inline(never)]
    fn succeed_after_wait(&self, token: CallToken) {
        self.forget_injected(token, CallEnd::Success);
        self.succeed_by_token(token);
    }

    #[inline(always)]
    fn succeed_by_token(&self, token: CallToken) {
        if token.holds_permit() {
            self.succeed_with_permit(token);
        } else if token.has_payload() {
            self.succeed_timed(token);
        } else {
            self.succeed_untimed(token);
        }
    }

    /// Settles a success of a call that is timed, or a probe's, by the clock that judges it.
    #[cold]
    #[inline(never)]
    fn succeed_timed(&self, token: CallToken) {
        let Some(cold) = self.cold_if_made() else { return self.settle(token, CallEnd::Success) };
        if !self.cell.try_idle_success(|| cold.gate.get(), token, cold) {
            self.settle(token, CallEnd::Success);
        }
    }

    /// Settles a success of a call that is not timed and has no permit, where a window may be due.
    #[cold]
    #[inline(never)]
    fn succeed_due(&self, token: CallToken) {
        let Some(cold) = self.cold_if_made() else { return self.settle(token, CallEnd::Success) };
        let (gate, slot) = (|| cold.gate.get(), thread_slot::claim());
        if !self.cell.try_due_success(gate, self.cell.word(), token, slot, cold) {
            self.settle(token, CallEnd::Success);
        }
        if TimeSource::HAS_COARSE && gate().is_coarse_on_system() {
            self.cell.publish_readings(TimeSource::nanos_at);
        }
    }

    /// Settles a success of a call that is not timed and has no permit. Apart from the others, which
    /// need more registers.
    #[inline(never)]
    fn succeed_untimed(&self, token: CallToken) {
        let word = self.cell.word();
        let Some(cold) = self.cold_if_made() else { return self.succeed_without_cold(token) };
        if !self.cell.try_idle_untimed_success(|| cold.gate.get(), word, token, cold) {
            self.settle(token, CallEnd::Success);
        }
    }

    /// Settles a success of a breaker that has needed no cold part: the first of its thread.
    #[cold]
    #[inline(never)]
    fn succeed_without_cold(&self, token: CallToken) {
        if !self.cell.try_first_success(token, thread_slot::claim()) {
            self.settle(token, CallEnd::Success);
        }
    }

    /// Settles a success of a call with a permit that does more than to release it.
    #[inline(never)]
    fn succeed_with_permit(&self, token: CallToken) {
        let cold = &**self;
        // Released by a panic of a clock of the user's as well.
        let permit = ConcurrencyPermit(self);
        if !self.cell.try_idle_success(|| cold.gate.get(), token.without_permit(), cold) {
            // The full path releases it.
            mem::forget(permit);
            self.settle(token, CallEnd::Success);
        }
    }

    #[inline(never)]
    pub(crate) fn settle(&self, token: CallToken, end: CallEnd) {
        self.settle_with(token, end, None, Evidence::NONE);
    }

    /// Settles a call. A failure that opens the breaker keeps it open for `wait` at least.
    #[inline(never)]
    pub(crate) fn settle_with(
        &self,
        token: CallToken,
        end: CallEnd,
        wait: Option<Duration>,
        evidence: Evidence,
    ) {
        self.forget_injected(token, end);
        if token.holds_permit() {
            return self.settle_with_permit(token, end, wait, evidence);
        }
        let settings = self.settings();
        if !self.cell.try_settle_streak(&settings.policy, token, end, thread_slot::claim()) {
            let wait = wait.filter(|_| settings.config.honour_retry_after()).map(ticks);
            self.settle_fully(&settings.policy, token, end, wait, evidence);
        } else if end == CallEnd::Failure {
            self.record_end(end, &Settled::UNTIMED_FAILURE, evidence);
            self.end_expired_mode();
        }
    }

    #[inline(never)]
    pub(crate) fn settle_fully(
        &self,
        policy: &Policy,
        token: CallToken,
        end: CallEnd,
        wait: Option<Ticks>,
        evidence: Evidence,
    ) {
        let settled = self.apply_end(policy, token, end, wait, evidence);
        if let Some(change) = settled.transition {
            self.append_and_notify(change);
        }
        self.end_expired_mode();
    }

    /// Changes the state by the result of a call, counts the result and records it. The caller delivers
    /// the transition.
    #[inline(always)]
    fn apply_end(
        &self,
        policy: &Policy,
        token: CallToken,
        end: CallEnd,
        wait: Option<Ticks>,
        evidence: Evidence,
    ) -> Settled {
        let cold = &**self;
        self.refresh_quota();
        let settled = self.cell.settle(policy, token, end, wait, cold);
        self.count_settled(end, settled);
        #[cfg(any(feature = "record", feature = "shadow"))]
        if policy.observed {
            self.observe_end(token, end, &settled, evidence, wait);
        }
        self.record_end(end, &settled, evidence);
        settled
    }

    /// Settles a call that holds a concurrency permit, and releases the permit.
    #[inline(never)]
    fn settle_with_permit(
        &self,
        token: CallToken,
        end: CallEnd,
        wait: Option<Duration>,
        evidence: Evidence,
    ) {
        let permit = ConcurrencyPermit(self);
        let token = token.without_permit();
        if end == CallEnd::Success && self.cell.try_success_slow_admit(token, thread_slot::claim()) {
            return;
        }
        let settings = self.settings();
        let wait = wait.filter(|_| settings.config.honour_retry_after()).map(ticks);
        let settled = self.apply_end(&settings.policy, token, end, wait, evidence);
        // Appended before wakers run, delivered after them: a panic in a waker loses no event.
        if let Some(change) = settled.transition {
            self.append(change);
        }
        drop(permit);
        if settled.transition.is_some() {
            self.notify();
        }
        self.end_expired_mode();
    }

    fn count_settled(&self, end: CallEnd, settled: Settled) {
        let Settled { accounting, outcome, slow, .. } = settled;
        if slow && accounting != Accounting::Late {
            self.counters.add(Count::Slow);
        }
        match (accounting, outcome) {
            (Accounting::Done, _) => {}
            (Accounting::Late, _) => self.counters.add(Count::Late),
            (Accounting::Pending, Outcome::Success) => self.counters.add(Count::OtherSuccess),
            (Accounting::Pending, Outcome::Failure) if end.is_drop() => {
                self.counters.add(Count::Abandoned);
            }
            (Accounting::Pending, Outcome::Failure) => {
                self.cell.count(HotCounter::Failure, thread_slot::claim());
            }
            (Accounting::Pending, Outcome::Ignored) if end.is_drop() => {
                self.counters.add(Count::Cancelled);
            }
            (Accounting::Pending, Outcome::Ignored) => self.counters.add(Count::Ignored),
        }
    }
}
