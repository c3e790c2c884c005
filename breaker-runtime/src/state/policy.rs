//! The parameters of the rules, and calculations on them alone.
//!
//! Any value is safe here: the configuration checks the ranges. Nothing panics or overflows; periods
//! saturate.

use crate::state::env::Env;
use crate::state::window::{Shape, Tally};
use crate::state::word::Flags;
use crate::time::clock::coarse_is_enough;
use crate::time::{TICKS_MAX, Ticks};

/// The options of a breaker in the form that the state machine uses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Policy {
    pub(crate) failure_threshold: Option<u32>,
    pub(crate) window: Option<WindowRule>,
    /// A call that took longer is slow.
    pub(crate) slow_call: Option<Ticks>,
    /// So many calls in a row may be dropped while pending; each further one is a failure.
    pub(crate) abandoned_threshold: Option<u32>,
    pub(crate) open_for: Ticks,
    pub(crate) growth: Growth,
    pub(crate) success_threshold: u32,
    pub(crate) probe_failure_threshold: u16,
    pub(crate) max_probes: u16,
    pub(crate) probe_lease: Ticks,
    /// 0 means no ramp.
    pub(crate) ramp: Ticks,
    pub(crate) throttle: Option<ThrottleRule>,
    /// Whether each call takes the slow admission path: for a concurrency permit, or for a game day.
    pub(crate) bulkhead: bool,
    /// Whether each call is timed for an observer: a recording or a shadow.
    pub(crate) observed: bool,
    /// Whether the coarse clock is precise enough for slow calls and window buckets.
    pub(crate) coarse: bool,
}

/// The rates of a window that trip.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct WindowRule {
    pub(crate) shape: Shape,
    pub(crate) min_calls: u32,
    pub(crate) failure_rate: Option<f64>,
    pub(crate) slow_call_rate: Option<f64>,
}

/// The rate of a window that was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exceeded {
    FailureRate,
    SlowCallRate,
}

/// The growth of open periods after failed probes, and their jitter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Growth {
    pub(crate) factor: f64,
    pub(crate) longest: Option<Ticks>,
    pub(crate) jitter: f64,
}

/// The parameters of adaptive throttling.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ThrottleRule {
    pub(crate) k: f64,
    pub(crate) span: Ticks,
}

/// The longest `retry_after` of a dependency that is honoured without `max_timeout`: one day.
const LONGEST_RETRY_AFTER: Ticks = 24 * 60 * 60 * 1_000_000;

/// The `slow_call` of a policy that times calls and has none: no call takes longer.
const NEVER_SLOW: Ticks = TICKS_MAX;

#[cfg(all(test, not(breaker_loom)))]
impl Policy {
    /// A policy of a streak alone, for tests.
    pub(crate) const OF_TESTS: Self = Self {
        failure_threshold: Some(3),
        window: None,
        slow_call: None,
        abandoned_threshold: None,
        open_for: 1_000,
        growth: Growth::CONSTANT,
        success_threshold: 2,
        probe_failure_threshold: 1,
        max_probes: 1,
        probe_lease: 1_000,
        ramp: 0,
        throttle: None,
        bulkhead: false,
        observed: false,
        coarse: false,
    };
}

impl Policy {
    /// Returns this policy with calls that are timed by the precise clock, and no other decision.
    #[cfg_attr(breaker_loom, allow(dead_code, reason = "a breaker is observed, not a cell"))]
    pub(crate) const fn observed(self) -> Self {
        let slow_call = match self.slow_call {
            None => Some(NEVER_SLOW),
            given => given,
        };
        Self { slow_call, bulkhead: true, observed: true, coarse: false, ..self }
    }

    /// Returns whether consecutive failures alone decide, so that there are no windows.
    pub(crate) const fn is_plain(&self) -> bool {
        self.window.is_none() && self.throttle.is_none()
    }

    /// Returns the rule of the window of the rates, if there is no other window.
    #[inline(always)]
    pub(crate) fn only_window(&self) -> Option<&WindowRule> {
        self.window.as_ref().filter(|_| self.throttle.is_none())
    }

    /// Returns whether other calls open a breaker with this policy than with another one.
    pub(crate) fn decides_otherwise(&self, other: &Self) -> bool {
        let decisive = |policy: &Self| {
            let slow_call = policy.slow_call.filter(|limit| *limit != NEVER_SLOW);
            (policy.failure_threshold, policy.window, slow_call, policy.abandoned_threshold)
        };
        decisive(self) != decisive(other)
    }

    /// Returns whether a window slides with the clock.
    pub(crate) const fn slides_by_time(&self) -> bool {
        matches!(self.window, Some(WindowRule { shape: Shape::Span(_), .. })) || self.throttle.is_some()
    }

    /// Returns the flags of a closed word that has counted nothing; `ramp` is whether a ramp runs.
    pub(crate) const fn flags(&self, ramp: bool) -> Flags {
        Flags {
            slow_admit: self.slow_call.is_some() || self.bulkhead || ramp,
            window_due: self.slides_by_time(),
        }
    }

    /// Returns whether the coarse clock is precise enough for these options.
    pub(crate) const fn is_coarse_enough(
        slow_call: Option<Ticks>,
        window: Option<WindowRule>,
        throttle: Option<ThrottleRule>,
    ) -> bool {
        let slow_call = match slow_call {
            Some(limit) => coarse_is_enough(limit),
            None => true,
        };
        let window = match window {
            Some(WindowRule { shape: Shape::Span(span), .. }) => coarse_is_enough(span),
            _ => true,
        };
        let throttle = match throttle {
            Some(ThrottleRule { span, .. }) => coarse_is_enough(span),
            None => true,
        };
        slow_call && window && throttle
    }

    /// Reads the clock, as precisely as this policy needs for calls.
    #[inline]
    pub(crate) fn reading(&self, env: &impl Env) -> Ticks {
        if self.coarse { env.coarse() } else { env.now() }
    }

    pub(crate) fn is_slow(&self, took: Ticks) -> bool {
        self.slow_call.is_some_and(|limit| took > limit)
    }
}

impl WindowRule {
    /// Returns the failure rate and the slow call rate, or `None` below `min_calls`.
    pub(crate) fn rates(&self, tally: Tally) -> (Option<f64>, Option<f64>) {
        if tally.calls == 0 || tally.calls < u64::from(self.min_calls) {
            return (None, None);
        }
        let of = |count| Some(share(count, tally.calls));
        (of(tally.failures), self.slow_call_rate.and_then(|_| of(tally.slow)))
    }
}

/// Returns `part / of`. Exact if both are below 2^53.
#[expect(clippy::cast_precision_loss, reason = "a share of so many calls has no other digits to lose")]
pub(crate) fn share(part: u64, of: u64) -> f64 {
    part as f64 / of as f64
}

impl Growth {
    #[cfg(test)]
    pub(crate) const CONSTANT: Self = Self { factor: 1.0, longest: None, jitter: 0.0 };

    /// Returns the open period after this many consecutive failed probes.
    pub(crate) fn period(&self, base: Ticks, failed_probes: u32) -> Ticks {
        let exponent = i32::try_from(failed_probes).unwrap_or(i32::MAX);
        self.capped(scaled(base, self.factor.max(1.0).powi(exponent)))
    }

    /// Spreads a period by up to `jitter` to either side; `random` is from 0 to 1.
    pub(crate) fn jittered(&self, period: Ticks, random: f64) -> Ticks {
        if self.jitter <= 0.0 {
            return period;
        }
        let random = if random.is_nan() { 0.5 } else { random.clamp(0.0, 1.0) };
        self.capped(scaled(period, 1.0 + self.jitter * (2.0 * random - 1.0)))
    }

    /// Lengthens a period to the `retry_after` that the dependency asked for, within limits.
    pub(crate) fn lengthened(&self, period: Ticks, retry_after: Option<Ticks>) -> Ticks {
        let longest = self.longest.unwrap_or(LONGEST_RETRY_AFTER);
        period.max(retry_after.unwrap_or(0).min(longest))
    }

    /// Returns `period` within 1 tick and the longest period.
    fn capped(&self, period: Ticks) -> Ticks {
        period.min(self.longest.unwrap_or(TICKS_MAX)).max(1)
    }
}

/// Returns `length * factor`. Saturates, because the factor may be infinite.
#[expect(clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "no factor is negative")]
fn scaled(length: Ticks, factor: f64) -> Ticks {
    let scaled = length as f64 * factor;
    if scaled >= TICKS_MAX as f64 { TICKS_MAX } else { scaled.round() as Ticks }
}

impl ThrottleRule {
    /// Returns the probability of a rejection: `max(0, (requests - k * accepts) / (requests + 1))`, from
    /// the Google SRE book, "Handling Overload". Requests are all calls in the window, including those
    /// that the throttle rejects; accepts are its successes.
    #[expect(clippy::cast_precision_loss, reason = "a probability has no other digits to lose")]
    pub(crate) fn rejection(&self, tally: Tally) -> f64 {
        let requests = tally.calls as f64;
        let accepts = tally.calls.saturating_sub(tally.failures) as f64;
        ((requests - self.k * accepts) / (requests + 1.0)).max(0.0)
    }
}

#[cfg(all(test, not(breaker_loom)))]
mod tests {
    use super::*;
    use crate::time::clock::COARSE_ERROR;

    const GROWTH: Growth = Growth { factor: 2.0, longest: Some(1_000), jitter: 0.0 };

    /// Aws-sdk-rust 960, backon: the back-off overflowed.
    #[test]
    fn open_periods_grow_and_saturate_at_any_attempt() {
        let periods = [0, 1, 2, 3, 4, 40, 2_000, u32::MAX].map(|failed| GROWTH.period(100, failed));
        assert_eq!(periods, [100, 200, 400, 800, 1_000, 1_000, 1_000, 1_000]);
        let boundless = Growth { longest: None, ..GROWTH };
        assert_eq!(boundless.period(100, u32::MAX), TICKS_MAX);
        assert_eq!(boundless.period(TICKS_MAX, 1), TICKS_MAX);
        assert_eq!(Growth::CONSTANT.period(100, u32::MAX), 100);
    }

    #[test]
    fn jitter_spreads_to_both_sides_and_stays_below_the_longest() {
        let growth = Growth { jitter: 0.1, ..GROWTH };
        let jittered = |random| growth.jittered(500, random);
        assert_eq!([0.0, 0.5, 1.0, 7.0, -7.0, f64::NAN].map(jittered), [450, 500, 550, 550, 450, 500]);
        assert_eq!(growth.jittered(1_000, 1.0), 1_000);
        assert_eq!(Growth { jitter: 1.0, ..growth }.jittered(500, 0.0), 1, "at least one tick");
    }

    #[test]
    fn retry_after_of_a_dependency_is_honoured_within_limits() {
        assert_eq!(GROWTH.lengthened(100, Some(300)), 300);
        assert_eq!(GROWTH.lengthened(100, Some(30)), 100);
        assert_eq!(GROWTH.lengthened(100, Some(TICKS_MAX)), 1_000);
        assert_eq!(Growth::CONSTANT.lengthened(100, Some(TICKS_MAX)), 86_400_000_000, "one day");
    }
    #[test]
    fn coarse_clock_is_enough_if_it_is_for_each_length() {
        let (fine, coarse) = (50 * COARSE_ERROR - 1, 50 * COARSE_ERROR);
        let rule =
            |shape| WindowRule { shape, min_calls: 1, failure_rate: Some(0.5), slow_call_rate: None };
        let span = |span| Some(rule(Shape::Span(span)));
        let throttle = |span| Some(ThrottleRule { k: 2.0, span });
        let is_enough = Policy::is_coarse_enough;
        assert!(is_enough(None, None, None) && is_enough(None, Some(rule(Shape::Calls(1))), None));
        assert!(is_enough(Some(coarse), span(coarse), throttle(coarse)));
        assert!(!is_enough(Some(fine), span(coarse), throttle(coarse)));
        assert!(!is_enough(Some(coarse), span(fine), throttle(coarse)));
        assert!(!is_enough(Some(coarse), span(coarse), throttle(fine)));
    }
}
