//! Settling of a failure that changes no state, by one shortcut for a streak and one for a window. Any
//! other takes the full path in [`settle`](crate::breaker::settle).

use crate::breaker::cold::Cold;
use crate::breaker::inner::Inner;
use crate::breaker::recorder::RecentCalls;
use crate::state::cell::CallEnd;
use crate::state::counters::striped::ThreadSlot;
use crate::state::counters::thread_slot;
use crate::state::token::CallToken;
use crate::types::outcome::Evidence;

impl Inner {
    /// Settles a failure of which the cause alone is known.
    #[inline(always)]
    pub(crate) fn fail(&self, token: CallToken, cause: &'static str) {
        self.fail_by(token, Some(cause));
    }

    /// Settles a failure of which at most the cause is known.
    #[inline(always)]
    pub(crate) fn fail_by(&self, token: CallToken, cause: Option<&'static str>) {
        // Read here: in a function that is not generic it is a call to the compiler.
        self.fail_on(token, cause, thread_slot::current());
    }

    /// Settles a failure that starts or extends a streak and does not trip, of the thread that owns the
    /// counters, if that is all; any other by a function of its own.
    #[inline(never)]
    fn fail_on(&self, token: CallToken, cause: Option<&'static str>, slot: ThreadSlot) {
        let Some(cold) = self.cold_if_made() else { return self.fail_fully(token, cause) };
        let Some(limit) = cold.failure_gate.limit() else { return self.fail_apart(token, cause, slot) };
        if limit == 0 {
            return self.fail_in_window(token, cause, slot);
        }
        let Some(recent) = cold.recent.get() else { return self.fail_fully(token, cause) };
        if Self::has_injected_waits() {
            return self.fail_fully(token, cause);
        }
        let Some(number) = recent.cause_number(cause) else {
            return self.fail_apart(token, cause, slot);
        };
        let Some(success_count) = self.cell.try_extend_streak_as_owner(limit, token, slot) else {
            return self.fail_apart(token, cause, slot);
        };
        self.record_failure(cold, recent, number, success_count);
    }

    /// Settles a failure as [`fail_on`](Self::fail_on) does, of any thread, and with what else the
    /// breaker asks of it.
    #[inline(never)]
    fn fail_apart(&self, token: CallToken, cause: Option<&'static str>, slot: ThreadSlot) {
        let Some(cold) = self.cold_if_made() else { return self.fail_fully(token, cause) };
        let policy = &cold.own.policy;
        if cold.changed.get().is_some() || Self::has_injected_waits() {
            return self.fail_fully(token, cause);
        }
        if !policy.is_plain() {
            return self.fail_in_window(token, cause, slot);
        }
        let Some((recent, number)) = Self::ready_to_record(cold, cause) else {
            return self.fail_fully(token, cause);
        };
        let Some(success_count) = self.cell.try_extend_streak(policy.failure_threshold, token, slot)
        else {
            return self.fail_fully(token, cause);
        };
        self.record_failure(cold, recent, number, success_count);
        self.end_expired_mode();
    }

    /// Returns the results on record and the number of a cause, if a failure with it needs nothing else
    /// of the record.
    #[inline(always)]
    fn ready_to_record<'b>(
        cold: &'b Cold,
        cause: Option<&'static str>,
    ) -> Option<(&'b RecentCalls, u64)> {
        let recent = cold.recent.get().filter(|_| !cold.failure_gate.is_refused())?;
        let number = recent.cause_number(cause);
        Some((recent, number.unwrap_or_else(|| cold.recorder.cause_number(recent, cause))))
    }

    /// Settles a failure that enters a window of calls, or of time, and does not trip.
    #[inline(never)]
    fn fail_in_window(&self, token: CallToken, cause: Option<&'static str>, slot: ThreadSlot) {
        let cold = &**self;
        if cold.changed.get().is_some() || Self::has_injected_waits() {
            return self.fail_fully(token, cause);
        }
        let Some((recent, number)) = Self::ready_to_record(cold, cause) else {
            return self.fail_fully(token, cause);
        };
        self.refresh_quota();
        let policy = &cold.own.policy;
        let slides = policy.slides_by_time();
        // Outside the lock of the windows: the clock may be code of the user.
        let now = if slides { cold.now() } else { 0 };
        let Some(failure) = self.cell.try_fail_in_window(policy, token, slot, now) else {
            return self.fail_fully(token, cause);
        };
        if slides {
            self.record_failure_with_slices(recent, now, &failure, cause, number);
        } else {
            self.record_failure(cold, recent, number, failure.success_count);
        }
        self.end_expired_mode();
    }

    #[cold]
    #[inline(never)]
    fn fail_fully(&self, token: CallToken, cause: Option<&'static str>) {
        self.settle_with(token, CallEnd::Failure, None, Evidence { class: None, cause });
    }
}
