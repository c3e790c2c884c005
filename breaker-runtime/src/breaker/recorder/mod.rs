//! The record of a breaker's results that were not plain successes, and of its trips: [`Recorder`].
//!
//! - It is allocated with the first such result, at its full size: no later result allocates. A breaker
//!   that never fails has none.
//! - It holds at most 4 KiB: 64 results since the breaker closed, 64 results of the last trips, and the
//!   figures of 8 trips. The results of the newest trip are kept whole; those of earlier trips give way.
//! - A plain success does not touch it. How many there were between two results is the difference of
//!   the counters.
//! - No code of the user runs under its lock.
//!
//! Not in the state machine: a trip is decided without the record, which only explains it.

mod packed;
mod report;
mod trip;

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use once_cell::race::OnceBox;

use crate::breaker::reconfigure::ChangedOptions;
use crate::breaker::recorder::packed::{Causes, PackedCall};
use crate::breaker::recorder::trip::RecordedTrip;
use crate::state::cell::Transition;
use crate::state::commands::Change;
use crate::state::transition;
use crate::time::Ticks;
use crate::types::class::Class;
use crate::types::reason::Reason;
use crate::types::snapshot::State;
use crate::types::trip::{CallResult, OpenAnswers};

/// The number of results that are kept since the breaker closed, and of those that all trips keep.
const MAX_CALLS: usize = 64;

/// The number of trips that are kept.
const MAX_TRIPS: usize = 8;

/// The record of one breaker, since its first result that was not a plain success.
#[derive(Default)]
pub(crate) struct Recorder(OnceBox<Mutex<Record>>);

/// A result to record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EndedCall {
    pub(crate) at: Ticks,
    pub(crate) took: Option<Ticks>,
    pub(crate) result: CallResult,
    pub(crate) slow: bool,
    pub(crate) class: Option<Class>,
    pub(crate) cause: Option<&'static str>,
    /// The number of successes that the breaker has counted.
    pub(crate) success_count: u64,
}

/// A change of state, with the data that the report of a trip needs.
#[derive(Clone, Copy)]
pub(crate) struct TripContext<'b> {
    pub(crate) sequence: u64,
    pub(crate) change: &'b Change,
    /// The options, if they were changed at run time.
    pub(crate) changed: Option<&'b Arc<ChangedOptions>>,
    /// The totals from which the answers are counted.
    pub(crate) totals: OpenAnswers,
}

struct Record {
    /// The last results since the breaker closed, at most [`MAX_CALLS`].
    calls: VecDeque<PackedCall>,
    /// The number of results since the breaker closed.
    since_closed: u64,
    /// The success count at the last result.
    success_count: u64,
    causes: Causes,
    /// At most [`MAX_TRIPS`], oldest first. Only the last one may not have ended.
    trips: VecDeque<RecordedTrip>,
}

impl Recorder {
    pub(crate) const fn new() -> Self {
        Self(OnceBox::new())
    }

    /// Records a result.
    pub(crate) fn record(&self, call: EndedCall) {
        let mut record = self.record_or_new();
        let own = u64::from(call.result == CallResult::Success);
        let successes = call.success_count.saturating_sub(record.success_count + own);
        record.success_count = record.success_count.max(call.success_count);
        let packed = PackedCall::new(call, successes, &mut record.causes);
        if record.calls.len() == MAX_CALLS {
            record.calls.pop_front();
        }
        record.calls.push_back(packed);
        record.since_closed += 1;
    }

    /// Records a change of state: the begin or the end of a trip, or a failed probe. Called in the order
    /// of the changes. Returns whether a trip has begun or ended.
    pub(crate) fn change(&self, context: &TripContext<'_>) -> bool {
        let Transition { before, after, reason, at, .. } = context.change.transition;
        let opens = transition::effective(after, 0) == State::Open;
        let from_closed = transition::effective(before, 0) == State::Closed;
        if opens && reason.is_trip() {
            let mut record = self.record_or_new();
            if from_closed {
                record.begin_trip(context);
                return true;
            }
            if let Some(trip) = record.current_trip() {
                trip.failed_probes += u32::from(reason == Reason::ProbeFailed);
                return false;
            }
            // Opened by a command from a half-open state, without a trip on record.
            record.begin_trip(context);
            return true;
        }
        let ends = matches!(
            reason,
            Reason::ProbesSucceeded
                | Reason::FleetClosed
                | Reason::Reset
                | Reason::ModeChanged
                | Reason::OverrideExpired
        );
        let Some(record) = self.0.get().filter(|_| ends) else { return false };
        let mut record = lock(record);
        record.calls.clear();
        record.since_closed = 0;
        let ended = record.current_trip().map(|trip| trip.end(reason, at, context));
        ended.is_some()
    }

    fn record_or_new(&self) -> MutexGuard<'_, Record> {
        lock(self.0.get_or_init(|| Box::new(Mutex::new(Record::new()))))
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").finish_non_exhaustive()
    }
}

fn lock(record: &Mutex<Record>) -> MutexGuard<'_, Record> {
    record.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Record {
    fn new() -> Self {
        Self {
            calls: VecDeque::with_capacity(MAX_CALLS),
            since_closed: 0,
            success_count: 0,
            causes: Causes::new(),
            trips: VecDeque::new(),
        }
    }

    /// Returns the trip that has not ended.
    fn current_trip(&mut self) -> Option<&mut RecordedTrip> {
        self.trips.back_mut().filter(|trip| trip.is_current())
    }

    fn begin_trip(&mut self, context: &TripContext<'_>) {
        if self.trips.capacity() == 0 {
            self.trips.reserve_exact(MAX_TRIPS);
        }
        if self.trips.len() == MAX_TRIPS {
            self.trips.pop_front();
        }
        let calls: Box<[_]> = self.calls.iter().copied().collect();
        let mut left = MAX_CALLS - calls.len();
        for trip in self.trips.iter_mut().rev() {
            trip.keep_last_calls(left);
            left -= trip.calls.len();
        }
        self.trips.push_back(RecordedTrip::new(context, calls, self.since_closed));
    }
}
