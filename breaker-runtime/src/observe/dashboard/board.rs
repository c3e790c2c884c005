//! The board: readings and their history become the views of one frame, worst first.
//!
//! Pure but for the history that it keeps: the same readings at the same times give the same frames.

use std::cmp::{Ordering, Reverse};
use std::collections::HashMap;

use crate::observe::dashboard::history::{CallCounts, Track};
use crate::observe::dashboard::reading::{BoardReading, KeyReadings, mode_word};
use crate::observe::dashboard::views::{
    BreakerFacts, BreakerView, CallRates, DistanceView, FindingView, KeyView, KeyedView, OverallCounts,
    PingView,
};
use crate::observe::distance::TripDistance;
use crate::types::snapshot::{Mode, State};

/// The difference, in milliseconds, below which a time that is computed anew for each frame is the same.
const SAME_TIME: u64 = 1_000;

/// The time of a frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct FrameTime {
    /// Milliseconds since the Unix epoch.
    pub(super) wall: u64,
    /// Milliseconds since the sampler's start.
    pub(super) elapsed: u64,
}

/// The views of the last frame, and the history behind them.
#[derive(Debug)]
pub(super) struct Board {
    /// The share of the way to the trip from which on a breaker is near it.
    near: f64,
    /// The sampler's start, in milliseconds since the Unix epoch.
    start: u64,
    tracks: HashMap<String, Track>,
    /// The times `since` and `retry_at` of the last frame, for each identity.
    times: HashMap<String, (u64, Option<u64>)>,
    is_first: bool,
}

impl Board {
    /// Creates a board without history.
    pub(super) fn new(start: u64, near: f64) -> Self {
        Self { near, start, tracks: HashMap::new(), times: HashMap::new(), is_first: true }
    }

    /// Makes the views of one frame, worst first, and forgets breakers that are gone.
    pub(super) fn frame(&mut self, now: FrameTime, readings: Vec<BoardReading>) -> Vec<BreakerView> {
        let mut before = LastFrame {
            tracks: std::mem::take(&mut self.tracks),
            times: std::mem::take(&mut self.times),
        };
        let view = |reading| {
            let facts = self.facts(now, reading, &mut before);
            let spark = self.tracks.get(&facts.id).map(|track| track.spark(self.start));
            BreakerView { facts, spark }
        };
        let mut views: Vec<_> = readings.into_iter().map(view).collect();
        self.is_first = false;
        views.sort_by(|one, other| rank(&one.facts, &other.facts));
        views
    }

    fn facts(&mut self, now: FrameTime, reading: BoardReading, before: &mut LastFrame) -> BreakerFacts {
        let BoardReading {
            id,
            name,
            key,
            snapshot,
            counts,
            why,
            probes,
            distance,
            latency,
            forced,
            shared,
            game_day,
            keys,
        } = reading;
        let known = before.tracks.remove(&id);
        // The calls before the sampler's start, and of a key that was not shown, are not of this moment.
        let baseline = if self.is_first || key.is_some() { counts } else { CallCounts::default() };
        let mut track = known.unwrap_or_else(|| Track::new(now.elapsed, baseline, snapshot.trips));
        track.add(now.elapsed, counts, snapshot.trips);
        let milliseconds =
            |time: std::time::Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let since = now.wall.saturating_sub(milliseconds(snapshot.in_state));
        let retry_at = snapshot.retry_after.map(|left| now.wall.saturating_add(milliseconds(left)));
        let last = before.times.remove(&id);
        let since = steady(last.map(|(since, _)| since), since);
        let retry_at = retry_at.map(|at| steady(last.and_then(|(_, at)| at), at));
        self.times.insert(id.clone(), (since, retry_at));
        let ping = snapshot.ping.filter(|_| snapshot.state != State::Closed).map(|ping| {
            let known = format!("{id} ping");
            let last = before.times.remove(&known).and_then(|(_, at)| at);
            let next_at = ping.next.map(|left| now.wall.saturating_add(milliseconds(left)));
            let next_at = next_at.map(|at| steady(last, at));
            self.times.insert(known, (0, next_at));
            let every_ms = milliseconds(ping.every);
            PingView { every_ms, next_at, running: ping.running, last: ping.last }
        });
        let findings = snapshot.findings().iter().map(|finding| {
            let known = format!("{id} {}", finding.kind);
            let last = before.times.remove(&known).map(|(since, _)| since);
            let since = steady(last, now.wall.saturating_sub(milliseconds(finding.lasted)));
            self.times.insert(known, (since, None));
            FindingView {
                id: finding.kind.to_string(),
                what: finding.what.clone(),
                remedy: finding.kind.remedy(),
                since,
            }
        });
        let findings = findings.collect();
        let latency_ms = track.latency(now.elapsed, latency);
        let (rates, callers_get) = (track.rates(now.elapsed), track.answers(now.elapsed));
        // Of other breakers the history begins with the breaker, or with the sampler.
        let per_second = rates.or_else(|| key.is_none().then(CallRates::default));
        self.tracks.insert(id.clone(), track);
        let mut facts = BreakerFacts {
            id,
            name,
            keyed: keys.map(|keys| self.keyed(now, keys, before)),
            key,
            state: snapshot.state,
            mode: mode_word(snapshot.mode),
            shared,
            severity: 0,
            near: false,
            since,
            why,
            retry_at,
            probes,
            ping,
            callers_get,
            per_second,
            distance: distance.map(|distance| distance_view(&distance)),
            latency_ms,
            trips: snapshot.trips,
            forced,
            findings,
            game_day,
        };
        facts.near = facts.state == State::Closed
            && facts.distance.as_ref().is_some_and(|distance| distance.ratio >= self.near);
        facts.severity = severity(&facts, snapshot.mode);
        facts.take_worst_key();
        facts
    }

    fn keyed(&mut self, now: FrameTime, keys: KeyReadings, before: &mut LastFrame) -> KeyedView {
        let KeyReadings { total, open, half_open, worst } = keys;
        let key = |reading| KeyView { facts: self.facts(now, reading, before), spark: () };
        let mut worst: Vec<_> = worst.into_iter().map(key).collect();
        worst.sort_by(|one, other| rank(&one.facts, &other.facts));
        KeyedView { total, open, half_open, worst }
    }
}

/// The history and the times up to the last frame.
struct LastFrame {
    tracks: HashMap<String, Track>,
    times: HashMap<String, (u64, Option<u64>)>,
}

impl BreakerFacts {
    /// Shows a function with keys as its worst key is: it has no state of its own.
    fn take_worst_key(&mut self) {
        let Some(worst) = self.keyed.as_ref().and_then(|keyed| keyed.worst.first()) else { return };
        let worst = &worst.facts;
        self.distance.clone_from(&worst.distance);
        if worst.severity <= self.severity {
            return;
        }
        self.severity = worst.severity;
        self.near = worst.near;
        self.state = worst.state;
        self.since = worst.since;
        self.retry_at = worst.retry_at;
        self.probes.clone_from(&worst.probes);
        self.ping.clone_from(&worst.ping);
        let key = worst.key.as_deref().unwrap_or_default();
        self.why = worst.why.as_ref().map(|why| format!("{key}: {why}"));
    }
}

fn distance_view(distance: &TripDistance) -> DistanceView {
    let TripDistance { ratio, rule, .. } = *distance;
    DistanceView {
        ratio: (ratio * 1e3).round() / 1e3,
        rule: rule.to_string(),
        now: distance.to_string(),
    }
}

/// Returns the time of the last frame if it is the same but for the error of the computation.
pub(super) fn steady(last: Option<u64>, time: u64) -> u64 {
    last.filter(|last| last.abs_diff(time) < SAME_TIME).unwrap_or(time)
}

/// Returns how much a breaker needs attention, from 0 to 100.
fn severity(facts: &BreakerFacts, mode: Mode) -> u8 {
    let ratio = facts.distance.as_ref().map_or(0.0, |distance| distance.ratio);
    match (mode, facts.state) {
        (Mode::Automatic, State::Open) => 100,
        (Mode::Automatic, State::HalfOpen) => 90,
        (Mode::ForcedOpen, _) => 80,
        (Mode::Observe, State::Open | State::HalfOpen) => 70,
        (_, State::Closed) if facts.near => 50 + tenths(ratio),
        (Mode::ForcedClosed, _) => 40,
        _ if facts.game_day.is_some() => 35,
        _ if !facts.findings.is_empty() => 30,
        (Mode::Observe, _) => 10,
        _ => 0,
    }
}

#[expect(clippy::cast_sign_loss, reason = "a ratio is not negative")]
fn tenths(ratio: f64) -> u8 {
    (ratio.clamp(0.0, 1.0) * 10.0) as u8
}

/// Orders the worst first; of equals the one that is so for longest, then by name.
fn rank(one: &BreakerFacts, other: &BreakerFacts) -> Ordering {
    let key = |facts: &BreakerFacts| {
        // For how long a breaker is closed says nothing: a list by name is found again.
        let since = if facts.severity >= 70 { facts.since } else { 0 };
        (Reverse(facts.severity), since)
    };
    key(one).cmp(&key(other)).then_with(|| one.id.cmp(&other.id))
}

/// Counts the breakers by what the summary says of them.
pub(super) fn overall(views: &[BreakerView]) -> OverallCounts {
    let count =
        |holds: &dyn Fn(&BreakerFacts) -> bool| views.iter().filter(|view| holds(&view.facts)).count();
    let is_open = |facts: &BreakerFacts| facts.state == State::Open;
    let open = views.iter().map(|view| &view.facts).filter(|facts| is_open(facts));
    OverallCounts {
        total: views.len(),
        open: count(&is_open),
        half_open: count(&|facts| facts.state == State::HalfOpen),
        forced: count(&|facts| facts.forced.is_some()),
        observing: count(&|facts| facts.mode == mode_word(Mode::Observe)),
        near: count(&|facts| facts.near),
        findings: count(&|facts| !facts.findings.is_empty()),
        game_day: count(&|facts| facts.game_day.is_some()),
        game_day_ended: None,
        oldest_open_since: open.map(|facts| facts.since).min(),
    }
}

#[cfg(test)]
#[path = "board_tests.rs"]
mod tests;
