//! The chance that a policy opens while the dependency works as usual.

use std::time::Duration;

use crate::config::Window;
use crate::lab::chance::{at_least, float};
use crate::lab::tune::space::{Opener, RateOpener};

/// The most trips without an incident that a policy may be expected to have in a year.
pub(crate) const MOST_A_YEAR: f64 = 0.02;

/// The starts of a breaker and its returns to the closed state, in a year: each begins an empty window.
const STARTS_A_YEAR: f64 = 1_000.0;

const YEAR: f64 = 365.0 * 86_400.0;

/// The usual traffic of a breaker.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usual {
    /// The share of bad calls, with an allowance for what the log did not show.
    pub(crate) bad: f64,
    /// The calls per second.
    pub(crate) rate: f64,
}

impl Usual {
    /// Creates that of a log with so many calls outside of incidents, in so long a time.
    pub(crate) fn new(bad_share: f64, calls: u64, span: Duration) -> Self {
        let calls = float(calls.max(1));
        // Five deviations more, as the share of a quiet week varies, and that of one call that was not
        // seen.
        let deviation = (bad_share * (1.0 - bad_share) / calls).sqrt();
        let bad = bad_share * 1.25 + 5.0 * deviation + 3.0 / calls;
        Self { bad: bad.min(1.0), rate: calls / span.as_secs_f64().max(1e-3) }
    }
}

/// Returns an upper estimate of the trips in a year by chance alone.
pub(crate) fn trips_a_year(opener: &Opener, usual: Usual) -> f64 {
    match *opener {
        Opener::Streak(failures) => streaks_a_year(failures, usual),
        Opener::Rate(opener) => {
            let streaks = opener.streak.map_or(0.0, |failures| streaks_a_year(failures, usual));
            streaks + rates_a_year(&opener, usual)
        }
    }
}

fn streaks_a_year(failures: u32, usual: Usual) -> f64 {
    let chance = usual.bad.powi(i32::try_from(failures).unwrap_or(i32::MAX));
    usual.rate * YEAR * chance * (1.0 - usual.bad)
}

/// Returns the same for rates: a bad call may be a failure or a slow one, and counts as both here.
fn rates_a_year(opener: &RateOpener, usual: Usual) -> f64 {
    let calls = usual.rate * YEAR;
    let rate = opener.rate.min(opener.slow_rate);
    let chance = |calls: u64| at_least(needed(rate, calls), calls, usual.bad);
    // The counts at which the fewest bad calls suffice are judged as well.
    let worst = |from: u64, to: u64| (from..=to.max(from)).map(chance).fold(0.0, f64::max);
    let fewest = u64::from(opener.min_calls);
    match opener.window {
        Window::Calls(size) => {
            let while_it_fills = worst(fewest, u64::from(size));
            calls * chance(size.into()) + STARTS_A_YEAR * f64::from(size) * while_it_fills
        }
        // At night a window may hold only a few calls above the minimum.
        Window::Span(_) => calls * worst(fewest, fewest + 10),
    }
}

/// Returns how many bad calls among so many reach a rate.
fn needed(rate: f64, calls: u64) -> u64 {
    let exact = rate * float(calls);
    (0..=calls).find(|bad| float(*bad) >= exact - 1e-9).unwrap_or(calls)
}
