//! The policies that the search tries.

use std::time::Duration;

use crate::config::{Config, Window};

/// The condition of a policy for a trip.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Opener {
    /// Failures in a row.
    Streak(u32),
    /// A rate of failures, and of slow calls if there are any, over a window.
    Rate { rate: f64, window: Window, min_calls: u32 },
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
            Opener::Rate { rate, window, min_calls } => {
                config.failure_rate = Some(rate);
                config.window = Some(window);
                config.min_calls = Some(min_calls);
                config.slow_call = self.slow;
                config.slow_call_rate = self.slow.map(|_| rate);
            }
        }
        config
    }

    /// Returns this with other numbers near to its own.
    pub(crate) fn neighbours(&self) -> Vec<Self> {
        let mut found = Vec::new();
        match self.opener {
            Opener::Streak(failures) => {
                let near = [failures - 1, failures + 1, failures + 2];
                let near = near.into_iter().filter(|failures| *failures > 1);
                found.extend(near.map(|near| Self { opener: Opener::Streak(near), ..*self }));
            }
            Opener::Rate { rate, window, min_calls } => {
                let near = [rate - 0.05, rate + 0.05].map(|near| (near * 100.0).round() / 100.0);
                let near = near.into_iter().filter(|near| *near >= 0.05 && *near <= 1.0);
                found.extend(
                    near.map(|rate| Self { opener: Opener::Rate { rate, window, min_calls }, ..*self }),
                );
                let fewest = [(min_calls * 3 / 4).max(3), min_calls * 3 / 2];
                let fits =
                    |min_calls: &u32| !matches!(window, Window::Calls(calls) if *min_calls > calls);
                found.extend(fewest.into_iter().filter(fits).map(|min_calls| Self {
                    opener: Opener::Rate { rate, window, min_calls },
                    ..*self
                }));
            }
        }
        let timeouts = [self.timeout.mul_f64(0.75), self.timeout.mul_f64(1.5)];
        found.extend(timeouts.map(|timeout| Self { timeout, ..*self }));
        let successes =
            [self.successes - 1, self.successes + 1].into_iter().filter(|number| *number > 0);
        found.extend(successes.map(|successes| Self { successes, ..*self }));
        found
    }
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
            found.extend(RATES.iter().map(|rate| Opener::Rate { rate: *rate, window, min_calls }));
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
