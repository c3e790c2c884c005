//! The replay of all keys of a breaker together: outliers, `max_open_keys` and evictions make one key
//! depend on the others.
//!
//! - The group is that of a live function with keys: real breakers, made at the first call of a key and
//!   evicted as there. A call that runs keeps its breaker in use.
//! - The order is that of time. At the same time calls end before others begin; of two keys the one
//!   that is first in the log.
//! - One source of random numbers serves all keys, as in a live group.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use crate::breaker::CircuitBreaker;
use crate::breaker::inner::Inner;
use crate::breaker::keyed_breakers::KeyedBreakers;
use crate::breaker::permit::Permit;
use crate::config::Config;
use crate::config::keyed::Limits;
use crate::lab::log::{CallGroup, TimedCall};
use crate::lab::recording::CallOutcome;
use crate::lab::replay::engine::{
    Decision, ReplayClock, Replayed, ended, in_nanos, note, seeded, settle,
};
use crate::state::token::CallToken;
use crate::time::clock::duration;

/// The policy of a breaker with keys.
#[derive(Clone, Debug)]
pub(crate) struct KeysPolicy {
    /// The options of all keys.
    pub(crate) config: Config,
    pub(crate) limits: Limits,
    /// The options of each key, which differ where settings name single keys.
    pub(crate) of_keys: Vec<Config>,
}

impl KeysPolicy {
    /// Returns whether what one key decides can depend on the others. Otherwise each can be replayed by
    /// itself.
    pub(crate) fn is_joint(&self, groups: &[&CallGroup]) -> bool {
        let idle = u64::try_from(duration(self.limits.key_idle()).as_nanos()).unwrap_or(u64::MAX);
        self.limits.outlier().is_some()
            || self.limits.max_open_keys().is_some()
            || groups.len() > usize::try_from(self.limits.max_keys()).unwrap_or(usize::MAX)
            // Half of it, as evictions are looked for at times that no log shows.
            || groups.iter().any(|group| longest_pause(group) >= idle / 2)
    }
}

/// Returns the longest time in which no call of a key ran or began.
fn longest_pause(group: &CallGroup) -> u64 {
    let (mut longest, mut last) = (0, group.calls.first().map_or(0, |call| call.start));
    for call in &group.calls {
        longest = longest.max(call.start.saturating_sub(last));
        last = last.max(call.end());
    }
    longest
}

/// A call that runs: it keeps the breaker of its key.
struct KeyedCall {
    breaker: CircuitBreaker,
    token: CallToken,
    outcome: CallOutcome,
}

/// The calls that run. The first to end comes first.
#[derive(Default)]
struct KeyedCalls {
    ends: BinaryHeap<Reverse<(u64, usize, u32, usize)>>,
    slots: Vec<Option<KeyedCall>>,
    free: Vec<usize>,
}

impl KeyedCalls {
    fn push(&mut self, end: u64, group: usize, position: u32, call: KeyedCall) {
        let slot = self.free.pop().unwrap_or(self.slots.len());
        if slot == self.slots.len() {
            self.slots.push(Some(call));
        } else {
            self.slots[slot] = Some(call);
        }
        self.ends.push(Reverse((end, group, position, slot)));
    }

    /// Ends the calls that end by then.
    fn settle_until(&mut self, time: u64, clock: &ReplayClock) {
        while self.ends.peek().is_some_and(|Reverse((end, ..))| *end <= time) {
            let Some(Reverse((end, _, _, slot))) = self.ends.pop() else { return };
            self.free.push(slot);
            if let Some(KeyedCall { breaker, token, outcome }) = self.slots[slot].take() {
                clock.set(end);
                settle(breaker.own_inner(), token, outcome);
            }
        }
    }
}

/// Replays the calls of all keys of a breaker. `decided` gets the index of the group with each decision,
/// in the order of the starts. Returns the results in the order of the groups.
pub(crate) fn replay_keys(
    groups: &[&CallGroup],
    policy: &KeysPolicy,
    started: SystemTime,
    seed: u64,
    mut decided: impl FnMut(usize, &TimedCall, Decision),
) -> Vec<Replayed> {
    let Some(first) = groups.first() else { return Vec::new() };
    let clock = ReplayClock::new(started);
    let options = (policy.config, policy.limits);
    let keyed = Inner::detached_group(&first.breaker, options, clock.clone(), seeded(seed));
    let indices: HashMap<_, _> =
        groups.iter().enumerate().map(|(index, group)| (key_of(group).to_owned(), index)).collect();
    let seen = Arc::new(Mutex::new(vec![Replayed::default(); groups.len()]));
    let listener = Arc::clone(&seen);
    let subscription = keyed.template().on_event(move |event| {
        let index = event.key.as_ref().and_then(|key| indices.get(&key.text()));
        let mut all = listener.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(seen) = index.and_then(|index| all.get_mut(*index)) {
            note(seen, event);
        }
    });
    let mut running = KeyedCalls::default();
    // The next call of each key.
    let next = |group: usize, at: usize| {
        groups[group].calls.get(at).map(|call| Reverse((call.start, group, at)))
    };
    let mut starts: BinaryHeap<_> = (0..groups.len()).filter_map(|group| next(group, 0)).collect();
    while let Some(Reverse((start, group, at))) = starts.pop() {
        starts.extend(next(group, at + 1));
        running.settle_until(start, &clock);
        clock.set(start);
        let call = &groups[group].calls[at];
        let wanted = policy.of_keys.get(group).copied().unwrap_or(policy.config);
        let breaker = of_key(&keyed, key_of(groups[group]), policy.config, wanted);
        let admitted = breaker.own_inner().try_acquire().map(Permit::into_token);
        match admitted {
            Err(error) => decided(group, call, Some(error.kind())),
            Ok(token) => {
                decided(group, call, None);
                let (end, outcome) = ended(call, wanted.call_timeout().map(in_nanos));
                if end == call.start {
                    settle(breaker.own_inner(), token, outcome);
                } else {
                    running.push(end, group, call.position, KeyedCall { breaker, token, outcome });
                }
            }
        }
    }
    running.settle_until(u64::MAX, &clock);
    drop(subscription);
    let mut seen = std::mem::take(&mut *seen.lock().unwrap_or_else(PoisonError::into_inner));
    for (group, seen) in groups.iter().zip(&mut seen) {
        // A trip that goes on has a report of now.
        if let Some(last) = keyed.find(key_of(group)).and_then(|breaker| breaker.last_trip()) {
            seen.update(&last);
        }
    }
    seen
}

fn key_of(group: &CallGroup) -> &str {
    group.key.as_deref().unwrap_or_default()
}

/// Returns the breaker of a key, with the options that settings give this key.
fn of_key(keyed: &KeyedBreakers, key: &str, common: Config, wanted: Config) -> CircuitBreaker {
    let breaker = keyed.get(key);
    if wanted != common && breaker.config() != wanted {
        breaker.own_inner().reconfigure(breaker.config(), wanted);
    }
    breaker
}
