//! A trip on record: [`RecordedTrip`].

use std::sync::Arc;

use crate::breaker::reconfigure::ChangedOptions;
use crate::breaker::recorder::TripContext;
use crate::breaker::recorder::packed::PackedCall;
use crate::state::transition;
use crate::state::window::Tally;
use crate::time::Ticks;
use crate::types::operator::Operator;
use crate::types::reason::Reason;
use crate::types::snapshot::Mode;
use crate::types::trip::OpenAnswers;

/// A trip, with as few bytes as its report can be made of.
#[derive(Clone, Debug)]
pub(super) struct RecordedTrip {
    pub(super) sequence: u64,
    pub(super) at: Ticks,
    pub(super) tally: Tally,
    pub(super) streak: u64,
    pub(super) reason: Reason,
    pub(super) mode: Mode,
    pub(super) failed_probes: u32,
    /// The options, if they were changed at run time.
    pub(super) changed: Option<Arc<ChangedOptions>>,
    pub(super) calls: Box<[PackedCall]>,
    /// The number of results that come before those in `calls`.
    pub(super) earlier_calls: u64,
    /// The totals at the trip, and after its end what was added to them.
    answers: OpenAnswers,
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
    pub(super) fn new(context: &TripContext<'_>, calls: Box<[PackedCall]>, results: u64) -> Self {
        let change = context.change.transition;
        Self {
            sequence: context.sequence,
            at: change.at,
            tally: change.tally,
            streak: transition::streak(change.before) + 1,
            reason: change.reason,
            mode: transition::mode(change.after),
            failed_probes: 0,
            changed: context.changed.cloned(),
            earlier_calls: results - calls.len() as u64,
            calls,
            answers: context.totals,
            operator: context.change.operator.clone(),
            end: None,
        }
    }

    pub(super) fn is_current(&self) -> bool {
        self.end.is_none()
    }

    /// Records the end.
    pub(super) fn end(&mut self, reason: Reason, at: Ticks, context: &TripContext<'_>) {
        self.answers = self.answers(context.totals);
        self.end = Some(TripEnd { reason, at, operator: context.change.operator.clone() });
    }

    /// Drops the oldest calls until at most `most` are left.
    pub(super) fn keep_last_calls(&mut self, most: usize) {
        let surplus = self.calls.len().saturating_sub(most);
        if surplus > 0 {
            self.calls = self.calls[surplus..].into();
            self.earlier_calls += surplus as u64;
        }
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
