//! The table of metrics: one row for each family, which every library's names are made from.

use crate::observe::families::reading::BreakerReading;
use crate::observe::families::{LabelValues, MetricValue, fleet, samples};

/// A row of the table.
#[derive(Debug)]
pub(crate) struct MetricFamily {
    /// The name in Prometheus, with unit and suffix.
    pub(crate) name: &'static str,
    /// The name in OpenTelemetry.
    pub(crate) otel_name: &'static str,
    pub(crate) kind: MetricKind,
    /// The labels beside the breaker's name.
    pub(crate) labels: &'static [&'static str],
    pub(crate) help: &'static str,
    pub(crate) source: MetricSource,
}

/// The kind of a family's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MetricKind {
    Counter,
    /// A counter with a fraction.
    SecondsCounter,
    Gauge,
    /// A histogram of seconds.
    Histogram,
    /// A constant 1 with labels.
    Info,
}

/// Receives the samples of one breaker.
pub(crate) type SampleSink<'s> = &'s mut dyn FnMut(LabelValues, MetricValue);

/// Where the samples of a family come from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum MetricSource {
    Breaker(fn(&BreakerReading, SampleSink<'_>)),
    Process(fn(SampleSink<'_>)),
}

macro_rules! families {
    ($($name:literal $otel:literal $kind:ident $labels:tt $source:ident($function:path), $help:literal;)*) => {
        /// All families, in the order in which they are shown.
        pub(crate) static FAMILIES: &[MetricFamily] = &[$(MetricFamily {
            name: $name,
            otel_name: $otel,
            kind: MetricKind::$kind,
            labels: &$labels,
            help: $help,
            source: MetricSource::$source($function),
        },)*];
    };
}

families! {
    "breaker_state" "breaker.state" Gauge ["state"] Breaker(samples::state),
        "1 for the state that the next call meets, 0 for the others";
    "breaker_mode" "breaker.mode" Gauge ["mode"] Breaker(samples::mode),
        "1 for the operating mode, 0 for the others";
    "breaker_calls_total" "breaker.calls" Counter ["outcome"] Breaker(samples::calls),
        "Calls that ran and ended";
    "breaker_rejections_total" "breaker.rejections" Counter ["reason"] Breaker(samples::rejections),
        "Calls that were rejected and did not run";
    "breaker_transitions_total" "breaker.transitions" Counter ["from", "to", "reason"] Breaker(samples::transitions),
        "Changes of state";
    "breaker_fallbacks_total" "breaker.fallbacks" Counter ["source"] Breaker(samples::fallbacks),
        "Calls that were answered by a fallback or by the last good result";
    "breaker_timeouts_total" "breaker.timeouts" Counter [] Breaker(samples::timeouts),
        "Calls that were ended at their deadline";
    "breaker_slow_calls_total" "breaker.slow_calls" Counter [] Breaker(samples::slow_calls),
        "Calls that took longer than slow_call";
    "breaker_retries_total" "breaker.retries" Counter [] Breaker(samples::retries),
        "Attempts after the first one of a call";
    "breaker_pings_total" "breaker.pings" Counter ["result"] Breaker(samples::pings),
        "Pings in place of users' calls as probes, where probe is set";
    "breaker_next_ping_seconds" "breaker.next_ping" Gauge [] Breaker(samples::next_ping),
        "Seconds until the next ping, while one is planned";
    "breaker_injected_total" "breaker.injected" Counter ["kind"] Breaker(samples::injected),
        "Calls into which a game day injected a fault";
    "breaker_game_day" "breaker.game_day" Gauge [] Breaker(samples::game_day),
        "1 while a game day injects faults into calls of the breaker, 0 otherwise";
    "breaker_shadow_state" "breaker.shadow.state" Gauge ["state"] Breaker(samples::shadow_state),
        "1 for the state of the shadow, 0 for the others, where shadow is set";
    "breaker_shadow_trips_total" "breaker.shadow.trips" Counter [] Breaker(samples::shadow_trips),
        "Times that the shadow has opened";
    "breaker_shadow_differences_total" "breaker.shadow.differences" Counter ["decision"] Breaker(samples::shadow_differences),
        "Calls that the shadow alone would have rejected, or admitted";
    "breaker_shadow_rejected_total" "breaker.shadow.rejected" Counter ["outcome"] Breaker(samples::shadow_rejected),
        "Calls that the shadow alone would have rejected, and that have ended";
    "breaker_failure_ratio" "breaker.failure_ratio" Gauge [] Breaker(samples::failure_ratio),
        "Share of failures in the window, while closed and from min_calls on";
    "breaker_slow_ratio" "breaker.slow_ratio" Gauge [] Breaker(samples::slow_ratio),
        "Share of slow calls in the window, while closed and from min_calls on";
    "breaker_trip_distance_ratio" "breaker.trip_distance_ratio" Gauge [] Breaker(samples::trip_distance),
        "Share of the way to a trip by the nearest rule, while closed; 1 opens";
    "breaker_in_flight" "breaker.in_flight" Gauge [] Breaker(samples::in_flight),
        "Calls that run and hold a permit of max_concurrent";
    "breaker_waiting" "breaker.waiting" Gauge [] Breaker(samples::waiting),
        "Calls that wait for a permit of max_concurrent";
    "breaker_limit" "breaker.limit" Gauge [] Breaker(samples::limit),
        "Limit of max_concurrent";
    "breaker_open_seconds_total" "breaker.open_time" SecondsCounter [] Breaker(samples::open_seconds),
        "Time in the open state";
    "breaker_call_duration_seconds" "breaker.call_duration" Histogram [] Breaker(samples::durations),
        "Duration of calls, where slow_call is set";
    "breaker_keys" "breaker.keys" Gauge ["state"] Breaker(samples::keys),
        "Breakers of keys in each state, of a function with keys";
    "breaker_findings" "breaker.findings" Gauge ["finding"] Breaker(samples::findings),
        "1 for what keeps the breaker from its work, 0 for what does not";
    "breaker_fleet_reachable" "breaker.fleet.reachable" Gauge [] Process(fleet::reachable),
        "1 if the store of the fleet answers, 0 if it does not";
    "breaker_fleet_dropped_total" "breaker.fleet.dropped" Counter [] Process(fleet::dropped),
        "Calls that could not be reported to the fleet";
    "breaker_fleet_groups" "breaker.fleet.groups" Gauge ["phase"] Process(fleet::groups),
        "Groups of this process in each phase";
    "breaker_fleet_mixed_groups" "breaker.fleet.mixed_groups" Gauge [] Process(fleet::mixed_groups),
        "Groups of this process with different options in other processes";
    "breaker_fleet_commands" "breaker.fleet.commands" Gauge ["mode"] Process(fleet::commands),
        "Groups of this process with a command for the whole fleet in force";
    "breaker_build_info" "breaker.build_info" Info ["version"] Process(samples::build_info),
        "Version of the crate breaker-runtime";
}
