//! The words for parts of `retry(..)` by library, and what to write for each.

use super::tables::Words;

const IF: &str = "if = |output| ..";
const BACKOFF: &str = "backoff = \"100ms\"";
const ATTEMPTS: &str = "attempts = 3";
const JITTER: &str = "jitter = true";
const LISTEN: &str = "breaker_of(function).on_event(|event| ..)";
const FALLBACK: &str = "fallback = popular_items` beside `retry(..)";
const TOTAL: &str = "total_timeout = \"5s\"` beside `retry(..)";
const NOTHING: &str = "";

/// The words for the parts of `retry(..)` by library.
pub(super) const PARTS_OF_RETRY: &[(&str, Words)] = &[
    (
        "resilience4j",
        &[
            ("max_attempts", ATTEMPTS),
            ("wait_duration", BACKOFF),
            ("interval_function", BACKOFF),
            ("interval_bi_function", BACKOFF),
            ("enable_exponential_backoff", "factor = 2.0"),
            ("exponential_backoff_multiplier", "factor = 2.0"),
            ("exponential_max_wait_duration", "max_backoff = \"5s\""),
            ("enable_randomized_wait", JITTER),
            ("randomized_wait_factor", JITTER),
            ("retry_exceptions", IF),
            ("retry_on_result", IF),
            ("retry_on_result_predicate", IF),
            ("retry_exception_predicate", IF),
            ("retry_on_exception", IF),
            ("ignore_exceptions", IF),
            ("fail_after_max_attempts", NOTHING),
            ("consume_result_before_retry_attempt", NOTHING),
        ],
    ),
    (
        "Polly",
        &[
            ("max_retry_attempts", ATTEMPTS),
            ("delay", BACKOFF),
            ("max_delay", "max_backoff = \"5s\""),
            ("use_jitter", JITTER),
            ("backoff_type", "factor = 2.0"),
            ("should_handle", IF),
            ("delay_generator", BACKOFF),
            ("on_retry", LISTEN),
            ("randomizer", NOTHING),
            ("retry_count", ATTEMPTS),
            ("sleep_duration_provider", BACKOFF),
            ("sleep_durations", BACKOFF),
        ],
    ),
    (
        "tenacity",
        &[
            ("stop", ATTEMPTS),
            ("stop_after_attempt", ATTEMPTS),
            ("stop_after_delay", TOTAL),
            ("stop_before_delay", TOTAL),
            ("stop_never", ATTEMPTS),
            ("wait", BACKOFF),
            ("wait_fixed", BACKOFF),
            ("wait_none", BACKOFF),
            ("wait_chain", BACKOFF),
            ("wait_incrementing", BACKOFF),
            ("wait_exponential", "backoff = \"100ms\", factor = 2.0"),
            ("wait_random", JITTER),
            ("wait_exponential_jitter", "backoff = \"100ms\", jitter = true"),
            ("wait_random_exponential", "backoff = \"100ms\", jitter = true"),
            ("wait_full_jitter", "backoff = \"100ms\", jitter = true"),
            ("retry_if_exception", IF),
            ("retry_if_exception_type", IF),
            ("retry_if_result", IF),
            ("retry_if_not_result", IF),
            ("retry_if_not_exception_type", IF),
            ("retry_unless_exception_type", IF),
            ("retry_if_exception_message", IF),
            ("retry", IF),
            ("retry_any", IF),
            ("retry_all", IF),
            ("retry_error_callback", FALLBACK),
            ("reraise", NOTHING),
            ("before_sleep", LISTEN),
        ],
    ),
    ("backon", &[("max_times", ATTEMPTS), ("total_delay", TOTAL), ("min_delay", BACKOFF), ("when", IF)]),
    (
        "failsafe",
        &[
            ("max_retries", ATTEMPTS),
            ("backoff_factor", "factor = 2.0"),
            ("delay_fn", BACKOFF),
            ("max_duration", TOTAL),
            ("handle", IF),
            ("handle_if", IF),
            ("handle_result", IF),
            ("handle_result_if", IF),
            ("abort_on", IF),
            ("abort_if", IF),
            ("abort_when", IF),
            ("on_abort", LISTEN),
            ("on_retries_exceeded", LISTEN),
            ("on_retry_scheduled", LISTEN),
            ("on_failed_attempt", LISTEN),
        ],
    ),
];
