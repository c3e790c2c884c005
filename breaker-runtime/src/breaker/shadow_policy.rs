//! The shadow of a breaker's policy: the option `shadow`.
//!
//! A breaker with a shadow takes the path of one that is recorded (see `call_log`), so that each call
//! passes the functions here. They report the call to the shadow and do nothing else: no decision of the
//! breaker depends on it.
//!
//! The shadow is made when a call first needs it, and made anew when its policy changes.

#[cfg(all(test, feature = "lab"))]
mod tests;

use std::sync::Arc;

use crate::breaker::inner::Inner;
use crate::keyed::group::KeyedGroup;
use crate::state::cell::{CallEnd, Transition};
use crate::state::rng::Rng;
use crate::state::shadow::{DifferingTrip, MAX_TRIPS, ShadowCell};
use crate::state::token::CallToken;
use crate::state::transition;
use crate::time::Ticks;
use crate::types::error::ErrorKind;
use crate::types::key::Key;
use crate::types::shadow::{ShadowCounts, ShadowStatus, ShadowTrip};
use crate::types::snapshot::State;

impl Inner {
    /// Returns the shadow; `None` without the option.
    fn shadow_cell(&self) -> Option<Arc<ShadowCell>> {
        let cold = &**self;
        if let Some(cell) = cold.shadow.load_full() {
            return Some(cell);
        }
        if cold.settings().config.has_shadow() {
            self.renew_shadow();
        }
        cold.shadow.load_full()
    }

    /// Makes the shadow, or a new one, if its policy is not that of the options. The last one to do so
    /// has read the newest options.
    pub(crate) fn renew_shadow(&self) {
        let cold = &**self;
        loop {
            let policy = cold.config().shadow().map(|config| config.policy());
            let current = cold.shadow.load_full();
            if current.as_ref().map(|cell| *cell.policy()) == policy {
                return;
            }
            // Its random numbers are its own: a source of the user's would give the breaker others.
            let new = policy.map(|policy| Arc::new(ShadowCell::new(policy, Rng::DEFAULT)));
            cold.shadow.compare_and_swap(&current, new);
        }
    }

    /// Asks the shadow about a call that is admitted.
    #[cold]
    #[inline(never)]
    pub(crate) fn shadow_admission(&self, token: CallToken) {
        if let Some(cell) = self.shadow_cell() {
            cell.admit(token.identity(), token.is_bypassed(), self.now());
        }
    }

    /// Asks the shadow about a call that is rejected, if that was by the policy.
    pub(crate) fn shadow_rejection(&self, kind: ErrorKind) {
        let by_policy = matches!(
            kind,
            ErrorKind::Open | ErrorKind::HalfOpen | ErrorKind::Recovering | ErrorKind::Throttled
        );
        if let Some(cell) = by_policy.then(|| self.shadow_cell()).flatten() {
            cell.reject(self.now());
        }
    }

    /// Gives the end of a call to the shadow.
    pub(crate) fn shadow_end(&self, token: CallToken, end: CallEnd, wait: Option<Ticks>) {
        let Some(cell) = self.shadow_cell() else { return };
        let now = self.now();
        let is_closed = transition::effective(self.cell.word(), now) == State::Closed;
        let opened = cell.settle(token.identity(), end, wait, is_closed, now);
        #[cfg(feature = "tracing")]
        if let Some(reason) = opened {
            crate::breaker::traced::shadow_trip(self.name(), self.key(), reason);
        }
        #[cfg(not(feature = "tracing"))]
        let _ = opened;
    }

    /// Sets the time that decides in the shadow whether the call of a stream was slow.
    #[cfg(feature = "stream")]
    pub(crate) fn shadow_stream(&self, token: CallToken, longest_wait: Ticks) {
        if let Some(cell) = self.is_observed().then(|| self.shadow_cell()).flatten() {
            cell.set_took(token.identity(), longest_wait);
        }
    }

    /// Notes that the token of a call has another start.
    #[cfg(feature = "inject")]
    pub(crate) fn shadow_restart(&self, before: CallToken, after: CallToken) {
        if let Some(cell) = self.is_observed().then(|| self.shadow_cell()).flatten() {
            cell.rename(before.identity(), after.identity());
        }
    }

    /// Notes a change of the breaker's state, if calls have opened it.
    pub(crate) fn shadow_change(&self, change: &Transition) {
        let Transition { before, reason, at, .. } = *change;
        let from_closed = transition::effective(before, 0) == State::Closed;
        if let Some(cell) = self.shadow.load_full().filter(|_| reason.is_decided() && from_closed) {
            cell.note_trip_of_breaker(reason, at);
        }
    }

    /// Returns what the shadow has counted. Runs no code of the user's.
    pub(crate) fn shadow_counts(&self) -> Option<ShadowCounts> {
        let cold = self.cold_to_read();
        let counts = || cold.shadow.load_full().map(|cell| cell.counts()).unwrap_or_default();
        cold.settings().config.has_shadow().then(counts)
    }

    /// Returns the status of the shadow at `now`, with these counts: of a template the sums over its
    /// keys.
    pub(crate) fn shadow_status(
        &self,
        counts: Option<ShadowCounts>,
        now: Ticks,
    ) -> Option<ShadowStatus> {
        let counts = counts.filter(|_| self.cold_to_read().settings().config.has_shadow())?;
        let (state, mut trips) = self.own_shadow_trips(now);
        for member in self.group().into_iter().flat_map(KeyedGroup::members) {
            trips.extend(member.own_shadow_trips(now).1);
        }
        trips.sort_by_key(|(trip, _)| trip.at);
        let time = |at: Ticks| self.time.system_time(self.time.reading(at));
        let newest = trips.len().saturating_sub(MAX_TRIPS);
        let shown = |(trip, key)| {
            let DifferingTrip { at, of_shadow, reason } = trip;
            ShadowTrip { at: time(at), of_shadow, reason, key }
        };
        let (first_difference, last_difference) = counts.differences.unzip();
        Some(ShadowStatus {
            state,
            trips: counts.trips,
            rejected: counts.rejected,
            rejected_successes: counts.rejected_successes,
            rejected_failures: counts.rejected_failures,
            admitted: counts.admitted,
            unknown: counts.unknown,
            first_difference: first_difference.map(time),
            last_difference: last_difference.map(time),
            differing_trips: trips.drain(newest..).map(shown).collect(),
        })
    }

    /// Returns the state of the shadow of this breaker alone, and its differing trips.
    fn own_shadow_trips(&self, now: Ticks) -> (State, Vec<(DifferingTrip, Option<Key>)>) {
        let Some(reading) = self.cold_to_read().shadow.load_full().map(|cell| cell.read(now)) else {
            return (State::Closed, Vec::new());
        };
        let trips = reading.trips.into_iter().map(|trip| (trip, self.key().cloned()));
        (reading.state, trips.collect())
    }
}
