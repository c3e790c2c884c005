//! The words by library, and what to write for each.

/// Words of one library, and what to write for each.
pub(super) type Words = &'static [(&'static str, &'static str)];

const LISTEN: &str = "breaker_of(function).on_event(|event| ..)";
const FORCE_OPEN: &str = "breaker_of(function).force_open()";
const FORCE_CLOSED: &str = "breaker_of(function).force_closed()";
const FAILURE_IF: &str = "failure_if = |output| ..";
const IGNORE_IF: &str = "ignore_if = |output| ..";
const EXCLUDE: &str = "exclude = ShopError::NotFound { .. } | ShopError::Invalid(_)";
const FALLBACK: &str = "fallback = popular_items";
const LAST_GOOD: &str = "last_good(key = user, max_age = \"10m\")";
const ATTEMPTS: &str = "retry(attempts = 3)";
const BACKOFF: &str = "retry(backoff = \"100ms\")";
const RETRY_IF: &str = "retry(if = |output| ..)";
const NOTHING: &str = "";

/// The words for options by library. A word of several libraries is listed for the best known one.
pub(super) const OPTIONS: &[(&str, Words)] = &[
    ("pybreaker", PYBREAKER),
    ("gobreaker", GOBREAKER),
    ("Hystrix", HYSTRIX),
    ("resilience4j", RESILIENCE4J),
    ("Polly", POLLY),
    ("opossum", OPOSSUM),
    ("failsafe", FAILSAFE),
    ("tenacity", TENACITY),
    ("recloser", RECLOSER),
    ("Envoy", ENVOY),
    ("MicroProfile", MICROPROFILE),
    ("the Python package circuitbreaker", CIRCUITBREAKER),
    ("semian", SEMIAN),
    ("stoplight", STOPLIGHT),
];

const PYBREAKER: Words = &[
    ("fail_max", "failure_threshold = 5"),
    ("reset_timeout", "timeout = \"60s\""),
    ("listeners", LISTEN),
    ("state_storage", NOTHING),
    ("throw_new_error_on_trip", NOTHING),
];

const GOBREAKER: Words = &[
    ("max_requests", "max_probes = 1"),
    ("interval", "window = \"60s\""),
    ("bucket_period", NOTHING),
    ("ready_to_trip", "failure_rate = 0.6"),
    ("on_state_change", LISTEN),
    ("is_successful", FAILURE_IF),
    ("is_excluded", EXCLUDE),
];

const HYSTRIX: Words = &[
    ("command_key", "name = \"payments\""),
    ("group_key", "name = \"payments\""),
    ("thread_pool_key", NOTHING),
    ("execution_isolation_strategy", NOTHING),
    ("timeout_in_milliseconds", "call_timeout = \"1s\""),
    ("execution_timeout_in_milliseconds", "call_timeout = \"1s\""),
    ("execution_timeout_enabled", "call_timeout = \"1s\""),
    ("interrupt_on_timeout", NOTHING),
    ("interrupt_on_cancel", NOTHING),
    ("max_concurrent_requests", "max_concurrent = 10"),
    ("fallback_enabled", FALLBACK),
    ("circuit_breaker_enabled", FORCE_CLOSED),
    ("request_volume_threshold", "min_calls = 20"),
    ("sleep_window", "timeout = \"5s\""),
    ("sleep_window_in_milliseconds", "timeout = \"5s\""),
    ("error_threshold_percentage", "failure_rate = \"50%\""),
    ("force_open", FORCE_OPEN),
    ("force_closed", FORCE_CLOSED),
    ("rolling_window", "window = \"10s\""),
    ("rolling_stats_time_in_milliseconds", "window = \"10s\""),
    ("time_in_milliseconds", "window = \"10s\""),
    ("num_buckets", NOTHING),
    ("rolling_stats_num_buckets", NOTHING),
    ("rolling_percentile_enabled", NOTHING),
    ("rolling_percentile_time_in_milliseconds", NOTHING),
    ("rolling_percentile_num_buckets", NOTHING),
    ("rolling_percentile_bucket_size", NOTHING),
    ("bucket_size", NOTHING),
    ("health_snapshot_interval_in_milliseconds", NOTHING),
    ("interval_in_milliseconds", NOTHING),
    ("request_cache_enabled", NOTHING),
    ("request_log_enabled", NOTHING),
    ("core_size", "max_concurrent = 10"),
    ("maximum_size", "max_concurrent = 10"),
    ("max_queue_size", "max_pending = 10"),
    ("queue_size_rejection_threshold", "max_pending = 10"),
    ("keep_alive_time_minutes", NOTHING),
    ("allow_maximum_size_to_diverge_from_core_size", NOTHING),
    ("default_fallback", FALLBACK),
    ("raise_hystrix_exceptions", NOTHING),
];

const RESILIENCE4J: Words = &[
    ("failure_rate_threshold", "failure_rate = \"50%\""),
    ("slow_call_rate_threshold", "slow_call_rate = \"50%\""),
    ("slow_call_duration_threshold", "slow_call = \"2s\""),
    ("permitted_number_of_calls_in_half_open_state", "max_probes = 10"),
    ("permitted_number_of_calls", "max_probes = 10"),
    ("permitted_calls_in_half_open", "max_probes = 10"),
    ("max_wait_duration_in_half_open_state", "probe_timeout = \"30s\""),
    ("transition_to_state_after_wait_duration", NOTHING),
    ("sliding_window", "window = 100"),
    ("sliding_window_type", "window = 100` or `window = \"10s\""),
    ("sliding_window_size", "window = 100` or `window = \"10s\""),
    ("sliding_window_synchronization_strategy", NOTHING),
    ("minimum_number_of_calls", "min_calls = 20"),
    ("wait_duration_in_open_state", "timeout = \"60s\""),
    ("wait_duration_in_open", "timeout = \"60s\""),
    ("wait_interval_function_in_open_state", "timeout_factor = 2.0"),
    ("enable_exponential_backoff", "timeout_factor = 2.0"),
    ("exponential_backoff_multiplier", "timeout_factor = 2.0"),
    ("exponential_max_wait_duration_in_open_state", "max_timeout = \"10m\""),
    ("enable_randomized_wait", "timeout_jitter = 0.1"),
    ("randomized_wait_factor", "timeout_jitter = 0.1"),
    ("automatic_transition_from_open_to_half_open_enabled", NOTHING),
    ("record_exceptions", FAILURE_IF),
    ("record_exception", FAILURE_IF),
    ("record_exception_predicate", FAILURE_IF),
    ("record_failure_predicate", FAILURE_IF),
    ("record_result", FAILURE_IF),
    ("record_result_predicate", FAILURE_IF),
    ("ignore_exceptions", EXCLUDE),
    ("ignore_exception", IGNORE_IF),
    ("ignore_exception_predicate", IGNORE_IF),
    ("ignore_class_binding_exceptions", NOTHING),
    ("ignore_unknown_exceptions", NOTHING),
    ("current_timestamp_function", "CircuitBreaker::builder(name).clock(..)"),
    ("timestamp_unit", NOTHING),
    ("transition_on_result", NOTHING),
    ("writable_stack_trace_enabled", NOTHING),
    ("initial_state", FORCE_OPEN),
    ("ring_buffer_size_in_closed_state", "window = 100"),
    ("ring_buffer_size_in_half_open_state", "max_probes = 10"),
    ("event_consumer_buffer_size", NOTHING),
    ("register_health_indicator", NOTHING),
    ("allow_health_indicator_to_fail", NOTHING),
    ("base_config", NOTHING),
    ("fallback_method", FALLBACK),
    ("max_concurrent_calls", "max_concurrent = 25"),
    ("max_wait_duration", "max_wait = \"50ms\""),
    ("fair_call_handling_enabled", NOTHING),
    ("core_thread_pool_size", "max_concurrent = 25"),
    ("max_thread_pool_size", "max_concurrent = 25"),
    ("queue_capacity", "max_pending = 100"),
    ("max_attempts", ATTEMPTS),
    ("wait_duration", BACKOFF),
    ("interval_function", BACKOFF),
    ("retry_exceptions", RETRY_IF),
    ("retry_on_exception", RETRY_IF),
    ("retry_on_exception_predicate", RETRY_IF),
    ("retry_on_result", RETRY_IF),
    ("retry_on_result_predicate", RETRY_IF),
    ("fail_after_max_attempts", NOTHING),
    ("timeout_duration", "call_timeout = \"2s\""),
    ("cancel_running_future", NOTHING),
];

const POLLY: Words = &[
    ("failure_ratio", "failure_rate = 0.5"),
    ("minimum_throughput", "min_calls = 20"),
    ("sampling_duration", "window = \"30s\""),
    ("break_duration", "timeout = \"5s\""),
    ("break_duration_generator", "timeout_factor = 2.0"),
    ("manual_control", FORCE_OPEN),
    ("state_provider", "breaker_of(function).state()"),
    ("should_handle", FAILURE_IF),
    ("on_opened", LISTEN),
    ("on_closed", LISTEN),
    ("on_half_opened", LISTEN),
    ("handled_events_allowed_before_breaking", "failure_threshold = 5"),
    ("exceptions_allowed_before_breaking", "failure_threshold = 5"),
    ("duration_of_break", "timeout = \"5s\""),
    ("on_break", LISTEN),
    ("on_reset", LISTEN),
    ("on_half_open", LISTEN),
    ("fallback_action", FALLBACK),
    ("on_fallback", LISTEN),
    ("max_retry_attempts", ATTEMPTS),
    ("backoff_type", "retry(factor = 2.0)"),
    ("use_jitter", "retry(jitter = true)"),
    ("delay_generator", BACKOFF),
    ("on_retry", LISTEN),
    ("permit_limit", "max_concurrent = 64"),
    ("queue_limit", "max_pending = 64"),
    ("max_parallelization", "max_concurrent = 64"),
    ("max_queuing_actions", "max_pending = 64"),
];

const OPOSSUM: Words = &[
    ("rolling_count_timeout", "window = \"10s\""),
    ("rolling_count_buckets", NOTHING),
    ("rolling_percentiles_enabled", NOTHING),
    ("rotate_bucket_controller", NOTHING),
    ("enable_snapshots", NOTHING),
    ("capacity", "max_concurrent = 64"),
    ("error_filter", IGNORE_IF),
    ("cache", LAST_GOOD),
    ("cache_ttl", LAST_GOOD),
    ("cache_size", "last_good(key = user, capacity = 10_000)"),
    ("cache_get_key", LAST_GOOD),
    ("cache_transport", NOTHING),
    ("coalesce", NOTHING),
    ("coalesce_ttl", NOTHING),
    ("coalesce_size", NOTHING),
    ("coalesce_reset_on", NOTHING),
    ("abort_controller", NOTHING),
    ("auto_renew_abort_controller", NOTHING),
    ("volume_threshold", "min_calls = 20"),
    ("allow_warm_up", "min_calls = 20"),
    ("enabled", FORCE_CLOSED),
];

/// The words of the Rust crate and of the Java library with this name.
const FAILSAFE: Words = &[
    ("failure_policy", "failure_threshold = 5"),
    ("consecutive_failures", "failure_threshold = 5"),
    ("success_rate_over_time_window", "failure_rate = 0.5"),
    ("required_success_rate", "failure_rate = 0.5"),
    ("min_request_threshold", "min_calls = 20"),
    ("backoff", "timeout = \"10s\", timeout_factor = 2.0"),
    ("exponential", "timeout = \"10s\", timeout_factor = 2.0"),
    ("equal_jittered", "timeout_jitter = 0.5"),
    ("full_jittered", "timeout_jitter = 1.0"),
    ("instrument", LISTEN),
    ("delay", "timeout = \"60s\""),
    ("delay_fn", "timeout_factor = 2.0"),
    ("failure_execution_threshold", "min_calls = 20"),
    ("failure_thresholding_capacity", "window = 100"),
    ("failure_thresholding_period", "window = \"10s\""),
    ("success_thresholding_capacity", "max_probes = 10"),
    ("handle", FAILURE_IF),
    ("handle_if", FAILURE_IF),
    ("handle_result", FAILURE_IF),
    ("handle_result_if", FAILURE_IF),
    ("on_open", LISTEN),
    ("on_close", LISTEN),
    ("on_success", LISTEN),
    ("on_failure", LISTEN),
    ("max_retries", ATTEMPTS),
    ("max_concurrency", "max_concurrent = 64"),
    ("max_wait_time", "max_wait = \"50ms\""),
];

const TENACITY: Words = &[
    ("stop", ATTEMPTS),
    ("stop_after_attempt", ATTEMPTS),
    ("stop_after_delay", "call_timeout = \"2s\""),
    ("stop_before_delay", "call_timeout = \"2s\""),
    ("wait", BACKOFF),
    ("wait_fixed", BACKOFF),
    ("wait_chain", BACKOFF),
    ("wait_incrementing", BACKOFF),
    ("wait_exponential", "retry(backoff = \"100ms\", factor = 2.0)"),
    ("wait_exponential_jitter", "retry(backoff = \"100ms\", jitter = true)"),
    ("wait_random", "retry(jitter = true)"),
    ("wait_random_exponential", "retry(backoff = \"100ms\", jitter = true)"),
    ("retry_if_exception", RETRY_IF),
    ("retry_if_exception_type", RETRY_IF),
    ("retry_if_not_exception_type", RETRY_IF),
    ("retry_if_result", RETRY_IF),
    ("retry_if_not_result", RETRY_IF),
    ("retry_error_callback", FALLBACK),
    ("retry_error_cls", NOTHING),
    ("reraise", NOTHING),
    ("sleep", NOTHING),
    ("before", LISTEN),
    ("after", LISTEN),
    ("before_sleep", LISTEN),
];

const RECLOSER: Words = &[
    ("error_rate", "failure_rate = 0.5"),
    ("closed_len", "window = 100"),
    ("half_open_len", "max_probes = 10"),
    ("open_wait", "timeout = \"30s\""),
    ("error_predicate", FAILURE_IF),
];

const ENVOY: Words = &[
    ("consecutive_5xx", "failure_threshold = 5"),
    ("consecutive_gateway_failure", "failure_threshold = 5"),
    ("consecutive_local_origin_failure", "failure_threshold = 5"),
    ("consecutive_errors", "failure_threshold = 5"),
    ("base_ejection_time", "timeout = \"30s\""),
    ("max_ejection_time", "max_timeout = \"5m\""),
    ("max_ejection_time_jitter", "timeout_jitter = 0.1"),
    ("max_ejection_percent", "max_open_keys = \"10%\""),
    ("failure_percentage_threshold", "failure_rate = \"85%\""),
    ("failure_percentage_request_volume", "min_calls = 50"),
    ("max_pending_requests", "max_pending = 64"),
    ("max_connections", "max_concurrent = 64"),
    ("retry_budget", "retry(budget = 0.2)"),
    ("per_try_timeout", "call_timeout = \"2s\""),
];

const MICROPROFILE: Words = &[("fail_on", FAILURE_IF), ("skip_on", EXCLUDE), ("apply_on", FAILURE_IF)];

const CIRCUITBREAKER: Words = &[
    ("recovery_timeout", "timeout = \"30s\""),
    ("expected_exception", FAILURE_IF),
    ("fallback_function", FALLBACK),
];

const SEMIAN: Words = &[
    ("error_threshold", "failure_threshold = 5"),
    ("error_timeout", "timeout = \"10s\""),
    ("error_threshold_timeout", "window = \"10s\""),
    ("half_open_resource_timeout", "call_timeout = \"1s\""),
    ("tickets", "max_concurrent = 64"),
];

const STOPLIGHT: Words = &[
    ("threshold", "failure_threshold = 3"),
    ("recovery_threshold", "success_threshold = 2"),
    ("cool_off_time", "timeout = \"60s\""),
    ("window_size", "window = \"10s\""),
    ("tracked_errors", FAILURE_IF),
    ("skipped_errors", EXCLUDE),
];

/// The words for the parts of `retry(..)` by library.
pub(super) const PARTS_OF_RETRY: &[(&str, Words)] = &[
    (
        "resilience4j",
        &[
            ("max_attempts", "attempts = 3"),
            ("wait_duration", "backoff = \"100ms\""),
            ("interval_function", "backoff = \"100ms\""),
            ("exponential_backoff_multiplier", "factor = 2.0"),
            ("exponential_max_wait_duration", "max_backoff = \"5s\""),
            ("enable_randomized_wait", "jitter = true"),
            ("randomized_wait_factor", "jitter = true"),
            ("retry_exceptions", "if = |output| .."),
            ("retry_on_result", "if = |output| .."),
        ],
    ),
    (
        "Polly",
        &[
            ("max_retry_attempts", "attempts = 3"),
            ("delay", "backoff = \"100ms\""),
            ("max_delay", "max_backoff = \"5s\""),
            ("use_jitter", "jitter = true"),
            ("backoff_type", "factor = 2.0"),
            ("should_handle", "if = |output| .."),
        ],
    ),
    (
        "tenacity",
        &[
            ("stop", "attempts = 3"),
            ("stop_after_attempt", "attempts = 3"),
            ("wait", "backoff = \"100ms\""),
            ("wait_fixed", "backoff = \"100ms\""),
            ("wait_exponential", "backoff = \"100ms\", factor = 2.0"),
            ("wait_random", "jitter = true"),
            ("retry_if_exception", "if = |output| .."),
            ("retry_if_exception_type", "if = |output| .."),
            ("retry_if_result", "if = |output| .."),
        ],
    ),
    (
        "backon",
        &[
            ("max_times", "attempts = 3"),
            ("min_delay", "backoff = \"100ms\""),
            ("when", "if = |output| .."),
        ],
    ),
    ("failsafe", &[("max_retries", "attempts = 3"), ("backoff_factor", "factor = 2.0")]),
];
