//! The engine: a real breaker, a virtual clock, and the calls of one breaker and key. Keys that depend
//! on each other are replayed together, by `keys`.
//!
//! - The order is that of time; at the same time calls end before others begin, in the order of the log.
//! - A call that the policy admits ends as it did in the log, or earlier by the policy's
//!   `call_timeout`. One that was rejected in the log has no known end: it counts as ignored.
//! - Nothing feeds back: a call that is rejected takes no load from the dependency.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use crate::breaker::CircuitBreaker;
use crate::breaker::inner::Inner;
use crate::config::Config;
use crate::lab::log::{CallGroup, TimedCall};
use crate::lab::recording::CallOutcome;
use crate::state::cell::CallEnd;
use crate::state::token::CallToken;
use crate::time::clock::Clock;
use crate::types::error::ErrorKind;
use crate::types::event::Event;
use crate::types::reason::Reason;
use crate::types::snapshot::State;
use crate::types::trip::TripReport;

/// The most reports of trips that are kept: the first ones.
const MAX_TRIPS: usize = 1_000;

/// The most changes of state that are kept: the first ones.
const MAX_CHANGES: usize = 100_000;

/// The decision about a call: `None` if it ran, or why it was rejected.
pub(crate) type Decision = Option<ErrorKind>;

/// A change of state in a replay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ChangeAt {
    /// In ns since the start of the log.
    pub(crate) at: u64,
    pub(crate) from: State,
    pub(crate) to: State,
    pub(crate) reason: Reason,
}

/// The changes and trips of a replay.
#[derive(Clone, Debug, Default)]
pub(crate) struct Replayed {
    pub(crate) changes: Vec<ChangeAt>,
    pub(crate) trips: Vec<TripReport>,
    /// The number of trips, also of those without a report here.
    pub(crate) trip_count: u64,
}

/// A clock that the replay sets.
#[derive(Clone, Debug)]
pub(super) struct ReplayClock {
    nanos: Arc<AtomicU64>,
    started: SystemTime,
}

impl ReplayClock {
    /// Makes a clock at the start of a log.
    pub(super) fn new(started: SystemTime) -> Self {
        Self { nanos: Arc::default(), started }
    }

    pub(super) fn set(&self, nanos: u64) {
        self.nanos.store(nanos, Ordering::Relaxed);
    }
}

impl Clock for ReplayClock {
    fn now(&self) -> Duration {
        Duration::from_nanos(self.nanos.load(Ordering::Relaxed))
    }

    fn system_time(&self, reading: Duration) -> SystemTime {
        self.started.checked_add(reading).unwrap_or(self.started)
    }
}

/// A call that runs; the first to end comes first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct RunningCall {
    end: u64,
    position: u32,
    outcome: u8,
    token: TokenBits,
}

/// A token, which takes no part in the order.
#[derive(Clone, Copy)]
struct TokenBits(CallToken);

impl PartialEq for TokenBits {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for TokenBits {}

impl PartialOrd for TokenBits {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for TokenBits {
    fn cmp(&self, _: &Self) -> std::cmp::Ordering {
        std::cmp::Ordering::Equal
    }
}

/// Replays the calls of a group. `decided` gets each decision, in the order of the starts.
pub(crate) fn replay(
    group: &CallGroup,
    config: Config,
    started: SystemTime,
    seed: u64,
    mut decided: impl FnMut(&TimedCall, Decision),
) -> Replayed {
    let clock = ReplayClock::new(started);
    let name = (group.breaker.as_str(), group.key.as_deref());
    let inner = Inner::detached(name, config, clock.clone(), seeded(seed));
    let seen = Arc::new(Mutex::new(Replayed::default()));
    let listener = Arc::clone(&seen);
    let breaker = CircuitBreaker::from_shared(Arc::clone(&inner));
    let subscription = breaker.on_event(move |event| {
        note(&mut listener.lock().unwrap_or_else(PoisonError::into_inner), event);
    });
    let limit = config.call_timeout().map(in_nanos);
    let mut running = BinaryHeap::new();
    for call in &group.calls {
        while running.peek().is_some_and(|Reverse(first): &Reverse<RunningCall>| first.end <= call.start)
        {
            settle_first(&inner, &clock, &mut running);
        }
        clock.set(call.start);
        match inner.try_acquire() {
            Err(error) => decided(call, Some(error.kind())),
            Ok(permit) => {
                let token = TokenBits(permit.into_token());
                decided(call, None);
                let (end, outcome) = ended(call, limit);
                if end == call.start {
                    settle(&inner, token.0, outcome);
                } else {
                    let (position, outcome) = (call.position, outcome as u8);
                    running.push(Reverse(RunningCall { end, position, outcome, token }));
                }
            }
        }
    }
    while !running.is_empty() {
        settle_first(&inner, &clock, &mut running);
    }
    drop(subscription);
    let mut seen = std::mem::take(&mut *seen.lock().unwrap_or_else(PoisonError::into_inner));
    // A trip that goes on has a report of now.
    if let Some(last) = breaker.last_trip() {
        seen.update(&last);
    }
    seen
}

/// Returns the source of random numbers of a replay.
pub(super) fn seeded(seed: u64) -> impl Fn() -> f64 + Send + Sync {
    let random = Mutex::new(fastrand::Rng::with_seed(seed));
    move || random.lock().unwrap_or_else(PoisonError::into_inner).f64()
}

pub(super) fn in_nanos(length: Duration) -> u64 {
    u64::try_from(length.as_nanos()).unwrap_or(u64::MAX)
}

/// Records a change of state, and the report of the trip that it begins or ends.
pub(super) fn note(seen: &mut Replayed, event: &Event) {
    if seen.changes.len() < MAX_CHANGES {
        let at = u64::try_from(event.at.as_nanos()).unwrap_or(u64::MAX);
        seen.changes.push(ChangeAt { at, from: event.from, to: event.to, reason: event.reason });
    }
    let Some(trip) = &event.trip else { return };
    if event.sequence == trip.sequence {
        seen.trip_count += 1;
        if seen.trips.len() < MAX_TRIPS {
            seen.trips.push((**trip).clone());
        }
    } else {
        seen.update(trip);
    }
}

impl Replayed {
    /// Replaces the report of a trip by a later one.
    pub(super) fn update(&mut self, trip: &TripReport) {
        if let Some(begun) = self.trips.iter_mut().rfind(|begun| begun.sequence == trip.sequence) {
            *begun = trip.clone();
        }
    }
}

fn settle_first(inner: &Inner, clock: &ReplayClock, running: &mut BinaryHeap<Reverse<RunningCall>>) {
    let Some(Reverse(call)) = running.pop() else { return };
    clock.set(call.end);
    settle(inner, call.token.0, CallOutcome::ALL[usize::from(call.outcome)]);
}

pub(super) fn settle(inner: &Inner, token: CallToken, outcome: CallOutcome) {
    match outcome {
        CallOutcome::Success => inner.succeed(token),
        CallOutcome::Failure => inner.fail(token, "recorded failure"),
        CallOutcome::Timeout => inner.fail(token, "call_timeout"),
        CallOutcome::Cancelled => inner.settle(token, CallEnd::Cancelled),
        CallOutcome::Left => inner.settle(token, CallEnd::Left),
        CallOutcome::Ignored | CallOutcome::Rejected | CallOutcome::Full => {
            inner.settle(token, CallEnd::Ignored);
        }
    }
}

/// Returns when and how a call ends under a `call_timeout`. A recorded time-out may be a little late: it
/// stays as it is.
pub(super) fn ended(call: &TimedCall, limit: Option<u64>) -> (u64, CallOutcome) {
    let as_recorded = (call.end(), call.outcome);
    let Some(limit) = limit.filter(|limit| call.took >= *limit) else { return as_recorded };
    let is_late = call.took - limit <= limit / 20 + 5_000_000;
    match call.outcome {
        CallOutcome::Timeout if is_late => as_recorded,
        CallOutcome::Rejected | CallOutcome::Full => as_recorded,
        _ => (call.start.saturating_add(limit), CallOutcome::Timeout),
    }
}
