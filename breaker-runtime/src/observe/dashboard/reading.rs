//! Readings: the figures of each breaker for one frame.
//!
//! This is the only part that touches them. It reads snapshots, which takes no lock that a successful
//! call takes. A breaker with a user's clock or key that panics is left out of the frame.

use crate::breaker::CircuitBreaker;
use crate::observe::dashboard::history::CallCounts;
use crate::observe::dashboard::views::{OverrideView, ProbesView};
use crate::observe::dashboard::why;
use crate::observe::distance::{TripDistance, trip_distance};
use crate::registry::breakers;
use crate::support::contain::contained;
use crate::types::snapshot::{Mode, Snapshot, State};

/// The number of keys that are shown of one function.
pub(super) const WORST_KEYS: usize = 20;

/// One breaker at one moment.
#[derive(Clone, Debug)]
pub(super) struct BreakerReading {
    pub(super) id: String,
    pub(super) name: &'static str,
    pub(super) key: Option<String>,
    pub(super) snapshot: Snapshot,
    pub(super) counts: CallCounts,
    pub(super) why: Option<String>,
    pub(super) probes: Option<ProbesView>,
    pub(super) distance: Option<TripDistance>,
    pub(super) forced: Option<OverrideView>,
    /// `None` without keys.
    pub(super) keys: Option<KeyReadings>,
}

/// The keys of one function at one moment.
#[derive(Clone, Debug, Default)]
pub(super) struct KeyReadings {
    pub(super) total: usize,
    pub(super) open: usize,
    pub(super) half_open: usize,
    /// The worst keys, at most [`WORST_KEYS`], worst first.
    pub(super) worst: Vec<BreakerReading>,
}

impl BreakerReading {
    /// Reads all breakers of the process. Those of keys are in that of their function.
    pub(super) fn all() -> Vec<Self> {
        let all = contained(|| breakers().filter(|breaker| breaker.key().is_none()).collect::<Vec<_>>());
        all.unwrap_or_default().iter().filter_map(|breaker| contained(|| Self::of(breaker))).collect()
    }

    /// Reads one breaker, with its worst keys if it is a template.
    pub(super) fn of(breaker: &CircuitBreaker) -> Self {
        let keys = breaker.keyed().map(|keyed| KeyReadings::of(keyed.iter()));
        Self { keys, ..Self::alone(breaker) }
    }

    fn alone(breaker: &CircuitBreaker) -> Self {
        let snapshot = breaker.snapshot();
        let probes = (snapshot.state == State::HalfOpen).then(|| ProbesView {
            succeeded: probe_successes(breaker),
            needed: breaker.config().success_threshold(),
            in_flight: snapshot.in_flight,
        });
        let is_trip = snapshot.state != State::Closed && snapshot.mode != Mode::ForcedOpen;
        let report = if is_trip { breaker.last_trip() } else { None };
        Self {
            id: breaker.label(),
            name: breaker.name(),
            key: breaker.key().map(ToString::to_string),
            counts: CallCounts::from(&snapshot.totals),
            why: report.filter(|report| report.end.is_none()).map(|report| why::sentence(&report)),
            probes,
            distance: trip_distance(&snapshot, &breaker.config()),
            forced: overridden(&snapshot),
            keys: None,
            snapshot,
        }
    }
}

impl KeyReadings {
    fn of(all: impl ExactSizeIterator<Item = CircuitBreaker>) -> Self {
        let mut keys = Self { total: all.len(), ..Self::default() };
        let mut ranked = Vec::new();
        for breaker in all {
            let state = breaker.state();
            keys.open += usize::from(state == State::Open);
            keys.half_open += usize::from(state == State::HalfOpen);
            let rank = match state {
                State::Open => 0,
                State::HalfOpen => 1,
                State::Closed => 2,
            };
            ranked.push((rank, breaker));
        }
        ranked.sort_by_cached_key(|(rank, breaker)| (*rank, breaker.label()));
        ranked.truncate(WORST_KEYS);
        keys.worst = ranked.iter().map(|(_, breaker)| BreakerReading::alone(breaker)).collect();
        keys
    }
}

/// Returns the mode if an operator set it.
fn overridden(snapshot: &Snapshot) -> Option<OverrideView> {
    matches!(snapshot.mode, Mode::ForcedOpen | Mode::ForcedClosed).then(|| OverrideView {
        mode: mode_word(snapshot.mode),
        author: None,
        reason: None,
        until: None,
    })
}

/// Returns the word for a mode.
pub(super) const fn mode_word(mode: Mode) -> &'static str {
    match mode {
        Mode::Automatic => "automatic",
        Mode::ForcedOpen => "forced_open",
        Mode::ForcedClosed => "forced_closed",
        Mode::Observe => "observe",
    }
}

/// Returns the number of probes that succeeded since the breaker was half-open.
fn probe_successes(breaker: &CircuitBreaker) -> u32 {
    let word = breaker.inner().cell.word();
    // The period of an open breaker may be over before it is probed.
    if word.is_half_open() { u32::try_from(word.payload()).unwrap_or(u32::MAX) } else { 0 }
}
