//! Readings: the figures of each breaker for one frame.
//!
//! This is the only part that touches them. It reads snapshots, which takes no lock that a successful
//! call takes. A breaker with a user's clock or key that panics is left out of the frame.

use std::cmp::Ordering;

use crate::breaker::CircuitBreaker;
use crate::breaker::latency::Latency;
use crate::observe::dashboard::epoch_millis;
use crate::observe::dashboard::fleet::shared_group;
use crate::observe::dashboard::game_day;
use crate::observe::dashboard::history::CallCounts;
use crate::observe::dashboard::views::{GameDayView, OverrideView, ProbesView};
use crate::observe::dashboard::why;
use crate::observe::distance::{TripDistance, trip_distance};
use crate::registry::breakers;
use crate::support::contain::contained;
use crate::types::operator::Operator;
use crate::types::snapshot::{Mode, Snapshot, State};

/// The number of keys that are shown of one function.
pub(super) const WORST_KEYS: usize = 20;

/// One breaker at one moment.
#[derive(Clone, Debug)]
pub(super) struct BoardReading {
    pub(super) id: String,
    pub(super) name: &'static str,
    pub(super) key: Option<String>,
    pub(super) snapshot: Snapshot,
    pub(super) counts: CallCounts,
    pub(super) why: Option<String>,
    pub(super) probes: Option<ProbesView>,
    pub(super) distance: Option<TripDistance>,
    /// Since the breaker was created.
    pub(super) latency: Option<Latency>,
    pub(super) forced: Option<OverrideView>,
    /// The group of processes that share it, while this process is in a fleet.
    pub(super) shared: Option<String>,
    pub(super) game_day: Option<GameDayView>,
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
    pub(super) worst: Vec<BoardReading>,
}

impl BoardReading {
    /// Reads all breakers of the process. Those of keys are in the reading of their function.
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
            latency: breaker.latency(),
            forced: overridden(breaker),
            shared: shared_group(breaker),
            game_day: game_day::of(breaker),
            keys: None,
            snapshot,
        }
    }
}

impl KeyReadings {
    fn of(all: impl ExactSizeIterator<Item = CircuitBreaker>) -> Self {
        let mut ranked: Vec<_> = all.map(RankedKey::new).collect();
        let count = |state| ranked.iter().filter(|key| key.state == state).count();
        let (total, open, half_open) = (ranked.len(), count(State::Open), count(State::HalfOpen));
        if total > WORST_KEYS {
            // Of thousands of keys only the shown ones are sorted.
            ranked.select_nth_unstable_by(WORST_KEYS, RankedKey::cmp);
            ranked.truncate(WORST_KEYS);
        }
        ranked.sort_unstable_by(RankedKey::cmp);
        let worst = ranked.iter().map(|key| BoardReading::alone(&key.breaker)).collect();
        Self { total, open, half_open, worst }
    }
}

/// A key and how much it needs attention.
struct RankedKey {
    state: State,
    mode: Mode,
    distance: f64,
    breaker: CircuitBreaker,
}

impl RankedKey {
    fn new(breaker: CircuitBreaker) -> Self {
        let snapshot = breaker.snapshot();
        let distance =
            trip_distance(&snapshot, &breaker.config()).map_or(0.0, |distance| distance.ratio);
        Self { state: snapshot.state, mode: snapshot.mode, distance, breaker }
    }

    /// Orders open before half-open before closed, and closed ones by whether an operator has set their
    /// mode, and how near they are to a trip.
    fn cmp(&self, other: &Self) -> Ordering {
        let rank = |key: &Self| match key.state {
            State::Open => 0,
            State::HalfOpen => 1,
            State::Closed if key.mode != Mode::Automatic => 2,
            State::Closed => 3,
        };
        let by_distance = || other.distance.total_cmp(&self.distance);
        let by_key = || self.breaker.key().cmp(&other.breaker.key());
        rank(self).cmp(&rank(other)).then_with(by_distance).then_with(by_key)
    }
}

/// Returns the mode that overrides the breaker's decision.
fn overridden(breaker: &CircuitBreaker) -> Option<OverrideView> {
    let set = breaker.mode_override()?;
    if !matches!(set.mode, Mode::ForcedOpen | Mode::ForcedClosed) {
        return None;
    }
    let of_operator = |text: fn(&Operator) -> Option<String>| set.operator.as_deref().and_then(text);
    Some(OverrideView {
        mode: mode_word(set.mode),
        author: of_operator(|operator| Some(operator.author.to_string())),
        reason: of_operator(|operator| operator.reason.as_ref().map(ToString::to_string)),
        until: set.until.map(epoch_millis),
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
    if word.is_half_open() { u32::try_from(word.probe_results().0).unwrap_or(u32::MAX) } else { 0 }
}
