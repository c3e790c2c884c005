//! The state machine in shared memory: one atomic word, the probe table and the windows, driven by the rules of
//! [`crate::state::transition`]. Every change is one compare-and-swap; losing one is normal and means looking again.

mod admit;
mod control;
mod settle;
#[cfg(all(test, not(breaker_loom)))]
mod tests;

use crate::state::counters::striped::{HotCounter, Overflow, StripedCounters, ThreadSlot};
use crate::state::env::Env;
use crate::state::open_history::OpenHistory;
use crate::state::policy::Policy;
use crate::state::probe_slots::ProbeTable;
use crate::state::ramp::Ramp;
use crate::state::transition;
use crate::state::transition::Update;
use crate::state::window::Tally;
use crate::state::window_guard::{LockedWindows, Reading, WindowGuard};
use crate::state::word::{CallToken, Flags, StateWord};
use crate::sync::{AtomicU64, Ordering};
use crate::time::Ticks;
use crate::types::outcome::Outcome;
use crate::types::reason::Reason;
use crate::types::snapshot::State;

/// A change of state that this caller, and nobody else, has made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Transition {
    pub(crate) before: StateWord,
    pub(crate) after: StateWord,
    pub(crate) reason: Reason,
    pub(crate) at: Ticks,
}

impl Transition {
    /// Returns when the new state began: a half-open one at the end of the open period, whenever the first call came.
    pub(crate) fn since(&self) -> Ticks {
        match self.reason {
            Reason::TimeoutElapsed => self.before.payload().min(self.at),
            _ => self.at,
        }
    }
}

/// How a call ended. A byte, so that it is passed on in a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallEnd {
    Success,
    Failure,
    Ignored,
    /// It was dropped before it had an outcome.
    Cancelled,
}

impl From<Outcome> for CallEnd {
    #[inline(always)]
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Success => Self::Success,
            Outcome::Failure => Self::Failure,
            Outcome::Ignored => Self::Ignored,
        }
    }
}

/// Whether a result counts, and whether it is in the totals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Accounting {
    /// It counts, and the caller adds it to the totals.
    Pending,
    /// It counts, and is in the totals.
    Done,
    /// It came too late to count.
    Late,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Settled {
    pub(crate) accounting: Accounting,
    pub(crate) outcome: Outcome,
    pub(crate) slow: bool,
    pub(crate) transition: Option<Transition>,
}

/// What a snapshot shows of the windows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct WindowReadings {
    pub(crate) tally: Option<Tally>,
    pub(crate) throttle: Option<f64>,
}

#[derive(Debug)]
pub(crate) struct AtomicState {
    hot: Hot,
    shared: Overflow,
    probes: ProbeTable,
    past: OpenHistory,
    ramp: Ramp,
    watch: WindowGuard,
}

/// All that a successful call touches while closed, in one cache line that nothing else is in.
#[derive(Debug)]
#[repr(align(64))]
struct Hot {
    word: AtomicU64,
    lanes: StripedCounters,
}

impl AtomicState {
    #[cfg(not(breaker_loom))]
    pub(crate) const fn new(flags: Flags) -> Self {
        Self {
            hot: Hot {
                word: AtomicU64::new(StateWord::initial(flags).0),
                lanes: const { StripedCounters::new() },
            },
            shared: const { Overflow::new() },
            probes: const { ProbeTable::new() },
            past: const { OpenHistory::new() },
            ramp: const { Ramp::new() },
            watch: const { WindowGuard::new() },
        }
    }

    #[cfg(breaker_loom)]
    pub(crate) fn new(flags: Flags) -> Self {
        Self {
            hot: Hot {
                word: AtomicU64::new(StateWord::initial(flags).0),
                lanes: StripedCounters::new(),
            },
            shared: Overflow::new(),
            probes: ProbeTable::new(),
            past: OpenHistory::new(),
            ramp: Ramp::new(),
            watch: WindowGuard::new(),
        }
    }

    #[inline(always)]
    pub(crate) fn word(&self) -> StateWord {
        StateWord(self.hot.word.load(Ordering::Acquire))
    }

    /// The common case of [`AtomicState::admit`]: a state that lets every call run.
    #[inline(always)]
    pub(crate) fn try_fast_admit(&self) -> Option<CallToken> {
        self.word().try_fast_admit()
    }

    /// The common case of [`AtomicState::settle`]: a success that has nothing to change, as the state is the
    /// same and the streak is empty. Whether it was one. The second look at the word is needed,
    /// because a success ends a streak that grew while its call ran.
    #[inline(always)]
    pub(crate) fn try_fast_success(&self, token: CallToken, lane: ThreadSlot) -> bool {
        token.matches_idle(self.word()) && self.hot.lanes.add(lane, HotCounter::Success)
    }

    /// The same where every call has to pass a gate, as for a place to run in.
    #[inline]
    pub(crate) fn try_success_slow_admit(&self, token: CallToken, lane: ThreadSlot) -> bool {
        token.matches_idle_slow_admit(self.word()) && {
            self.count(HotCounter::Success, lane);
            true
        }
    }

    /// The next most common case of [`AtomicState::settle`]: a result that begins, goes on with or ends a streak
    /// and does not trip, where the word is all there is. Whether it was one; then it is counted.
    #[inline]
    pub(crate) fn try_settle_streak(
        &self,
        policy: &Policy,
        token: CallToken,
        end: CallEnd,
        lane: ThreadSlot,
    ) -> bool {
        let word = self.word();
        let threshold = policy.failure_threshold.map_or(u64::MAX, u64::from);
        let (streak, what) = match end {
            CallEnd::Success => (0, HotCounter::Success),
            CallEnd::Failure => (word.streak() + 1, HotCounter::Failure),
            CallEnd::Ignored | CallEnd::Cancelled => return false,
        };
        // A window is told of no success that has nothing but a streak to end.
        let plain = end == CallEnd::Success || (policy.is_plain() && streak < threshold);
        plain
            && token.matches_closed_without_flags(word)
            && self.swap(word, word.with_streak(streak))
            && {
                self.count(what, lane);
                true
            }
    }

    /// The same for a success that a window does not have to look at before it slides on. Whether it was one;
    /// then it is counted.
    #[inline]
    pub(crate) fn try_success_window_stable(
        &self,
        policy: &Policy,
        token: CallToken,
        env: &impl Env,
    ) -> bool {
        let quiet =
            token.matches_idle_window_due(self.word()) && self.watch.is_stable(|| policy.reading(env));
        if quiet {
            self.count(HotCounter::Success, env.thread_slot());
        }
        quiet
    }

    /// Counts if the thread has a counter of its own.
    #[inline(always)]
    #[must_use = "what could not be counted here is counted by `count`"]
    pub(crate) fn try_count(&self, what: HotCounter, lane: ThreadSlot) -> bool {
        self.hot.lanes.add(lane, what)
    }

    /// Counts what is counted often.
    #[inline(always)]
    pub(crate) fn count(&self, what: HotCounter, lane: ThreadSlot) {
        if !self.hot.lanes.add(lane, what) {
            self.hot.lanes.add_slowly(lane, what, &self.shared);
        }
    }

    pub(crate) fn counted(&self, what: HotCounter) -> u64 {
        self.hot.lanes.read(what, &self.shared)
    }

    pub(crate) fn state(&self, now: Ticks) -> State {
        transition::effective(self.word(), now)
    }

    pub(crate) fn retry_after(&self, word: StateWord, policy: &Policy, now: Ticks) -> Option<Ticks> {
        transition::retry_after(word, self.longest(word, policy), now)
    }

    pub(crate) fn probes_in_flight(&self, word: StateWord, policy: &Policy, now: Ticks) -> u32 {
        self.probes.in_flight(word.generation(), policy.probe_lease, now)
    }

    pub(crate) fn counts(&self, word: StateWord, policy: &Policy, now: Ticks) -> WindowReadings {
        if policy.is_plain() || !word.is_closed() {
            return WindowReadings::default();
        }
        let Some(mut held) = self.hold_for(word) else { return WindowReadings::default() };
        let at = Reading { success_count: self.success_count(), now };
        let (tally, throttle) = held.read(word.generation(), policy, at);
        WindowReadings { tally, throttle }
    }

    /// The windows of this closed state, unless it is over: then they may be another's already.
    fn hold_for(&self, word: StateWord) -> Option<LockedWindows<'_>> {
        let held = self.watch.hold();
        word.token().belongs_to(self.word()).then_some(held)
    }

    /// The odometer.
    fn success_count(&self) -> u64 {
        self.counted(HotCounter::Success)
    }

    fn longest(&self, word: StateWord, policy: &Policy) -> Ticks {
        self.past.period(word.generation()).unwrap_or(policy.open_for)
    }

    /// What ends the closed state needs an [`OpenReservation`].
    fn store(&self, word: StateWord, step: Update, now: Ticks, env: &impl Env) -> Option<Transition> {
        if !self.swap(word, step.next) {
            return None;
        }
        if step.next.is_closed_or_forced_closed() && !word.is_closed_or_forced_closed() {
            env.release_open_slot();
        }
        self.forget_what_ended(word, step.next);
        step.reason.map(|reason| Transition { before: word, after: step.next, reason, at: now })
    }

    /// Removes what belongs to states that have ended. Generations are compared modulo 8,192: what stayed longer could
    /// be taken for that of a present state.
    fn forget_what_ended(&self, before: StateWord, after: StateWord) {
        if before.generation() == after.generation() {
            return;
        }
        if before.is_half_open() {
            self.probes.free_all(before.generation());
        }
        if after.is_closed_or_forced_closed() {
            self.past.forget_before(after.generation());
            self.ramp.forget_before(after.generation());
        }
    }

    fn swap(&self, old: StateWord, new: StateWord) -> bool {
        self.hot.word.compare_exchange(old.0, new.0, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }
}

/// That of a breaker which is about to be closed no more; given back unless that comes about.
struct OpenReservation<'w, W: Env> {
    env: &'w W,
    taken: bool,
}

impl<'w, W: Env> OpenReservation<'w, W> {
    fn new(env: &'w W) -> Self {
        Self { env, taken: false }
    }

    /// Whether a breaker in this state may go over to one that is not closed.
    fn covers(&mut self, word: StateWord, forced: bool) -> bool {
        if !self.taken && word.is_closed_or_forced_closed() {
            self.taken = self.env.reserve_open_slot(forced);
            return self.taken;
        }
        true
    }

    /// It has gone over from this state.
    fn consume(mut self, word: StateWord) {
        // From another one that was not closed it has kept what it had.
        self.taken &= !word.is_closed_or_forced_closed();
    }
}

impl<W: Env> Drop for OpenReservation<'_, W> {
    fn drop(&mut self) {
        if self.taken {
            self.env.release_open_slot();
        }
    }
}
