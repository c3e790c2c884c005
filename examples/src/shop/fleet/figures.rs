//! The figures of one run.

use std::ops::Range;
use std::time::Duration;

use super::branches::{BranchChange, Scene};
use super::report_line::BreakerState;

/// The results of one run.
#[derive(Debug)]
pub(super) struct FleetRun {
    pub(super) scene: Scene,
    /// The time from the outage of each dependency until its breakers were open in all processes.
    pub(super) all_open: [Option<Duration>; 3],
    /// The chapter in which payments hangs and Redis runs.
    pub(super) outage: Range<Duration>,
    /// The calls to each dependency while it was down.
    pub(super) wasted: [u64; 3],
    /// The chapter from the recovery on.
    pub(super) recovery: Range<Duration>,
    /// The time from the recovery until the breakers of all processes were closed.
    pub(super) all_closed: Option<Duration>,
    /// Customers that were served, and those of them without an answer.
    pub(super) customers: (usize, usize),
    pub(super) only_fleet: Option<OnlyFleet>,
}

/// The times of events that only a fleet has. `None` stands for an event that did not come in time.
#[derive(Debug, Default)]
pub(super) struct OnlyFleet {
    /// The time from the start of Redis until all processes see their groups open again.
    pub(super) agreed: Option<Duration>,
    /// The time from a command until it is in force in all processes.
    pub(super) forced: Option<Duration>,
    /// The same for a process that starts after the command, from its start.
    pub(super) joined: Option<Duration>,
    pub(super) automatic: Option<Duration>,
}

impl FleetRun {
    /// Returns the probes of a breaker in a span of time: how often it became half-open, in any process.
    pub(super) fn probes(&self, breaker: usize, span: &Range<Duration>) -> usize {
        let probes = self.of(breaker, span).filter(|change| change.state == BreakerState::HalfOpen);
        probes.count()
    }

    /// Returns the time from the first change of a breaker to a state until the last one, in a span of
    /// time; `None` if there was none.
    pub(super) fn spread(
        &self,
        breaker: usize,
        state: BreakerState,
        span: &Range<Duration>,
    ) -> Option<Duration> {
        let mut times = self.of(breaker, span).filter(|change| change.state == state);
        let first = times.next()?.at;
        Some(times.last().map_or(Duration::ZERO, |last| last.at.saturating_sub(first)))
    }

    /// Returns the largest number of processes that had a breaker half-open at the same time.
    pub(super) fn most_probers(&self, breaker: usize, span: &Range<Duration>) -> usize {
        let mut probing = vec![false; self.scene.branches.len()];
        let mut most = 0;
        for change in self.of(breaker, span) {
            probing[change.process] = change.state == BreakerState::HalfOpen;
            most = most.max(probing.iter().filter(|probes| **probes).count());
        }
        most
    }

    fn of(&self, breaker: usize, span: &Range<Duration>) -> impl Iterator<Item = &BranchChange> {
        let changes = self.scene.changes.iter();
        changes.filter(move |change| change.breaker == breaker && span.contains(&change.at))
    }
}
