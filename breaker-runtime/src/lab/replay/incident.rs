//! Incidents in a log: when the dependency failed, found without a policy.
//!
//! The calls of known outcome are cut into blocks of the same number. The usual share of bad calls is
//! that of most blocks. An incident begins with a block that has three times as many bad calls, a tenth
//! of its calls more, and so many that chance does not make a block like it in a hundred such logs. It
//! goes on while the last blocks together have more bad calls than usual. It lasts from the start of its
//! first bad call to the end of its last one.

use std::time::Duration;

use crate::lab::chance::{at_least, float};
use crate::lab::log::TimedCall;

/// The most calls of a block.
const MAX_BLOCK: usize = 50;

/// The fewest calls of a block.
const MIN_BLOCK: usize = 10;

/// An incident; times in ns since the start of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Incident {
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) bad: u64,
    pub(crate) good: u64,
}

impl Incident {
    /// Returns whether a time is in it.
    pub(crate) fn has(&self, at: u64) -> bool {
        self.start <= at && at <= self.end
    }

    fn add(&mut self, later: &Self) {
        self.end = self.end.max(later.end);
        self.bad += later.bad;
        self.good += later.good;
    }
}

/// The incidents of a group, and what is usual outside.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub(crate) struct Weather {
    pub(crate) incidents: Vec<Incident>,
    /// The share of bad calls outside the incidents.
    pub(crate) usual_bad: f64,
}

/// The number of blocks over which an incident goes on.
const SMOOTHED: usize = 5;

/// Finds the incidents among calls in the order of their starts.
pub(crate) fn find(calls: &[TimedCall], slow: Option<Duration>) -> Weather {
    let known: Vec<_> = calls.iter().filter_map(|call| Some((call, call.is_bad(slow)?))).collect();
    let size = (known.len() / 200).clamp(MIN_BLOCK, MAX_BLOCK);
    let blocks: Vec<_> = known.chunks(size).map(|block| (block, bad_of(block))).collect();
    let usual = usual_share(&blocks);
    let (begins, goes_on) = ((3.0 * usual).max(usual + 0.1), (1.5 * usual).max(usual + 0.02));
    let is_chance = |bad: u64, calls: u64| {
        at_least(bad, calls, 1.2 * usual + 0.1 / float(calls)) * float(blocks.len() as u64) > 0.01
    };
    let mut weather = Weather::default();
    let (mut outside, mut bad_outside) = (0, 0);
    let mut open: Option<Incident> = None;
    for (index, (block, bad)) in blocks.iter().enumerate() {
        let calls = block.len() as u64;
        let share = ratio(*bad, calls);
        let recent = &blocks[(index + 1).saturating_sub(SMOOTHED)..=index];
        let recent_bad: u64 = recent.iter().map(|(_, bad)| bad).sum();
        let smoothed = ratio(recent_bad, recent.iter().map(|(block, _)| block.len() as u64).sum());
        let starts = share >= begins && !is_chance(*bad, calls);
        match &mut open {
            Some(incident) if starts || smoothed >= goes_on => {
                if share >= goes_on {
                    incident.add(&incident_of(block));
                }
            }
            None if starts => open = Some(incident_of(block)),
            _ => {
                weather.incidents.extend(open.take());
                (outside, bad_outside) = (outside + calls, bad_outside + bad);
            }
        }
    }
    weather.incidents.extend(open);
    weather.usual_bad = ratio(bad_outside, outside);
    weather
}

/// Returns the share of bad calls of most blocks, at most a fifth: their median, or the mean of all but
/// the worst quarter.
fn usual_share(blocks: &[(&[(&TimedCall, bool)], u64)]) -> f64 {
    let mut shares: Vec<_> = blocks.iter().map(|(block, bad)| ratio(*bad, block.len() as u64)).collect();
    shares.sort_by(f64::total_cmp);
    let median = shares.get(shares.len() / 2).copied().unwrap_or_default();
    shares.truncate((shares.len() * 3).div_ceil(4));
    let mean = shares.iter().sum::<f64>() / float(shares.len().max(1) as u64);
    median.max(mean).min(0.2)
}

/// Returns `part / of`, or zero of none.
#[expect(clippy::cast_precision_loss, reason = "a share of so many calls has no other digits to lose")]
pub(crate) fn ratio(part: u64, of: u64) -> f64 {
    if of == 0 { 0.0 } else { part as f64 / of as f64 }
}

fn bad_of(block: &[(&TimedCall, bool)]) -> u64 {
    block.iter().filter(|(_, bad)| *bad).count() as u64
}

fn incident_of(block: &[(&TimedCall, bool)]) -> Incident {
    let bad = || block.iter().filter(|(_, bad)| *bad).map(|(call, _)| call);
    Incident {
        start: bad().map(|call| call.start).min().unwrap_or_default(),
        end: bad().map(|call| call.end()).max().unwrap_or_default(),
        bad: bad().count() as u64,
        good: block.iter().filter(|(_, bad)| !bad).count() as u64,
    }
}
