//! How long a policy takes to open when the dependency fails: found by running the breaker.

use std::time::{Duration, SystemTime};

use crate::config::{Config, Window};
use crate::lab::log::{CallGroup, TimedCall};
use crate::lab::recording::CallOutcome;
use crate::lab::replay::engine::replay;

/// The calls after the begin of the failure that are tried.
pub(crate) const MAX_CALLS: u64 = 10_000;

/// The good calls that come before it, at most.
const MAX_BEFORE: u64 = 100_000;

/// The number of tries with other random numbers.
const TRIES: u64 = 5;

/// A kind of failure of the dependency.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Trouble {
    /// This share of the calls fails.
    Failing(f64),
    /// This share of the calls is slow.
    Slow(f64),
}

impl Trouble {
    /// Returns the troubles that matter to a policy.
    pub(crate) fn of(config: &Config) -> Vec<Self> {
        let failing = [1.0, 0.5, 0.2].map(Self::Failing);
        let slow = [1.0, 0.5].map(Self::Slow);
        let slow = if config.slow_call().is_some() { slow.as_slice() } else { &[] };
        failing.iter().chain(slow).copied().collect()
    }

    /// Returns a few words for the head of a column.
    pub(crate) fn name(self) -> String {
        let (share, what) = match self {
            Self::Failing(share) => (share, "fail"),
            Self::Slow(share) => (share, "slow"),
        };
        if share >= 1.0 { format!("all {what}") } else { format!("{:.0} % {what}", 100.0 * share) }
    }
}

/// Returns the median time from the begin of the trouble to the trip, at so many calls per second.
/// Returns `None` if the breaker does not open within [`MAX_CALLS`].
pub(crate) fn time_to_open(config: &Config, traffic: f64, trouble: Trouble) -> Option<Duration> {
    let mut times: Vec<_> = (0..TRIES).map(|seed| one_try(config, traffic, trouble, seed)).collect();
    // A try that does not open is the longest one.
    times.sort_by_key(|time| time.unwrap_or(Duration::MAX));
    times.get(times.len() / 2).copied().flatten()
}

fn one_try(config: &Config, traffic: f64, trouble: Trouble, seed: u64) -> Option<Duration> {
    let pause = Duration::from_secs_f64(1.0 / traffic);
    let pause = u64::try_from(pause.as_nanos()).unwrap_or(u64::MAX);
    let fills = match config.window() {
        Window::Calls(calls) => u64::from(calls),
        Window::Span(span) => u64::try_from(span.as_nanos()).unwrap_or(u64::MAX) / pause.max(1) + 1,
    };
    let before = if config.policy().window.is_none() { 1 } else { fills.min(MAX_BEFORE) };
    let mut rng = fastrand::Rng::with_seed(seed);
    let calls = (0..before + MAX_CALLS).map(|nth| {
        let is_hit = |rng: &mut fastrand::Rng, share: f64| nth >= before && rng.f64() < share;
        let (took, outcome) = match trouble {
            Trouble::Failing(share) if is_hit(&mut rng, share) => (1, CallOutcome::Failure),
            Trouble::Slow(share) if is_hit(&mut rng, share) => {
                let slow = config.slow_call().unwrap_or_default() + Duration::from_millis(1);
                (u64::try_from(slow.as_nanos()).unwrap_or(u64::MAX / 4), CallOutcome::Success)
            }
            _ => (1, CallOutcome::Success),
        };
        let position = u32::try_from(nth).unwrap_or(u32::MAX);
        TimedCall { start: nth.saturating_mul(pause), took, position, outcome }
    });
    let group = CallGroup { breaker: "explained".to_owned(), key: None, calls: calls.collect() };
    let begin = before.saturating_mul(pause);
    let replayed = replay(&group, *config, SystemTime::UNIX_EPOCH, seed, |_, _| {});
    let first = replayed.changes.iter().find(|change| change.at >= begin)?;
    Some(Duration::from_nanos(first.at - begin))
}
