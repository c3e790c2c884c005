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
use crate::state::transition::Step;
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
pub(crate) struct Change {
    pub(crate) before: StateWord,
    pub(crate) after: StateWord,
    pub(crate) reason: Reason,
    pub(crate) at: Ticks,
}

impl Change {
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
pub(crate) enum End {
    Success,
    Failure,
    Ignored,
    /// It was dropped before it had an outcome.
    Cancelled,
}

impl From<Outcome> for End {
    #[inline(always)]
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Success => Self::Success,
            Outcome::Failure => Self::Failure,
            Outcome::Ignored => Self::Ignored,
        }
    }
}

/// What became of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It counts.
    Counted,
    /// It counts, and is counted already.
    Passed,
    /// It came too late to count.
    Late,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Settled {
    pub(crate) fate: Fate,
    pub(crate) outcome: Outcome,
    pub(crate) slow: bool,
    pub(crate) change: Option<Change>,
}

/// What a snapshot shows of the windows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Counts {
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
    pub(crate) fn admit_closed(&self) -> Option<CallToken> {
        self.word().admit_on_sight()
    }

    /// The common case of [`AtomicState::settle`]: a success that has nothing to change, as the state is the
    /// same and the streak is empty. Whether it was one. The second look at the word is needed,
    /// because a success ends a streak that grew while its call ran.
    #[inline(always)]
    pub(crate) fn pass(&self, token: CallToken, lane: ThreadSlot) -> bool {
        token.is_untouched(self.word()) && self.hot.lanes.add(lane, HotCounter::Success)
    }

    /// The same where every call has to pass a gate, as for a place to run in.
    #[inline]
    pub(crate) fn pass_behind_gate(&self, token: CallToken, lane: ThreadSlot) -> bool {
        token.is_untouched_behind_gate(self.word()) && {
            self.count(HotCounter::Success, lane);
            true
        }
    }

    /// The next most common case of [`AtomicState::settle`]: a result that begins, goes on with or ends a streak
    /// and does not trip, where the word is all there is. Whether it was one; then it is counted.
    #[inline]
    pub(crate) fn settle_plainly(
        &self,
        policy: &Policy,
        token: CallToken,
        end: End,
        lane: ThreadSlot,
    ) -> bool {
        let word = self.word();
        let threshold = policy.failure_threshold.map_or(u64::MAX, u64::from);
        let (streak, what) = match end {
            End::Success => (0, HotCounter::Success),
            End::Failure => (word.streak() + 1, HotCounter::Failure),
            End::Ignored | End::Cancelled => return false,
        };
        // A window is told of no success that has nothing but a streak to end.
        let plain = end == End::Success || (policy.is_plain() && streak < threshold);
        plain && token.is_of_plain_closed(word) && self.swap(word, word.with_streak(streak)) && {
            self.count(what, lane);
            true
        }
    }

    /// The same for a success that a window does not have to look at before it slides on. Whether it was one;
    /// then it is counted.
    #[inline]
    pub(crate) fn pass_quietly(&self, policy: &Policy, token: CallToken, world: &impl Env) -> bool {
        let quiet =
            token.is_of_noted_closed(self.word()) && self.watch.is_quiet(|| policy.reading(world));
        if quiet {
            self.count(HotCounter::Success, world.lane());
        }
        quiet
    }

    /// Counts if the thread has a counter of its own.
    #[inline(always)]
    #[must_use = "what could not be counted here is counted by `count`"]
    pub(crate) fn count_alone(&self, what: HotCounter, lane: ThreadSlot) -> bool {
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

    pub(crate) fn counts(&self, word: StateWord, policy: &Policy, now: Ticks) -> Counts {
        if policy.is_plain() || !word.is_closed() {
            return Counts::default();
        }
        let Some(mut held) = self.hold_for(word) else { return Counts::default() };
        let at = Reading { passed: self.passed(), now };
        let (tally, throttle) = held.read(word.generation(), policy, at);
        Counts { tally, throttle }
    }

    /// The windows of this closed state, unless it is over: then they may be another's already.
    fn hold_for(&self, word: StateWord) -> Option<LockedWindows<'_>> {
        let held = self.watch.hold();
        word.token().belongs_to(self.word()).then_some(held)
    }

    /// The odometer.
    fn passed(&self) -> u64 {
        self.counted(HotCounter::Success)
    }

    fn longest(&self, word: StateWord, policy: &Policy) -> Ticks {
        self.past.period(word.generation()).unwrap_or(policy.open_for)
    }

    /// What ends the closed state needs an [`OpenReservation`].
    fn store(&self, word: StateWord, step: Step, now: Ticks, world: &impl Env) -> Option<Change> {
        if !self.swap(word, step.next) {
            return None;
        }
        if step.next.is_closed_or_forced_closed() && !word.is_closed_or_forced_closed() {
            world.give_allowance_back();
        }
        self.forget_what_ended(word, step.next);
        step.reason.map(|reason| Change { before: word, after: step.next, reason, at: now })
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
    world: &'w W,
    taken: bool,
}

impl<'w, W: Env> OpenReservation<'w, W> {
    fn new(world: &'w W) -> Self {
        Self { world, taken: false }
    }

    /// Whether a breaker in this state may go over to one that is not closed.
    fn is_enough_for(&mut self, word: StateWord, by_order: bool) -> bool {
        if !self.taken && word.is_closed_or_forced_closed() {
            self.taken = self.world.take_allowance(by_order);
            return self.taken;
        }
        true
    }

    /// It has gone over from this state.
    fn spend(mut self, word: StateWord) {
        // From another one that was not closed it has kept what it had.
        self.taken &= !word.is_closed_or_forced_closed();
    }
}

impl<W: Env> Drop for OpenReservation<'_, W> {
    fn drop(&mut self) {
        if self.taken {
            self.world.give_allowance_back();
        }
    }
}
