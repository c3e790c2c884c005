//! Settling of a call: its result changes the state, and is counted.
//!
//! - The result is counted before listeners run, so that a listener that reads the totals sees the call that caused its
//!   event.
//! - A concurrency permit is released after the result is applied, and before listeners run: the next call meets the new
//!   state, and a listener may start a call.

use std::time::Duration;

use crate::breaker::concurrency::ConcurrencyPermit;
use crate::breaker::inner::Inner;
use crate::state::cell::{End, Fate, Settled};
use crate::state::counters::rare::Count;
use crate::state::counters::striped::HotCounter;
use crate::state::counters::thread_slot;
use crate::state::policy::Policy;
use crate::state::word::CallToken;
use crate::time::Ticks;
use crate::time::clock::ticks;
use crate::types::outcome::Outcome;

impl Inner {
    #[inline(always)]
    pub(crate) fn succeed(&self, token: CallToken) {
        if !self.cell.pass(token, thread_slot::current()) {
            self.succeed_slowly(token);
        }
    }

    #[inline(never)]
    fn succeed_slowly(&self, token: CallToken) {
        if !self.cell.pass_quietly(&self.settings().policy, token, self) {
            self.settle(token, End::Success);
        }
    }

    #[inline(never)]
    pub(crate) fn settle(&self, token: CallToken, end: End) {
        if token.holds_place() {
            return self.settle_with_permit(token, end, None);
        }
        let settings = self.settings();
        if !self.cell.settle_plainly(&settings.policy, token, end, thread_slot::claim()) {
            self.settle_fully(&settings.policy, token, end, None);
        }
    }

    /// Settles a failure that keeps the breaker open for `wait` at least, if it opens it.
    #[cold]
    pub(crate) fn fail_until(&self, token: CallToken, wait: Duration) {
        if token.holds_place() {
            return self.settle_with_permit(token, End::Failure, Some(wait));
        }
        let settings = self.settings();
        let wait = settings.config.honour_retry_after().then(|| ticks(wait));
        self.settle_fully(&settings.policy, token, End::Failure, wait);
    }

    #[inline(never)]
    pub(crate) fn settle_fully(&self, policy: &Policy, token: CallToken, end: End, wait: Option<Ticks>) {
        self.look_before_opening();
        let settled = self.cell.settle(policy, token, end, wait, self);
        self.count_settled(end, settled);
        if let Some(change) = settled.change {
            self.enter(change);
        }
    }

    /// Settles a call that holds a concurrency permit, and releases the permit.
    #[inline(never)]
    fn settle_with_permit(&self, token: CallToken, end: End, wait: Option<Duration>) {
        let permit = ConcurrencyPermit(self);
        let token = token.without_place();
        if end == End::Success && self.cell.pass_behind_gate(token, thread_slot::claim()) {
            return;
        }
        let settings = self.settings();
        let wait = wait.filter(|_| settings.config.honour_retry_after()).map(ticks);
        self.look_before_opening();
        let settled = self.cell.settle(&settings.policy, token, end, wait, self);
        self.count_settled(end, settled);
        // Appended before wakers run, delivered after them: a panic in a waker loses no event.
        if let Some(change) = settled.change {
            self.append(change);
        }
        drop(permit);
        if settled.change.is_some() {
            self.notify();
        }
    }

    fn count_settled(&self, end: End, settled: Settled) {
        let Settled { fate, outcome, slow, .. } = settled;
        if slow && fate != Fate::Late {
            self.counters.add(Count::Slow);
        }
        match (fate, outcome) {
            (Fate::Passed, _) => {}
            (Fate::Late, _) => self.counters.add(Count::Late),
            (Fate::Counted, Outcome::Success) => self.counters.add(Count::OtherSuccess),
            (Fate::Counted, Outcome::Failure) => {
                self.cell.count(HotCounter::Failure, thread_slot::claim());
            }
            (Fate::Counted, Outcome::Ignored) if end == End::Cancelled => {
                self.counters.add(Count::Cancelled);
            }
            (Fate::Counted, Outcome::Ignored) => self.counters.add(Count::Ignored),
        }
    }
}
