//! The figures of a policy in a replay: [`Score`].

use std::time::{Duration, SystemTime};

use crate::config::Config;
use crate::lab::log::{CallGroup, TimedCall};
use crate::lab::replay::engine::{ChangeAt, Decision, Replayed, replay};
use crate::lab::replay::incident::{Incident, Weather};
use crate::lab::replay::keys::{KeysPolicy, replay_keys};
use crate::types::snapshot::State;

/// The figures of a policy on the calls of one breaker and key, or of several. Times in ns.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Score {
    pub(crate) calls: u64,
    pub(crate) rejected: u64,
    pub(crate) good: u64,
    pub(crate) good_rejected: u64,
    pub(crate) bad: u64,
    pub(crate) bad_let_through: u64,
    /// The calls that were admitted here and rejected in the log.
    pub(crate) unknown_admitted: u64,
    pub(crate) trips: u64,
    /// The trips outside of incidents.
    pub(crate) trips_outside: u64,
    /// The incidents in which the breaker was never open.
    pub(crate) missed: u64,
    /// For each incident that it opened in: the time from the end of the first bad call to the trip.
    pub(crate) time_to_trip: Vec<u64>,
    /// The time in which it was not closed, half-open included.
    pub(crate) not_closed: u64,
    /// The part of that after incidents, until it closed.
    pub(crate) open_after: u64,
}

impl Score {
    /// Adds the score of another breaker or key.
    pub(crate) fn add(&mut self, other: &Self) {
        self.calls += other.calls;
        self.rejected += other.rejected;
        self.good += other.good;
        self.good_rejected += other.good_rejected;
        self.bad += other.bad;
        self.bad_let_through += other.bad_let_through;
        self.unknown_admitted += other.unknown_admitted;
        self.trips += other.trips;
        self.trips_outside += other.trips_outside;
        self.missed += other.missed;
        self.time_to_trip.extend(&other.time_to_trip);
        self.not_closed += other.not_closed;
        self.open_after += other.open_after;
    }

    /// Returns the median of the times to the trip.
    pub(crate) fn median_time_to_trip(&self) -> Option<Duration> {
        let mut times = self.time_to_trip.clone();
        times.sort_unstable();
        times.get(times.len() / 2).copied().map(Duration::from_nanos)
    }
}

/// Replays the calls of a group, and scores the decisions.
pub(crate) fn scored(
    group: &CallGroup,
    weather: &Weather,
    config: Config,
    started: SystemTime,
    options: ScoreOptions,
) -> (Score, Replayed) {
    let mut score = Score::of_calls(group);
    let replayed = replay(group, config, started, options.seed, |call, decision| {
        score.add_decision(call, decision, options.slow);
    });
    score.add_changes(&replayed, group, weather, options.slow);
    (score, replayed)
}

/// Replays the calls of all keys of a breaker together, and scores the decisions of each.
pub(crate) fn scored_keys(
    groups: &[(&CallGroup, &Weather)],
    policy: &KeysPolicy,
    started: SystemTime,
    options: ScoreOptions,
) -> Vec<(Score, Replayed)> {
    let (calls, _): (Vec<_>, Vec<_>) = groups.iter().copied().unzip();
    let mut scores: Vec<_> = calls.iter().map(|group| Score::of_calls(group)).collect();
    let replayed = replay_keys(&calls, policy, started, options.seed, |group, call, decision| {
        scores[group].add_decision(call, decision, options.slow);
    });
    let scored = scores.into_iter().zip(replayed).zip(groups);
    scored
        .map(|((mut score, replayed), (group, weather))| {
            score.add_changes(&replayed, group, weather, options.slow);
            (score, replayed)
        })
        .collect()
}

/// The options of a score.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ScoreOptions {
    /// The length from which a success is a bad call.
    pub(crate) slow: Option<Duration>,
    /// The seed of jitter and throttle.
    pub(crate) seed: u64,
}

fn is_unknown(outcome: crate::lab::recording::CallOutcome) -> bool {
    use crate::lab::recording::CallOutcome;
    matches!(outcome, CallOutcome::Rejected | CallOutcome::Full)
}

/// Returns the periods from a trip until the breaker closed, or until the end of the log.
pub(crate) fn open_periods(changes: &[ChangeAt], last: u64) -> Vec<(u64, u64)> {
    let mut periods = Vec::new();
    let mut begin = None;
    for change in changes {
        match change.to {
            State::Closed => periods.extend(begin.take().map(|begin| (begin, change.at))),
            _ => _ = begin.get_or_insert(change.at),
        }
    }
    periods.extend(begin.map(|begin| (begin, last.max(begin))));
    periods
}

impl Score {
    fn of_calls(group: &CallGroup) -> Self {
        Self { calls: group.calls.len() as u64, ..Self::default() }
    }

    fn add_decision(&mut self, call: &TimedCall, decision: Decision, slow: Option<Duration>) {
        let (rejected, bad) = (decision.is_some(), call.is_bad(slow));
        self.rejected += u64::from(rejected);
        match bad {
            Some(true) => {
                self.bad += 1;
                self.bad_let_through += u64::from(!rejected);
            }
            Some(false) => {
                self.good += 1;
                self.good_rejected += u64::from(rejected);
            }
            None => self.unknown_admitted += u64::from(!rejected && is_unknown(call.outcome)),
        }
    }

    fn add_changes(
        &mut self,
        replayed: &Replayed,
        group: &CallGroup,
        weather: &Weather,
        slow: Option<Duration>,
    ) {
        let last = group.calls.iter().map(TimedCall::end).max().unwrap_or_default();
        self.add_times(&open_periods(&replayed.changes, last), &weather.incidents, group, slow);
        self.trips = replayed.trip_count;
    }

    fn add_times(
        &mut self,
        periods: &[(u64, u64)],
        incidents: &[Incident],
        group: &CallGroup,
        slow: Option<Duration>,
    ) {
        self.not_closed = periods.iter().map(|(begin, end)| end - begin).sum();
        for incident in incidents {
            let overlaps = |(begin, end): &&(u64, u64)| *begin <= incident.end && *end >= incident.start;
            let Some((begin, _)) = periods.iter().find(overlaps) else {
                self.missed += 1;
                continue;
            };
            let first = first_bad_end(group, incident, slow);
            self.time_to_trip.push(begin.saturating_sub(first));
        }
        for (begin, end) in periods {
            match incidents.iter().rfind(|incident| incident.start <= *begin) {
                Some(incident) if incident.has(*begin) => {
                    // The next incident may begin before it has closed.
                    let next = incidents.iter().find(|next| next.start > incident.end);
                    let until = next.map_or(*end, |next| (*end).min(next.start));
                    self.open_after += until.saturating_sub(incident.end);
                }
                _ => self.trips_outside += 1,
            }
        }
    }
}

/// Returns the end of the first bad call of an incident.
fn first_bad_end(group: &CallGroup, incident: &Incident, slow: Option<Duration>) -> u64 {
    let from = group.calls.partition_point(|call| call.start < incident.start);
    let mut calls = group.calls[from..].iter().take_while(|call| call.start <= incident.end);
    let first = calls.find(|call| call.is_bad(slow) == Some(true));
    first.map_or(incident.start, TimedCall::end)
}
