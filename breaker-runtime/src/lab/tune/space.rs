//! The policies that the search tries.

use std::time::Duration;

use crate::config::{Config, Window};

/// The condition of a policy for a trip.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Opener {
    /// Failures in a row.
    Streak(u32),
    /// Rates over a window.
    Rate(RateOpener),
}

/// A rate of failures over a window, and what opens beside it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct RateOpener {
    pub(crate) rate: f64,
    /// The rate of slow calls, which opens as well where calls can be slow.
    pub(crate) slow_rate: f64,
    pub(crate) window: Window,
    pub(crate) min_calls: u32,
    /// The failures in a row that open as well.
    pub(crate) streak: Option<u32>,
}

/// A policy that the search tries.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct TrialPolicy {
    pub(crate) opener: Opener,
    pub(crate) timeout: Duration,
    pub(crate) successes: u32,
    /// The length from which a call is slow.
    pub(crate) slow: Option<Duration>,
}

pub(crate) const STREAKS: [u32; 8] = [2, 3, 4, 5, 7, 10, 15, 20];
pub(crate) const RATES: [f64; 8] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8];
const CALLS: [u32; 4] = [10, 20, 50, 100];
const SPANS: [u64; 4] = [5, 10, 30, 60];
const MIN_CALLS: [u32; 3] = [5, 10, 20];
pub(crate) const TIMEOUTS: [u64; 7] = [1, 2, 5, 10, 20, 30, 60];
pub(crate) const SUCCESSES: [u32; 3] = [1, 2, 3];

impl TrialPolicy {
    /// Returns the options.
    pub(crate) fn config(&self) -> Config {
        let mut config = Config::DEFAULT;
        config.timeout = self.timeout;
        config.success_threshold = self.successes;
        match self.opener {
            Opener::Streak(failures) => config.failure_threshold = Some(failures),
            Opener::Rate(opener) => {
                config.failure_rate = Some(opener.rate);
                config.window = Some(opener.window);
                config.min_calls = Some(opener.min_calls);
                config.slow_call = self.slow;
                config.slow_call_rate = self.slow.map(|_| opener.slow_rate);
                config.failure_threshold = opener.streak;
            }
        }
        config
    }

    /// Returns this with other numbers near to its own.
    pub(crate) fn neighbours(&self) -> Vec<Self> {
        let openers = match self.opener {
            Opener::Streak(failures) => near_streaks(failures).map(Opener::Streak).collect(),
            Opener::Rate(opener) => opener.neighbours(self.slow.is_some()),
        };
        let mut found: Vec<_> = openers.into_iter().map(|opener| Self { opener, ..*self }).collect();
        let timeouts = [self.timeout.mul_f64(0.75), self.timeout.mul_f64(1.5)].map(round);
        let timeouts = timeouts.into_iter().filter(|timeout| *timeout != self.timeout);
        found.extend(timeouts.map(|timeout| Self { timeout, ..*self }));
        let successes =
            [self.successes - 1, self.successes + 1].into_iter().filter(|number| *number > 0);
        found.extend(successes.map(|successes| Self { successes, ..*self }));
        found
    }
}

impl RateOpener {
    fn neighbours(self, can_be_slow: bool) -> Vec<Opener> {
        let near = |rate: f64| {
            let near = [rate - 0.05, rate + 0.05].map(|near| (near * 100.0).round() / 100.0);
            near.into_iter().filter(|near| (0.05..=1.0).contains(near))
        };
        let mut found = Vec::new();
        found.extend(near(self.rate).map(|rate| Self { rate, slow_rate: rate, ..self }));
        if can_be_slow {
            found.extend(near(self.rate).map(|rate| Self { rate, ..self }));
            found.extend(near(self.slow_rate).map(|slow_rate| Self { slow_rate, ..self }));
        }
        let fewest = [(self.min_calls * 3 / 4).max(3), self.min_calls * 3 / 2];
        let fits = |min_calls: &u32| !matches!(self.window, Window::Calls(calls) if *min_calls > calls);
        found.extend(fewest.into_iter().filter(fits).map(|min_calls| Self { min_calls, ..self }));
        match self.streak {
            None => found.extend(BESIDE.map(|streak| Self { streak: Some(streak), ..self })),
            Some(streak) => {
                found.push(Self { streak: None, ..self });
                found.extend(near_streaks(streak).map(|streak| Self { streak: Some(streak), ..self }));
            }
        }
        found.into_iter().map(Opener::Rate).collect()
    }
}

/// The failures in a row that are tried beside a rate.
const BESIDE: [u32; 2] = [3, 8];

fn near_streaks(failures: u32) -> impl Iterator<Item = u32> {
    [failures.saturating_sub(1), failures + 1, failures + 2].into_iter().filter(|failures| *failures > 1)
}

/// Returns the next length of time that a person would write: 1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6 or 8 with
/// zeros, at least 10 ms.
pub(crate) fn round(length: Duration) -> Duration {
    const STEPS: [u64; 11] = [10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100];
    let millis = u64::try_from(length.as_millis()).unwrap_or(u64::MAX / 100).max(10);
    let mut unit = 1;
    while millis / unit >= 100 {
        unit *= 10;
    }
    let nearest = STEPS.map(|step| step * unit).into_iter().min_by_key(|step| step.abs_diff(millis));
    Duration::from_millis(nearest.unwrap_or(millis))
}

/// Returns all conditions; with slow calls those that can see them alone.
pub(crate) fn openers(slow: Option<Duration>) -> Vec<Opener> {
    let mut found: Vec<_> = STREAKS.iter().map(|failures| Opener::Streak(*failures)).collect();
    if slow.is_some() {
        found.clear();
    }
    let calls = CALLS.iter().map(|calls| Window::Calls(*calls));
    let spans = SPANS.iter().map(|span| Window::Span(Duration::from_secs(*span)));
    for window in calls.chain(spans) {
        for min_calls in MIN_CALLS {
            if matches!(window, Window::Calls(calls) if min_calls > calls) {
                continue;
            }
            found.extend(RATES.iter().map(|rate| {
                Opener::Rate(RateOpener {
                    rate: *rate,
                    slow_rate: *rate,
                    window,
                    min_calls,
                    streak: None,
                })
            }));
        }
    }
    found
}

/// Returns each condition with all times and numbers of the recovery.
pub(crate) fn with_recoveries(
    opener: Opener,
    slow: Option<Duration>,
) -> impl Iterator<Item = TrialPolicy> {
    TIMEOUTS.iter().flat_map(move |seconds| {
        SUCCESSES.iter().map(move |successes| TrialPolicy {
            opener,
            timeout: Duration::from_secs(*seconds),
            successes: *successes,
            slow,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refined_times_are_those_that_a_person_writes() {
        for (millis, wanted) in [
            (3, 10),
            (421, 400),
            (750, 800),
            (1_125, 1_200),
            (7_500, 8_000),
            (45_000, 40_000),
            (90_000, 80_000),
        ] {
            assert_eq!(round(Duration::from_millis(millis)), Duration::from_millis(wanted), "{millis}");
        }
        for timeout in TIMEOUTS.map(Duration::from_secs) {
            assert_eq!(round(timeout), timeout);
        }
    }

    #[test]
    fn rate_has_neighbours_with_a_streak_and_another_rate_of_slow_calls() {
        let opener = RateOpener {
            rate: 0.5,
            slow_rate: 0.5,
            window: Window::Calls(100),
            min_calls: 10,
            streak: None,
        };
        let slow = Some(Duration::from_secs(1));
        let policy = TrialPolicy {
            opener: Opener::Rate(opener),
            timeout: Duration::from_secs(10),
            successes: 1,
            slow,
        };
        let configs: Vec<_> = policy.neighbours().iter().map(TrialPolicy::config).collect();
        assert!(configs.iter().any(|config| config.failure_threshold() == Some(8)));
        assert!(configs.iter().any(|config| config.failure_rate() != config.slow_call_rate()));
        assert!(configs.iter().all(|config| config.failure_rate().is_some()));
    }
}
