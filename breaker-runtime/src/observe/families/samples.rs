//! The samples of each family, from a reading.

use std::time::Duration;

use crate::observe::families::reading::{BreakerReading, ReadingStatus, STATES};
use crate::observe::families::table::SampleSink;
use crate::observe::families::{LabelValues, MetricValue};
use crate::time::clock::duration;
use crate::types::counts::TransitionKind;
use crate::types::error::ErrorKind;
use crate::types::finding::FindingKind;
use crate::types::reason::Reason;
use crate::types::snapshot::{Mode, State};
use crate::types::totals::Totals;

pub(super) const NO_LABELS: LabelValues = [""; 3];

const MODES: [Mode; 4] = [Mode::Automatic, Mode::ForcedOpen, Mode::ForcedClosed, Mode::Observe];

/// The changes of state that have a sample from the start: without one that is 0, the first change would
/// be in no rate. Others appear when they first occur.
const EXPECTED: [TransitionKind; 7] = [
    (State::Closed, State::Open, Reason::FailureThreshold),
    (State::Closed, State::Open, Reason::FailureRate),
    (State::Closed, State::Open, Reason::SlowCallRate),
    (State::Closed, State::Open, Reason::Tripped),
    (State::Open, State::HalfOpen, Reason::TimeoutElapsed),
    (State::HalfOpen, State::Open, Reason::ProbeFailed),
    (State::HalfOpen, State::Closed, Reason::ProbesSucceeded),
];

pub(super) fn state(reading: &BreakerReading, add: SampleSink<'_>) {
    if let ReadingStatus::Single { state, .. } = reading.status {
        for one in STATES {
            add([state_word(one), "", ""], flag(one == state));
        }
    }
}

pub(super) fn mode(reading: &BreakerReading, add: SampleSink<'_>) {
    for one in MODES {
        add([mode_word(one), "", ""], flag(one == reading.mode));
    }
}

pub(super) fn calls(reading: &BreakerReading, add: SampleSink<'_>) {
    let Totals { success, failure, ignored, cancelled, late, .. } = reading.counts.totals;
    for (outcome, count) in [
        ("success", success),
        ("failure", failure),
        ("ignored", ignored),
        ("cancelled", cancelled),
        ("late", late),
    ] {
        add([outcome, "", ""], MetricValue::Count(count));
    }
}

pub(super) fn rejections(reading: &BreakerReading, add: SampleSink<'_>) {
    for (kind, count) in reading.counts.rejections.iter() {
        add([rejection_word(kind), "", ""], MetricValue::Count(count));
    }
}

pub(super) fn transitions(reading: &BreakerReading, add: SampleSink<'_>) {
    let mut transitions = reading.counts.transitions.clone();
    for kind in EXPECTED {
        transitions.add(kind, 0);
    }
    for ((from, to, reason), count) in transitions.iter() {
        add([state_word(from), state_word(to), reason_word(reason)], MetricValue::Count(count));
    }
}

pub(super) fn fallbacks(reading: &BreakerReading, add: SampleSink<'_>) {
    let Totals { fallback, last_good, .. } = reading.counts.totals;
    add(["fallback", "", ""], MetricValue::Count(fallback));
    add(["last_good", "", ""], MetricValue::Count(last_good));
}

pub(super) fn timeouts(reading: &BreakerReading, add: SampleSink<'_>) {
    add(NO_LABELS, MetricValue::Count(reading.counts.totals.timed_out));
}

pub(super) fn slow_calls(reading: &BreakerReading, add: SampleSink<'_>) {
    add(NO_LABELS, MetricValue::Count(reading.counts.totals.slow));
}

pub(super) fn retries(reading: &BreakerReading, add: SampleSink<'_>) {
    add(NO_LABELS, MetricValue::Count(reading.counts.totals.retried));
}

/// Adds no sample without the option `probe`.
pub(super) fn pings(reading: &BreakerReading, add: SampleSink<'_>) {
    if reading.pings.is_some() {
        let Totals { pings, failed_pings, ignored_pings, .. } = reading.counts.totals;
        let counts = [("success", pings), ("failure", failed_pings), ("ignored", ignored_pings)];
        for (result, count) in counts {
            add([result, "", ""], MetricValue::Count(count));
        }
    }
}

pub(super) fn next_ping(reading: &BreakerReading, add: SampleSink<'_>) {
    if let Some(next) = reading.pings.and_then(|pings| pings.next) {
        add(NO_LABELS, MetricValue::Gauge(next.as_secs_f64()));
    }
}

/// Without the feature there is no sample.
pub(super) fn injected(reading: &BreakerReading, add: SampleSink<'_>) {
    if let Some(counts) = reading.injected {
        for (kind, count) in ["fail", "latency", "hang"].into_iter().zip(counts) {
            add([kind, "", ""], MetricValue::Count(count));
        }
    }
}

pub(super) fn game_day(reading: &BreakerReading, add: SampleSink<'_>) {
    if let Some(is_under_way) = reading.game_day {
        add(NO_LABELS, flag(is_under_way));
    }
}

/// Adds no sample without a shadow, nor for a group: its keys have states of their own.
pub(super) fn shadow_state(reading: &BreakerReading, add: SampleSink<'_>) {
    if let Some(state) = reading.shadow_state {
        for one in STATES {
            add([state_word(one), "", ""], flag(one == state));
        }
    }
}

pub(super) fn shadow_trips(reading: &BreakerReading, add: SampleSink<'_>) {
    if let Some([trips, ..]) = reading.shadow() {
        add(NO_LABELS, MetricValue::Count(trips));
    }
}

pub(super) fn shadow_differences(reading: &BreakerReading, add: SampleSink<'_>) {
    if let Some([_, rejected, admitted, ..]) = reading.shadow() {
        add(["rejected", "", ""], MetricValue::Count(rejected));
        add(["admitted", "", ""], MetricValue::Count(admitted));
    }
}

pub(super) fn shadow_rejected(reading: &BreakerReading, add: SampleSink<'_>) {
    if let Some([_, _, _, successes, failures]) = reading.shadow() {
        add(["success", "", ""], MetricValue::Count(successes));
        add(["failure", "", ""], MetricValue::Count(failures));
    }
}

pub(super) fn failure_ratio(reading: &BreakerReading, add: SampleSink<'_>) {
    if let ReadingStatus::Single { failure_rate: Some(rate), .. } = reading.status {
        add(NO_LABELS, MetricValue::Gauge(rate));
    }
}

pub(super) fn slow_ratio(reading: &BreakerReading, add: SampleSink<'_>) {
    if let ReadingStatus::Single { slow_call_rate: Some(rate), .. } = reading.status {
        add(NO_LABELS, MetricValue::Gauge(rate));
    }
}

pub(super) fn trip_distance(reading: &BreakerReading, add: SampleSink<'_>) {
    if let Some(distance) = reading.distance {
        add(NO_LABELS, MetricValue::Gauge(distance.ratio));
    }
}

pub(super) fn in_flight(reading: &BreakerReading, add: SampleSink<'_>) {
    if let Some((counts, _)) = reading.bulkhead {
        add(NO_LABELS, MetricValue::Gauge(counts.running.into()));
    }
}

pub(super) fn waiting(reading: &BreakerReading, add: SampleSink<'_>) {
    if let Some((counts, _)) = reading.bulkhead {
        add(NO_LABELS, MetricValue::Gauge(counts.pending.into()));
    }
}

pub(super) fn limit(reading: &BreakerReading, add: SampleSink<'_>) {
    if let Some((_, limit)) = reading.bulkhead {
        add(NO_LABELS, gauge(limit));
    }
}

pub(super) fn open_seconds(reading: &BreakerReading, add: SampleSink<'_>) {
    let open: Duration = duration(reading.counts.open);
    add(NO_LABELS, MetricValue::Seconds(open.as_secs_f64()));
}

pub(super) fn durations(reading: &BreakerReading, add: SampleSink<'_>) {
    if let Some(latency) = &reading.latency {
        add(NO_LABELS, MetricValue::Histogram(latency.clone()));
    }
}

pub(super) fn keys(reading: &BreakerReading, add: SampleSink<'_>) {
    if let ReadingStatus::Group { keys } = reading.status {
        for (state, keys) in STATES.into_iter().zip(keys) {
            add([state_word(state), "", ""], gauge(keys));
        }
    }
}

pub(super) fn findings(reading: &BreakerReading, add: SampleSink<'_>) {
    for kind in FindingKind::ALL {
        add([finding_word(*kind), "", ""], flag(reading.findings.contains(kind)));
    }
}

pub(super) fn build_info(add: SampleSink<'_>) {
    add([env!("CARGO_PKG_VERSION"), "", ""], flag(true));
}

pub(super) fn flag(set: bool) -> MetricValue {
    MetricValue::Gauge(if set { 1.0 } else { 0.0 })
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is a float in every library")]
pub(super) fn gauge(value: u64) -> MetricValue {
    MetricValue::Gauge(value as f64)
}

/// Returns the label of a state. Words of labels are joined by `_`, as those of names are.
fn state_word(state: State) -> &'static str {
    match state {
        State::Closed => "closed",
        State::Open => "open",
        State::HalfOpen => "half_open",
    }
}

fn finding_word(kind: FindingKind) -> &'static str {
    match kind {
        FindingKind::CannotOpen => "cannot_open",
        FindingKind::FailingWhileClosed => "failing_while_closed",
        FindingKind::AlwaysCancelled => "always_cancelled",
        FindingKind::AlwaysIgnored => "always_ignored",
        FindingKind::FallbackForHours => "fallback_for_hours",
        FindingKind::ProbesAlwaysFail => "probes_always_fail",
        FindingKind::RetryBudgetSpent => "retry_budget_spent",
        FindingKind::NameClash => "name_clash",
        FindingKind::NeverCalled => "never_called",
        FindingKind::GameDayLimited => "game_day_limited",
    }
}

pub(super) fn mode_word(mode: Mode) -> &'static str {
    match mode {
        Mode::Automatic => "automatic",
        Mode::ForcedOpen => "forced_open",
        Mode::ForcedClosed => "forced_closed",
        Mode::Observe => "observe",
    }
}

fn rejection_word(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Open => "open",
        ErrorKind::HalfOpen => "half_open",
        ErrorKind::ForcedOpen => "forced_open",
        ErrorKind::Recovering => "recovering",
        ErrorKind::Throttled => "throttled",
        ErrorKind::Full => "full",
        ErrorKind::TimedOut => "timed_out",
        ErrorKind::Failed => "failed",
        ErrorKind::Injected => "injected",
    }
}

fn reason_word(reason: Reason) -> &'static str {
    match reason {
        Reason::FailureThreshold => "failure_threshold",
        Reason::FailureRate => "failure_rate",
        Reason::SlowCallRate => "slow_call_rate",
        Reason::Outlier => "outlier",
        Reason::TimeoutElapsed => "timeout_elapsed",
        Reason::ProbeFailed => "probe_failed",
        Reason::ProbesSucceeded => "probes_succeeded",
        Reason::Tripped => "tripped",
        Reason::Reset => "reset",
        Reason::ModeChanged => "mode_changed",
        Reason::OverrideExpired => "override_expired",
        Reason::FleetOpened => "fleet_opened",
        Reason::FleetClosed => "fleet_closed",
    }
}
