//! A trip on record: [`RecordedTrip`].

use std::sync::Arc;

use crate::breaker::reconfigure::ChangedOptions;
use crate::breaker::recorder::TripContext;
use crate::state::transition;
use crate::state::window::Tally;
use crate::time::Ticks;
use crate::types::operator::Operator;
use crate::types::reason::Reason;
use crate::types::snapshot::Mode;
use crate::types::trip::{OpenAnswers, TripCondition};

/// A trip, with as few bytes as its report can be made of.
#[derive(Clone, Debug)]
pub(super) struct RecordedTrip {
    pub(super) sequence: u64,
    pub(super) at: Ticks,
    /// The contents of the window: calls, failures and slow calls.
    tally: [u32; 3],
    pub(super) streak: u32,
    /// The number of results that come before those on record.
    earlier_calls: u32,
    pub(super) reason: Reason,
    pub(super) mode: Mode,
    pub(super) failed_probes: u32,
    /// The number of results on record, and of the newest of them those with slices.
    calls: u8,
    calls_with_slices: u8,
    /// The number of bytes of the slices.
    slices: u16,
    /// Whether nothing decided about the trip but the calls and the successes between them.
    is_whole: bool,
    /// The options, if they were changed at run time.
    pub(super) changed: Option<Arc<ChangedOptions>>,
    /// The totals at the trip, and after its end what was added to them.
    answers: OpenAnswers,
    /// The condition, if it is about other breakers.
    pub(super) announced: Option<Box<TripCondition>>,
    /// The operator of a manual trip.
    pub(super) operator: Option<Arc<Operator>>,
    end: Option<TripEnd>,
}

/// The end of a trip.
#[derive(Clone, Debug)]
pub(super) struct TripEnd {
    pub(super) reason: Reason,
    pub(super) at: Ticks,
    pub(super) operator: Option<Arc<Operator>>,
}

impl RecordedTrip {
    /// Creates a trip without calls; `results` is the number of results since the breaker closed.
    pub(super) fn new(context: &TripContext<'_>, results: u64, is_whole: bool) -> Self {
        let change = context.change.transition;
        Self {
            sequence: context.sequence,
            at: change.at,
            tally: [change.tally.calls, change.tally.failures, change.tally.slow].map(saturated),
            streak: saturated(change.streak),
            earlier_calls: saturated(results),
            reason: change.reason,
            mode: transition::mode(change.after),
            failed_probes: 0,
            calls: 0,
            calls_with_slices: 0,
            slices: 0,
            is_whole,
            changed: context.changed.cloned(),
            answers: context.totals,
            announced: None,
            operator: context.change.operator.clone(),
            end: None,
        }
    }

    /// Returns the contents of the window.
    pub(super) fn tally(&self) -> Tally {
        let [calls, failures, slow] = self.tally.map(u64::from);
        Tally { calls, failures, slow }
    }

    pub(super) fn is_current(&self) -> bool {
        self.end.is_none()
    }

    /// Records the end.
    pub(super) fn end(&mut self, reason: Reason, at: Ticks, context: &TripContext<'_>) {
        self.answers = self.answers(context.totals);
        self.end = Some(TripEnd { reason, at, operator: context.change.operator.clone() });
    }

    /// Adds calls, of which the last ones have slices in so many bytes.
    pub(super) fn add_calls(&mut self, calls: usize, with_slices: usize, slices: usize) {
        self.calls = u8::try_from(calls).unwrap_or(u8::MAX);
        self.calls_with_slices = u8::try_from(with_slices).unwrap_or(u8::MAX);
        self.slices = u16::try_from(slices).unwrap_or(u16::MAX);
        self.earlier_calls = self.earlier_calls.saturating_sub(self.calls.into());
    }

    /// Returns the number of calls on record.
    pub(super) fn calls(&self) -> usize {
        self.calls.into()
    }

    /// Returns the number of newest calls of which the slices are on record.
    pub(super) fn calls_with_slices(&self) -> usize {
        self.calls_with_slices.into()
    }

    /// Returns the number of bytes of the slices.
    pub(super) fn slices(&self) -> usize {
        self.slices.into()
    }

    /// Returns the number of calls that come before those on record.
    pub(super) fn earlier_calls(&self) -> u64 {
        self.earlier_calls.into()
    }

    /// Returns whether nothing decided about the trip but the calls and the successes between them.
    pub(super) fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Drops the oldest calls, at most so many; returns how many.
    pub(super) fn drop_calls(&mut self, most: usize) -> usize {
        let dropped = u8::try_from(most).unwrap_or(u8::MAX).min(self.calls);
        self.calls -= dropped;
        self.earlier_calls = self.earlier_calls.saturating_add(dropped.into());
        dropped.into()
    }

    /// Drops the slices; returns the number of their bytes.
    pub(super) fn drop_slices(&mut self) -> usize {
        self.calls_with_slices = 0;
        std::mem::take(&mut self.slices).into()
    }

    /// Returns what callers got; `totals` are those of now.
    pub(super) fn answers(&self, totals: OpenAnswers) -> OpenAnswers {
        match self.end {
            Some(_) => self.answers,
            None => totals.since(&self.answers),
        }
    }

    /// Returns how and when it ended.
    pub(super) fn ended(&self) -> Option<&TripEnd> {
        self.end.as_ref()
    }
}

fn saturated(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

impl OpenAnswers {
    /// Returns what was added since earlier totals.
    fn since(&self, earlier: &Self) -> Self {
        Self {
            rejected: self.rejected.saturating_sub(earlier.rejected),
            would_reject: self.would_reject.saturating_sub(earlier.would_reject),
            fallback: self.fallback.saturating_sub(earlier.fallback),
            last_good: self.last_good.saturating_sub(earlier.last_good),
        }
    }
}
