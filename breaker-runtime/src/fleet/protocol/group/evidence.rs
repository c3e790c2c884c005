//! The results of a group, by which it opens: [`GroupEvidence`].

use std::collections::BTreeMap;

use crate::fleet::protocol::message::{BUCKETS, MOST_BUCKETS, Millis, OpenCause, Report, Rules};

/// The results of all members since the last change of phase.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct GroupEvidence {
    /// Failures in a row.
    streak: u64,
    /// The longest window that a report has had.
    pub(super) window: Millis,
    /// Successes and failures by the beginning of their bucket.
    buckets: BTreeMap<Millis, (u64, u64)>,
}

impl GroupEvidence {
    /// Adds the results of a report at the time `clock`.
    pub(super) fn add(&mut self, clock: Millis, report: &Report) {
        let Report { successes, failures, streak, ref rules, .. } = *report;
        self.streak = if successes == 0 { self.streak.saturating_add(failures) } else { streak };
        if rules.window == 0 {
            return;
        }
        self.window = self.window.max(rules.window);
        if successes > 0 || failures > 0 {
            let width = rules.window.div_ceil(BUCKETS);
            let bucket = self.buckets.entry(clock - clock % width).or_default();
            bucket.0 = bucket.0.saturating_add(successes);
            bucket.1 = bucket.1.saturating_add(failures);
        }
        let longest = self.window;
        self.buckets.retain(|&begin, _| clock.saturating_sub(begin) < longest);
        while self.buckets.len() > MOST_BUCKETS {
            self.buckets.pop_first();
        }
    }

    /// Returns the rule that the results break.
    pub(super) fn judge(&self, clock: Millis, rules: &Rules) -> Option<OpenCause> {
        let reaches = |figure: u64, limit: Option<u64>| limit.is_some_and(|limit| figure >= limit);
        if reaches(self.streak, rules.streak) {
            return Some(OpenCause::Streak);
        }
        let (successes, failures) = self.sums(clock, rules.window);
        if reaches(failures, rules.volume) {
            return Some(OpenCause::Volume);
        }
        let calls = successes.saturating_add(failures);
        let judged = failures > 0 && calls >= rules.min_calls;
        let share = failures.saturating_mul(1_000_000).checked_div(calls).unwrap_or(0);
        (judged && reaches(share, rules.rate_ppm)).then_some(OpenCause::Rate)
    }

    /// Returns the successes and failures of the buckets that began less than `window` ago.
    fn sums(&self, clock: Millis, window: Millis) -> (u64, u64) {
        let recent = self.buckets.iter().filter(|(begin, _)| clock.saturating_sub(**begin) < window);
        recent.fold((0, 0), |sums, (_, bucket)| {
            (u64::saturating_add(sums.0, bucket.0), u64::saturating_add(sums.1, bucket.1))
        })
    }
}
