//! The steps of the task that probes a breaker: a ping begins, ends, or has to wait.

use std::sync::atomic::Ordering;

use crate::breaker::background::link::BackgroundLink;
use crate::breaker::cold::Cold;
use crate::breaker::inner::Inner;
use crate::state::cell::{Accounting, CallEnd, Transition};
use crate::state::commands::Change;
use crate::state::counters::rare::Count;
use crate::state::counters::striped::ThreadSlot;
use crate::state::env::Env;
use crate::state::ping_gate::PingTicket;
use crate::state::policy::Policy;
use crate::state::token::CallToken;
use crate::time::Ticks;
use crate::types::outcome::{Evidence, Outcome};

/// The time after which a task asks again that may not probe, as another process of the fleet does.
const ASK_AGAIN: Ticks = 1_000_000;

/// The next thing that a task does for a breaker.
pub(super) enum PingStep {
    /// It runs a ping with this permit, for at most so long.
    Run(CallToken, Ticks),
    /// It looks again after so long.
    Wait(Ticks),
    /// Nothing: the breaker is not open, or another task probes it.
    Done,
}

/// The environment of a ping: that of the breaker, in which the gate does not hold.
struct PingEnv<'b>(&'b Inner);

impl Env for PingEnv<'_> {
    fn now(&self) -> Ticks {
        Cold::now(self.0)
    }

    fn coarse(&self) -> Ticks {
        Env::coarse(&**self.0)
    }

    fn random(&self) -> f64 {
        self.0.random()
    }

    fn thread_slot(&self) -> ThreadSlot {
        self.0.thread_slot()
    }

    fn reserve_open_slot(&self, forced: bool) -> bool {
        self.0.reserve_open_slot(forced)
    }

    fn release_open_slot(&self) {
        self.0.release_open_slot();
    }

    fn may_probe(&self, now: Ticks) -> bool {
        self.0.fleet_lets_probe(now)
    }
}

impl Inner {
    /// Takes the next step for a task that holds `ticket`. In a half-open state it begins no ping before
    /// `not_before`.
    pub(super) fn begin_ping(&self, ticket: PingTicket, not_before: Ticks) -> PingStep {
        let Some(link) = self.background.get() else { return PingStep::Done };
        loop {
            if !link.gate().is_owner(ticket) {
                return PingStep::Done;
            }
            self.end_expired_mode();
            let (now, word) = (self.now(), self.cell.word());
            let policy = self.settings().policy;
            if !(word.is_open_by_itself() || word.is_half_open()) || self.is_idle_key(link, now) {
                link.gate().release(ticket);
                return PingStep::Done;
            }
            let left = self.cell.retry_after(word, &policy, now);
            let left = left.unwrap_or_else(|| not_before.saturating_sub(now).min(policy.open_for));
            if left > 0 {
                link.gate().announce(ticket, now.saturating_add(left));
                return PingStep::Wait(left);
            }
            let report = |change| self.append_in_background(change);
            match self.cell.admit(&policy, &PingEnv(self), report) {
                Ok(token) if token.probe_slot().is_some() => {
                    link.gate().announce(ticket, now.saturating_add(policy.probe_lease));
                    link.seen.running.store(true, Ordering::Relaxed);
                    return PingStep::Run(token, policy.probe_lease);
                }
                // It closed in between.
                Ok(token) if !token.is_bypassed() => {}
                _ => {
                    #[cfg(feature = "redis")]
                    if let Some(fleet) = self.fleet.get() {
                        fleet.refuse_ping();
                    }
                    link.gate().announce(ticket, now.saturating_add(ASK_AGAIN));
                    return PingStep::Wait(ASK_AGAIN);
                }
            }
        }
    }

    /// Settles a ping. Returns the time before which the next one must not begin, if the breaker is then
    /// half-open.
    pub(super) fn end_ping(&self, token: CallToken, end: CallEnd, cause: &'static str) -> Ticks {
        let policy = self.settings().policy;
        let seen = self.background.get().map(|link| &link.seen);
        if let Some(seen) = seen {
            seen.running.store(false, Ordering::Relaxed);
        }
        // A ping that was ended at `probe_timeout` has failed. It must not have lost its slot by then.
        let lenient = Policy { probe_lease: policy.probe_lease.saturating_mul(2), ..policy };
        self.refresh_quota();
        let settled = self.cell.settle(&lenient, token, end, None, &PingEnv(self));
        let is_late = settled.accounting == Accounting::Late;
        if end != CallEnd::Cancelled {
            let result = match settled.outcome {
                _ if is_late => Outcome::Ignored,
                Outcome::Success if settled.slow => Outcome::Failure,
                outcome => outcome,
            };
            self.count(match result {
                Outcome::Success => Count::Ping,
                Outcome::Failure => Count::FailedPing,
                Outcome::Ignored => Count::IgnoredPing,
            });
            if let Some(seen) = seen {
                seen.note(result);
            }
            self.record_end(end, &settled, Evidence::of_cause(cause));
        }
        if let Some(change) = settled.transition {
            self.append_in_background(change);
        }
        self.end_expired_mode();
        let random = if policy.growth.jitter > 0.0 { self.random() } else { 0.5 };
        self.now().saturating_add(policy.growth.jittered(policy.open_for, random))
    }

    fn append_in_background(&self, change: Transition) {
        self.append_and_notify_change(Change { background: true, ..change.into() });
    }

    /// Returns whether this is the breaker of a key that was not called for `key_idle`. A failed ping
    /// begins a new open period, and must not keep a key alive that is gone.
    fn is_idle_key(&self, link: &BackgroundLink, now: Ticks) -> bool {
        let Some(member) = self.membership() else { return false };
        let Some(group) = member.shared().group() else { return false };
        let last_use = member.last_call().max(link.idle_from.load(Ordering::Relaxed));
        now.saturating_sub(last_use) > group.limits().key_idle()
    }
}

/// A ping without a task, which a test drives.
#[cfg(all(test, not(breaker_loom)))]
pub(crate) struct DrivenPing {
    ticket: PingTicket,
    token: CallToken,
    /// The time that it has.
    pub(crate) limit: Ticks,
}

#[cfg(all(test, not(breaker_loom)))]
impl Inner {
    /// Begins a ping as a task does that finds the breaker at this moment.
    pub(crate) fn begin_driven_ping(&self) -> Option<DrivenPing> {
        let link = self.background_link()?;
        let ticket = link.gate().claim(0)?;
        if let PingStep::Run(token, limit) = self.begin_ping(ticket, 0) {
            return Some(DrivenPing { ticket, token, limit });
        }
        link.gate().release(ticket);
        None
    }

    /// Ends a ping and its task.
    pub(crate) fn end_driven_ping(&self, ping: &DrivenPing, end: CallEnd) {
        let &DrivenPing { ticket, token, .. } = ping;
        self.end_ping(token, end, "probe");
        if let Some(link) = self.background.get() {
            link.gate().release(ticket);
        }
    }
}
