//! How near a closed breaker is to a trip: [`TripDistance`].

use std::fmt;

use crate::breaker::CircuitBreaker;
use crate::config::Config;
use crate::types::snapshot::{Mode, Snapshot, State};

/// How near a closed breaker is to a trip, by the rule that is nearest.
///
/// From [`CircuitBreaker::trip_distance`]. It prints as the figure and its limit: `3 of 5` failures in a
/// row, `38 % of 50 %`.
///
/// ```
/// use breaker_runtime::{CircuitBreaker, TripRule};
///
/// let breaker = CircuitBreaker::builder("payments").failure_threshold(4).build()?;
/// for _ in 0..3 {
///     let _ = breaker.call(|| "seven".parse::<u32>());
/// }
/// let distance = breaker.trip_distance().expect("it is closed");
/// assert_eq!((distance.ratio, distance.rule), (0.75, TripRule::FailureThreshold));
/// assert_eq!(format!("{}: {distance}", distance.rule), "failures in a row: 3 of 4");
/// # Ok::<(), breaker_runtime::ConfigError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct TripDistance {
    /// The share of the way to the trip: `current / limit`, from 0.0 to 1.0. 0.0 while there are fewer
    /// calls in the window than `min_calls`.
    pub ratio: f64,
    /// The rule that is nearest.
    pub rule: TripRule,
    /// The figure that the rule judges: failures in a row, or a share of the calls in the window, from
    /// 0.0 to 1.0.
    pub current: f64,
    /// The figure at which the breaker opens.
    pub limit: f64,
}

/// A rule of the policy that opens a breaker.
///
/// Prints as a few words: `failures in a row`, `failure rate`, `slow call rate`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum TripRule {
    /// `failure_threshold`: calls that fail in a row.
    FailureThreshold,
    /// `failure_rate`: the share of failures in the window.
    FailureRate,
    /// `slow_call_rate`: the share of slow calls in the window.
    SlowCallRate,
}

impl fmt::Display for TripRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::FailureThreshold => "failures in a row",
            Self::FailureRate => "failure rate",
            Self::SlowCallRate => "slow call rate",
        })
    }
}

impl fmt::Display for TripDistance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, current, limit, .. } = *self;
        match rule {
            TripRule::FailureThreshold => write!(f, "{current} of {limit}"),
            TripRule::FailureRate | TripRule::SlowCallRate => {
                write!(f, "{} % of {} %", percent(current), percent(limit))
            }
        }
    }
}

/// Returns a share in percent, with one decimal at most.
fn percent(share: f64) -> f64 {
    (share * 1_000.0).round() / 10.0
}

/// Returns how near a breaker was to a trip when the snapshot was taken; `None` unless it was closed by
/// its own decision and has a rule.
///
/// Of rules that are equally near, the first one in the order of [`TripRule`] is returned.
pub(crate) fn trip_distance(snapshot: &Snapshot, config: &Config) -> Option<TripDistance> {
    let decides = matches!(snapshot.mode, Mode::Automatic | Mode::Observe);
    if snapshot.state != State::Closed || !decides {
        return None;
    }
    let streak = config.failure_threshold().map(|limit| {
        let failures = u32::try_from(snapshot.streak).unwrap_or(u32::MAX);
        (TripRule::FailureThreshold, f64::from(failures), f64::from(limit))
    });
    let rate = |rule, rate: Option<f64>, limit: Option<f64>| Some((rule, rate.unwrap_or(0.0), limit?));
    let rules = [
        streak,
        rate(TripRule::FailureRate, snapshot.failure_rate, config.failure_rate()),
        rate(TripRule::SlowCallRate, snapshot.slow_call_rate, config.slow_call_rate()),
    ];
    let distances = rules.into_iter().flatten().map(|(rule, current, limit)| {
        let ratio = if limit > 0.0 { (current / limit).clamp(0.0, 1.0) } else { 1.0 };
        TripDistance { ratio, rule, current, limit }
    });
    distances.reduce(|nearest, other| if other.ratio > nearest.ratio { other } else { nearest })
}

impl CircuitBreaker {
    /// Returns how near the breaker is to a trip, by the rule that is nearest.
    ///
    /// `None` while it is open, half-open or in a forced mode, and if no rule can open it, as with
    /// `throttle` alone. For a [template](Self::is_template) it is that of the key that is nearest.
    pub fn trip_distance(&self) -> Option<TripDistance> {
        let Some(keyed) = self.keyed() else { return trip_distance(&self.snapshot(), &self.config()) };
        let distances = keyed.iter().filter_map(|breaker| breaker.trip_distance());
        distances.max_by(|one, other| one.ratio.total_cmp(&other.ratio))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::time::clock::ManualClock;

    fn fail(breaker: &CircuitBreaker, times: usize) {
        for _ in 0..times {
            let _ = breaker.call(|| Err::<(), _>(()));
        }
    }

    fn shown(breaker: &CircuitBreaker) -> String {
        let distance = breaker.trip_distance();
        distance.map_or_else(String::new, |distance| {
            format!("{:.2} {}: {distance}", distance.ratio, distance.rule)
        })
    }

    #[test]
    fn nearest_rule_is_the_distance_to_the_trip() {
        let builder = CircuitBreaker::builder("distance.nearest").failure_threshold(10);
        let breaker = builder.failure_rate(0.5).window(8).min_calls(8).build().unwrap();
        assert_eq!(shown(&breaker), "0.00 failures in a row: 0 of 10");
        fail(&breaker, 2);
        assert_eq!(shown(&breaker), "0.20 failures in a row: 2 of 10", "no rate below min_calls");
        for _ in 0..6 {
            breaker.call(|| Ok::<_, ()>(())).unwrap();
        }
        fail(&breaker, 1);
        assert_eq!(shown(&breaker), "0.50 failure rate: 25 % of 50 %");
    }

    #[test]
    fn distance_is_given_only_while_the_breaker_decides_and_is_closed() {
        let clock = ManualClock::new();
        let builder = CircuitBreaker::builder("distance.states").failure_threshold(2);
        let breaker = builder.timeout(Duration::from_secs(30)).clock(clock.clone()).build().unwrap();
        breaker.observe();
        fail(&breaker, 1);
        assert_eq!(shown(&breaker), "0.50 failures in a row: 1 of 2");
        breaker.force_closed();
        assert_eq!(breaker.trip_distance(), None);
        breaker.automatic();
        fail(&breaker, 2);
        assert_eq!(breaker.trip_distance(), None, "it is open");
        clock.advance(Duration::from_secs(30));
        assert_eq!(breaker.trip_distance(), None, "it is half-open");
        breaker.reset();
        assert_eq!(shown(&breaker), "0.00 failures in a row: 0 of 2");
    }

    #[test]
    fn distance_of_a_group_is_that_of_its_nearest_key() {
        let builder = CircuitBreaker::builder("distance.keys").failure_threshold(4);
        let hosts = builder.keyed().build().unwrap();
        for (host, failures) in [("eu", 1), ("us", 3), ("down", 4)] {
            fail(&hosts.get(host), failures);
        }
        assert_eq!(shown(hosts.template()), "0.75 failures in a row: 3 of 4");
    }
}
