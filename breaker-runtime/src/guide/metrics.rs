//! Metrics: what each breaker reports to Prometheus and OpenTelemetry, and which alerts to set.
//!
//! Every figure is pulled from totals that the breakers keep anyway: a call costs the same with metrics
//! and without.
//!
//! | feature | function | for |
//! |---|---|---|
//! | `metrics` | [`metrics::render`](crate::metrics::render) | a page that Prometheus scrapes |
//! | `metrics` | [`metrics::BreakerCollector`](crate::metrics::BreakerCollector) | a registry of the crate `prometheus-client` |
//! | `metrics-facade` | [`metrics_facade::publish`](crate::metrics_facade::publish) | the crate `metrics` and its exporters |
//! | `opentelemetry` | [`opentelemetry::register`](crate::opentelemetry::register) | a meter of OpenTelemetry |
//! | `latency` | [`CircuitBreaker::latency`](crate::CircuitBreaker::latency), [`RecentLatency`](crate::RecentLatency) | a page or a log of your own |
//!
//! The feature `metrics` is the text for Prometheus rather than the crate `metrics`, because it works
//! without a recorder and an exporter. It uses `prometheus-client`, the library of the Prometheus
//! project. With axum:
//!
//! ```
//! # #[cfg(feature = "metrics")] {
//! use breaker_runtime::metrics;
//!
//! # fn handler() -> ([(&'static str, &'static str); 1], String) {
//! ([("content-type", metrics::CONTENT_TYPE)], metrics::render())
//! # }
//! # assert!(handler().1.contains("breaker_build_info"));
//! # }
//! ```
//!
//! # Names and labels
//!
//! Each has the label `breaker`, the name of the breaker, except for `breaker_build_info` and those of
//! the [fleet](crate::guide::fleet), which a process has while it is connected to one. All other labels
//! have the values below and no others.
//!
//! | metric | type | labels | meaning |
//! |---|---|---|---|
//! | `breaker_state` | gauge | `state`: closed, open, `half_open` | 1 for the state that the next call meets, 0 for the others |
//! | `breaker_mode` | gauge | `mode`: automatic, `forced_open`, `forced_closed`, observe | 1 for the operating mode, 0 for the others |
//! | `breaker_calls_total` | counter | `outcome`: success, failure, ignored, cancelled, late | Calls that ran and ended |
//! | `breaker_rejections_total` | counter | `reason`: open, `half_open`, `forced_open`, recovering, throttled, full | Calls that were rejected and did not run |
//! | `breaker_transitions_total` | counter | `from`, `to`: as `state`; `reason`: `failure_threshold`, `failure_rate`, `slow_call_rate`, outlier, `timeout_elapsed`, `probe_failed`, `probes_succeeded`, tripped, reset, `mode_changed`, `override_expired`, `fleet_opened`, `fleet_closed` | Changes of state |
//! | `breaker_fallbacks_total` | counter | `source`: fallback, `last_good` | Calls that were answered by a fallback or by the last good result |
//! | `breaker_timeouts_total` | counter | | Calls that were ended at their deadline |
//! | `breaker_slow_calls_total` | counter | | Calls that took longer than `slow_call` |
//! | `breaker_retries_total` | counter | | Attempts after the first one of a call |
//! | `breaker_pings_total` | counter | `result`: success, failure, ignored | Pings in place of users' calls as probes, where `probe` is set |
//! | `breaker_next_ping_seconds` | gauge | | Seconds until the next ping, while one is planned |
//! | `breaker_injected_total` | counter | `kind`: fail, latency, hang | Calls into which a game day injected a fault |
//! | `breaker_game_day` | gauge | | 1 while a game day injects faults into calls of the breaker, 0 otherwise |
//! | `breaker_shadow_state` | gauge | `state`: closed, open, `half_open` | 1 for the state of the shadow, 0 for the others, where `shadow` is set |
//! | `breaker_shadow_trips_total` | counter | | Times that the shadow has opened |
//! | `breaker_shadow_differences_total` | counter | `decision`: rejected, admitted | Calls that the shadow alone would have rejected, or admitted |
//! | `breaker_shadow_rejected_total` | counter | `outcome`: success, failure | Calls that the shadow alone would have rejected, and that have ended |
//! | `breaker_failure_ratio` | gauge | | Share of failures in the window, while closed and from `min_calls` on |
//! | `breaker_slow_ratio` | gauge | | Share of slow calls in the window, while closed and from `min_calls` on |
//! | `breaker_trip_distance_ratio` | gauge | | Share of the way to a trip by the nearest rule, while closed; 1 opens |
//! | `breaker_in_flight` | gauge | | Calls that run and hold a permit of `max_concurrent` |
//! | `breaker_waiting` | gauge | | Calls that wait for a permit of `max_concurrent` |
//! | `breaker_limit` | gauge | | Limit of `max_concurrent` |
//! | `breaker_open_seconds_total` | counter | | Time in the open state |
//! | `breaker_call_duration_seconds` | histogram | | Duration of calls, where `slow_call` is set |
//! | `breaker_keys` | gauge | `state`: closed, open, `half_open` | Breakers of keys in each state, of a function with keys |
//! | `breaker_findings` | gauge | `finding`: `cannot_open`, `failing_while_closed`, `always_cancelled`, `always_ignored`, `fallback_for_hours`, `probes_always_fail`, `retry_budget_spent`, `name_clash`, `never_called`, `game_day_limited` | 1 for what keeps the breaker from its work, 0 for what does not |
//! | `breaker_fleet_reachable` | gauge | | 1 if the store of the fleet answers, 0 if it does not |
//! | `breaker_fleet_dropped_total` | counter | | Calls that could not be reported to the fleet |
//! | `breaker_fleet_groups` | gauge | `phase`: idle, open, recovered | Groups of this process in each phase |
//! | `breaker_fleet_mixed_groups` | gauge | | Groups of this process with different options in other processes |
//! | `breaker_fleet_commands` | gauge | `mode`: `forced_open`, `forced_closed` | Groups of this process with a command for the whole fleet in force |
//! | `breaker_build_info` | gauge | `version` | Version of the crate `breaker-runtime` |
//!
//! A figure that is not known has no sample: no ratio while the breaker is open, no permits without
//! `max_concurrent`, no pings without [`probe`](crate::circuit_breaker#probe), no duration without
//! [`slow_call`](crate::circuit_breaker#slow_call). Of keyed breakers, the next ping is that of the key
//! that is first.
//!
//! # Keys
//!
//! A key is never a label, because there can be any number of keys. The figures of keyed breakers are
//! summed under the name of their function: counters, permits and limits, open seconds and durations.
//! `breaker_trip_distance_ratio` is that of the key which is nearest to a trip. In place of
//! `breaker_state` and the two ratios there is `breaker_keys`. A count does not shrink when a key is
//! evicted.
//!
//! # OpenTelemetry
//!
//! The names are `breaker.state`, `breaker.calls`, `breaker.open_time` and so on: those above with a dot
//! after the prefix, without `_total` and without the unit. The attributes are `circuit_breaker.name`
//! for `breaker`, and `circuit_breaker.state`, `circuit_breaker.outcome` and so on.
//! `breaker.call_duration` is a gauge of quantiles.
//!
//! # Durations
//!
//! Calls are timed with the option `slow_call`; to time them without judging them, set a limit that no
//! call reaches. They go into buckets that are 3 % wide. The histogram takes 8 KiB, is allocated with
//! the first timed call, and all keys of a function share one. `call_timeout` alone times nothing: the
//! clock is read only for a call that is pending after its first poll, and percentiles of those calls
//! would leave out the quick ones.
//!
//! # Board and alerts
//!
//! The folder `examples/monitoring` has a board for Grafana and rules for Prometheus: a breaker that is
//! open for five minutes, that opens again and again, or that is near its trip, a forced mode that was
//! forgotten, a full bulkhead, a fleet with a store that does not answer. Tests run each of their
//! queries on a real Prometheus.
