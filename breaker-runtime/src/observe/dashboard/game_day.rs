//! The game day on the page: what is injected into which calls, and the report of the last one.
//!
//! The faults of a breaker are among its facts. The report is long and changes with each game day alone:
//! a frame has the time of its end, and the page asks for the report when that is another one.

#[cfg(feature = "inject")]
use serde_json::json;

use crate::breaker::CircuitBreaker;
use crate::observe::dashboard::views::GameDayView;
#[cfg(feature = "inject")]
use crate::observe::dashboard::{epoch_millis, sampler::wall};
#[cfg(feature = "inject")]
use crate::registry::inject;

/// Returns what a game day injects into the calls of a breaker.
#[cfg(feature = "inject")]
pub(super) fn of(breaker: &CircuitBreaker) -> Option<GameDayView> {
    let injection = breaker.inner().injected_faults()?;
    Some(GameDayView { what: injection.faults(), until: epoch_millis(injection.until) })
}

/// Returns when the last game day ended, in milliseconds since the Unix epoch.
#[cfg(feature = "inject")]
pub(super) fn last_end() -> Option<u64> {
    inject::last_end().map(epoch_millis)
}

/// Returns the body of `/game-day`: the game day that is under way, and the report of the last one.
#[cfg(feature = "inject")]
pub(super) fn body() -> serde_json::Value {
    json!({ "time": wall(), "under_way": inject::game_day(), "report": inject::last_report() })
}

#[cfg(not(feature = "inject"))]
pub(super) fn of(_: &CircuitBreaker) -> Option<GameDayView> {
    None
}

#[cfg(not(feature = "inject"))]
pub(super) fn last_end() -> Option<u64> {
    None
}

#[cfg(not(feature = "inject"))]
pub(super) fn body() -> serde_json::Value {
    serde_json::json!({ "time": crate::observe::dashboard::sampler::wall(), "under_way": null, "report": null })
}
