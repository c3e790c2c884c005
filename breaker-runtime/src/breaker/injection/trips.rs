//! The trips of one breaker during a game day: [`TripNotes`].

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::breaker::inner::Inner;
use crate::state::cell::Transition;
use crate::types::reason::Reason;

/// The most trips of a breaker that a report has.
const TRIPS_KEPT: usize = 8;

/// Whether there has been a game day, so that trips are noted.
static NOTES_TRIPS: AtomicBool = AtomicBool::new(false);

/// One trip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InjectedTrip {
    /// The number of calls that had ended since the game day began.
    pub(crate) after_calls: u64,
    pub(crate) reason: Reason,
}

/// The first trips since the game day began.
#[derive(Debug, Default)]
pub(super) struct TripNotes(Mutex<Notes>);

#[derive(Debug, Default)]
struct Notes {
    /// The calls that had ended when the game day began.
    calls_before: u64,
    trips: Vec<InjectedTrip>,
}

impl TripNotes {
    fn lock(&self) -> MutexGuard<'_, Notes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Begins noting trips, for all breakers. That does not end: it costs a trip little.
    pub(crate) fn note_trips_of_all() {
        NOTES_TRIPS.store(true, Ordering::Relaxed);
    }

    /// Forgets earlier trips.
    pub(crate) fn begin_trip_notes(&self) {
        let calls_before = self.ended_calls();
        *self.injected().trips.lock() = Notes { calls_before, trips: Vec::new() };
    }

    /// Returns the trips since the notes began.
    pub(crate) fn noted_trips(&self) -> Vec<InjectedTrip> {
        self.injected.get().map(|calls| calls.trips.lock().trips.clone()).unwrap_or_default()
    }

    /// Notes a trip on a game day.
    #[inline]
    pub(crate) fn note_trip(&self, Transition { reason, .. }: Transition) {
        if NOTES_TRIPS.load(Ordering::Relaxed) && reason.is_trip() {
            let calls = self.ended_calls();
            let mut notes = self.injected().trips.lock();
            if notes.trips.len() < TRIPS_KEPT {
                let after_calls = calls.saturating_sub(notes.calls_before);
                notes.trips.push(InjectedTrip { after_calls, reason });
            }
        }
    }

    fn ended_calls(&self) -> u64 {
        let totals = self.totals();
        [totals.success, totals.failure, totals.ignored, totals.cancelled, totals.late].iter().sum()
    }
}
