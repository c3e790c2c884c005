//! Frames of the event stream: serialised once, whatever the number of viewers.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use axum::body::Bytes;
use serde::Serialize;
use serde_json::Value;

use crate::observe::dashboard::board::{FrameTime, overall};
use crate::observe::dashboard::fleet::views::{FleetBoardView, FleetChange};
use crate::observe::dashboard::views::{
    BoardView, BreakerChange, BreakerView, ChangeView, OverallCounts, SparkTail, SparkView,
};

/// The part that is the same in all frames.
#[derive(Clone, Debug)]
pub(super) struct FrameHead {
    pub(super) service: String,
    /// Marks the ids of this process's events: those of an earlier process name other frames.
    pub(super) incarnation: String,
    pub(super) start: u64,
    pub(super) interval_ms: u64,
    pub(super) writable: bool,
}

#[cfg(test)]
impl FrameHead {
    /// Creates the head of a read-only dashboard.
    pub(super) fn of_a_test() -> Self {
        Self {
            service: "shop".to_owned(),
            incarnation: "a".to_owned(),
            start: 0,
            interval_ms: 1_000,
            writable: false,
        }
    }
}

/// All breakers at one moment.
#[derive(Debug)]
pub(super) struct BoardFrame {
    pub(super) time: FrameTime,
    pub(super) summary: OverallCounts,
    pub(super) views: Vec<BreakerView>,
    /// `None` if the process is in no fleet.
    pub(super) fleet: Option<FleetBoardView>,
    /// The JSON, which is made when it is first asked for.
    body: OnceLock<Bytes>,
}

impl BoardFrame {
    /// Creates the frame of these views.
    pub(super) fn new(time: FrameTime, views: Vec<BreakerView>, fleet: Option<FleetBoardView>) -> Self {
        Self { time, summary: overall(&views), views, fleet, body: OnceLock::new() }
    }

    /// Returns everything as JSON.
    pub(super) fn body(&self, head: &FrameHead) -> Bytes {
        let make = || {
            json(&BoardView {
                service: &head.service,
                time: self.time.wall,
                start: head.start,
                interval_ms: head.interval_ms,
                writable: head.writable,
                summary: &self.summary,
                fleet: self.fleet.as_ref(),
                breakers: self.views.iter().collect(),
            })
        };
        self.body.get_or_init(|| make().into()).clone()
    }

    /// Returns the view with this identity as JSON, that of a key if it is among the worst.
    pub(super) fn find(&self, id: &str) -> Option<Value> {
        let listed = self.views.iter().find(|view| view.facts.id == id);
        if let Some(listed) = listed {
            return serde_json::to_value(listed).ok();
        }
        let mut keys = self.views.iter().filter_map(|view| view.facts.keyed.as_ref());
        let key = keys.find_map(|keys| keys.worst.iter().find(|key| key.facts.id == id))?;
        serde_json::to_value(key).ok()
    }

    /// Returns what changed since `before` as JSON; `None` if nothing did. `lost_transitions` is the
    /// number of transitions without an event of their own.
    pub(super) fn change_since(&self, before: &Self, lost_transitions: u64) -> Option<Vec<u8>> {
        let known: HashMap<_, _> =
            before.views.iter().map(|view| (view.facts.id.as_str(), view)).collect();
        let changed = |view| change(known.get(id(view)).copied(), view);
        let breakers: Vec<_> = self.views.iter().filter_map(changed).collect();
        let present: HashSet<_> = self.views.iter().map(id).collect();
        let removed: Vec<_> = before.views.iter().map(id).filter(|id| !present.contains(id)).collect();
        let is_reordered = !self.views.iter().map(id).eq(before.views.iter().map(id));
        let fleet = self.fleet_change(before);
        let is_same = breakers.is_empty() && removed.is_empty() && !is_reordered && fleet.is_none();
        if is_same && self.summary == before.summary && lost_transitions == 0 {
            return None;
        }
        let order = is_reordered.then(|| self.views.iter().map(id).collect());
        let summary = &self.summary;
        let time = self.time.wall;
        Some(json(&ChangeView { time, summary, breakers, removed, fleet, order, lost_transitions }))
    }

    /// Returns what changed of the fleet; `Some(None)` if the process has left it, `None` if nothing
    /// did.
    fn fleet_change(&self, before: &Self) -> Option<Option<FleetChange<'_>>> {
        match (&before.fleet, &self.fleet) {
            (None, None) => None,
            (Some(_), None) => Some(None),
            (Some(before), Some(fleet)) => fleet.change_since(before).map(Some),
            (None, Some(fleet)) => Some(Some(fleet.whole())),
        }
    }
}

fn id(view: &BreakerView) -> &str {
    &view.facts.id
}

/// Returns what changed of one breaker; `None` if nothing did.
fn change<'b>(before: Option<&BreakerView>, view: &'b BreakerView) -> Option<BreakerChange<'b>> {
    let old = before.and_then(|before| before.spark.as_ref());
    let spark = view.spark.as_ref().filter(|spark| has_news(old, spark)).map(|spark| tail(old, spark));
    let is_same = before.is_some_and(|before| before.facts == view.facts);
    (!is_same || spark.is_some()).then_some(BreakerChange { facts: &view.facts, spark })
}

/// Returns whether a chart shows something new. One that only moves on does not: viewers move theirs.
fn has_news(before: Option<&SparkView>, spark: &SparkView) -> bool {
    let Some(before) = before else { return true };
    let newest = |spark: &SparkView| {
        [&spark.succeeded, &spark.failed, &spark.rejected].map(|counts| counts.last().copied())
    };
    let has_new_trip = spark.trips.len() > before.trips.len();
    let counts = if spark.end == before.end {
        newest(spark) != newest(before)
    } else {
        tail(Some(before), spark).tail.iter().any(|step| *step != [0; 3])
    };
    has_new_trip || counts
}

/// Returns the steps that are newer than those of `before`; the newest one if there are none.
fn tail(before: Option<&SparkView>, spark: &SparkView) -> SparkTail {
    let steps = spark.succeeded.len();
    let new = before.map_or(steps as u64, |before| {
        spark.end.saturating_sub(before.end).checked_div(spark.step_ms).unwrap_or(0)
    });
    let new = usize::try_from(new).unwrap_or(steps).clamp(1, steps.max(1));
    let columns = spark.succeeded.iter().zip(&spark.failed).zip(&spark.rejected);
    let columns = columns.map(|((succeeded, failed), rejected)| [*succeeded, *failed, *rejected]);
    SparkTail {
        step_ms: spark.step_ms,
        end: spark.end,
        tail: columns.skip(steps.saturating_sub(new)).collect(),
        trips: spark.trips.clone(),
    }
}

/// Returns one event as it stands in a stream.
pub(super) fn event(head: &FrameHead, number: u64, name: &str, data: &[u8]) -> Bytes {
    let mut text = format!("id: {}-{number}\nevent: {name}\ndata: ", head.incarnation).into_bytes();
    text.extend_from_slice(data);
    text.extend_from_slice(b"\n\n");
    text.into()
}

/// Returns a value as JSON, which has no line breaks.
pub(super) fn json(value: &impl Serialize) -> Vec<u8> {
    // Only a map with keys that are no texts, or a failing `Serialize`, could make an error.
    serde_json::to_vec(value).unwrap_or_default()
}
