//! The latency of the last minute: [`RecentLatency`].

use std::collections::VecDeque;
use std::time::Duration;

use crate::breaker::CircuitBreaker;
use crate::breaker::latency::Latency;
use crate::time::clock::duration;

/// The durations of a breaker's calls over the last minute, for a page or a log that looks regularly.
///
/// Each [`update`](Self::update) takes a reading of [`CircuitBreaker::latency`]; of those, one for each
/// ten seconds is kept. The breaker has no part in it, and calls cost nothing more.
///
/// ```
/// use std::time::Duration;
///
/// use breaker_runtime::{CircuitBreaker, ManualClock, RecentLatency};
///
/// let clock = ManualClock::new();
/// let builder = CircuitBreaker::builder("orders").slow_call(Duration::from_secs(1));
/// let breaker = builder.clock(clock.clone()).build()?;
/// let call = |millis| {
///     breaker.call(|| {
///         clock.advance(Duration::from_millis(millis));
///         Ok::<_, ()>(())
///     })
/// };
/// let mut recent = RecentLatency::new();
/// assert!(recent.update(&breaker).is_none(), "the minute begins here");
/// assert!(call(20).is_ok());
/// assert_eq!(recent.update(&breaker).unwrap().quantile(0.99).unwrap().as_millis(), 20);
/// # Ok::<(), breaker_runtime::ConfigError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct RecentLatency {
    /// The newest reading that is a minute old, and those since; `None` before a call was timed.
    readings: VecDeque<(Duration, Option<Latency>)>,
}

impl RecentLatency {
    /// The span, as far as there were updates.
    const SPAN: Duration = Duration::from_secs(60);
    /// The least time between two readings that are kept.
    const STEP: Duration = Duration::from_secs(10);

    /// Makes an empty one.
    pub const fn new() -> Self {
        Self { readings: VecDeque::new() }
    }

    /// Takes a reading, and returns the calls that ended within about a minute before it, or since the
    /// first update. `None` if there were none.
    ///
    /// Always pass the same breaker.
    pub fn update(&mut self, breaker: &CircuitBreaker) -> Option<Latency> {
        self.update_with(duration(breaker.inner().now()), breaker.latency())
    }

    /// Takes a reading that was made at `now` on the breaker's clock.
    pub(crate) fn update_with(&mut self, now: Duration, latency: Option<Latency>) -> Option<Latency> {
        while self.readings.get(1).is_some_and(|(at, _)| now.saturating_sub(*at) >= Self::SPAN) {
            self.readings.pop_front();
        }
        let is_due = |last: &(Duration, _)| now.saturating_sub(last.0) >= Self::STEP;
        if self.readings.back().is_none_or(is_due) {
            self.readings.push_back((now, latency.clone()));
        }
        let (_, oldest) = self.readings.front()?;
        let latency = latency?;
        let recent = oldest.as_ref().map_or(latency.clone(), |oldest| latency.since(oldest));
        (recent.count() > 0).then_some(recent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::clock::ManualClock;

    #[test]
    fn calls_of_an_earlier_minute_are_in_no_percentile() {
        let clock = ManualClock::new();
        let builder = CircuitBreaker::builder("latency.recent").slow_call(Duration::from_secs(5));
        let breaker = builder.clock(clock.clone()).build().unwrap();
        let call = |millis| {
            let body = || {
                clock.advance(Duration::from_millis(millis));
                Ok::<_, ()>(())
            };
            breaker.call(body).unwrap();
        };
        let mut recent = RecentLatency::new();
        call(4_000);
        assert!(recent.update(&breaker).is_none(), "the call ended before the first update");
        let p99 = |recent: &mut RecentLatency| {
            let latency = recent.update(&breaker)?;
            Some((latency.count(), latency.quantile(0.99)?.as_millis() / 100))
        };
        call(3_000);
        assert_eq!(p99(&mut recent), Some((1, 30)));
        for _ in 0..7 {
            clock.advance(Duration::from_millis(9_500));
            call(500);
            recent.update(&breaker);
        }
        assert_eq!(p99(&mut recent).map(|(_, p99)| p99), Some(5), "the call of 3 s is too old");
        assert!(recent.readings.len() <= 8, "{}", recent.readings.len());
        for _ in 0..8 {
            clock.advance(Duration::from_secs(10));
            recent.update(&breaker);
        }
        assert_eq!(p99(&mut recent), None, "no call within a minute");
    }

    #[test]
    fn only_calls_that_can_be_slow_are_timed() {
        let clock = ManualClock::new();
        let builder = CircuitBreaker::builder("latency.untimed").failure_threshold(1);
        let breaker = builder.clock(clock.clone()).build().unwrap();
        let _ = breaker.call(|| Err::<(), _>(()));
        clock.advance(Duration::from_secs(60));
        breaker.call(|| Ok::<_, ()>(())).expect("it runs as a probe, which has a time for its lease");
        assert_eq!(breaker.latency(), None);
    }

    #[test]
    fn keys_of_a_group_share_one_histogram() {
        let builder = CircuitBreaker::builder("latency.keys").slow_call(Duration::from_secs(5));
        let hosts = builder.keyed().build().unwrap();
        for host in ["eu", "us"] {
            hosts.get(host).call(|| Ok::<_, ()>(())).unwrap();
        }
        assert_eq!(hosts.template().latency().map(|latency| latency.count()), Some(2));
        assert_eq!(hosts.get("eu").latency(), None);
    }
}
