//! The gate of a breaker that a background task probes: [`PingGate`].
//!
//! While a task owns the gate, no call of a user probes. A task may die with its runtime, or sit in a
//! runtime that no thread drives. So the owner announces by when it acts next. If it is overdue for
//! [`PATIENCE`], the first call that finds it so frees the gate: a breaker never stays open for
//! want of a task.
//!
//! One atomic number holds the owner, so that of several tasks that want the gate one gets it, and an
//! owner that has lost it finds that out before it probes.

use crate::sync::{AtomicU64, Ordering};
use crate::time::Ticks;

/// How long an owner may be overdue: one second, counted from the first call that notices it.
pub(crate) const PATIENCE: Ticks = 1_000_000;

/// A gate that says who probes a breaker: its owner, or calls of users while there is none.
#[derive(Debug)]
pub(crate) struct PingGate {
    /// Odd while the gate has an owner. Each change adds one.
    owner: AtomicU64,
    /// The time by which the owner acts next.
    due: AtomicU64,
    /// When a call first found the owner overdue; 0 for never.
    overdue: AtomicU64,
}

/// The ownership of a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PingTicket(u64);

/// The answer to a call that would probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PingWatch {
    /// No task probes.
    Free,
    /// A task probes.
    Owned,
    /// A task probes, and this call is the first one that finds it overdue: it should be woken.
    Overdue,
    /// The task was overdue for too long, and has lost the gate to this call.
    Abandoned,
}

impl PingGate {
    /// Makes a gate without an owner.
    pub(crate) fn new() -> Self {
        Self { owner: AtomicU64::new(0), due: AtomicU64::new(0), overdue: AtomicU64::new(0) }
    }

    /// Makes the caller the owner, unless there is one. It acts by `due`.
    pub(crate) fn claim(&self, due: Ticks) -> Option<PingTicket> {
        let seen = self.owner.load(Ordering::Acquire);
        if is_owned(seen) {
            return None;
        }
        // First: a call that sees the new owner must not see the last one's delay. Of two claims at
        // once, either time is right.
        self.expect_by(due);
        let mine = seen.wrapping_add(1);
        self.owner.compare_exchange(seen, mine, Ordering::AcqRel, Ordering::Acquire).ok()?;
        Some(PingTicket(mine))
    }

    /// Announces by when the owner acts next. Returns whether it still is the owner.
    pub(crate) fn announce(&self, ticket: PingTicket, due: Ticks) -> bool {
        if !self.is_owner(ticket) {
            return false;
        }
        self.expect_by(due);
        true
    }

    fn expect_by(&self, due: Ticks) {
        self.due.store(due, Ordering::Release);
        self.overdue.store(0, Ordering::Release);
    }

    /// Returns whether the ticket is that of the present owner.
    pub(crate) fn is_owner(&self, ticket: PingTicket) -> bool {
        self.owner.load(Ordering::Acquire) == ticket.0
    }

    /// Frees the gate, if the ticket is that of the present owner.
    pub(crate) fn release(&self, ticket: PingTicket) {
        self.free(ticket.0);
    }

    /// Returns who probes, for a call that has read `now` and would probe.
    pub(crate) fn watch(&self, now: Ticks) -> PingWatch {
        let owner = self.owner.load(Ordering::Acquire);
        if !is_owned(owner) {
            return PingWatch::Free;
        }
        if now < self.due.load(Ordering::Acquire) {
            return PingWatch::Owned;
        }
        let seen = self.overdue.load(Ordering::Acquire);
        if seen == 0 {
            let mark = now.max(1);
            let first =
                self.overdue.compare_exchange(0, mark, Ordering::AcqRel, Ordering::Acquire).is_ok();
            return if first { PingWatch::Overdue } else { PingWatch::Owned };
        }
        // Not the difference to `due`: time may have jumped ahead, and the task has not run since.
        if now.abs_diff(seen) < PATIENCE {
            return PingWatch::Owned;
        }
        if self.free(owner) { PingWatch::Abandoned } else { PingWatch::Owned }
    }

    /// Returns the time by which the owner acts next; `None` without one.
    pub(crate) fn next_action(&self) -> Option<Ticks> {
        self.is_owned().then(|| self.due.load(Ordering::Acquire))
    }

    /// Returns whether there is an owner.
    pub(crate) fn is_owned(&self) -> bool {
        is_owned(self.owner.load(Ordering::Acquire))
    }

    /// Frees the gate from an owner; returns whether it was the present one.
    fn free(&self, owner: u64) -> bool {
        let next = owner.wrapping_add(1);
        self.owner.compare_exchange(owner, next, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }
}

fn is_owned(owner: u64) -> bool {
    owner % 2 == 1
}

#[cfg(all(test, not(breaker_loom)))]
mod tests {
    use super::*;

    #[test]
    fn gate_has_one_owner_until_it_is_released() {
        let gate = PingGate::new();
        assert_eq!(gate.watch(0), PingWatch::Free);
        let first = gate.claim(10).expect("it is free");
        assert_eq!((gate.claim(10), gate.watch(9)), (None, PingWatch::Owned));
        gate.release(first);
        let second = gate.claim(10).expect("it is free again");
        gate.release(first);
        assert!(gate.is_owner(second) && !gate.announce(first, 99));
        assert_eq!(gate.next_action(), Some(10));
        gate.release(second);
        assert_eq!(gate.next_action(), None);
    }

    #[test]
    fn owner_that_does_not_act_loses_the_gate_after_a_second() {
        let gate = PingGate::new();
        let ticket = gate.claim(10).expect("it is free");
        let jumped = 10 * PATIENCE;
        assert_eq!(gate.watch(jumped), PingWatch::Overdue, "it may just not have run yet");
        assert_eq!(gate.watch(jumped + PATIENCE - 1), PingWatch::Owned);
        assert!(gate.announce(ticket, jumped), "it acts, and the wait begins anew");
        assert_eq!(gate.watch(jumped + PATIENCE), PingWatch::Overdue);
        assert_eq!(gate.watch(jumped + 2 * PATIENCE), PingWatch::Abandoned);
        assert_eq!(gate.watch(jumped + 2 * PATIENCE), PingWatch::Free);
        assert!(!gate.is_owner(ticket));
    }
}
