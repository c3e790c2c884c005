//! Snapshots of a breaker.

use std::num::NonZero;

use crate::breaker::inner::Inner;
use crate::keyed::member::RetiredTotals;
use crate::state::counters::striped::HotCounter;
use crate::state::env::Env;
use crate::state::transition;
use crate::time::clock::{TimeSource, duration};
use crate::types::snapshot::{Snapshot, State, Totals, WindowCounts};

impl Inner {
    /// Returns the totals of this breaker alone, also if it is a template.
    pub(crate) fn totals(&self) -> Totals {
        let mut totals = self.counters.read();
        totals.success += self.cell.counted(HotCounter::Success);
        totals.failure += self.cell.counted(HotCounter::Failure);
        totals.rejected += self.cell.counted(HotCounter::Rejected);
        totals
    }

    /// Returns a snapshot; of a template with the sum over its keys.
    pub(crate) fn snapshot(&self) -> Snapshot {
        self.end_expired_mode();
        let (now, word) = (self.now(), self.cell.word());
        if let Some(group) = self.group() {
            group.sweep(self, now);
        }
        let policy = self.settings().policy;
        let history = self.event_log.history();
        let state = transition::effective(word, now);
        let in_state = match history.since.or(self.created_at.map(NonZero::get)) {
            // Half-open by the clock alone, since the end of the open period.
            _ if state == State::HalfOpen && !word.is_half_open() => now.saturating_sub(word.payload()),
            Some(since) => now.saturating_sub(since),
            None => now.saturating_sub(TimeSource::process_start()),
        };
        let counts = self.cell.counts(word, &policy, now);
        let rates = policy.window.zip(counts.tally).map(|(rule, tally)| rule.rates(tally));
        let (failure_rate, slow_call_rate) = rates.unwrap_or_default();
        let mut sum = RetiredTotals { totals: self.totals(), trips: history.trips };
        let keys = self.group().map(|group| {
            sum = sum.plus(&group.totals());
            group.counts()
        });
        Snapshot {
            name: self.name().into(),
            key: self.key().cloned(),
            state,
            mode: transition::mode(word),
            in_state: duration(in_state),
            retry_after: self.cell.retry_after(word, &policy, now).map(duration),
            streak: transition::streak(word),
            window: counts.tally.map(WindowCounts::from),
            failure_rate,
            slow_call_rate,
            throttle: counts.throttle,
            in_flight: self.cell.probes_in_flight(word, &policy, now),
            bulkhead: self.bulkhead_counts(),
            trips: sum.trips,
            dropped_events: history.dropped,
            keys,
            totals: sum.totals,
        }
    }
}
