//! Checks between the options of the policy, as the runtime has them for its builder. The runtime checks
//! conditions that involve a constant expression.

use std::time::Duration;

use super::retry::BACKOFF;
use crate::duration;
use crate::errors::Errors;
use crate::options::{Given, Options, Policy, Retry, Value, Window};

/// The defaults, as in the runtime.
const TIMEOUT: Duration = Duration::from_secs(60);
const WINDOW: Window = Window::Calls(100);

pub(crate) fn check(options: &Options, errors: &mut Errors) {
    check_window(options, errors);
    check_max_timeout(options, errors);
    check_bulkhead(options, errors);
    check_total(options, errors);
    if !options.is_written("shared") {
        let what = "the breaker is not shared between processes: add `shared`";
        has_no_effect(options, "quorum", what, errors);
        has_no_effect(options, "fleet_failures", what, errors);
    }
    if !options.is_written("probe") {
        has_no_effect(options, "probe_every", "there is no ping: add `probe = ping`", errors);
    }
    if !options.is_written("slow_call") {
        has_no_effect(
            options,
            "slow_call_rate",
            "no call counts as slow: add `slow_call = \"2s\"`",
            errors,
        );
    }
}

/// Reports an option that is given and has no effect, at its name.
fn has_no_effect(options: &Options, option: &str, what: &str, errors: &mut Errors) {
    if let Some(name) = options.written.iter().find(|name| *name == option) {
        errors.at(name.span(), format!("`{name}` has no effect: {what}, or leave it out"));
    }
}

fn check_window(options: &Options, errors: &mut Errors) {
    let rates = ["failure_rate", "slow_call", "slow_call_rate"];
    if !rates.iter().any(|rate| options.is_written(rate)) {
        let what = "no rate uses the window: add `failure_rate = 0.5` or `slow_call = \"2s\"`";
        if !options.is_written("fleet_failures") {
            has_no_effect(options, "window", what, errors);
        }
        has_no_effect(options, "min_calls", what, errors);
        return;
    }
    let window = match &options.policy.window {
        Some(given) => given.value.literal().copied(),
        None => (!options.is_written("window")).then_some(WINDOW),
    };
    let min_calls = options.policy.min_calls.as_ref();
    let (Some(Window::Calls(all)), Some(Given { value: Value::Literal(calls, at), .. })) =
        (window, min_calls)
    else {
        return;
    };
    if *calls > all {
        let all = match &options.policy.window {
            Some(_) => format!("the window holds {all} calls"),
            None => format!("the window holds {all} calls unless `window` is given"),
        };
        errors.at(*at, format!("`min_calls = {calls}` is never reached: {all}"));
    }
}

fn check_max_timeout(options: &Options, errors: &mut Errors) {
    if open_period_is_constant(options) {
        let what = "the open period is always `timeout`: add `timeout_factor = 2.0`";
        has_no_effect(options, "max_timeout", what, errors);
        return;
    }
    let Policy { timeout, max_timeout, .. } = &options.policy;
    let timeout = match timeout {
        Some(given) => given.value.literal().copied(),
        None => (!options.is_written("timeout")).then_some(TIMEOUT),
    };
    let (Some(timeout), Some(Given { value: Value::Literal(max_timeout, at), .. })) =
        (timeout, max_timeout)
    else {
        return;
    };
    if *max_timeout < timeout {
        let unless = if options.is_written("timeout") { "" } else { " unless it is given" };
        errors.at(
            *at,
            format!(
                "`max_timeout` must be at least `timeout`, which is {}{unless}",
                duration::shown(timeout)
            ),
        );
    }
}

fn check_bulkhead(options: &Options, errors: &mut Errors) {
    if !options.is_written("max_concurrent") {
        let what = "any number of calls may run at once: add `max_concurrent = 64`";
        has_no_effect(options, "max_wait", what, errors);
        let alone = "no call waits: add `max_concurrent = 64` and `max_wait = \"50ms\"`";
        let what = if options.is_written("max_wait") { what } else { alone };
        has_no_effect(options, "max_pending", what, errors);
    } else if !options.is_written("max_wait") {
        has_no_effect(options, "max_pending", "no call waits: add `max_wait = \"50ms\"`", errors);
    }
}

/// Reports parts of a call that cannot end before the whole call has to.
fn check_total(options: &Options, errors: &mut Errors) {
    let Policy { total_timeout, call_timeout, max_wait, .. } = &options.policy;
    let total = total_timeout.as_ref().and_then(|given| given.value.literal());
    let Some(total) = total else { return };
    let shown = duration::shown(*total);
    for (name, part) in [("call_timeout", call_timeout), ("max_wait", max_wait)] {
        if let Some(Given { value: Value::Literal(length, at), .. }) = part {
            if length >= total {
                let message = format!("`{name}` must be shorter than `total_timeout`, which is {shown}");
                errors.at(*at, message);
            }
        }
    }
    let Some(Given { value: Retry { backoff, jitter, .. }, .. }) = &options.retry else { return };
    if jitter.as_ref().is_none_or(|given| given.value) {
        return;
    }
    let (pause, at, unless) = match (backoff, total_timeout) {
        (Some(Given { value: Value::Literal(pause, at), .. }), _) => (*pause, *at, ""),
        (None, Some(Given { value: Value::Literal(_, at), .. })) => {
            (BACKOFF, *at, ", which is 100 ms unless it is given,")
        }
        _ => return,
    };
    if pause >= *total {
        let message = format!(
            "`retry` has no effect: no pause of `backoff`{unless} ends within `total_timeout`, which is {shown}"
        );
        errors.at(at, message);
    }
}

/// Returns whether no open period can be longer than `timeout`.
fn open_period_is_constant(options: &Options) -> bool {
    let Policy { timeout_factor, timeout_jitter, honour_retry_after, .. } = &options.policy;
    let grows = match timeout_factor {
        Some(given) => given.value.literal().is_none_or(|factor| *factor > 1.0),
        None => options.is_written("timeout_factor"),
    };
    let varies = match timeout_jitter {
        Some(given) => given.value.literal().is_none_or(|share| *share > 0.0),
        None => options.is_written("timeout_jitter"),
    };
    let follows_dependency = match honour_retry_after {
        Some(given) => given.value,
        None => options.is_written("honour_retry_after"),
    };
    !(grows || varies || follows_dependency)
}
