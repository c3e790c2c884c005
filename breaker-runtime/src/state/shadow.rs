//! A second policy on the calls of a breaker, which decides nothing: [`ShadowCell`].
//!
//! It is the same state machine with other numbers. It is asked about each call when the breaker admits
//! or rejects it, and is given each result; the differences are counted.
//!
//! - A call that the breaker admits is asked about at its start, and has a token here as well. The
//!   breaker's token, which the call carries, finds it: see [`CallToken::identity`].
//! - A call that the breaker rejects has no result. The shadow decides about it and then takes the
//!   decision back, as for a call that finds no concurrency permit.
//!
//! # Invariants
//!
//! - All of it is under one lock, so that a call that ends finds the token of its start. No code of the
//!   user runs under it: times come from outside.
//! - The calls that run are bounded; one above the bound is unknown here.

use std::collections::{BTreeMap, VecDeque};
use std::sync::PoisonError;

use crate::state::cell::{Accounting, AtomicState, CallEnd, Transition};
use crate::state::counters::striped::{HotCounter, ThreadSlot};
use crate::state::env::Env;
use crate::state::policy::Policy;
use crate::state::rng::Rng;
use crate::state::token::CallToken;
use crate::state::transition;
use crate::sync::{Mutex, MutexGuard};
use crate::time::Ticks;
use crate::types::outcome::Outcome;
use crate::types::reason::Reason;
use crate::types::shadow::ShadowCounts;
use crate::types::snapshot::State;

/// The most calls that run at once and have a token here.
const MAX_RUNNING: usize = 1 << 16;

/// The number of differing trips that are kept.
pub(crate) const MAX_TRIPS: usize = 8;

/// The slot of all threads: they hold the lock.
const SLOT: ThreadSlot = ThreadSlot(1);

/// The second policy of one breaker, with its state.
#[derive(Debug)]
pub(crate) struct ShadowCell {
    policy: Policy,
    chance: Rng,
    state: Mutex<ShadowState>,
}

#[derive(Debug)]
struct ShadowState {
    cell: AtomicState,
    /// The calls that run, by their identity and, among equal ones, by their order.
    running: BTreeMap<(u64, u64), ShadowedCall>,
    next: u64,
    /// The number that [`Env::other_ends`] returns.
    other_ends: u64,
    counts: ShadowCounts,
    /// At most [`MAX_TRIPS`], oldest first.
    trips: VecDeque<DifferingTrip>,
}

/// A call that runs in the breaker.
#[derive(Clone, Copy, Debug)]
struct ShadowedCall {
    /// `None` if the shadow would have rejected it.
    token: Option<CallToken>,
    /// Whether the breaker would have rejected it as well, and runs it as in a dry run.
    agrees: bool,
    /// The time to compare with `slow_call`, if it is not that since the start: that of a stream.
    took: Option<Ticks>,
}

/// A trip of one of the two while the other one was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DifferingTrip {
    pub(crate) at: Ticks,
    pub(crate) of_shadow: bool,
    pub(crate) reason: Reason,
}

/// The state and the figures of a shadow at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ShadowReading {
    pub(crate) state: State,
    pub(crate) counts: ShadowCounts,
    pub(crate) trips: Vec<DifferingTrip>,
}

struct ShadowEnv<'s> {
    now: Ticks,
    chance: &'s Rng,
    other_ends: u64,
}

impl Env for ShadowEnv<'_> {
    fn now(&self) -> Ticks {
        self.now
    }

    fn coarse(&self) -> Ticks {
        self.now
    }

    fn other_ends(&self) -> u64 {
        self.other_ends
    }

    fn random(&self) -> f64 {
        self.chance.draw()
    }

    fn thread_slot(&self) -> ThreadSlot {
        SLOT
    }

    fn reserve_open_slot(&self, _: bool) -> bool {
        true
    }

    fn release_open_slot(&self) {}
}

impl ShadowCell {
    /// Creates a closed shadow. `chance` must not be code of the user's.
    pub(crate) fn new(policy: Policy, chance: Rng) -> Self {
        let state = ShadowState {
            cell: AtomicState::new(policy.flags(false)),
            running: BTreeMap::new(),
            next: 0,
            other_ends: 0,
            counts: ShadowCounts::default(),
            trips: VecDeque::new(),
        };
        Self { policy, chance, state: Mutex::new(state) }
    }

    pub(crate) const fn policy(&self) -> &Policy {
        &self.policy
    }

    fn lock(&self) -> MutexGuard<'_, ShadowState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn env(&self, state: &ShadowState, now: Ticks) -> ShadowEnv<'_> {
        ShadowEnv { now, chance: &self.chance, other_ends: state.other_ends }
    }

    /// Decides about a call that runs. `rejected` is whether the breaker would have rejected it: it runs
    /// by a dry run.
    pub(crate) fn admit(&self, id: u64, rejected: bool, now: Ticks) {
        let mut state = self.lock();
        let token = self.decide(&state, now);
        if token.is_none() != rejected {
            state.counts.differ(now);
            let count = if rejected { &mut state.counts.admitted } else { &mut state.counts.rejected };
            *count += 1;
        }
        if state.running.len() >= MAX_RUNNING {
            state.counts.unknown += 1;
            self.withdraw(&state, token, now);
            return;
        }
        let order = state.next;
        state.next += 1;
        state.running.insert((id, order), ShadowedCall { token, agrees: rejected, took: None });
    }

    /// Decides about a call that the breaker has rejected.
    pub(crate) fn reject(&self, now: Ticks) {
        let mut state = self.lock();
        let token = self.decide(&state, now);
        if token.is_some() {
            state.counts.differ(now);
            state.counts.admitted += 1;
        }
        self.withdraw(&state, token, now);
    }

    fn decide(&self, state: &ShadowState, now: Ticks) -> Option<CallToken> {
        // The end of an open period is no difference.
        state.cell.admit(&self.policy, &self.env(state, now), |_| {}).ok()
    }

    fn withdraw(&self, state: &ShadowState, token: Option<CallToken>, now: Ticks) {
        if let Some(token) = token {
            state.cell.withdraw(&self.policy, token, &self.env(state, now));
        }
    }

    /// Moves a call to another identity: its start has changed.
    #[cfg(feature = "inject")]
    pub(crate) fn rename(&self, from: u64, to: u64) {
        let mut state = self.lock();
        if let Some(call) = state.take(from) {
            let order = state.next;
            state.next += 1;
            state.running.insert((to, order), call);
        }
    }

    /// Sets the time that decides whether a call is slow.
    #[cfg(feature = "stream")]
    pub(crate) fn set_took(&self, id: u64, took: Ticks) {
        if let Some((_, call)) = self.lock().running.range_mut((id, 0)..=(id, u64::MAX)).next() {
            call.took = Some(took);
        }
    }

    /// Records the end of a call. `is_closed` is whether the breaker is closed after it. Returns the
    /// trip of the shadow that it causes while the breaker stays closed.
    pub(crate) fn settle(
        &self,
        id: u64,
        end: CallEnd,
        wait: Option<Ticks>,
        is_closed: bool,
        now: Ticks,
    ) -> Option<Reason> {
        let mut guard = self.lock();
        let state = &mut *guard;
        let call = state.take(id)?;
        let Some(token) = call.token else {
            state.count_rejected(call, end);
            return None;
        };
        let policy = match (call.took, self.policy.slow_call) {
            (Some(took), Some(limit)) => {
                Policy { slow_call: Some(if took > limit { 0 } else { Ticks::MAX }), ..self.policy }
            }
            _ => self.policy,
        };
        let settled = state.cell.settle(&policy, token, end, wait, &self.env(state, now));
        if settled.accounting == Accounting::Pending {
            match settled.outcome {
                Outcome::Failure if !end.is_drop() => state.cell.count(HotCounter::Failure, SLOT),
                Outcome::Ignored if end.is_drop() => {}
                Outcome::Success | Outcome::Ignored => state.other_ends += 1,
                Outcome::Failure => {}
            }
        }
        let change = settled.transition?;
        state.note_trip(&change, is_closed)
    }

    /// Notes a trip of the breaker.
    pub(crate) fn note_trip_of_breaker(&self, reason: Reason, now: Ticks) {
        let mut state = self.lock();
        if transition::effective(state.cell.word(), now) == State::Closed {
            state.differ_by(DifferingTrip { at: now, of_shadow: false, reason });
        }
    }

    /// Returns the state and the figures.
    pub(crate) fn read(&self, now: Ticks) -> ShadowReading {
        let state = self.lock();
        ShadowReading {
            state: transition::effective(state.cell.word(), now),
            counts: state.counts,
            trips: state.trips.iter().copied().collect(),
        }
    }

    /// Returns the number of calls that run.
    #[cfg(all(test, breaker_loom))]
    pub(crate) fn running(&self) -> usize {
        self.lock().running.len()
    }

    /// Returns the figures that are counted.
    pub(crate) fn counts(&self) -> ShadowCounts {
        self.lock().counts
    }
}

impl ShadowState {
    /// Takes the call with this identity that began first.
    fn take(&mut self, id: u64) -> Option<ShadowedCall> {
        let key = *self.running.range((id, 0)..=(id, u64::MAX)).next()?.0;
        self.running.remove(&key)
    }

    fn count_rejected(&mut self, call: ShadowedCall, end: CallEnd) {
        if call.agrees {
            return;
        }
        match end {
            CallEnd::Success => self.counts.rejected_successes += 1,
            CallEnd::Failure => self.counts.rejected_failures += 1,
            CallEnd::Ignored | CallEnd::Cancelled | CallEnd::Left => {}
        }
    }

    fn note_trip(&mut self, change: &Transition, breaker_is_closed: bool) -> Option<Reason> {
        let Transition { before, reason, at, .. } = *change;
        if !reason.is_trip() {
            return None;
        }
        self.counts.trips += 1;
        let is_alone = breaker_is_closed && transition::effective(before, 0) == State::Closed;
        if !is_alone {
            return None;
        }
        self.differ_by(DifferingTrip { at, of_shadow: true, reason });
        Some(reason)
    }

    fn differ_by(&mut self, trip: DifferingTrip) {
        self.counts.differ(trip.at);
        if self.trips.len() == MAX_TRIPS {
            self.trips.pop_front();
        }
        self.trips.push_back(trip);
    }
}
