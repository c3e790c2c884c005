//! Snapshots of a breaker.

use crate::breaker::inner::Inner;
use crate::state::counters::rare::Count;
use crate::state::counters::striped::{HotCounter, LayerCounter};
use crate::state::transition;
#[cfg(any(feature = "metrics", feature = "metrics-facade", feature = "opentelemetry"))]
use crate::time::Ticks;
use crate::time::clock::{TimeSource, duration};
use crate::types::counts::{ChangeCounts, GroupCounts, RejectionCounts};
use crate::types::error::ErrorKind;
use crate::types::snapshot::{Snapshot, State, WindowCounts};
use crate::types::totals::Totals;

impl Inner {
    /// Returns the totals of this breaker alone, also if it is a template.
    pub(crate) fn totals(&self) -> Totals {
        let mut totals = self.cold_to_read().counters.read();
        totals.success += self.cell.counted(HotCounter::Success);
        totals.failure += self.cell.counted(HotCounter::Failure);
        totals.rejected += self.cell.counted(HotCounter::Rejected);
        totals.fallback = self.cell.counted_layer(LayerCounter::Fallback);
        totals.retried = self.cell.counted_layer(LayerCounter::Retried);
        totals.last_good = self.cell.counted_layer(LayerCounter::LastGood);
        totals
    }

    /// Returns the number of rejected calls of this breaker alone.
    pub(crate) fn rejections(&self) -> u64 {
        let counters = &self.cold_to_read().counters;
        let others = Count::REJECTIONS.into_iter().map(|(_, count)| counters.get(count));
        self.cell.counted(HotCounter::Rejected) + others.sum::<u64>()
    }

    /// Returns what this breaker alone has counted. Runs no code of the user's.
    pub(crate) fn own_counts(&self) -> GroupCounts {
        let cold = self.cold_to_read();
        let mut rejections = RejectionCounts::default();
        rejections.add(ErrorKind::Open, self.cell.counted(HotCounter::Rejected));
        for (kind, count) in Count::REJECTIONS {
            rejections.add(kind, cold.counters.get(count));
        }
        let ChangeCounts { transitions, open } = cold.event_log.changes();
        let trips = cold.event_log.history().trips;
        let traffic = self.cell.traffic();
        GroupCounts {
            totals: self.totals(),
            trips,
            rejections,
            transitions,
            open,
            traffic,
            #[cfg(feature = "shadow")]
            shadow: self.shadow_counts(),
        }
    }

    #[cfg(any(feature = "metrics", feature = "metrics-facade", feature = "opentelemetry"))]
    /// Returns what this breaker has counted until `now`; of a template with the sum over its keys.
    pub(crate) fn counts(&self, now: Ticks) -> GroupCounts {
        self.event_log.extend_open(now);
        let mut counts = self.own_counts();
        if let Some(group) = self.group() {
            for member in group.members() {
                if let Some(cold) = member.cold_if_made() {
                    cold.event_log.extend_open(now);
                }
            }
            counts.add(&group.totals());
        }
        counts
    }

    /// Returns a snapshot; of a template with the sum over its keys.
    pub(crate) fn snapshot(&self) -> Snapshot {
        self.end_expired_mode();
        let word = self.cell.word();
        let cold = self.cold_to_read();
        let now = cold.now();
        if let Some(group) = self.group() {
            group.sweep(self, now);
        }
        let policy = cold.settings().policy;
        let history = cold.event_log.history();
        let state = self.state_for_calls(word, now);
        let in_state = match history.since.or(self.created_at()) {
            // Half-open by the clock alone, since the end of the open period.
            _ if state == State::HalfOpen && !word.is_half_open() => now.saturating_sub(word.payload()),
            Some(since) => now.saturating_sub(since),
            None => now.saturating_sub(TimeSource::process_start()),
        };
        let counts = self.cell.counts(word, &policy, now);
        let rates = policy.window.zip(counts.tally).map(|(rule, tally)| rule.rates(tally));
        let (failure_rate, slow_call_rate) = rates.unwrap_or_default();
        let mut counted = self.own_counts();
        let keys = self.group().map(|group| {
            counted.add(&group.totals());
            group.counts()
        });
        let findings = if self.key().is_none() { self.findings(now, &counted) } else { Vec::new() };
        Snapshot {
            name: self.name().into(),
            key: self.key().cloned(),
            state,
            mode: transition::mode(word),
            in_state: duration(in_state),
            retry_after: self.cell.retry_after(word, &policy, now).map(duration),
            #[cfg(feature = "inject")]
            game_day: self.injected_faults().map(|faults| faults.until),
            streak: self.cell.streak_of(word),
            window: counts.tally.map(WindowCounts::from),
            failure_rate,
            slow_call_rate,
            throttle: counts.throttle,
            ramp: self.cell.ramp(word, &policy, now),
            in_flight: self.cell.probes_in_flight(word, &policy, now),
            #[cfg(feature = "tokio")]
            ping: self.ping_status(now, state != State::Closed),
            #[cfg(not(feature = "tokio"))]
            ping: None,
            bulkhead: cold.bulkhead_counts(),
            trips: counted.trips,
            dropped_events: history.dropped,
            keys,
            totals: counted.totals,
            #[cfg(feature = "shadow")]
            shadow: self.shadow_status(counted.shadow, now),
            findings,
        }
    }
}
