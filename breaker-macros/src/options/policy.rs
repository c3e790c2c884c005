//! The table of the options of the policy, in the order of the runtime's `config/table/`.

use std::time::Duration;

use syn::parse::ParseStream;
use syn::{Ident, Token};

use super::number::{FACTOR, JITTER, SHARE, decimal, length, quorum, window};
use super::parts::parts;
use super::rows::{option_settings, option_table};
use super::value::{Value, flag, text};
use super::{Given, SetOnce, unknown};

/// The largest `max_probes` and `probe_failure_threshold`.
const MAX_PROBES: u32 = 1024;
/// The largest `max_concurrent` and `max_pending`.
const MAX_CALLS_AT_ONCE: u32 = 1_000_000;
/// The largest `abandoned_threshold`.
const MAX_DROPPED: u32 = 1_000_000;
/// The shortest window of `throttle`.
const MIN_THROTTLE_WINDOW: Duration = Duration::from_secs(1);

macro_rules! policy {
    ($($rows:tt)*) => {
        option_table! {
            /// The options of the policy that are given.
            Policy { $($rows)* }
        }
        option_settings! { Policy { $($rows)* } }
    };
}

policy! {
    failure_threshold: with_failure_threshold, count u32::MAX;
    failure_rate: with_failure_rate, decimal &SHARE;
    window: with_window, window;
    min_calls: with_min_calls, count u32::MAX;
    slow_call: with_slow_call, length "2s";
    slow_call_rate: with_slow_call_rate, decimal &SHARE;
    abandoned_threshold: with_abandoned_threshold, switch MAX_DROPPED;
    timeout: with_timeout, length "30s";
    timeout_factor: with_timeout_factor, decimal &FACTOR;
    max_timeout: with_max_timeout, length "10m";
    timeout_jitter: with_timeout_jitter, decimal &JITTER;
    honour_retry_after: with_honour_retry_after, flag;
    success_threshold: with_success_threshold, count u32::MAX;
    probe_failure_threshold: with_probe_failure_threshold, count MAX_PROBES;
    max_probes: with_max_probes, count MAX_PROBES;
    probe_timeout: with_probe_timeout, length "30s";
    probe_every: with_probe_every, length "5s";
    total_timeout: with_total_timeout, length "700ms";
    call_timeout: with_call_timeout, length "2s";
    first_item: with_first_item, length "5s";
    idle: with_idle, length "20s";
    ramp: with_ramp, length "30s";
    throttle: with_throttle, throttle;
    max_concurrent: with_max_concurrent, count MAX_CALLS_AT_ONCE;
    max_wait: with_max_wait, length "50ms";
    max_pending: with_max_pending, count MAX_CALLS_AT_ONCE;
    shared: with_shared, group;
    quorum: with_quorum, quorum;
    fleet_failures: with_fleet_failures, count u32::MAX;
}

/// The parts of `throttle` that are given.
#[derive(Default)]
pub(crate) struct Throttle {
    pub(crate) k: Option<Given<Value<f64>>>,
    pub(crate) window: Option<Given<Value<Duration>>>,
}

/// The group of `shared`; `None` for the name of the breaker.
pub(crate) type Group = Option<Value<String>>;

/// Parses `shared`, or `shared = "payments"`.
fn group(name: &Ident, input: ParseStream<'_>) -> syn::Result<Group> {
    if input.is_empty() || input.peek(Token![,]) {
        return Ok(None);
    }
    text(name, input).map(Some)
}

/// Parses `throttle`, or `throttle(..)` with some of its parts.
fn throttle(name: &Ident, input: ParseStream<'_>) -> syn::Result<Throttle> {
    const EXAMPLE: &str = "throttle(k = 2.0, window = \"2m\")";
    let mut throttle = Throttle::default();
    parts(name, EXAMPLE, input, |name, input| match name.to_string().as_str() {
        "k" => throttle.k.set_once(&name, || decimal(&name, &FACTOR, input)),
        "window" => throttle
            .window
            .set_once(&name, || length(&name, "window = \"2m\"", MIN_THROTTLE_WINDOW, input)),
        _ => Err(unknown("part", &name, &["k", "window"], |_| None)),
    })?;
    Ok(throttle)
}
