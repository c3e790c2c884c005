//! The options of a breaker, their defaults and their ranges.
//!
//! Each range is one function of `range`, which the builder calls at run time and the attribute in a `const`
//! block, so that the two can't differ.

mod check;
mod constant;
mod debug;
pub(crate) mod keyed;
mod options;
pub(crate) mod range;
pub(crate) mod retry;
mod setters;
#[cfg(feature = "stream")]
pub(crate) mod stream;

use std::time::Duration;

pub(crate) use crate::config::check::{Fault, InvalidOption, list};
pub use crate::config::constant::{OfCalls, OfSpan, WindowConstant, window_kind};
pub use crate::config::options::ConfigUpdate;
use crate::config::range::MAX_PROBES;
pub(crate) use crate::config::setters::policy_setters;
use crate::state::policy::{Growth, Policy, ThrottleRule, WindowRule};
use crate::state::window::Shape;
use crate::state::word::STREAK_MAX;
use crate::time::Ticks;
use crate::time::clock::ticks;

/// The options of a breaker, from [`CircuitBreaker::config`](crate::CircuitBreaker::config).
///
/// Its `Debug` shows what is in force, as the getters return it: a default where an option is not set.
#[derive(Clone, Copy, PartialEq)]
pub struct Config {
    pub(crate) failure_threshold: Option<u32>,
    pub(crate) failure_rate: Option<f64>,
    /// `None` where it is not given, as it must not be where nothing looks at it.
    pub(crate) window: Option<Window>,
    pub(crate) min_calls: Option<u32>,
    pub(crate) slow_call: Option<Duration>,
    pub(crate) slow_call_rate: Option<f64>,
    pub(crate) timeout: Duration,
    pub(crate) timeout_factor: f64,
    pub(crate) max_timeout: Option<Duration>,
    pub(crate) timeout_jitter: f64,
    pub(crate) success_threshold: u32,
    pub(crate) max_probes: Option<u32>,
    pub(crate) probe_timeout: Option<Duration>,
    pub(crate) call_timeout: Option<Duration>,
    pub(crate) first_item: Option<Duration>,
    pub(crate) idle: Option<Duration>,
    pub(crate) ramp: Option<Duration>,
    pub(crate) throttle: Option<Throttle>,
    pub(crate) honour_retry_after: bool,
    pub(crate) max_concurrent: Option<u32>,
    pub(crate) max_wait: Option<Duration>,
    pub(crate) max_pending: Option<u32>,
}

/// Which calls the rates are taken of: the last so many, or those of the last so many seconds.
///
/// ```
/// # use std::time::Duration;
/// use breaker_runtime::Window;
///
/// assert_eq!(Window::from(100), Window::Calls(100));
/// assert_eq!(Window::from(Duration::from_secs(10)), Window::Span(Duration::from_secs(10)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// The last calls that ended in a success or a failure: 1 to 1,000,000 of them.
    Calls(u32),
    /// The calls that ended in a span up to now, which moves on by tenths of its length: at least 1 ms.
    Span(Duration),
}

impl From<u32> for Window {
    fn from(calls: u32) -> Self {
        Self::Calls(calls)
    }
}

impl From<Duration> for Window {
    fn from(span: Duration) -> Self {
        Self::Span(span)
    }
}

/// The option [`throttle`](crate::CircuitBreakerBuilder::throttle), from [`Config::throttle`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Throttle {
    pub(crate) k: f64,
    pub(crate) window: Duration,
}

impl Throttle {
    /// What the attribute means by `throttle`.
    pub(crate) const DEFAULT: Self = Self { k: 2.0, window: Duration::from_secs(120) };

    /// How many calls are let through for each one that succeeds: 1.0 to 1000.0.
    pub const fn k(&self) -> f64 {
        self.k
    }

    /// The span that calls and successes are counted in: at least 1 s.
    pub const fn window(&self) -> Duration {
        self.window
    }
}

impl Config {
    /// What a breaker does that was told nothing: opens after 5 failures in a row, stays open for 60 s,
    /// closes after 2 successful probes.
    pub const DEFAULT: Self = Self {
        failure_threshold: None,
        failure_rate: None,
        window: None,
        min_calls: None,
        slow_call: None,
        slow_call_rate: None,
        timeout: Duration::from_secs(60),
        timeout_factor: 1.0,
        max_timeout: None,
        timeout_jitter: 0.0,
        success_threshold: 2,
        max_probes: None,
        probe_timeout: None,
        call_timeout: None,
        first_item: None,
        idle: None,
        ramp: None,
        throttle: None,
        honour_retry_after: false,
        max_concurrent: None,
        max_wait: None,
        max_pending: None,
    };

    /// Consecutive failures that open the breaker; `None` if no number of them does. Unless set: 5, or
    /// `None` if `failure_rate`, `slow_call_rate` or `throttle` is set.
    pub const fn failure_threshold(&self) -> Option<u32> {
        let slow_calls = self.slow_call.is_some() && self.slow_call_rate.is_some();
        let another_policy = self.failure_rate.is_some() || slow_calls || self.throttle.is_some();
        match self.failure_threshold {
            None if another_policy => None,
            None => Some(5),
            given => given,
        }
    }

    /// The share of failures in the window that opens the breaker; `None` if none does.
    pub const fn failure_rate(&self) -> Option<f64> {
        self.failure_rate
    }

    /// Which calls the rates are taken of. Unless set: the last 100.
    pub const fn window(&self) -> Window {
        match self.window {
            Some(window) => window,
            None => Window::Calls(100),
        }
    }

    /// How many calls the window must hold before a rate is judged. Unless set: 20, or all calls of a
    /// smaller window.
    pub const fn min_calls(&self) -> u32 {
        match (self.min_calls, self.window()) {
            (Some(calls), _) => calls,
            (None, Window::Calls(calls)) if calls < 20 => calls,
            (None, _) => 20,
        }
    }

    /// A call that took longer than this is slow; `None` if none is.
    pub const fn slow_call(&self) -> Option<Duration> {
        self.slow_call
    }

    /// The share of slow calls in the window that opens the breaker; `None` without `slow_call`. Unless
    /// set: 1.0.
    pub const fn slow_call_rate(&self) -> Option<f64> {
        match (self.slow_call, self.slow_call_rate) {
            (None, _) => None,
            (Some(_), None) => Some(1.0),
            (Some(_), rate) => rate,
        }
    }

    /// How long the breaker stays open.
    pub const fn timeout(&self) -> Duration {
        self.timeout
    }

    /// By what each failed probe multiplies the open period. Unless set: 1.0.
    pub const fn timeout_factor(&self) -> f64 {
        self.timeout_factor
    }

    /// The longest open period; `None` if there is no limit.
    pub const fn max_timeout(&self) -> Option<Duration> {
        self.max_timeout
    }

    /// The share of an open period that is left to chance. Unless set: 0.0.
    pub const fn timeout_jitter(&self) -> f64 {
        self.timeout_jitter
    }

    /// Successful probes that close the breaker.
    pub const fn success_threshold(&self) -> u32 {
        self.success_threshold
    }

    /// Probes that may be in flight at once. Unless set: `success_threshold`, but at most 1024.
    pub const fn max_probes(&self) -> u32 {
        match self.max_probes {
            Some(max) => max,
            None if self.success_threshold > MAX_PROBES => MAX_PROBES,
            None => self.success_threshold,
        }
    }

    /// After how long a probe that has not ended loses its place. Unless set: `timeout`, or twice `call_timeout`
    /// if that is longer, as a probe that ends at its deadline must not be lost in the same moment.
    pub const fn probe_timeout(&self) -> Duration {
        let for_deadline = match self.call_timeout {
            Some(deadline) => deadline.saturating_mul(2),
            None => Duration::ZERO,
        };
        match self.probe_timeout {
            Some(lease) => lease,
            None if for_deadline.as_nanos() > self.timeout.as_nanos() => for_deadline,
            None => self.timeout,
        }
    }

    /// After how long an async call is ended and counted as a failure; `None` if it may take its time.
    pub const fn call_timeout(&self) -> Option<Duration> {
        self.call_timeout
    }

    /// How long the reader of a stream waits for the first item until the stream is ended and counted as a failure;
    /// `None` if it waits for any time.
    pub const fn first_item(&self) -> Option<Duration> {
        self.first_item
    }

    /// The same for each further item, and for the end of the stream.
    pub const fn idle(&self) -> Option<Duration> {
        self.idle
    }

    /// How long a breaker that closes takes until it admits every call; `None` if it does so at once.
    pub const fn ramp(&self) -> Option<Duration> {
        self.ramp
    }

    /// How the breaker thins out the calls to a dependency that is overloaded; `None` if it does not.
    pub const fn throttle(&self) -> Option<Throttle> {
        self.throttle
    }

    /// Whether a failure that says when to come back decides how long the breaker stays open.
    pub const fn honour_retry_after(&self) -> bool {
        self.honour_retry_after
    }

    /// How many calls may run at once; `None` if any number may.
    pub const fn max_concurrent(&self) -> Option<u32> {
        self.max_concurrent
    }

    /// How long a call waits for others to end if as many run as may; `None` if it is rejected at once.
    pub const fn max_wait(&self) -> Option<Duration> {
        self.max_wait
    }

    /// How many calls may wait at once; `None` if any number may.
    pub const fn max_pending(&self) -> Option<u32> {
        self.max_pending
    }

    pub(crate) const fn policy(&self) -> Policy {
        let window = self.window_rule();
        let throttle = match self.throttle {
            Some(Throttle { k, window }) => Some(ThrottleRule { k, span: ticks(window) }),
            None => None,
        };
        let slow_call = ticks_of(self.slow_call);
        Policy {
            failure_threshold: match self.failure_threshold() {
                // A streak is counted no further.
                Some(failures) if failures > STREAK_MAX => Some(STREAK_MAX),
                given => given,
            },
            window,
            slow_call,
            open_for: ticks(self.timeout),
            growth: Growth {
                factor: self.timeout_factor,
                longest: ticks_of(self.max_timeout),
                jitter: self.timeout_jitter,
            },
            success_threshold: self.success_threshold,
            // Checked to be at most MAX_PROBES.
            max_probes: self.max_probes() as u16,
            probe_lease: ticks(self.probe_timeout()),
            ramp: match self.ramp {
                Some(length) => ticks(length),
                None => 0,
            },
            throttle,
            bulkhead: self.max_concurrent.is_some(),
            coarse: Policy::is_coarse_enough(slow_call, window, throttle),
        }
    }

    const fn window_rule(&self) -> Option<WindowRule> {
        if self.failure_rate.is_none() && self.slow_call.is_none() {
            return None;
        }
        Some(WindowRule {
            shape: match self.window() {
                Window::Calls(calls) => Shape::Calls(calls),
                Window::Span(span) => Shape::Span(ticks(span)),
            },
            min_calls: self.min_calls(),
            failure_rate: self.failure_rate,
            slow_call_rate: self.slow_call_rate(),
        })
    }
}

const fn ticks_of(length: Option<Duration>) -> Option<Ticks> {
    match length {
        Some(length) => Some(ticks(length)),
        None => None,
    }
}
