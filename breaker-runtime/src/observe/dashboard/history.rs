//! The recent past of one breaker: totals of the last seconds for rates, and steps of two seconds for
//! the chart.
//!
//! Both are differences of totals that exist, so that a call does nothing for them. Their memory is
//! bounded: [`RECENT`] samples and [`STEPS`] steps.

use std::collections::VecDeque;
use std::time::Duration;

use crate::breaker::latency::Latency;
use crate::observe::dashboard::views::{AnswerShares, CallRates, LatencyView, SparkView};
use crate::observe::latency::RecentLatency;
use crate::types::totals::Totals;

/// The length of a step, in milliseconds.
pub(super) const STEP_MS: u64 = 2_000;
/// The number of steps: two minutes.
pub(super) const STEPS: usize = 60;
/// The number of samples for the rates.
const RECENT: usize = 11;
/// The span of the rates, in milliseconds.
const RATE_SPAN_MS: u64 = 10_000;
/// The shortest time between two of these samples, in milliseconds: a refresh in between adds none.
const SAMPLE_MS: u64 = 900;

/// The totals of a breaker that the page shows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct CallCounts {
    calls: u64,
    succeeded: u64,
    failed: u64,
    rejected: u64,
    fallback: u64,
    last_good: u64,
}

/// The counts of one step.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct SparkStep {
    succeeded: u32,
    failed: u32,
    rejected: u32,
    tripped: bool,
}

/// The recent past of one breaker.
#[derive(Clone, Debug)]
pub(super) struct Track {
    recent: VecDeque<(u64, CallCounts)>,
    steps: VecDeque<SparkStep>,
    /// The number of the newest step, counted from the sampler's start.
    step: u64,
    last: CallCounts,
    trips: u64,
    latency: RecentLatency,
}

impl From<&Totals> for CallCounts {
    fn from(totals: &Totals) -> Self {
        let ended = totals.success + totals.failure + totals.ignored + totals.cancelled + totals.late;
        Self {
            // Attempts after the first are no calls of their own.
            calls: (ended + totals.rejected).saturating_sub(totals.retried),
            succeeded: totals.success,
            failed: totals.failure,
            rejected: totals.rejected,
            fallback: totals.fallback,
            last_good: totals.last_good,
        }
    }
}

impl CallCounts {
    fn since(&self, before: &Self) -> Self {
        let less = u64::saturating_sub;
        Self {
            calls: less(self.calls, before.calls),
            succeeded: less(self.succeeded, before.succeeded),
            failed: less(self.failed, before.failed),
            rejected: less(self.rejected, before.rejected),
            fallback: less(self.fallback, before.fallback),
            last_good: less(self.last_good, before.last_good),
        }
    }
}

impl Track {
    /// Creates the history of a breaker with these totals at the time `now`, in milliseconds since the
    /// sampler's start.
    pub(super) fn new(now: u64, totals: CallCounts, trips: u64) -> Self {
        let steps = VecDeque::from([SparkStep::default(); STEPS]);
        Self {
            recent: VecDeque::from([(now, totals)]),
            steps,
            step: now / STEP_MS,
            last: totals,
            trips,
            latency: RecentLatency::new(),
        }
    }

    /// Adds what has happened since the last call.
    pub(super) fn add(&mut self, now: u64, totals: CallCounts, trips: u64) {
        let step = (now / STEP_MS).max(self.step);
        for _ in 0..(step - self.step).min(STEPS as u64) {
            self.steps.pop_front();
            self.steps.push_back(SparkStep::default());
        }
        self.step = step;
        let new = totals.since(&self.last);
        let small = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
        if let Some(newest) = self.steps.back_mut() {
            newest.succeeded = newest.succeeded.saturating_add(small(new.succeeded));
            newest.failed = newest.failed.saturating_add(small(new.failed));
            newest.rejected = newest.rejected.saturating_add(small(new.rejected));
            newest.tripped |= trips > self.trips;
        }
        self.last = totals;
        self.trips = trips;
        if self.recent.back().is_none_or(|(at, _)| now.saturating_sub(*at) >= SAMPLE_MS) {
            // A key that is looked at now and then has fewer samples for the same span.
            let is_covered = |recent: &VecDeque<(u64, CallCounts)>| {
                recent.get(1).is_some_and(|(at, _)| now.saturating_sub(*at) >= RATE_SPAN_MS)
            };
            while self.recent.len() == RECENT || is_covered(&self.recent) {
                self.recent.pop_front();
            }
            self.recent.push_back((now, totals));
        }
    }

    /// Adds how long calls took, and returns percentiles of the last minute; `None` if no call was
    /// timed.
    pub(super) fn latency(&mut self, now: u64, latency: Option<Latency>) -> Option<LatencyView> {
        let recent = self.latency.update_with(Duration::from_millis(now), latency)?;
        let percentile = |share| Some(rounded(recent.quantile(share)?.as_secs_f64() * 1e3, 10.0));
        Some(LatencyView { p50: percentile(0.5)?, p99: percentile(0.99)? })
    }

    /// Returns the calls per second of the last ten seconds; `None` after the first sample.
    pub(super) fn rates(&self, now: u64) -> Option<CallRates> {
        let (span, counts) = self.last_seconds(now);
        if span == 0 {
            return None;
        }
        let rate = |count| rounded(ratio(count, span) * 1e3, 10.0);
        Some(CallRates {
            calls: rate(counts.calls),
            succeeded: rate(counts.succeeded),
            failed: rate(counts.failed),
            rejected: rate(counts.rejected),
        })
    }

    /// Returns what the calls of the last ten seconds received; `None` without a call.
    pub(super) fn answers(&self, now: u64) -> Option<AnswerShares> {
        let (_, counts) = self.last_seconds(now);
        if counts.calls == 0 {
            return None;
        }
        let share = |count| rounded(ratio(count, counts.calls).min(1.0), 100.0);
        Some(AnswerShares {
            rejected: share(counts.rejected),
            fallback: share(counts.fallback),
            last_good: share(counts.last_good),
        })
    }

    fn last_seconds(&self, now: u64) -> (u64, CallCounts) {
        let (at, before) = self.recent.front().copied().unwrap_or((now, self.last));
        (now.saturating_sub(at), self.last.since(&before))
    }

    /// Returns the chart. `start` is the sampler's start in milliseconds since the Unix epoch.
    pub(super) fn spark(&self, start: u64) -> SparkView {
        let column = |count: fn(&SparkStep) -> u32| self.steps.iter().map(count).collect();
        let tripped = self.steps.iter().enumerate().filter(|(_, step)| step.tripped);
        SparkView {
            step_ms: STEP_MS,
            end: start + (self.step + 1) * STEP_MS,
            succeeded: column(|step| step.succeeded),
            failed: column(|step| step.failed),
            rejected: column(|step| step.rejected),
            trips: tripped.map(|(index, _)| index).collect(),
        }
    }
}

/// Rounds to a multiple of `1 / parts`, so that noise is no change.
fn rounded(value: f64, parts: f64) -> f64 {
    (value * parts).round() / parts
}

/// Returns `part / whole`; 0.0 if there is no whole.
#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn totals(success: u64, failure: u64, rejected: u64) -> CallCounts {
        CallCounts::from(&Totals { success, failure, rejected, fallback: rejected, ..Totals::default() })
    }

    #[test]
    fn rates_and_shares_are_those_of_the_last_ten_seconds() {
        let mut track = Track::new(0, totals(1_000, 0, 0), 0);
        assert_eq!((track.rates(0), track.answers(0)), (None, None));
        for second in 1..=20 {
            track.add(second * 1_000, totals(1_000 + 10 * second, 5 * second, 0), 0);
        }
        let rates = track.rates(20_000).unwrap();
        assert_eq!((rates.calls, rates.succeeded, rates.failed), (15.0, 10.0, 5.0));
        for second in 21..=30 {
            // Refreshes in between do not shorten the ten seconds.
            for part in 0..4 {
                track.add(second * 1_000 + part * 10, totals(1_200, 100, 4 * (second - 20)), 0);
            }
        }
        let rates = track.rates(30_030).unwrap();
        assert_eq!((rates.calls, rates.rejected), (4.0, 4.0));
        let answers = track.answers(30_030).unwrap();
        assert_eq!((answers.rejected, answers.fallback, answers.last_good), (1.0, 1.0, 0.0));
    }

    #[test]
    fn rates_of_rare_samples_are_those_of_the_last_ten_seconds() {
        let mut track = Track::new(0, totals(0, 0, 0), 0);
        for (second, success) in [(5, 100), (10, 200), (15, 200), (20, 250)] {
            track.add(second * 1_000, totals(success, 0, 0), 0);
        }
        let rates = track.rates(20_000).unwrap();
        assert_eq!((rates.calls, rates.succeeded), (5.0, 5.0));
    }

    #[test]
    fn chart_has_two_minutes_of_steps_with_their_trips() {
        let mut track = Track::new(500, totals(0, 0, 0), 3);
        track.add(1_500, totals(2, 1, 0), 4);
        track.add(2_500, totals(2, 1, 7), 4);
        let spark = track.spark(1_000_000);
        assert_eq!((spark.end, spark.succeeded.len()), (1_004_000, STEPS));
        assert_eq!((&spark.succeeded[58..], &spark.failed[58..]), (&[2, 0][..], &[1, 0][..]));
        assert_eq!((&spark.rejected[58..], spark.trips), (&[0, 7][..], vec![58]));
        track.add(2_500 + 59 * STEP_MS, totals(2, 1, 7), 4);
        let spark = track.spark(1_000_000);
        assert_eq!((spark.trips.len(), spark.rejected[0]), (0, 7));
        track.add(3_600_000, totals(2, 1, 7), 4);
        assert_eq!(track.spark(0).rejected, [0; STEPS]);
    }

    /// A breaker that is built anew under the same name starts at zero.
    #[test]
    fn totals_that_go_back_count_nothing() {
        let mut track = Track::new(0, totals(100, 100, 100), 9);
        track.add(1_000, totals(1, 0, 0), 0);
        assert_eq!((track.rates(1_000).unwrap().calls, track.spark(0).succeeded[STEPS - 1]), (0.0, 0));
        track.add(2_000, totals(3, 0, 0), 0);
        assert_eq!(track.spark(0).succeeded[STEPS - 1], 2);
    }
}
