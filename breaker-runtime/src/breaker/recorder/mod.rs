//! The record of a breaker's results that were not plain successes, and of its trips: [`Recorder`].
//!
//! - It is allocated with the first such result, at its full size: no later result allocates. A breaker
//!   that never fails has none.
//! - It holds at most 4 KiB: 64 results since the breaker closed, 64 results of the last trips, and the
//!   figures of 8 trips. The results of the newest trip are kept whole; those of earlier trips give way.
//!   With a window of time, 160 bytes twice for the slices of the successes between results.
//! - A plain success does not touch it. How many there were between two results is the difference of
//!   the counters.
//! - No code of the user runs under its lock.
//!
//! Not in the state machine: a trip is decided without the record, which only explains it.

mod packed;
mod report;
mod slices;
mod trip;

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use once_cell::race::OnceBox;

use crate::breaker::reconfigure::ChangedOptions;
use crate::breaker::recorder::packed::{Causes, PackedCall};
use crate::breaker::recorder::slices::SliceRecord;
use crate::breaker::recorder::trip::RecordedTrip;
use crate::state::cell::Transition;
use crate::state::commands::Change;
use crate::state::transition;
use crate::time::Ticks;
use crate::types::class::Class;
use crate::types::reason::Reason;
use crate::types::snapshot::State;
use crate::types::trip::{CallResult, OpenAnswers, TripCondition};

/// The number of results that are kept since the breaker closed, and of those that all trips keep.
const MAX_CALLS: usize = 64;

/// The number of trips that are kept.
const MAX_TRIPS: usize = 8;

/// The most bytes of the slices of all trips.
const MAX_TRIP_SLICES: usize = slices::MAX_BYTES + slices::MAX_NUMBER;

/// The record of one breaker, since its first result that was not a plain success.
#[derive(Default)]
pub(crate) struct Recorder {
    record: OnceBox<Mutex<Record>>,
    /// Whether, since the last result, the group of the breaker's key had no open slot for it.
    refused: AtomicBool,
}

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
    /// Whether the state in which it ended is as old as the breaker, with the options of its start.
    pub(crate) is_first_state: bool,
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
    /// The number of successes that the breaker has counted.
    pub(crate) success_count: u64,
}

struct Record {
    /// The last results since the breaker closed, at most [`MAX_CALLS`].
    calls: VecDeque<PackedCall>,
    /// The number of results since the breaker closed.
    since_closed: u64,
    /// The success count at the last result, or when the breaker closed.
    success_count: u64,
    /// With a window of time the successes between the calls, by its slices.
    slices: SliceRecord,
    /// Whether nothing that decides about a trip has happened since the breaker closed but the calls and
    /// the successes between them.
    is_whole: bool,
    causes: Causes,
    /// At most [`MAX_TRIPS`], oldest first. Only the last one may not have ended.
    trips: VecDeque<RecordedTrip>,
    /// The calls of the trips, at most [`MAX_CALLS`], oldest first.
    trip_calls: VecDeque<PackedCall>,
    /// The slices of the trips, as [`SliceRecord::packed`] packs those of each.
    trip_slices: VecDeque<u8>,
    /// The condition of the trip as an outlier that may come next.
    announced: Option<Box<TripCondition>>,
}

impl Recorder {
    pub(crate) const fn new() -> Self {
        Self { record: OnceBox::new(), refused: AtomicBool::new(false) }
    }

    /// Records a result, with the slices of the successes before it in a window of time.
    pub(crate) fn record(&self, call: EndedCall, slices: Option<impl Iterator<Item = (u64, u32)>>) {
        let mut record = self.record_or_new(call.is_first_state);
        if self.refused.load(Ordering::Relaxed) {
            self.refused.store(false, Ordering::Relaxed);
            record.is_whole = false;
        }
        let own = u64::from(call.result == CallResult::Success);
        let successes = call.success_count.saturating_sub(record.success_count + own);
        record.success_count = record.success_count.max(call.success_count);
        let packed = PackedCall::new(call, successes, &mut record.causes);
        if record.calls.len() == MAX_CALLS {
            record.calls.pop_front();
        }
        record.calls.push_back(packed);
        record.since_closed += 1;
        let calls = record.calls.len();
        record.slices.push(slices, calls);
    }

    /// Records the condition of a trip as an outlier, before the breaker opens.
    pub(crate) fn announce(&self, condition: TripCondition) {
        self.record_or_new(false).announced = Some(Box::new(condition));
    }

    /// Records that the options were changed that decide about a trip.
    pub(crate) fn change_options(&self) {
        if let Some(record) = self.record.get() {
            lock(record).is_whole = false;
        }
    }

    /// Records that the group of the breaker's key had no open slot.
    pub(crate) fn refuse(&self) {
        self.refused.store(true, Ordering::Relaxed);
    }

    /// Records a change of state: the begin or the end of a trip, or a failed probe. Called in the order
    /// of the changes. Returns whether a trip has begun or ended.
    pub(crate) fn change(&self, context: &TripContext<'_>) -> bool {
        let Transition { before, after, reason, at, .. } = context.change.transition;
        let opens = transition::effective(after, 0) == State::Open;
        let from_closed = transition::effective(before, 0) == State::Closed;
        if opens && reason.is_trip() {
            let mut record = self.record_or_new(false);
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
        let Some(record) = self.record.get().filter(|_| ends) else { return false };
        let mut record = lock(record);
        record.calls.clear();
        record.slices.clear();
        record.since_closed = 0;
        record.success_count = context.success_count;
        record.is_whole = true;
        let ended = record.current_trip().map(|trip| trip.end(reason, at, context));
        ended.is_some()
    }

    /// Returns how many open periods failed probes have begun since the breaker opened, and when that
    /// was; `None` unless it has opened and not closed since.
    pub(crate) fn failed_probes(&self) -> Option<(u32, Ticks)> {
        let mut record = lock(self.record.get()?);
        record.current_trip().map(|trip| (trip.failed_probes, trip.at))
    }

    /// Returns the record. One that is made here is whole if the breaker is in its first state.
    fn record_or_new(&self, is_first_state: bool) -> MutexGuard<'_, Record> {
        lock(self.record.get_or_init(|| Box::new(Mutex::new(Record::new(is_first_state)))))
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
    fn new(is_whole: bool) -> Self {
        Self {
            calls: VecDeque::with_capacity(MAX_CALLS),
            since_closed: 0,
            success_count: 0,
            slices: SliceRecord::default(),
            is_whole,
            causes: Causes::new(),
            trips: VecDeque::new(),
            trip_calls: VecDeque::new(),
            trip_slices: VecDeque::new(),
            announced: None,
        }
    }

    /// Returns the trip that has not ended.
    fn current_trip(&mut self) -> Option<&mut RecordedTrip> {
        self.trips.back_mut().filter(|trip| trip.is_current())
    }

    fn begin_trip(&mut self, context: &TripContext<'_>) {
        if self.trips.capacity() == 0 {
            self.trips.reserve_exact(MAX_TRIPS);
            self.trip_calls.reserve_exact(MAX_CALLS);
        }
        if self.trips.len() == MAX_TRIPS {
            if let Some(oldest) = self.trips.pop_front() {
                self.trip_calls.drain(..oldest.calls());
                self.trip_slices.drain(..oldest.slices());
            }
        }
        let slices = if self.slices.calls() == 0 { Vec::new() } else { self.slices.packed() };
        self.make_room(slices.len());
        let mut trip = RecordedTrip::new(context, self.since_closed, self.is_whole);
        trip.announced = self.announced.take().filter(|_| trip.reason == Reason::Outlier);
        trip.add_calls(self.calls.len(), self.slices.calls(), slices.len());
        self.trip_calls.extend(&self.calls);
        self.trip_slices.extend(slices);
        self.trips.push_back(trip);
    }

    /// Drops calls and slices of the oldest trips, as many as those of a new trip need.
    fn make_room(&mut self, slices: usize) {
        let mut surplus = (self.trip_calls.len() + self.calls.len()).saturating_sub(MAX_CALLS);
        self.trip_calls.drain(..surplus);
        for trip in &mut self.trips {
            surplus -= trip.drop_calls(surplus);
        }
        if slices > 0 && self.trip_slices.capacity() == 0 {
            self.trip_slices.reserve_exact(MAX_TRIP_SLICES);
        }
        for trip in &mut self.trips {
            if self.trip_slices.len() + slices > MAX_TRIP_SLICES {
                self.trip_slices.drain(..trip.drop_slices());
            }
        }
    }

    /// Returns each trip with its calls and its slices.
    fn trips(&self) -> impl Iterator<Item = (&RecordedTrip, Vec<PackedCall>, Vec<u8>)> {
        let (mut call, mut slice) = (0, 0);
        self.trips.iter().map(move |trip| {
            let calls = self.trip_calls.range(call..call + trip.calls()).copied().collect();
            let slices = self.trip_slices.range(slice..slice + trip.slices()).copied().collect();
            (call, slice) = (call + trip.calls(), slice + trip.slices());
            (trip, calls, slices)
        })
    }
}
