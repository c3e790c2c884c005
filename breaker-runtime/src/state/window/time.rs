//! The results of a span of time, in ten buckets.

use crate::state::window::{Entry, Tally};
use crate::time::{TICKS_MAX, Ticks};

/// A bucket is a tenth of the span. They are numbered from time 0: ten times the largest time is far below
/// `u64::MAX`, so that the edges are exact even where ten does not divide the span.
const BUCKETS: u64 = 10;

#[derive(Debug)]
pub(super) struct SpanWindow {
    span: Ticks,
    /// The latest time seen.
    latest: Ticks,
    /// The number of the bucket that it is in, and the first time after this bucket.
    current: u64,
    end: Ticks,
    /// Bucket number `n` is at `n % 10`; those that are out of the window are empty.
    buckets: Box<[Tally; BUCKETS as usize]>,
}

impl SpanWindow {
    /// `span` is at least 10 ticks.
    pub(super) fn new(span: Ticks, now: Ticks) -> Self {
        let mut window = Self { span, latest: 0, current: 0, end: 0, buckets: Box::default() };
        window.go_to(now.min(TICKS_MAX));
        window
    }

    pub(super) fn span(&self) -> Ticks {
        self.span
    }

    pub(super) fn clear(&mut self) {
        self.buckets.fill(Tally::default());
    }

    /// So many plain successes in the current bucket.
    pub(super) fn add_successes(&mut self, successes: u64) {
        self.add(self.current, Tally { calls: successes, ..Tally::default() });
    }

    pub(super) fn record(&mut self, entry: Entry) {
        let counts = Tally { calls: 1, failures: entry.failed.into(), slow: entry.slow.into() };
        self.add(self.current, counts);
    }

    pub(super) fn slide(&mut self, now: Ticks) {
        let now = now.min(TICKS_MAX);
        if now >= self.end {
            let before = self.current;
            self.go_to(now);
            for step in 1..=(self.current - before).min(BUCKETS) {
                self.buckets[index(before + step)] = Tally::default();
            }
        } else if now < self.latest.saturating_sub(self.span) {
            self.go_back(now);
        } else {
            self.latest = self.latest.max(now);
        }
    }

    /// Goes on from a time that is long past, with all that is in the window.
    fn go_back(&mut self, now: Ticks) {
        let all = self.tally();
        self.clear();
        self.go_to(now);
        self.add(self.current, all);
    }

    fn go_to(&mut self, now: Ticks) {
        self.latest = now;
        self.current = self.number(now);
        self.end = self.start(self.current + 1);
    }

    pub(super) fn tally(&self) -> Tally {
        self.buckets.iter().fold(Tally::default(), |sum, bucket| sum.plus(*bucket))
    }

    /// What is left of it as time goes on: the newest bucket, the newest two, and so on, up to all of them.
    pub(super) fn remainders(&self) -> impl Iterator<Item = Tally> {
        let bucket = |age| self.buckets[index(self.current + BUCKETS - age)];
        (0..BUCKETS).scan(Tally::default(), move |sum, age| {
            *sum = sum.plus(bucket(age));
            Some(*sum)
        })
    }

    /// The first time after the current bucket.
    pub(super) fn bucket_end(&self) -> Ticks {
        self.end
    }

    /// A window of another span with the buckets of this one that begin within it.
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
    }

    /// The number of the bucket that a time is in.
    fn number(&self, at: Ticks) -> u64 {
        at * BUCKETS / self.span
    }

    /// The first time in a bucket.
    fn start(&self, number: u64) -> Ticks {
        (number * self.span).div_ceil(BUCKETS)
    }
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
}
