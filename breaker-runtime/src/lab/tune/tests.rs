//! Proof of the search, on generated incidents with a known truth: no worse than brute force, and quiet
//! in quiet weeks.
//!
//! `.ci/lab` runs 200 incidents, each against all policies and a quiet week.

use std::time::{Duration, SystemTime};

use rayon::prelude::*;

use crate::lab::log::{CallGroup, LoadedLog, LogFacts, TimedCall};
use crate::lab::recording::CallOutcome;
use crate::lab::replay::incident::{Incident, Weather, find};
use crate::lab::replay::score::{ScoreOptions, scored};
use crate::lab::tune::command::{settings, tune_all};
use crate::lab::tune::guard::{MOST_A_YEAR, trips_a_year};
use crate::lab::tune::search::{Tried, Tuned, tune};
use crate::lab::tune::space::{openers, with_recoveries};

const SECOND: u64 = 1_000_000_000;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Crash,
    BrownOut,
    Slow,
    Flapping,
    Partial,
    Quiet,
}

const KINDS: [Kind; 6] =
    [Kind::Crash, Kind::BrownOut, Kind::Slow, Kind::Flapping, Kind::Partial, Kind::Quiet];

/// A generated system.
#[derive(Clone, Copy, Debug)]
struct System {
    kind: Kind,
    /// Calls per second.
    rate: f64,
    /// The share of failing calls on usual days.
    usual: f64,
    /// The share of failing, or slow, calls in the incident.
    hit: f64,
    incident: (u64, u64),
    seed: u64,
}

impl System {
    fn new(seed: u64) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed);
        let kind = KINDS[usize::try_from(seed).unwrap_or_default() % KINDS.len()];
        let hit = match kind {
            Kind::Crash | Kind::Flapping => 1.0,
            Kind::BrownOut => 0.5 + 0.4 * rng.f64(),
            Kind::Slow => 0.7 + 0.3 * rng.f64(),
            Kind::Partial => 0.3 + 0.15 * rng.f64(),
            Kind::Quiet => 0.0,
        };
        let start = rng.u64(500..700) * SECOND;
        Self {
            kind,
            rate: 0.8 + 1.2 * rng.f64(),
            usual: 0.001 + 0.009 * rng.f64(),
            hit,
            incident: (start, start + rng.u64(150..400) * SECOND),
            seed,
        }
    }

    fn is_hit(&self, at: u64) -> bool {
        let (start, end) = self.incident;
        let flaps = self.kind != Kind::Flapping || at.saturating_sub(start) / (30 * SECOND) % 2 == 0;
        self.kind != Kind::Quiet && at >= start && at < end && flaps
    }

    /// Generates the calls of so much time.
    fn calls(&self, span: u64, with_incident: bool, seed: u64) -> CallGroup {
        let mut rng = fastrand::Rng::with_seed(self.seed ^ seed.rotate_left(32));
        let (mut calls, mut at) = (Vec::new(), 0_u64);
        loop {
            // The pauses of a Poisson process.
            let pause = -(1.0 - rng.f64()).ln() / self.rate;
            at += Duration::from_secs_f64(pause).as_nanos() as u64;
            if at >= span {
                break;
            }
            let is_hit = with_incident && self.is_hit(at) && rng.f64() < self.hit;
            let fails = rng.f64() < self.usual || (is_hit && self.kind != Kind::Slow);
            let slow = is_hit && self.kind == Kind::Slow;
            let took =
                if slow { 2 * SECOND + rng.u64(0..SECOND) } else { rng.u64(5_000_000..80_000_000) };
            let outcome = if fails { CallOutcome::Failure } else { CallOutcome::Success };
            calls.push(TimedCall { start: at, took, position: calls.len() as u32, outcome });
        }
        CallGroup { breaker: "generated".to_owned(), key: None, calls }
    }

    fn options(&self) -> ScoreOptions {
        let slow = (self.kind == Kind::Slow).then_some(Duration::from_secs(1));
        ScoreOptions { slow, seed: 1 }
    }

    /// Returns the true incident.
    fn truth(&self) -> Weather {
        let (start, end) = self.incident;
        let incident = Incident { start, end: end + 3 * SECOND, bad: 1, good: 0 };
        let incidents = if self.kind == Kind::Quiet { Vec::new() } else { vec![incident] };
        Weather { incidents, usual_bad: self.usual }
    }
}

const SPAN: u64 = 1_800 * SECOND;

fn tuned(system: &System, calls: &CallGroup) -> Tuned {
    let found = find(&calls.calls, system.options().slow);
    tune(&[(calls, &found)], SystemTime::UNIX_EPOCH, system.options(), |_| {})
}

/// Returns the cheapest of all policies, each `step`th of them, by the true incident.
fn brute_force(system: &System, calls: &CallGroup, step: usize, result: &Tuned) -> Option<Tried> {
    let slow = system.options().slow;
    let all =
        openers(slow).into_iter().filter(|opener| trips_a_year(opener, result.usual) <= MOST_A_YEAR);
    let all: Vec<_> = all.flat_map(|opener| with_recoveries(opener, slow)).step_by(step).collect();
    let truth = system.truth();
    let tried = all.into_par_iter().filter_map(|candidate| {
        let (score, _) =
            scored(calls, &truth, candidate.config(), SystemTime::UNIX_EPOCH, system.options());
        (score.trips_outside == 0).then_some(Tried { candidate, score })
    });
    tried.min_by_key(|tried| (tried.cost(), tried.score.bad_let_through))
}

fn proof(incidents: u64, step: usize, quiet_span: u64) {
    let (mut compared, mut no_worse, mut cost_no_worse, mut worse) = (0, 0, 0, Vec::new());
    for seed in 0..incidents {
        let system = System::new(seed);
        let calls = system.calls(SPAN, true, 1);
        let result = tuned(&system, &calls);
        let best = result.front.get(result.best).unwrap_or_else(|| panic!("{system:?}: nothing found"));
        let quiet = system.calls(quiet_span, false, 2);
        let config = best.candidate.config();
        let (in_quiet, _) =
            scored(&quiet, &Weather::default(), config, SystemTime::UNIX_EPOCH, system.options());
        assert_eq!(in_quiet.trips, 0, "{system:?}: {:?} opens in a quiet week", best.candidate);
        let Some(brute) = brute_force(&system, &calls, step, &result) else { continue };
        compared += 1;
        let beats = |tried: &Tried| {
            let ((bad, good), (brute_bad, brute_good)) = (tried.axes(), brute.axes());
            bad <= brute_bad && good <= brute_good
        };
        cost_no_worse += u64::from(best.cost() <= brute.cost());
        if result.front.iter().any(beats) {
            no_worse += 1;
        } else {
            worse.push((system, best.axes(), brute.candidate, brute.axes()));
        }
    }
    println!(
        "{incidents} incidents: {no_worse} of {compared} no worse on both axes, {cost_no_worse} of the recommended \
         policies no dearer, none opened in a quiet time"
    );
    assert!(compared * 9 >= incidents * 8, "too few to compare: {compared}");
    assert!(no_worse * 100 >= compared * 95, "{no_worse} of {compared}: {worse:#?}");
    assert!(cost_no_worse * 100 >= compared * 95, "{cost_no_worse} of {compared} are no dearer");
}

#[test]
fn tuned_policy_is_no_worse_than_brute_force_and_quiet_in_quiet_weeks() {
    let incidents = std::env::var("BREAKER_LAB_INCIDENTS").ok().and_then(|number| number.parse().ok());
    match incidents {
        Some(incidents) => proof(incidents, 1, 7 * 86_400 * SECOND),
        None => proof(6, 37, 8 * 3_600 * SECOND),
    }
}

#[test]
fn incident_is_found_where_it_was_put() {
    for seed in 0..12 {
        let system = System::new(seed);
        let calls = system.calls(SPAN, true, 1);
        let found = find(&calls.calls, system.options().slow);
        let (start, end) = system.incident;
        let near = 40 * SECOND;
        match system.kind {
            Kind::Quiet => assert_eq!(found.incidents, [], "{system:?}"),
            _ => {
                let first = found.incidents.first().unwrap_or_else(|| panic!("{system:?}"));
                let last = found.incidents.last().unwrap_or_else(|| panic!("{system:?}"));
                assert!(
                    first.start + near >= start && first.start <= start + near,
                    "{system:?} {found:?}"
                );
                assert!(last.end <= end + near && last.end + 2 * near >= end, "{system:?} {found:?}");
            }
        }
    }
}

#[test]
fn tuned_settings_can_be_loaded() {
    let system = System::new(2);
    let groups = vec![system.calls(SPAN, true, 1)];
    let log = LoadedLog { started: SystemTime::UNIX_EPOCH, groups, found: LogFacts::default() };
    let text = settings(&tune_all(&log, system.options(), |_| {}));
    let settings: crate::Settings = toml::from_str(&text).expect("TOML");
    settings.check().expect(&text);
    assert!(text.starts_with("[\"generated\"]\n") && text.contains("slow_call = \"1 s\""), "{text}");
}
