//! Outliers among the keys of a group: the rule, and the intervals in which it is judged.
//!
//! The rule is Envoy's outlier detection by success rate. Of the keys with enough calls in an interval,
//! those are outliers that have a success rate below the mean by more than so many standard deviations.
//! The mean is over all of these keys, the outlier included, and the deviation is that of the whole
//! population. By Cantelli's inequality, at most a share `1 / (1 + deviations^2)` of the keys can be
//! outliers at once: 21 % at 1.9. If all fail alike, none is.
//!
//! There is no timer. The counts of an interval are differences of totals, and a call that fails after
//! the end of an interval judges it, on the one thread that claims it.

use std::sync::{PoisonError, atomic};

use crate::sync::{AtomicU64, Ordering};
use crate::time::Ticks;

/// The parameters of the rule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct OutlierRule {
    pub(crate) deviations: f64,
    pub(crate) min_keys: u32,
    pub(crate) min_calls: u32,
    pub(crate) span: Ticks,
}

/// The success rates of one interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct RateSpread {
    pub(crate) mean: f64,
    pub(crate) stdev: f64,
    pub(crate) keys: u64,
}

/// The difference of rates that counts as none: equal rates must not become outliers by rounding.
const SAME_RATE: f64 = 1e-9;

impl OutlierRule {
    /// Returns the success rate of a key; `None` if it has too few calls.
    #[expect(clippy::cast_precision_loss, reason = "exact to 2^53 calls in one interval")]
    pub(crate) fn rate(&self, successes: u64, failures: u64) -> Option<f64> {
        let calls = successes.saturating_add(failures);
        (calls >= u64::from(self.min_calls.max(1))).then(|| successes as f64 / calls as f64)
    }

    /// Returns mean and standard deviation of the rates; `None` of too few keys.
    #[expect(clippy::cast_precision_loss, reason = "at most ten million keys")]
    pub(crate) fn spread(&self, rates: &[f64]) -> Option<RateSpread> {
        let keys = rates.len() as u64;
        if keys == 0 || keys < u64::from(self.min_keys) {
            return None;
        }
        let mean = rates.iter().sum::<f64>() / keys as f64;
        let variance = rates.iter().map(|rate| (rate - mean).powi(2)).sum::<f64>() / keys as f64;
        Some(RateSpread { mean, stdev: variance.sqrt(), keys })
    }

    /// Returns whether a rate is an outlier.
    pub(crate) fn is_outlier(&self, rate: f64, spread: &RateSpread) -> bool {
        rate + SAME_RATE < self.deviations.mul_add(-spread.stdev, spread.mean)
    }
}

/// The intervals of one group, and the rule that applies.
#[derive(Debug)]
pub(crate) struct OutlierIntervals {
    rule: std::sync::Mutex<Option<OutlierRule>>,
    /// Whether there is a rule. Loom need not explore it, as it is an option.
    is_on: atomic::AtomicBool,
    /// The end of the current interval; 0 before the first one.
    end: AtomicU64,
}

/// The task of the thread that has claimed the end of an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IntervalEnd {
    /// Judges the calls since its start.
    Judge,
    /// Begins a new one: too much time has passed for the counts to show the present.
    Restart,
}

impl OutlierIntervals {
    pub(crate) fn new(rule: Option<OutlierRule>) -> Self {
        let is_on = atomic::AtomicBool::new(rule.is_some());
        Self { rule: std::sync::Mutex::new(rule), is_on, end: AtomicU64::new(0) }
    }

    /// Replaces the rule; `None` switches it off.
    pub(crate) fn set_rule(&self, rule: Option<OutlierRule>) {
        let mut present = self.rule.lock().unwrap_or_else(PoisonError::into_inner);
        if *present != rule {
            *present = rule;
            self.is_on.store(rule.is_some(), atomic::Ordering::Relaxed);
            // Counts under another rule are no interval of this one.
            self.end.store(0, Ordering::Release);
        }
    }

    /// Returns whether there is a rule.
    pub(crate) fn is_on(&self) -> bool {
        self.is_on.load(atomic::Ordering::Relaxed)
    }

    /// Returns the rule.
    pub(crate) fn rule(&self) -> Option<OutlierRule> {
        *self.rule.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Claims the interval that has ended, for one thread. Returns `None` if none has ended, or another
    /// thread has claimed it.
    pub(crate) fn claim(&self, span: Ticks, now: Ticks) -> Option<IntervalEnd> {
        let end = self.end.load(Ordering::Acquire);
        // A clock that was set back by more than an interval begins anew. The end is one ahead.
        let is_set_back = end.saturating_sub(now) > span.saturating_mul(2);
        if now < end && !is_set_back {
            return None;
        }
        let next = now.saturating_add(span);
        self.end.compare_exchange(end, next, Ordering::AcqRel, Ordering::Acquire).ok()?;
        let is_recent = end > 0 && now - end.min(now) < span && !is_set_back;
        Some(if is_recent { IntervalEnd::Judge } else { IntervalEnd::Restart })
    }
}

#[cfg(all(test, not(breaker_loom)))]
#[expect(clippy::cast_precision_loss, reason = "small numbers")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rule(deviations: f64, min_keys: u32, min_calls: u32) -> OutlierRule {
        OutlierRule { deviations, min_keys, min_calls, span: 10 }
    }

    /// Envoy, `outlier_detection_impl_test.cc`: a mean of 90 and a threshold of 52.
    #[test]
    fn spread_is_that_of_envoys_example() {
        let rule = rule(1.9, 5, 100);
        let rates = [0.5, 1.0, 1.0, 1.0, 1.0];
        let spread = rule.spread(&rates).expect("five keys");
        assert!((spread.mean - 0.9).abs() < 1e-12 && (spread.stdev - 0.2).abs() < 1e-12);
        for (rate, outlier) in [(0.5, true), (0.5199, true), (0.5201, false), (1.0, false)] {
            assert_eq!(rule.is_outlier(rate, &spread), outlier, "{rate}");
        }
        assert_eq!(rule.spread(&rates[..4]), None);
    }

    #[test]
    fn interval_is_claimed_once_and_begins_anew_after_a_pause_or_a_step_back() {
        let intervals = OutlierIntervals::new(Some(rule(1.9, 5, 100)));
        let claim = |now| intervals.claim(10, now);
        assert_eq!(claim(100), Some(IntervalEnd::Restart), "the first one");
        assert_eq!((claim(100), claim(109)), (None, None));
        assert_eq!(claim(110), Some(IntervalEnd::Judge));
        assert_eq!((claim(119), claim(129)), (None, Some(IntervalEnd::Judge)));
        assert_eq!(claim(149), Some(IntervalEnd::Restart), "a pause of a whole interval");
        assert_eq!(claim(148), None, "a small step back");
        assert_eq!(claim(20), Some(IntervalEnd::Restart), "a large step back");
        assert_eq!(claim(30), Some(IntervalEnd::Judge));
        assert_eq!(claim(Ticks::MAX), Some(IntervalEnd::Restart));
    }

    proptest! {
        /// Exact: a rate is `a / b`, so that sums and squares are integers over a common denominator.
        #[test]
        fn outliers_are_those_of_exact_arithmetic(
            successes in prop::collection::vec(0..=100_u64, 0..40),
            tenths in 1..=40_u64,
            min_keys in 0..=10_u32,
        ) {
            let rule = rule(tenths as f64 / 10.0, min_keys, 100);
            let rates: Vec<_> =
                successes.iter().map(|count| rule.rate(*count, 100 - count).expect("100 calls")).collect();
            let keys = rates.len() as i128;
            let Some(spread) = rule.spread(&rates) else {
                prop_assert!(keys == 0 || keys < min_keys.into());
                return Ok(());
            };
            prop_assert!(keys >= min_keys.into() && spread.stdev.is_finite() && spread.stdev >= 0.0);
            let sum: i128 = successes.iter().map(|count| i128::from(*count)).sum();
            // In units of 1 / (100 * keys), and its square.
            let distance = |count: u64| sum - i128::from(count) * keys;
            let variance: i128 = successes.iter().map(|count| distance(*count).pow(2)).sum::<i128>() / keys;
            for (count, rate) in successes.iter().zip(&rates) {
                let distance = distance(*count);
                let (left, right) = (100 * distance.pow(2), i128::from(tenths * tenths) * variance);
                // Equal but for rounding is not decided here.
                if (left - right).abs() > 1_000 {
                    let expected = distance > 0 && left > right;
                    prop_assert_eq!(rule.is_outlier(*rate, &spread), expected, "{:?}", spread);
                }
            }
            let outliers = rates.iter().filter(|rate| rule.is_outlier(**rate, &spread)).count();
            let bound = keys as f64 / (1.0 + rule.deviations.powi(2));
            prop_assert!(outliers as f64 <= bound + 1e-6, "Cantelli: {} of {}", outliers, keys);
        }
    }
}
