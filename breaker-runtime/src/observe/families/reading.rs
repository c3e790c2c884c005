//! The figures of one breaker at one moment: [`BreakerReading`].

use crate::breaker::CircuitBreaker;
use crate::breaker::latency::Latency;
use crate::observe::distance::{TripDistance, trip_distance};
use crate::state::transition;
use crate::time::Ticks;
use crate::types::counts::GroupCounts;
use crate::types::finding::FindingKind;
use crate::types::ping_status::PingStatus;
use crate::types::snapshot::{BulkheadCounts, Mode, Snapshot, State};

/// The figures of one breaker, or of a group of keyed breakers.
#[derive(Clone, Debug)]
pub(crate) struct BreakerReading {
    pub(crate) name: &'static str,
    /// The time on the breaker's clock.
    pub(crate) at: Ticks,
    pub(crate) mode: Mode,
    pub(crate) counts: GroupCounts,
    /// For a group that of the key which is nearest.
    pub(crate) distance: Option<TripDistance>,
    /// The permits, the calls that wait for one, and the limit; for a group the sums over its keys.
    pub(crate) bulkhead: Option<(BulkheadCounts, u64)>,
    pub(crate) latency: Option<Latency>,
    pub(crate) findings: Vec<FindingKind>,
    /// The pings of a breaker with `probe`; for a group the next ping is that of the key which is first.
    pub(crate) pings: Option<PingStatus>,
    /// The calls that a game day has failed, delayed and hung; `None` without that feature.
    pub(crate) injected: Option<[u64; 3]>,
    /// Whether a game day is under way here, for a group for any of its keys; `None` without that
    /// feature.
    pub(crate) game_day: Option<bool>,
    /// The state of the shadow of one breaker; `None` for a group, and without that option.
    pub(crate) shadow_state: Option<State>,
    pub(crate) status: ReadingStatus,
}

/// The part of a reading that differs between one breaker and a group.
#[derive(Clone, Debug)]
pub(crate) enum ReadingStatus {
    Single {
        state: State,
        failure_rate: Option<f64>,
        slow_call_rate: Option<f64>,
    },
    /// The number of keys that are closed, open and half-open.
    Group {
        keys: [u64; 3],
    },
}

/// The states, in the order of [`ReadingStatus::Group`].
pub(crate) const STATES: [State; 3] = [State::Closed, State::Open, State::HalfOpen];

impl BreakerReading {
    /// Reads a breaker. One of a key is read with its group.
    pub(crate) fn of(breaker: &CircuitBreaker) -> Self {
        let inner = breaker.inner();
        let keyed = breaker.keyed();
        let snapshot = match keyed {
            // The sum over the keys is read below.
            Some(_) => None,
            None => Some(breaker.snapshot()),
        };
        let at = inner.now();
        let mut reading = Self {
            name: inner.name(),
            at,
            mode: transition::mode(inner.cell.word()),
            counts: inner.counts(at),
            distance: None,
            bulkhead: None,
            latency: inner.latency(),
            findings: inner.current_findings().iter().map(|finding| finding.kind).collect(),
            pings: None,
            injected: inner.injected_by_kind(),
            game_day: inner.is_on_game_day(),
            shadow_state: None,
            status: ReadingStatus::Group { keys: [0; 3] },
        };
        if let Some(snapshot) = snapshot {
            reading.add(breaker, &snapshot);
            #[cfg(feature = "shadow")]
            {
                reading.shadow_state = snapshot.shadow().map(|shadow| shadow.state);
            }
            let Snapshot { state, failure_rate, slow_call_rate, .. } = snapshot;
            reading.status = ReadingStatus::Single { state, failure_rate, slow_call_rate };
        }
        for member in keyed.into_iter().flat_map(|keyed| keyed.iter()) {
            reading.add(&member, &member.snapshot());
        }
        reading
    }

    /// Returns the counts of the shadow: trips; calls that it alone would have rejected, and admitted;
    /// and of the former the successes and the failures.
    #[cfg_attr(not(feature = "shadow"), expect(clippy::unused_self, reason = "there is none"))]
    pub(crate) fn shadow(&self) -> Option<[u64; 5]> {
        #[cfg(feature = "shadow")]
        return self.counts.shadow.map(|shadow| {
            [
                shadow.trips,
                shadow.rejected,
                shadow.admitted,
                shadow.rejected_successes,
                shadow.rejected_failures,
            ]
        });
        #[cfg(not(feature = "shadow"))]
        None
    }

    /// Adds the figures of one breaker that are no counts.
    fn add(&mut self, breaker: &CircuitBreaker, snapshot: &Snapshot) {
        let config = breaker.config();
        #[cfg(feature = "inject")]
        {
            self.game_day = self.game_day.map(|so_far| so_far || snapshot.game_day.is_some());
        }
        let distance = trip_distance(snapshot, &config);
        let is_nearer = |one: &TripDistance| self.distance.is_none_or(|other| one.ratio > other.ratio);
        if let Some(distance) = distance.filter(is_nearer) {
            self.distance = Some(distance);
        }
        if let (Some(counts), Some(limit)) = (snapshot.bulkhead, config.max_concurrent()) {
            let (sum, limits) = self.bulkhead.get_or_insert_default();
            sum.running = sum.running.saturating_add(counts.running);
            sum.pending = sum.pending.saturating_add(counts.pending);
            *limits += u64::from(limit);
        }
        if let Some(pings) = snapshot.ping {
            let known = self.pings.get_or_insert(pings);
            known.next = known.next.into_iter().chain(pings.next).min();
        }
        if let ReadingStatus::Group { keys } = &mut self.status {
            let index = STATES.iter().position(|state| *state == snapshot.state);
            keys[index.unwrap_or_default()] += 1;
        }
    }
}
