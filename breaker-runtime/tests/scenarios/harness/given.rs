//! *Given*: the options of a breaker.

use std::str::FromStr;
use std::time::Duration;

use breaker_runtime::CircuitBreakerBuilder;

use super::length;

/// Builds a breaker; `options` is `name=value` several times, or `defaults`.
pub(super) fn build(
    builder: CircuitBreakerBuilder,
    options: &str,
) -> Result<CircuitBreakerBuilder, String> {
    let given = |builder, option: &str| {
        let (name, value) = option.split_once('=').ok_or_else(|| format!("no value: {option}"))?;
        set(builder, name, value).ok_or_else(|| format!("no such option, or value: {option}"))
    };
    options.split_whitespace().filter(|option| *option != "defaults").try_fold(builder, given)
}

fn set(builder: CircuitBreakerBuilder, name: &str, value: &str) -> Option<CircuitBreakerBuilder> {
    Some(match name {
        "failure_threshold" => builder.failure_threshold(number(value)?),
        "failure_rate" => builder.failure_rate(number(value)?),
        "window" => match number::<u32>(value) {
            Some(calls) => builder.window(calls),
            None => builder.window(length(value)?),
        },
        "min_calls" => builder.min_calls(number(value)?),
        "slow_call" => builder.slow_call(length(value)?),
        "slow_call_rate" => builder.slow_call_rate(number(value)?),
        "timeout" => builder.timeout(length(value)?),
        "timeout_factor" => builder.timeout_factor(number(value)?),
        "max_timeout" => builder.max_timeout(length(value)?),
        "timeout_jitter" => builder.timeout_jitter(number(value)?),
        "success_threshold" => builder.success_threshold(number(value)?),
        "max_probes" => builder.max_probes(number(value)?),
        "abandoned_threshold" => builder.abandoned_threshold(number::<u32>(value)?),
        "probe_failure_threshold" => builder.probe_failure_threshold(number(value)?),
        #[cfg(feature = "tokio")]
        "probe_every" => builder.probe(|| async { true }).probe_every(length(value)?),
        "probe_timeout" => builder.probe_timeout(length(value)?),
        "ramp" => builder.ramp(length(value)?),
        "throttle" => {
            let (k, span): (f64, Duration) = throttle(value)?;
            builder.throttle(k, span)
        }
        _ => return None,
    })
}

fn throttle(value: &str) -> Option<(f64, Duration)> {
    let (k, span) = value.split_once('/')?;
    Some((number(k)?, length(span)?))
}

fn number<N: FromStr>(value: &str) -> Option<N> {
    value.parse().ok()
}
