//! The result of a search as JSON.

use serde_json::Value;

use crate::lab::replay::score::Score;
use crate::lab::tune::command::TunedBreaker;
use crate::lab::tune::search::Tried;

/// The results for all breakers.
#[derive(Debug, serde::Serialize)]
pub(crate) struct TuneReport {
    breakers: Vec<BreakerFront>,
    /// Sentences about what the log cannot show.
    limits: Vec<String>,
    /// The settings file with the recommended policies, in TOML.
    settings: String,
}

/// The front of one breaker.
#[derive(Debug, serde::Serialize)]
struct BreakerFront {
    breaker: String,
    keys: usize,
    calls: u64,
    incidents: usize,
    replays: u64,
    /// The conditions that were left out, as chance alone could make them open.
    left_out: usize,
    /// The share of bad calls on usual days, at most.
    usual_bad: f64,
    /// Sorted by the failing calls that a policy lets through.
    front: Vec<FrontPolicy>,
}

/// A policy of a front.
#[derive(Debug, serde::Serialize)]
struct FrontPolicy {
    is_recommended: bool,
    options: Value,
    score: Score,
}

impl TuneReport {
    pub(crate) fn new(tuned: &[TunedBreaker], limits: Vec<String>, settings: String) -> Self {
        Self { breakers: tuned.iter().map(front).collect(), limits, settings }
    }
}

fn front(breaker: &TunedBreaker) -> BreakerFront {
    let tuned = &breaker.tuned;
    let policy = |(index, tried): (usize, &Tried)| FrontPolicy {
        is_recommended: index == tuned.best,
        options: serde_json::to_value(tried.candidate.config()).unwrap_or_default(),
        score: tried.score.clone(),
    };
    BreakerFront {
        breaker: breaker.name.clone(),
        keys: breaker.keys,
        calls: breaker.calls,
        incidents: breaker.incidents,
        replays: tuned.replays,
        left_out: tuned.too_nervous,
        usual_bad: tuned.usual.bad,
        front: tuned.front.iter().enumerate().map(policy).collect(),
    }
}
