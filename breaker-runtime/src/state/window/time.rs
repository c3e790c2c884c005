//! The window of the results in a span of time, in ten buckets.

use crate::state::window::slices::{SliceLog, TakenSlices};
use crate::state::window::{Entry, Tally};
use crate::time::{TICKS_MAX, Ticks};
use crate::types::traffic::WindowTraffic;

/// The number of buckets in a span. Buckets are numbered from time 0. Ten times the largest time is far
/// below `u64::MAX`, so that the edges are exact even if ten does not divide the span.
pub(super) const BUCKETS: u64 = 10;

/// A window of the results in the last `span`.
#[derive(Debug)]
pub(super) struct SpanWindow {
    span: Ticks,
    /// The latest time seen.
    latest: Ticks,
    /// The number of the bucket with the latest time.
    current: u64,
    /// The first time after this bucket.
    end: Ticks,
    /// Bucket number `n` is at `n % 10`. Buckets that have left the window are empty.
    buckets: Box<[Tally; BUCKETS as usize]>,
    /// The sum of the buckets.
    sum: Tally,
    /// The plain successes since the last result on record, once there was one.
    log: Option<Box<SliceLog>>,
    /// The number of results that have left the window before there was a log: plain successes.
    left: u64,
    /// The results that have left the window since it was made, and the most that were in it at a slide.
    past: WindowTraffic,
}

impl SpanWindow {
    /// Makes an empty window. `span` is at least 10 ticks.
    pub(super) fn new(span: Ticks, now: Ticks) -> Self {
        let past = WindowTraffic { since: now.min(TICKS_MAX), calls: 0, peak: 0 };
        let buckets = Box::default();
        let (sum, log) = (Tally::default(), None);
        let mut window = Self { span, latest: 0, current: 0, end: 0, buckets, sum, log, left: 0, past };
        window.go_to(now.min(TICKS_MAX));
        window
    }

    /// Returns the results since the window was made, with `more` that are not in it yet.
    pub(super) fn traffic(&self, more: u64) -> WindowTraffic {
        let present = self.tally().calls.saturating_add(more);
        let WindowTraffic { since, calls, peak } = self.past;
        WindowTraffic { since, calls: calls.saturating_add(present), peak: peak.max(present) }
    }

    pub(super) fn span(&self) -> Ticks {
        self.span
    }

    pub(super) fn clear(&mut self) {
        self.past = self.traffic(0);
        self.buckets.fill(Tally::default());
        self.sum = Tally::default();
        if let Some(log) = &mut self.log {
            **log = SliceLog::default();
        }
        self.left = 0;
    }

    /// Adds plain successes to the current bucket.
    pub(super) fn add_successes(&mut self, successes: u64) {
        self.add(self.current, Tally { calls: successes, ..Tally::default() });
        if let Some(log) = &mut self.log {
            log.add(self.current, successes);
        }
    }

    /// Returns the plain successes since the last call of this, or since the window was emptied, without
    /// those in the current bucket. At the first call no other result has been recorded before that
    /// bucket.
    pub(super) fn take_slices(&mut self) -> SliceLog {
        if self.log.is_none() {
            let mut log = SliceLog::default();
            if let Some(number) = self.current.checked_sub(BUCKETS) {
                log.add(number, self.left);
            }
            for number in self.current.saturating_sub(BUCKETS - 1)..self.current {
                log.add(number, self.buckets[index(number)].calls);
            }
            self.log = Some(Box::new(log));
        }
        let current = self.current;
        self.log.as_mut().map(|log| log.take_before(current)).unwrap_or_default()
    }

    /// Returns the slices of [`take_slices`](Self::take_slices), if there is a log and they are few.
    pub(super) fn take_few_slices(&mut self) -> Option<TakenSlices> {
        let current = self.current;
        self.log.as_mut()?.take_few_before(current)
    }

    pub(super) fn record(&mut self, entry: Entry) {
        let counts = Tally { calls: 1, failures: entry.failed.into(), slow: entry.slow.into() };
        self.add(self.current, counts);
    }

    pub(super) fn slide(&mut self, now: Ticks) {
        let now = now.min(TICKS_MAX);
        if now >= self.end {
            let before = self.current;
            self.past.peak = self.past.peak.max(self.tally().calls);
            self.go_to(now);
            for step in 1..=(self.current - before).min(BUCKETS) {
                let left = std::mem::take(&mut self.buckets[index(before + step)]);
                self.sum = self.sum.minus(left);
                self.left = self.left.saturating_add(left.calls);
                self.past.calls = self.past.calls.saturating_add(left.calls);
            }
        } else if now < self.latest.saturating_sub(self.span) {
            self.go_back(now);
        } else {
            self.latest = self.latest.max(now);
        }
    }

    /// Continues at a time that is long past, and keeps all results of the window.
    fn go_back(&mut self, now: Ticks) {
        let (all, past) = (self.tally(), self.past);
        self.clear();
        // None of them has left the window.
        self.past = WindowTraffic { since: past.since.min(now), ..past };
        self.go_to(now);
        self.add(self.current, all);
        if let Some(log) = &mut self.log {
            log.lose();
        }
    }

    fn go_to(&mut self, now: Ticks) {
        self.latest = now;
        self.current = self.number(now);
        self.end = self.start(self.current + 1);
    }

    pub(super) fn tally(&self) -> Tally {
        self.sum
    }

    /// Returns the tallies that remain as time goes on: that of the newest bucket, of the newest two,
    /// and so on, up to all of them.
    pub(super) fn remainders(&self) -> impl Iterator<Item = Tally> {
        let bucket = |age| self.buckets[index(self.current + BUCKETS - age)];
        (0..BUCKETS).scan(Tally::default(), move |sum, age| {
            *sum = sum.plus(bucket(age));
            Some(*sum)
        })
    }

    /// Returns the first time after the current bucket.
    pub(super) fn bucket_end(&self) -> Ticks {
        self.end
    }

    /// Returns a window of another span with the buckets of this one that begin within it.
    pub(super) fn rebucketed(&self, span: Ticks) -> Self {
        let mut other = Self::new(span, self.latest);
        for number in self.current.saturating_sub(BUCKETS - 1)..=self.current {
            let there = other.number(self.start(number));
            if other.current - there < BUCKETS {
                other.add(there, self.buckets[index(number)]);
            }
        }
        other
    }

    fn add(&mut self, number: u64, counts: Tally) {
        let bucket = &mut self.buckets[index(number)];
        *bucket = bucket.plus(counts);
        self.sum = self.sum.plus(counts);
    }

    /// Returns the number of the bucket of a time.
    fn number(&self, at: Ticks) -> u64 {
        at * BUCKETS / self.span
    }

    /// Returns the first time in a bucket.
    fn start(&self, number: u64) -> Ticks {
        bucket_start(self.span, number)
    }
}

/// Returns the first time in a bucket of a window of this span.
pub(crate) fn bucket_start(span: Ticks, number: u64) -> Ticks {
    number.saturating_mul(span).div_ceil(BUCKETS)
}

fn index(number: u64) -> usize {
    (number % BUCKETS) as usize
}

impl Tally {
    fn plus(self, other: Self) -> Self {
        Self {
            calls: self.calls.saturating_add(other.calls),
            failures: self.failures.saturating_add(other.failures),
            slow: self.slow.saturating_add(other.slow),
        }
    }

    fn minus(self, part: Self) -> Self {
        Self {
            calls: self.calls.saturating_sub(part.calls),
            failures: self.failures.saturating_sub(part.failures),
            slow: self.slow.saturating_sub(part.slow),
        }
    }
}
