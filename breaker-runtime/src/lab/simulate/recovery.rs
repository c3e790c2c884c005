//! Whether and when a system is back: [`RecoveryWatch`].
//!
//! Requests are counted by the slice of time in which they arrived. The system carries its load if
//! enough of the requests before the trigger were answered. It is back from the first slice after the
//! trigger that begins a steady row of healthy slices.

use std::time::Duration;

use crate::lab::simulate::scenario::Scenario;
use crate::lab::simulate::service::nanos;

/// The requests that a slice has on average, at least.
const REQUESTS_IN_A_SLICE: f64 = 20.0;

/// The requests that arrived in a slice of time, by their ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub(crate) struct TimeSlice {
    pub(crate) started: u32,
    pub(crate) answered: u32,
    pub(crate) failed: u32,
    pub(crate) rejected: u32,
    /// The calls to the dependency that began in it.
    pub(crate) calls: u32,
}

impl TimeSlice {
    fn is_done(&self) -> bool {
        self.started == self.answered + self.failed + self.rejected
    }

    fn is_healthy(&self, healthy: f64) -> bool {
        f64::from(self.answered) >= healthy * f64::from(self.started)
    }
}

/// The end of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Aftermath {
    /// It was back so many ns after the end of the trigger.
    Back(u64),
    /// It did not come back in time.
    Down,
    /// It could not carry the load before the trigger either.
    Overloaded,
}

/// The slices of a run, and what is known of the recovery.
#[derive(Debug)]
pub(crate) struct RecoveryWatch {
    pub(crate) slices: Vec<TimeSlice>,
    /// The length of a slice in ns.
    pub(crate) length: u64,
    before: u64,
    trigger_end: u64,
    within: u64,
    healthy: f64,
    /// The number of healthy slices that a recovery takes.
    steady: usize,
    next: usize,
    /// The first slice of the healthy ones up to `next`.
    healthy_from: Option<usize>,
    aftermath: Option<Aftermath>,
}

impl RecoveryWatch {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let recovery = &scenario.recovery;
        let before = in_nanos(recovery.before);
        let usual = REQUESTS_IN_A_SLICE / scenario.clients.rate;
        let length = nanos(usual.max(1.0) * 1e9).min(before / 2).max(1);
        Self {
            slices: Vec::new(),
            length,
            before,
            trigger_end: before + in_nanos(scenario.trigger.length()),
            within: in_nanos(recovery.within),
            healthy: recovery.healthy,
            steady: usize::try_from(in_nanos(recovery.steady).div_ceil(length)).unwrap_or(1).max(1),
            next: 0,
            healthy_from: None,
            aftermath: None,
        }
    }

    /// Returns the time after which no request matters: the end of the last steady row that counts.
    pub(crate) fn end(&self) -> u64 {
        self.trigger_end + self.within + (self.steady as u64 + 2) * self.length
    }

    /// Returns the number of the slice at a time, and the slice.
    pub(crate) fn slice_at(&mut self, at: u64) -> (u32, &mut TimeSlice) {
        let index = usize::try_from(at / self.length).unwrap_or_default();
        if self.slices.len() <= index {
            self.slices.resize(index + 1, TimeSlice::default());
        }
        (u32::try_from(index).unwrap_or(u32::MAX), &mut self.slices[index])
    }

    /// Returns the slice with a number of [`slice_at`](Self::slice_at).
    pub(crate) fn slice(&mut self, number: u32) -> &mut TimeSlice {
        &mut self.slices[number as usize]
    }

    /// Judges the slices that are over at this time; returns what came of the system once it is known.
    pub(crate) fn judge(&mut self, now: u64) -> Option<Aftermath> {
        while self.aftermath.is_none() && self.is_over(self.next, now) {
            self.aftermath = self.judge_slice(self.next);
            self.next += 1;
        }
        self.aftermath
    }

    fn is_over(&self, index: usize, now: u64) -> bool {
        (index as u64 + 1) * self.length <= now && self.slices.get(index).is_none_or(TimeSlice::is_done)
    }

    fn judge_slice(&mut self, index: usize) -> Option<Aftermath> {
        let start = index as u64 * self.length;
        if start < self.before && start + 2 * self.length > self.before && !self.carries() {
            return Some(Aftermath::Overloaded);
        }
        if start < self.trigger_end {
            return None;
        }
        let slice = self.slices.get(index).copied().unwrap_or_default();
        if !slice.is_healthy(self.healthy) {
            self.healthy_from = None;
        } else if self.healthy_from.is_none() {
            self.healthy_from = Some(index);
        }
        let limit = self.trigger_end + self.within;
        match self.healthy_from {
            None => (start > limit).then_some(Aftermath::Down),
            Some(from) => {
                let back = from as u64 * self.length;
                if back > limit {
                    Some(Aftermath::Down)
                } else if index + 1 - from >= self.steady {
                    Some(Aftermath::Back(back - self.trigger_end))
                } else {
                    None
                }
            }
        }
    }

    /// Returns whether enough of the requests in the second half of the time before the trigger were
    /// answered.
    fn carries(&self) -> bool {
        let whole = usize::try_from(self.before / self.length).unwrap_or_default();
        let slices = self.slices.get(whole / 2..whole.min(self.slices.len())).unwrap_or_default();
        let sum =
            |of: fn(&TimeSlice) -> u32| slices.iter().map(|slice| f64::from(of(slice))).sum::<f64>();
        sum(|slice| slice.answered) >= self.healthy * sum(|slice| slice.started)
    }
}

/// Returns whole ns; what is too long becomes 584 years.
pub(crate) fn in_nanos(length: Duration) -> u64 {
    u64::try_from(length.as_nanos()).unwrap_or(u64::MAX)
}
