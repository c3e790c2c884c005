//! How long timed calls took: [`Latency`], from a histogram of atomic counters.
//!
//! - Calls are timed with the option `slow_call` alone: no other call reads the clock for this.
//! - The histogram is allocated with the first timed call, and takes 8 KiB. All keys of a group share
//!   one: a thousand keys must not take a thousand.
//! - Recording is two additions to shared counters, without a lock.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ::histogram::{AtomicHistogram, Config as HistogramConfig, Quantile, SparseHistogram};

use crate::breaker::CircuitBreaker;
use crate::breaker::cold::Cold;
use crate::breaker::inner::Inner;
use crate::time::Ticks;
use crate::time::clock::duration;

/// Buckets that are 3 % wide, up to 19 hours; in microseconds.
const BUCKETS: HistogramConfig = match HistogramConfig::new(5, MAX_POWER) {
    Ok(config) => config,
    Err(_) => panic!("the histogram's parameters are out of range"),
};
const MAX_POWER: u8 = 36;
const LONGEST: Ticks = (1 << MAX_POWER) - 1;

/// The durations of one breaker's timed calls, or of a group's.
pub(crate) struct LatencyRecorder {
    histogram: AtomicHistogram,
    sum: AtomicU64,
}

impl LatencyRecorder {
    pub(crate) fn new() -> Self {
        Self { histogram: AtomicHistogram::with_config(&BUCKETS), sum: AtomicU64::new(0) }
    }

    /// Records the duration of a call.
    pub(crate) fn record(&self, took: Ticks) {
        let took = took.min(LONGEST);
        // Fails for a value out of range only.
        let _ = self.histogram.increment(took);
        self.sum.fetch_add(took, Ordering::Relaxed);
    }

    fn read(&self) -> Latency {
        let histogram = SparseHistogram::from(&self.histogram.load());
        Latency { histogram, sum: self.sum.load(Ordering::Relaxed) }
    }
}

impl fmt::Debug for LatencyRecorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LatencyRecorder").finish_non_exhaustive()
    }
}

/// The durations of a breaker's calls since it was created, from [`CircuitBreaker::latency`].
///
/// Durations are kept in buckets, exact to 3 % and at most 19 hours. A call counts when it ends, in
/// whatever way; a call that was rejected does not. The time is that of the clock that judges slow
/// calls: from a `slow_call` of 1 s on it is exact to a few milliseconds.
///
/// ```
/// use std::time::Duration;
///
/// use breaker_runtime::{CircuitBreaker, ManualClock};
///
/// let clock = ManualClock::new();
/// let builder = CircuitBreaker::builder("search").slow_call(Duration::from_millis(500));
/// let breaker = builder.clock(clock.clone()).build()?;
/// for took in [10, 20, 30, 400] {
///     let permit = breaker.try_acquire()?;
///     clock.advance(Duration::from_millis(took));
///     permit.success();
/// }
/// let latency = breaker.latency().expect("its calls are timed");
/// assert_eq!(latency.count(), 4);
/// assert_eq!(latency.quantile(0.5).unwrap().as_millis(), 20);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Latency {
    histogram: SparseHistogram,
    /// In ticks.
    sum: u64,
}

impl Latency {
    /// Returns the number of calls.
    pub fn count(&self) -> u64 {
        self.histogram.count().iter().sum()
    }

    /// Returns the sum of the durations.
    pub fn sum(&self) -> Duration {
        duration(self.sum)
    }

    /// Returns the duration that this share of the calls did not exceed; `None` without calls, and if
    /// `share` is not within 0.0 and 1.0. It is the upper end of a bucket: at most 3 % too long.
    pub fn quantile(&self, share: f64) -> Option<Duration> {
        let quantile = Quantile::new(share).ok()?;
        let result = self.histogram.quantile(share).ok().flatten()?;
        Some(duration(result.get(&quantile)?.end()))
    }

    /// Returns the number of calls that took at most `limit`. Exact to 3 % of the limit.
    ///
    /// ```
    /// use std::time::Duration;
    /// use breaker_runtime::{CircuitBreaker, ManualClock};
    ///
    /// let clock = ManualClock::new();
    /// let builder = CircuitBreaker::builder("search").slow_call(Duration::from_secs(1));
    /// let breaker = builder.clock(clock.clone()).build()?;
    /// for took in [20, 400] {
    ///     let permit = breaker.try_acquire()?;
    ///     clock.advance(Duration::from_millis(took));
    ///     permit.success();
    /// }
    /// let within = breaker.latency().map(|latency| latency.count_within(Duration::from_millis(100)));
    /// assert_eq!(within, Some(1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn count_within(&self, limit: Duration) -> u64 {
        let limit = u64::try_from(limit.as_micros()).unwrap_or(u64::MAX);
        let within = self.histogram.iter().take_while(|bucket| bucket.start() <= limit);
        within.map(|bucket| bucket.count()).sum()
    }

    /// Returns the calls since an earlier reading of the same breaker.
    ///
    /// ```
    /// use std::time::Duration;
    /// use breaker_runtime::{CircuitBreaker, ManualClock};
    ///
    /// let clock = ManualClock::new();
    /// let builder = CircuitBreaker::builder("search").slow_call(Duration::from_secs(1));
    /// let breaker = builder.clock(clock.clone()).build()?;
    /// breaker.try_acquire()?.success();
    /// let before = breaker.latency();
    /// breaker.try_acquire()?.success();
    /// let (Some(before), Some(after)) = (before, breaker.latency()) else { return Ok(()) };
    /// assert_eq!(after.since(&before).count(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        // Fails for other parameters and for counts that shrink; no breaker has either.
        let histogram = self.histogram.checked_sub(&earlier.histogram);
        let histogram = histogram.unwrap_or_else(|_| self.histogram.clone());
        Self { histogram, sum: self.sum.saturating_sub(earlier.sum) }
    }
}

impl fmt::Debug for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Latency");
        debug.field("count", &self.count()).field("sum", &self.sum());
        debug.field("p50", &self.quantile(0.5)).field("p99", &self.quantile(0.99)).finish()
    }
}

impl CircuitBreaker {
    /// Returns how long the calls took; `None` before the first call that was timed. Calls are timed
    /// with the option `slow_call` alone.
    ///
    /// For a [template](Self::is_template) it is that of all keys; a single key has none.
    pub fn latency(&self) -> Option<Latency> {
        self.inner().latency()
    }
}

impl Cold {
    /// Records how long a call took.
    pub(crate) fn record_latency(&self, took: Ticks) {
        let recorder = match self.membership() {
            Some(member) => &member.shared().latency,
            None => &self.latency,
        };
        recorder.get_or_init(|| Box::new(LatencyRecorder::new())).record(took);
    }
}

impl Inner {
    pub(crate) fn latency(&self) -> Option<Latency> {
        let recorder = match self.group() {
            Some(group) => &group.shared().latency,
            None => &self.latency,
        };
        recorder.get().map(LatencyRecorder::read)
    }
}
