//! Functions of several options: defaults that depend on others, and the policy of the state
//! machine.

use std::time::Duration;

use crate::config::range::{self, MAX_PROBES};
use crate::config::{Config, Quorum, Throttle, Window};
use crate::state::policy::{Growth, Policy, ThrottleRule, WindowRule};
use crate::state::streak::STREAK_MAX;
use crate::state::window::Shape;
use crate::time::Ticks;
use crate::time::clock::ticks;

/// Returns the threshold, which is off by default where another policy opens the breaker.
pub(super) const fn failure_threshold(config: &Config) -> Option<u32> {
    let slow_calls = config.slow_call.is_some() && config.slow_call_rate.is_some();
    let another_policy = config.failure_rate.is_some() || slow_calls || config.throttle.is_some();
    match config.failure_threshold {
        None if another_policy => None,
        None => Some(5),
        given => given,
    }
}

/// Returns the window, of 100 calls by default.
pub(super) const fn window(config: &Config) -> Window {
    match config.window {
        Some(window) => window,
        None => Window::Calls(100),
    }
}

/// Returns the fewest calls to judge, which a smaller window limits by default.
pub(super) const fn min_calls(config: &Config) -> u32 {
    match (config.min_calls, config.window()) {
        (Some(calls), _) => calls,
        (None, Window::Calls(calls)) if calls < 20 => calls,
        (None, _) => 20,
    }
}

/// Returns the rate of slow calls, if there are slow calls.
pub(super) const fn slow_call_rate(config: &Config) -> Option<f64> {
    match (config.slow_call, config.slow_call_rate) {
        (None, _) => None,
        (Some(_), None) => Some(1.0),
        (Some(_), rate) => rate,
    }
}

/// Returns the number of probe slots, which is the number of successes needed by default.
pub(super) const fn max_probes(config: &Config) -> u32 {
    match config.max_probes {
        Some(max) => max,
        None if config.success_threshold > MAX_PROBES => MAX_PROBES,
        None => config.success_threshold,
    }
}

/// Returns the lease of a probe slot, which outlasts the deadline of an attempt by default.
pub(super) const fn probe_timeout(config: &Config) -> Duration {
    let for_deadline = match (config.call_timeout, config.total_timeout) {
        // An attempt ends with the shorter one.
        (Some(deadline), _) | (None, Some(deadline)) => deadline.saturating_mul(2),
        (None, None) => Duration::ZERO,
    };
    match config.probe_timeout {
        Some(lease) => lease,
        None if for_deadline.as_nanos() > config.timeout.as_nanos() => for_deadline,
        None => config.timeout,
    }
}

/// Returns the quorum, of two processes by default.
pub(super) const fn quorum(config: &Config) -> Quorum {
    match config.quorum {
        Some(quorum) => quorum,
        None => Quorum::Processes(2),
    }
}

/// The conditions of the table's `needs` and `fits`.
impl Config {
    /// Returns whether the breaker is shared between processes.
    pub(super) const fn has_group(&self) -> bool {
        self.shared.is_some()
    }

    /// Returns whether anything is judged by the window. A rate of slow calls that has no `slow_call`
    /// counts: that is an issue of its own.
    pub(super) const fn has_window_rule(&self) -> bool {
        self.failure_rate.is_some() || self.slow_call.is_some() || self.slow_call_rate.is_some()
    }

    /// Returns whether the window has a use, in this process or for its group.
    pub(super) const fn has_use_of_window(&self) -> bool {
        self.has_window_rule() || self.fleet_failures.is_some()
    }

    /// Returns whether calls can be slow.
    pub(super) const fn has_slow_call(&self) -> bool {
        self.slow_call.is_some()
    }

    /// Returns whether an open period can be longer than `timeout`.
    pub(super) const fn has_varying_timeout(&self) -> bool {
        self.timeout_factor > 1.0 || self.timeout_jitter > 0.0 || self.honour_retry_after
    }

    /// Returns whether the calls that run at once are limited.
    pub(super) const fn has_max_concurrent(&self) -> bool {
        self.max_concurrent.is_some()
    }

    /// Returns whether calls can wait for a permit.
    pub(super) const fn has_queue(&self) -> bool {
        self.max_concurrent.is_some() && self.max_wait.is_some()
    }

    /// Returns whether the window can hold as many calls. Any number fits a window that is itself out of
    /// range, so that one error is reported once.
    pub(super) const fn min_calls_fit(&self, min_calls: u32) -> bool {
        match self.window() {
            Window::Calls(calls) => !range::window_calls(calls) || min_calls <= calls,
            Window::Span(_) => true,
        }
    }

    /// Returns whether the longest open period is not shorter than the first.
    pub(super) const fn max_timeout_fits(&self, longest: Duration) -> bool {
        longest.as_nanos() >= self.timeout.as_nanos()
    }

    /// Returns whether a part of a call can end before the whole call has to.
    pub(super) const fn shorter_than_total(&self, part: Duration) -> bool {
        match self.total_timeout {
            Some(total) => part.as_nanos() < total.as_nanos(),
            None => true,
        }
    }

    /// Returns the limit that another option sets to one that does not fit it.
    pub(super) fn limit_of(&self, option: &str) -> String {
        match (option, self.window()) {
            ("min_calls", Window::Calls(calls)) => format!("from 1 to {calls}, the calls in the window"),
            ("call_timeout" | "max_wait", _) => {
                let total = crate::time::duration::shown(self.total_timeout.unwrap_or_default());
                format!("shorter than total_timeout, which is {total}")
            }
            _ => format!("at least timeout, which is {}", crate::time::duration::shown(self.timeout)),
        }
    }
}

impl Config {
    /// Returns the rules of the state machine for these options, which must be in range.
    pub(crate) const fn policy(&self) -> Policy {
        let window = self.window_rule();
        let throttle = match self.throttle {
            Some(Throttle { k, window }) => Some(ThrottleRule { k, span: ticks(window) }),
            None => None,
        };
        let slow_call = ticks_of(self.slow_call);
        let policy = Policy {
            failure_threshold: match self.failure_threshold() {
                // A streak is counted no further.
                Some(failures) if failures > STREAK_MAX => Some(STREAK_MAX),
                given => given,
            },
            window,
            slow_call,
            abandoned_threshold: self.abandoned_threshold,
            open_for: ticks(match self.probe_every {
                Some(every) => every,
                None => self.timeout,
            }),
            growth: Growth {
                factor: match self.probe_every {
                    Some(_) => 1.0,
                    None => self.timeout_factor,
                },
                longest: ticks_of(self.max_timeout),
                jitter: self.timeout_jitter,
            },
            success_threshold: self.success_threshold,
            // Checked to be at most MAX_PROBES.
            probe_failure_threshold: self.probe_failure_threshold as u16,
            // Checked to be at most MAX_PROBES.
            max_probes: self.max_probes() as u16,
            probe_lease: ticks(self.probe_timeout()),
            ramp: match self.ramp {
                Some(length) => ticks(length),
                None => 0,
            },
            throttle,
            bulkhead: self.max_concurrent.is_some(),
            observed: false,
            coarse: Policy::is_coarse_enough(slow_call, window, throttle),
        };
        if self.has_shadow() { policy.observed() } else { policy }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::streak::StreakWord;
    use crate::state::transition::extended_streak;
    use crate::state::word::{Flags, StateWord};

    /// A streak is counted no further, and a breaker that waited for a longer one would never open.
    #[test]
    fn threshold_above_the_longest_streak_counts_as_that() {
        for given in [STREAK_MAX - 1, STREAK_MAX, STREAK_MAX + 1, u32::MAX] {
            let config = Config { failure_threshold: Some(given), ..Config::DEFAULT };
            let threshold = config.policy().failure_threshold;
            let token = StateWord::initial(Flags::default()).token();
            let trips_after = |failures: u32| {
                extended_streak(StreakWord::new(0, 0, failures.into()), token, 0, threshold).is_none()
            };
            let last = given.min(STREAK_MAX) - 1;
            assert_eq!([last - 1, last].map(trips_after), [false, true], "{given}");
            assert_eq!(config.failure_threshold(), Some(given), "the user sees what was given");
        }
    }
}
