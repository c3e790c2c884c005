//! When the breaker opens, for how long, and how it closes.

use std::time::Duration;

use syn::Ident;
use syn::parse::ParseStream;

use super::number::{FACTOR, JITTER, SHARE, Window, decimal, length, number, window};
use super::parts::parts;
use super::value::{Value, flag};
use super::{Give, Given, unknown};

pub(crate) const NAMES: [&str; 22] = [
    "failure_threshold",
    "failure_rate",
    "window",
    "min_calls",
    "slow_call",
    "slow_call_rate",
    "timeout",
    "timeout_factor",
    "max_timeout",
    "timeout_jitter",
    "honour_retry_after",
    "success_threshold",
    "max_probes",
    "probe_timeout",
    "call_timeout",
    "first_item",
    "idle",
    "ramp",
    "throttle",
    "max_concurrent",
    "max_wait",
    "max_pending",
];

/// The largest `max_probes`.
const MAX_PROBES: u32 = 1024;
/// The largest `max_concurrent` and `max_pending`.
const MAX_CROWD: u32 = 1_000_000;
/// The shortest window of `throttle`.
const MIN_THROTTLE_WINDOW: Duration = Duration::from_secs(1);

#[derive(Default)]
pub(crate) struct Policy {
    pub(crate) failure_threshold: Option<Given<Value<u32>>>,
    pub(crate) failure_rate: Option<Given<Value<f64>>>,
    pub(crate) window: Option<Given<Value<Window>>>,
    pub(crate) min_calls: Option<Given<Value<u32>>>,
    pub(crate) slow_call: Option<Given<Value<Duration>>>,
    pub(crate) slow_call_rate: Option<Given<Value<f64>>>,
    pub(crate) timeout: Option<Given<Value<Duration>>>,
    pub(crate) timeout_factor: Option<Given<Value<f64>>>,
    pub(crate) max_timeout: Option<Given<Value<Duration>>>,
    pub(crate) timeout_jitter: Option<Given<Value<f64>>>,
    pub(crate) honour_retry_after: Option<Given<bool>>,
    pub(crate) success_threshold: Option<Given<Value<u32>>>,
    pub(crate) max_probes: Option<Given<Value<u32>>>,
    pub(crate) probe_timeout: Option<Given<Value<Duration>>>,
    pub(crate) call_timeout: Option<Given<Value<Duration>>>,
    pub(crate) first_item: Option<Given<Value<Duration>>>,
    pub(crate) idle: Option<Given<Value<Duration>>>,
    pub(crate) ramp: Option<Given<Value<Duration>>>,
    pub(crate) throttle: Option<Given<Throttle>>,
    pub(crate) max_concurrent: Option<Given<Value<u32>>>,
    pub(crate) max_wait: Option<Given<Value<Duration>>>,
    pub(crate) max_pending: Option<Given<Value<u32>>>,
}

#[derive(Default)]
pub(crate) struct Throttle {
    pub(crate) k: Option<Given<Value<f64>>>,
    pub(crate) window: Option<Given<Value<Duration>>>,
}

impl Policy {
    /// `None` if the option is not one of these.
    pub(super) fn parse_one(&mut self, name: &Ident, input: ParseStream<'_>) -> Option<syn::Result<()>> {
        let count = || number(name, u32::MAX, input);
        let share = || decimal(name, &SHARE, input);
        let lasting =
            |example: &str| length(name, &format!("{name} = \"{example}\""), Duration::ZERO, input);
        Some(match name.to_string().as_str() {
            "failure_threshold" => self.failure_threshold.give(name, count),
            "failure_rate" => self.failure_rate.give(name, share),
            "window" => self.window.give(name, || window(name, input)),
            "min_calls" => self.min_calls.give(name, count),
            "slow_call" => self.slow_call.give(name, || lasting("2s")),
            "slow_call_rate" => self.slow_call_rate.give(name, share),
            "timeout" => self.timeout.give(name, || lasting("30s")),
            "timeout_factor" => self.timeout_factor.give(name, || decimal(name, &FACTOR, input)),
            "max_timeout" => self.max_timeout.give(name, || lasting("10m")),
            "timeout_jitter" => self.timeout_jitter.give(name, || decimal(name, &JITTER, input)),
            "honour_retry_after" => self.honour_retry_after.give(name, || flag(name, input)),
            "success_threshold" => self.success_threshold.give(name, count),
            "max_probes" => self.max_probes.give(name, || number(name, MAX_PROBES, input)),
            "probe_timeout" => self.probe_timeout.give(name, || lasting("30s")),
            "call_timeout" => self.call_timeout.give(name, || lasting("2s")),
            "first_item" => self.first_item.give(name, || lasting("5s")),
            "idle" => self.idle.give(name, || lasting("20s")),
            "ramp" => self.ramp.give(name, || lasting("30s")),
            "throttle" => self.throttle.give(name, || throttle(name, input)),
            "max_concurrent" => self.max_concurrent.give(name, || number(name, MAX_CROWD, input)),
            "max_wait" => self.max_wait.give(name, || lasting("50ms")),
            "max_pending" => self.max_pending.give(name, || number(name, MAX_CROWD, input)),
            _ => return None,
        })
    }
}

/// `throttle`, or `throttle(..)` with some of its parts.
fn throttle(name: &Ident, input: ParseStream<'_>) -> syn::Result<Throttle> {
    const EXAMPLE: &str = "throttle(k = 2.0, window = \"2m\")";
    let mut throttle = Throttle::default();
    parts(name, EXAMPLE, input, |name, input| match name.to_string().as_str() {
        "k" => throttle.k.give(&name, || decimal(&name, &FACTOR, input)),
        "window" => {
            throttle.window.give(&name, || length(&name, "window = \"2m\"", MIN_THROTTLE_WINDOW, input))
        }
        _ => Err(unknown("part", &name, &["k", "window"], |_| None)),
    })?;
    Ok(throttle)
}
