//! The requests of a process to the store.

use crate::fleet::protocol::membership::LONGEST_TICK;
use crate::fleet::protocol::message::Millis;

/// The breaker when a request was made: what has changed since decides the probe.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Asked {
    pub(super) successes: u64,
    pub(super) trips: u64,
    /// The longest time that a call takes.
    pub(super) call: Millis,
}

/// The requests to the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Contact {
    /// The number of the last request.
    pub(super) number: u64,
    pub(super) pending: Option<Pending>,
    /// The time at which the first request since the last answer was sent.
    pub(super) unanswered: Option<Millis>,
    pub(super) last_sent: Option<Millis>,
    pub(super) last_tick: Millis,
    /// Whether the group has changed since the last request.
    pub(super) notified: bool,
}

/// The request under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Pending {
    pub(super) sent: Millis,
    pub(super) asked: Asked,
    /// The calls that it reports.
    pub(super) calls: u64,
}

impl Contact {
    pub(super) fn new(now: Millis) -> Self {
        Self {
            number: 0,
            pending: None,
            unanswered: None,
            last_sent: None,
            last_tick: now,
            notified: false,
        }
    }

    /// Notes that time has passed. The time of a pause does not count as one without an answer.
    pub(super) fn tick(&mut self, now: Millis) {
        let gap = now.saturating_sub(self.last_tick);
        if gap > LONGEST_TICK {
            self.unanswered = self.unanswered.map(|since| since.saturating_add(gap));
        }
        self.last_tick = now;
    }

    /// Notes that a request is sent, and returns its number.
    pub(super) fn begin(&mut self, now: Millis, asked: Asked, calls: u64) -> u64 {
        self.number += 1;
        self.pending = Some(Pending { sent: now, asked, calls });
        self.unanswered.get_or_insert(now);
        self.last_sent = Some(now);
        self.notified = false;
        self.number
    }

    /// Ends a request, if it is the one under way.
    pub(super) fn end(&mut self, number: u64) -> Option<Pending> {
        if number == self.number { self.pending.take() } else { None }
    }
}
