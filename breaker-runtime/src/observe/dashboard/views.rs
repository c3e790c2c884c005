//! The JSON that the page receives. Times are milliseconds since the Unix epoch.

use serde::Serialize;

use crate::observe::dashboard::fleet::views::{FleetBoardView, FleetChange};

use crate::types::outcome::Outcome;
use crate::types::snapshot::State;

/// One breaker, or one function with breakers for its keys.
#[derive(Clone, Debug, Serialize)]
pub(super) struct BreakerView {
    #[serde(flatten)]
    pub(super) facts: BreakerFacts,
    /// `None` for a key.
    pub(super) spark: Option<SparkView>,
}

/// All that is shown of a breaker but its chart.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct BreakerFacts {
    /// The name, followed by the key in brackets if there is one; unique.
    pub(super) id: String,
    pub(super) name: &'static str,
    pub(super) keyed: Option<KeyedView>,
    pub(super) key: Option<String>,
    #[serde(serialize_with = "state_word")]
    pub(super) state: State,
    pub(super) mode: &'static str,
    /// The group of processes that share it, while this process is in a fleet.
    pub(super) shared: Option<String>,
    /// From 0 to 100; the list begins with the highest.
    pub(super) severity: u8,
    pub(super) near: bool,
    pub(super) since: u64,
    pub(super) why: Option<String>,
    pub(super) retry_at: Option<u64>,
    pub(super) probes: Option<ProbesView>,
    /// While it is not closed.
    pub(super) ping: Option<PingView>,
    pub(super) callers_get: Option<AnswerShares>,
    /// `None` for a key of which only one reading was made.
    pub(super) per_second: Option<CallRates>,
    pub(super) distance: Option<DistanceView>,
    pub(super) latency_ms: Option<LatencyView>,
    pub(super) trips: u64,
    #[serde(rename = "override")]
    pub(super) forced: Option<OverrideView>,
    pub(super) findings: Vec<FindingView>,
    pub(super) game_day: Option<GameDayView>,
}

/// The faults that a game day injects into the calls of a breaker.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct GameDayView {
    pub(super) what: String,
    pub(super) until: u64,
}

/// A sign that the breaker cannot do its work.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct FindingView {
    /// The word of the kind.
    pub(super) id: String,
    pub(super) what: String,
    pub(super) remedy: &'static str,
    pub(super) since: u64,
}

/// The breakers of keys behind one function or group.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct KeyedView {
    pub(super) total: usize,
    pub(super) open: usize,
    pub(super) half_open: usize,
    pub(super) worst: Vec<KeyView>,
}

/// One of the worst keys.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct KeyView {
    #[serde(flatten)]
    pub(super) facts: BreakerFacts,
    /// Always `null`, so that a key has the shape of a breaker.
    pub(super) spark: (),
}

/// The probes of a half-open breaker.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct ProbesView {
    pub(super) succeeded: u32,
    pub(super) needed: u32,
    pub(super) in_flight: u32,
}

/// The pings of a breaker that is not closed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct PingView {
    pub(super) every_ms: u64,
    /// `None` while one is running, and while no task sends any.
    pub(super) next_at: Option<u64>,
    pub(super) running: bool,
    pub(super) last: Option<Outcome>,
}

/// The answers to the calls of the last ten seconds, as shares of all calls.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct AnswerShares {
    pub(super) rejected: f64,
    pub(super) fallback: f64,
    pub(super) last_good: f64,
}

/// Calls per second.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct CallRates {
    pub(super) calls: f64,
    pub(super) succeeded: f64,
    pub(super) failed: f64,
    pub(super) rejected: f64,
}

/// How near a closed breaker is to its trip: 1.0 is the trip.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct DistanceView {
    pub(super) ratio: f64,
    pub(super) rule: String,
    pub(super) now: String,
}

/// Percentiles of the duration of calls, in milliseconds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct LatencyView {
    pub(super) p50: f64,
    pub(super) p99: f64,
}

/// An operator's mode that overrides the breaker's decision.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct OverrideView {
    pub(super) mode: &'static str,
    pub(super) author: Option<String>,
    pub(super) reason: Option<String>,
    pub(super) until: Option<u64>,
}

/// The results of the last two minutes, in steps of equal length, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct SparkView {
    pub(super) step_ms: u64,
    /// The end of the newest step.
    pub(super) end: u64,
    pub(super) succeeded: Vec<u32>,
    pub(super) failed: Vec<u32>,
    pub(super) rejected: Vec<u32>,
    /// The indexes of the steps with a trip.
    pub(super) trips: Vec<usize>,
}

/// The newest steps of a chart, which replace as many after a shift to `end`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct SparkTail {
    pub(super) step_ms: u64,
    pub(super) end: u64,
    /// Successes, failures and rejections of each step.
    pub(super) tail: Vec<[u32; 3]>,
    pub(super) trips: Vec<usize>,
}

/// The counts over all breakers.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct OverallCounts {
    pub(super) total: usize,
    pub(super) open: usize,
    pub(super) half_open: usize,
    pub(super) forced: usize,
    pub(super) observing: usize,
    pub(super) near: usize,
    /// The breakers with findings.
    pub(super) findings: usize,
    /// The breakers with injected faults.
    pub(super) game_day: usize,
    /// When the last game day ended.
    pub(super) game_day_ended: Option<u64>,
    pub(super) oldest_open_since: Option<u64>,
}

/// Everything: the body of `/breakers` and of the event `state`.
#[derive(Debug, Serialize)]
pub(super) struct BoardView<'b> {
    pub(super) service: &'b str,
    pub(super) time: u64,
    pub(super) start: u64,
    pub(super) interval_ms: u64,
    pub(super) writable: bool,
    pub(super) summary: &'b OverallCounts,
    /// `None` if the process is in no fleet.
    pub(super) fleet: Option<&'b FleetBoardView>,
    pub(super) breakers: Vec<&'b BreakerView>,
}

/// The changes since the last frame: the body of the event `change`.
#[derive(Debug, Serialize)]
pub(super) struct ChangeView<'b> {
    pub(super) time: u64,
    pub(super) summary: &'b OverallCounts,
    pub(super) breakers: Vec<BreakerChange<'b>>,
    pub(super) removed: Vec<&'b str>,
    /// The changes of the fleet, if there are any; `Some(None)` if the process has left it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fleet: Option<Option<FleetChange<'b>>>,
    /// All identities, if their order is another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) order: Option<Vec<&'b str>>,
    /// The number of transitions without an event of their own, as too many came at once.
    pub(super) lost_transitions: u64,
}

/// A breaker that changed.
#[derive(Debug, Serialize)]
pub(super) struct BreakerChange<'b> {
    #[serde(flatten)]
    pub(super) facts: &'b BreakerFacts,
    pub(super) spark: Option<SparkTail>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
pub(super) fn state_word<S: serde::Serializer>(state: &State, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(match state {
        State::Closed => "closed",
        State::Open => "open",
        State::HalfOpen => "half_open",
    })
}
