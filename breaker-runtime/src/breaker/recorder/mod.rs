//! The record of a breaker's results that were not plain successes, and of its trips: [`Recorder`].
//!
//! - It is allocated with the first such result, at its full size: no later result allocates. A breaker
//!   that never fails has none.
//! - It holds at most 5 KiB: 64 results since the breaker closed, 64 results of the last trips, and the
//!   figures of 8 trips. The results of the newest trip are kept whole; those of earlier trips give way.
//!   With a window of time, 160 bytes twice for the slices of the successes between results.
//! - A result goes into a ring without a lock, unless it has slices. A trip takes it from there. The
//!   ring stands apart from the rest, where a failure reaches it by one pointer.
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
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use once_cell::race::OnceBox;

use crate::breaker::reconfigure::ChangedOptions;
use crate::breaker::recorder::packed::{Causes, FirstCause, PackedCall};
use crate::breaker::recorder::slices::SliceRecord;
use crate::breaker::recorder::trip::RecordedTrip;
use crate::state::call_ring::CallRing;
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

/// The record of one breaker, since its first result that was not a plain success, without its
/// [`RecentCalls`].
#[derive(Default)]
pub(crate) struct Recorder {
    record: OnceBox<Record>,
}

/// The last results of a breaker, also those before it closed.
#[derive(Debug)]
pub(crate) struct RecentCalls {
    ring: CallRing,
    first_cause: FirstCause,
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

/// The parts of a record: the causes of the results, and the rest under a lock.
struct Record {
    causes: Causes,
    trips: Mutex<TripRecord>,
}

/// The trips of a record, and what they need beside the calls.
struct TripRecord {
    /// The index of the first call since the breaker closed, and the success count then.
    first: u64,
    success_count: u64,
    /// With a window of time the successes between the calls, by its slices.
    slices: SliceRecord,
    /// The index after that of the last call with slices.
    sliced: u64,
    /// Whether nothing that decides about a trip has happened since the breaker closed but the calls and
    /// the successes between them.
    is_whole: bool,
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
        Self { record: OnceBox::new() }
    }

    /// Records a result, with the slices of the successes before it in a window of time. `refused` is
    /// whether, since the last result, the group of the breaker's key had no open slot for it.
    /// `is_first_state` returns whether the state in which it ended is as old as the breaker, with the
    /// options of its start.
    pub(crate) fn record(
        &self,
        recent: &OnceBox<RecentCalls>,
        call: EndedCall,
        refused: bool,
        slices: Option<impl Iterator<Item = (u64, u32)>>,
        is_first_state: impl FnOnce() -> bool,
    ) {
        let record = self.record_or_new(is_first_state);
        // After the record, so that those who see it find the record made.
        let recent = RecentCalls::of(recent);
        if refused {
            record.lock().is_whole = false;
        }
        let call = packed::raw(call, &record.causes, &recent.first_cause);
        match slices {
            Some(slices) => record.lock().add_slices(recent.ring.add(call), slices),
            None => _ = recent.ring.add(call),
        }
    }

    /// Records a failure with the slices before it, of which at most the cause is known, by its number.
    pub(crate) fn add_failure_with_slices(
        &self,
        recent: &RecentCalls,
        at: Ticks,
        cause_number: u64,
        success_count: u64,
        slices: impl Iterator<Item = (u64, u32)>,
    ) {
        let mut trips = self.record_or_new(|| false).lock();
        // Under the lock, so that slices are added in the order of the calls.
        let index = recent.add_failure(at, cause_number, success_count);
        trips.add_slices(index, slices);
    }

    /// Returns the number of a cause, after a record was made.
    #[cold]
    pub(crate) fn cause_number(&self, recent: &RecentCalls, cause: Option<&'static str>) -> u64 {
        let record = self.record_or_new(|| false);
        cause.map_or(0, |cause| record.causes.number(cause, &recent.first_cause))
    }

    /// Records the condition of a trip as an outlier, before the breaker opens.
    pub(crate) fn announce(&self, condition: TripCondition) {
        self.record_or_new(|| false).lock().announced = Some(Box::new(condition));
    }

    /// Records that the options were changed that decide about a trip.
    pub(crate) fn change_options(&self) {
        if let Some(record) = self.record.get() {
            record.lock().is_whole = false;
        }
    }

    /// Records a change of state: the begin or the end of a trip, or a failed probe. Called in the order
    /// of the changes. Returns whether a trip has begun or ended.
    pub(crate) fn change(&self, recent: &OnceBox<RecentCalls>, context: &TripContext<'_>) -> bool {
        let Transition { before, after, reason, at, .. } = context.change.transition;
        let opens = transition::effective(after, 0) == State::Open;
        let from_closed = transition::effective(before, 0) == State::Closed;
        if opens && reason.is_trip() {
            let record = self.record_or_new(|| false);
            let ring = &RecentCalls::of(recent).ring;
            let mut trips = record.lock();
            if from_closed {
                trips.begin(context, ring);
                return true;
            }
            if let Some(trip) = trips.current() {
                trip.failed_probes += u32::from(reason == Reason::ProbeFailed);
                return false;
            }
            // Opened by a command from a half-open state, without a trip on record.
            trips.begin(context, ring);
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
        let mut trips = record.lock();
        trips.first = recent.get().map_or(0, |recent| recent.ring.next());
        trips.slices.clear();
        trips.success_count = context.success_count;
        trips.is_whole = true;
        let ended = trips.current().map(|trip| trip.end(reason, at, context));
        ended.is_some()
    }

    /// Returns how many open periods failed probes have begun since the breaker opened, and when that
    /// was; `None` unless it has opened and not closed since.
    pub(crate) fn failed_probes(&self) -> Option<(u32, Ticks)> {
        let mut trips = self.record.get()?.lock();
        trips.current().map(|trip| (trip.failed_probes, trip.at))
    }

    /// Returns the record. One that is made here is whole if the breaker is in its first state.
    fn record_or_new(&self, is_first_state: impl FnOnce() -> bool) -> &Record {
        self.record.get_or_init(|| Box::new(Record::new(is_first_state())))
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").finish_non_exhaustive()
    }
}

impl RecentCalls {
    /// Returns those in a cell, which it makes first if there are none.
    pub(crate) fn of(cell: &OnceBox<Self>) -> &Self {
        let none = || Self { ring: CallRing::new(), first_cause: FirstCause::new() };
        cell.get_or_init(|| Box::new(none()))
    }

    /// Returns the number of a cause for [`add_failure`](Self::add_failure); `None` if it is not the
    /// first cause, so that the record has to look for it.
    #[inline(always)]
    pub(crate) fn cause_number(&self, cause: Option<&'static str>) -> Option<u64> {
        match cause {
            Some(cause) => self.first_cause.number(cause),
            None => Some(0),
        }
    }

    /// Records a failure of which at most the cause is known, of a call that is not timed. Returns its
    /// index.
    #[inline(always)]
    pub(crate) fn add_failure(&self, at: Ticks, cause_number: u64, success_count: u64) -> u64 {
        self.ring.add(packed::raw_failure(at, cause_number, success_count))
    }
}

impl Record {
    fn new(is_whole: bool) -> Self {
        let trips = TripRecord {
            first: 0,
            success_count: 0,
            slices: SliceRecord::default(),
            sliced: 0,
            is_whole,
            trips: VecDeque::new(),
            trip_calls: VecDeque::new(),
            trip_slices: VecDeque::new(),
            announced: None,
        };
        Self { causes: Causes::new(), trips: Mutex::new(trips) }
    }

    fn lock(&self) -> MutexGuard<'_, TripRecord> {
        self.trips.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TripRecord {
    /// Adds the slices before the call with this index.
    fn add_slices(&mut self, index: u64, slices: impl Iterator<Item = (u64, u32)>) {
        if self.sliced != index {
            // Another call has come in between, without slices.
            self.slices.clear();
        }
        let calls = (index + 1).saturating_sub(self.first).min(MAX_CALLS as u64);
        self.slices.push(Some(slices), calls as usize);
        self.sliced = index + 1;
    }

    /// Returns the number of calls since the breaker closed, and the last of them that are known.
    fn calls(&self, ring: &CallRing) -> (u64, Vec<PackedCall>) {
        let next = ring.next();
        let first = self.first.max(next.saturating_sub(MAX_CALLS as u64));
        let mut count = self.success_count;
        if let Some(before) = first.checked_sub(1).filter(|_| first > self.first) {
            let before = ring.get(before).or_else(|| ring.get(first));
            count = before.map_or(count, |before| before.success_count);
        }
        let calls = (first..next).filter_map(|index| ring.get(index)).map(|call| {
            let packed = PackedCall::new(call, count);
            if call.successes_since(count) > 0 {
                count = call.success_count;
            }
            packed
        });
        let calls = calls.collect();
        (next.saturating_sub(self.first), calls)
    }

    /// Returns the trip that has not ended.
    fn current(&mut self) -> Option<&mut RecordedTrip> {
        self.trips.back_mut().filter(|trip| trip.is_current())
    }

    fn begin(&mut self, context: &TripContext<'_>, ring: &CallRing) {
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
        let (results, calls) = self.calls(ring);
        if self.sliced != self.first + results {
            self.slices.clear();
        }
        let slices = if self.slices.calls() == 0 { Vec::new() } else { self.slices.packed() };
        self.make_room(calls.len(), slices.len());
        let mut trip = RecordedTrip::new(context, results, self.is_whole);
        trip.announced = self.announced.take().filter(|_| trip.reason == Reason::Outlier);
        trip.add_calls(calls.len(), self.slices.calls().min(calls.len()), slices.len());
        self.trip_calls.extend(calls);
        self.trip_slices.extend(slices);
        self.trips.push_back(trip);
    }

    /// Drops calls and slices of the oldest trips, as many as those of a new trip need.
    fn make_room(&mut self, calls: usize, slices: usize) {
        let mut surplus = (self.trip_calls.len() + calls).saturating_sub(MAX_CALLS);
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
