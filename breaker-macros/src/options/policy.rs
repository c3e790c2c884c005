//! The options of the policy: one row each, from which the field, the parser and the call of the setter
//! are generated.
//!
//! The rows are in the order of the runtime's table of options, `config/table.rs`; a test of the docs
//! compares the names of both.

use std::time::Duration;

use proc_macro2::Span;
use syn::Ident;
use syn::parse::ParseStream;

use super::number::{FACTOR, JITTER, SHARE, Window, decimal, length, number, window};
use super::parts::parts;
use super::value::{Value, flag};
use super::{Given, SetOnce, unknown};

/// The largest `max_probes`.
const MAX_PROBES: u32 = 1024;
/// The largest `max_concurrent` and `max_pending`.
const MAX_CALLS_AT_ONCE: u32 = 1_000_000;
/// The shortest window of `throttle`.
const MIN_THROTTLE_WINDOW: Duration = Duration::from_secs(1);

/// A policy option that is given, by its kind of value.
pub(crate) enum Setting<'p> {
    Count(&'p Value<u32>),
    Decimal(&'p Value<f64>),
    Length(&'p Value<Duration>),
    Window(&'p Value<Window>),
    Flag(bool, Span),
    Throttle(&'p Throttle, Span),
}

/// Expands to the type of a kind of value.
macro_rules! value {
    (count) => { Value<u32> };
    (decimal) => { Value<f64> };
    (length) => { Value<Duration> };
    (window) => { Value<Window> };
    (flag) => { bool };
    (throttle) => { Throttle };
}

/// Reads a value of a kind.
macro_rules! read {
    ($name:ident $input:ident count $max:expr) => {
        number($name, $max, $input)
    };
    ($name:ident $input:ident decimal $range:expr) => {
        decimal($name, $range, $input)
    };
    ($name:ident $input:ident length $example:expr) => {
        length($name, &format!("{} = \"{}\"", $name, $example), Duration::ZERO, $input)
    };
    ($name:ident $input:ident $kind:ident) => {
        $kind($name, $input)
    };
}

/// Makes a [`Setting`] of a given value.
macro_rules! setting {
    ($given:ident count) => {
        Setting::Count(&$given.value)
    };
    ($given:ident decimal) => {
        Setting::Decimal(&$given.value)
    };
    ($given:ident length) => {
        Setting::Length(&$given.value)
    };
    ($given:ident window) => {
        Setting::Window(&$given.value)
    };
    ($given:ident flag) => {
        Setting::Flag($given.value, $given.option)
    };
    ($given:ident throttle) => {
        Setting::Throttle(&$given.value, $given.option)
    };
}

macro_rules! policy {
    ($($name:ident: $with:ident, $kind:ident $($range:expr)?;)*) => {
        pub(crate) const NAMES: &[&str] = &[$(stringify!($name)),*];

        /// The options of the policy that are given.
        #[derive(Default)]
        pub(crate) struct Policy {
            $(pub(crate) $name: Option<Given<value!($kind)>>,)*
        }

        impl Policy {
            /// Parses an option; returns `None` if it is not one of these.
            pub(super) fn parse_one(
                &mut self,
                name: &Ident,
                input: ParseStream<'_>,
            ) -> Option<syn::Result<()>> {
                $(if name == stringify!($name) {
                    return Some(self.$name.set_once(name, || read!(name input $kind $($range)?)));
                })*
                None
            }

            /// Returns the options that are given, with the setters of the runtime, in the order of the
            /// table.
            pub(crate) fn settings(&self) -> Vec<(&'static str, Setting<'_>)> {
                let mut settings = Vec::new();
                $(if let Some(given) = &self.$name {
                    settings.push((stringify!($with), setting!(given $kind)));
                })*
                settings
            }
        }
    };
}

policy! {
    failure_threshold: with_failure_threshold, count u32::MAX;
    failure_rate: with_failure_rate, decimal &SHARE;
    window: with_window, window;
    min_calls: with_min_calls, count u32::MAX;
    slow_call: with_slow_call, length "2s";
    slow_call_rate: with_slow_call_rate, decimal &SHARE;
    timeout: with_timeout, length "30s";
    timeout_factor: with_timeout_factor, decimal &FACTOR;
    max_timeout: with_max_timeout, length "10m";
    timeout_jitter: with_timeout_jitter, decimal &JITTER;
    honour_retry_after: with_honour_retry_after, flag;
    success_threshold: with_success_threshold, count u32::MAX;
    max_probes: with_max_probes, count MAX_PROBES;
    probe_timeout: with_probe_timeout, length "30s";
    call_timeout: with_call_timeout, length "2s";
    first_item: with_first_item, length "5s";
    idle: with_idle, length "20s";
    ramp: with_ramp, length "30s";
    throttle: with_throttle, throttle;
    max_concurrent: with_max_concurrent, count MAX_CALLS_AT_ONCE;
    max_wait: with_max_wait, length "50ms";
    max_pending: with_max_pending, count MAX_CALLS_AT_ONCE;
}

/// The parts of `throttle` that are given.
#[derive(Default)]
pub(crate) struct Throttle {
    pub(crate) k: Option<Given<Value<f64>>>,
    pub(crate) window: Option<Given<Value<Duration>>>,
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
