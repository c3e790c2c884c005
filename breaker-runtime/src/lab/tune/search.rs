//! The search: [`tune`].

use std::time::{Duration, SystemTime};

use rayon::prelude::*;

use crate::lab::chance::float;
use crate::lab::log::{CallGroup, TimedCall};
use crate::lab::replay::incident::{Incident, Weather};
use crate::lab::replay::score::{Score, ScoreOptions, scored};
use crate::lab::tune::guard::{MOST_A_YEAR, Usual, trips_a_year};
use crate::lab::tune::space::{Opener, TrialPolicy, openers, with_recoveries};

/// The time before and after an incident that is replayed with it.
const AROUND: u64 = 180 * 1_000_000_000;

/// The conditions of which all recoveries are tried.
const MAX_OPENERS: usize = 40;

/// The policies that are refined, and at the end checked on the whole log.
const MAX_BEST: usize = 80;

/// The times that the best policies are refined.
const ROUNDS: usize = 3;

/// A policy with its figures.
#[derive(Clone, Debug)]
pub(crate) struct Tried {
    pub(crate) candidate: TrialPolicy,
    pub(crate) score: Score,
}

impl Tried {
    /// Returns the failing calls that ran and the good calls that did not: what a policy is judged by.
    pub(crate) fn axes(&self) -> (u64, u64) {
        (self.score.bad_let_through, self.score.good_rejected)
    }

    /// Returns the sum of both: a failing call that runs costs as much as a good call that does not.
    pub(crate) fn cost(&self) -> u64 {
        self.score.bad_let_through + self.score.good_rejected
    }

    fn rank(&self) -> (u64, u64, Duration) {
        (self.cost(), self.score.bad_let_through, self.candidate.timeout)
    }
}

/// The result of a search.
#[derive(Clone, Debug)]
pub(crate) struct Tuned {
    /// The front, by the failing calls that it lets through; empty if no policy is quiet enough.
    pub(crate) front: Vec<Tried>,
    /// The index in the front of the policy with the smallest cost.
    pub(crate) best: usize,
    /// The number of replays.
    pub(crate) replays: u64,
    /// The conditions that were left out, as chance alone could make them open.
    pub(crate) too_nervous: usize,
    pub(crate) usual: Usual,
}

/// The calls of one breaker and key, with their incidents.
pub(crate) type Watched<'g> = (&'g CallGroup, &'g Weather);

/// Searches for the policies of one breaker, with all its keys.
pub(crate) fn tune(
    groups: &[Watched<'_>],
    started: SystemTime,
    options: ScoreOptions,
    progress: impl Fn(u64) + Sync,
) -> Tuned {
    let usual = usual(groups);
    let all = openers(options.slow);
    let quiet: Vec<_> =
        all.iter().copied().filter(|opener| trips_a_year(opener, usual) <= MOST_A_YEAR).collect();
    let too_nervous = all.len() - quiet.len();
    let parts: Vec<_> =
        groups.iter().map(|(group, weather)| around_incidents(group, &weather.incidents)).collect();
    let part: Vec<Watched<'_>> =
        parts.iter().zip(groups).map(|(part, (_, weather))| (part, *weather)).collect();
    let search = PolicySearch { started, options, progress: &progress };
    let (best, replays) = if part.iter().all(|(group, _)| group.calls.is_empty()) {
        // Nothing to compare: the first condition is the quickest one that chance does not meet.
        let first = |opener: &Opener| TrialPolicy {
            opener: *opener,
            timeout: Duration::from_secs(5),
            successes: 2,
            slow: options.slow,
        };
        (quiet.first().map(first).into_iter().collect(), 0)
    } else {
        search.best(&part, &quiet, usual)
    };
    let replays = replays + best.len() as u64;
    // On the whole log a policy may open where nothing was replayed so far.
    let whole = search.replay(groups, best);
    let front = front(whole);
    let best = (0..front.len()).min_by_key(|index| front[*index].rank()).unwrap_or_default();
    Tuned { front, best, replays, too_nervous, usual }
}

struct PolicySearch<'s, P> {
    started: SystemTime,
    options: ScoreOptions,
    progress: &'s P,
}

impl<P: Fn(u64) + Sync> PolicySearch<'_, P> {
    /// Searches on the incidents; returns the best policies, and the number of replays.
    fn best(&self, part: &[Watched<'_>], quiet: &[Opener], usual: Usual) -> (Vec<TrialPolicy>, u64) {
        let slow = self.options.slow;
        // A quick recovery and a slow one: which condition is good depends on it.
        let firsts =
            [(2, 2), (10, 1)].map(|(seconds, successes)| (Duration::from_secs(seconds), successes));
        let firsts: Vec<_> = quiet
            .iter()
            .flat_map(|opener| {
                firsts.map(|(timeout, successes)| TrialPolicy {
                    opener: *opener,
                    timeout,
                    successes,
                    slow,
                })
            })
            .collect();
        let firsts = self.replay(part, firsts);
        let mut replays = firsts.len() as u64;
        let mut chosen: Vec<Opener> = Vec::new();
        for tried in best_of(firsts, usize::MAX) {
            if chosen.len() < MAX_OPENERS && !chosen.contains(&tried.candidate.opener) {
                chosen.push(tried.candidate.opener);
            }
        }
        let second: Vec<_> = chosen.iter().flat_map(|opener| with_recoveries(*opener, slow)).collect();
        replays += second.len() as u64;
        let mut found = self.replay(part, second);
        for _ in 0..ROUNDS {
            let best = best_of(found.clone(), MAX_BEST);
            let mut near: Vec<TrialPolicy> = Vec::new();
            for candidate in best.iter().flat_map(|tried| tried.candidate.neighbours()) {
                let is_new =
                    !near.contains(&candidate) && found.iter().all(|tried| tried.candidate != candidate);
                if is_new && trips_a_year(&candidate.opener, usual) <= MOST_A_YEAR {
                    near.push(candidate);
                }
            }
            replays += near.len() as u64;
            found.extend(self.replay(part, near));
        }
        let best = best_of(found, MAX_BEST).iter().map(|tried| tried.candidate).collect();
        (best, replays)
    }

    /// Replays candidates on all cores; returns those that open in incidents alone.
    fn replay(&self, groups: &[Watched<'_>], candidates: Vec<TrialPolicy>) -> Vec<Tried> {
        let tried = candidates.into_par_iter().filter_map(|candidate| {
            let (config, mut total) = (candidate.config(), Score::default());
            for (group, weather) in groups {
                let (score, _) = scored(group, weather, config, self.started, self.options);
                total.add(&score);
                if total.trips_outside > 0 {
                    break;
                }
            }
            (self.progress)(total.calls);
            (total.trips_outside == 0).then_some(Tried { candidate, score: total })
        });
        tried.collect()
    }
}

/// Returns the usual traffic, outside of incidents.
fn usual(groups: &[Watched<'_>]) -> Usual {
    let (mut calls, mut bad, mut longest) = (0, 0.0, 0);
    for (group, weather) in groups {
        let is_usual =
            |call: &&TimedCall| weather.incidents.iter().all(|incident| !incident.has(call.start));
        let quiet = group.calls.iter().filter(is_usual).count() as u64;
        let ends = group.calls.first().zip(group.calls.last());
        let span = ends.map_or(0, |(first, last)| last.start - first.start);
        let in_incidents: u64 =
            weather.incidents.iter().map(|incident| incident.end - incident.start).sum();
        longest = longest.max(span.saturating_sub(in_incidents));
        bad += weather.usual_bad * float(quiet);
        calls += quiet;
    }
    Usual::new(bad / float(calls.max(1)), calls, Duration::from_nanos(longest.max(1)))
}

/// Returns the calls of the incidents and of the time around them.
fn around_incidents(group: &CallGroup, incidents: &[Incident]) -> CallGroup {
    let is_near = |call: &&TimedCall| {
        let near = |incident: &Incident| {
            call.end() >= incident.start.saturating_sub(AROUND) && call.start <= incident.end + AROUND
        };
        incidents.iter().any(near)
    };
    CallGroup { calls: group.calls.iter().filter(is_near).copied().collect(), ..group.clone_empty() }
}

/// Returns the front, and after it the policies with the smallest cost, so many in all if the front is
/// not longer.
fn best_of(tried: Vec<Tried>, most: usize) -> Vec<Tried> {
    let mut best = front(tried.clone());
    best.sort_by_key(Tried::rank);
    let mut rest = tried;
    rest.sort_by_key(Tried::rank);
    for tried in rest {
        if best.len() >= most {
            break;
        }
        if best.iter().all(|one| one.candidate != tried.candidate) {
            best.push(tried);
        }
    }
    best
}

/// Returns the policies that no other one beats on both axes, by the failing calls let through.
pub(crate) fn front(mut tried: Vec<Tried>) -> Vec<Tried> {
    tried.sort_by_key(|tried| (tried.axes(), tried.candidate.timeout));
    let mut front: Vec<Tried> = Vec::new();
    for tried in tried {
        if front.last().is_none_or(|last| tried.score.good_rejected < last.score.good_rejected) {
            front.push(tried);
        }
    }
    front
}
